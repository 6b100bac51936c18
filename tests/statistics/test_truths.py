"""Known distributions: their map to the unit cube is even, coordinate by coordinate and jointly."""

import numpy as np
import pytest
from scipy.stats import chi2, kstest, norm

import eventspace as es
from eventspace.statistics.bins import grid_bin
from eventspace.statistics.truths import Truth

TRUTHS = [Truth("camelback", 1), Truth("ring", 2), *(Truth("shell", d) for d in (2, 3, 5, 10))]


@pytest.mark.parametrize("truth", TRUTHS, ids=str)
def test_true_points_fill_the_cube_evenly(truth: Truth) -> None:
    cube = truth.to_cube(truth.draw(20_000, np.random.default_rng(4)))
    assert cube.min() >= 0
    assert cube.max() <= 1
    for coordinate in cube.T:
        assert kstest(coordinate, "uniform").pvalue > 1e-3
    bins = 2**truth.dimension if truth.dimension > 1 else 50
    counts = np.bincount(grid_bin(cube, bins), minlength=bins)
    statistic = ((counts - 20_000 / bins) ** 2 / (20_000 / bins)).sum()
    assert 1e-3 < chi2.sf(statistic, bins - 1) < 1 - 1e-3


def test_camel_back_has_the_quantiles_of_its_two_humps() -> None:
    # The quarter of the truth below the first quartile is half of the left hump, but for what the right one adds.
    assert Truth("camelback", 1).to_cube([[-4.0], [0.0], [4.0]])[:, 0] == pytest.approx([0.25, 0.5, 0.75], abs=1e-9)
    assert Truth("camelback", 1).distribution(1.0) == pytest.approx((norm.cdf(5) + norm.cdf(-3)) / 2)


def test_centre_of_a_shell_lies_in_the_cube() -> None:
    assert np.isfinite(Truth("shell", 4).to_cube(np.zeros((1, 4)))).all()


@pytest.mark.parametrize(("name", "dimension"), [("camelback", 2), ("ring", 3), ("shell", 1)])
def test_wrong_dimension_is_told(name: str, dimension: int) -> None:
    with pytest.raises(es.InputError, match=r"dimension"):
        Truth(name, dimension)

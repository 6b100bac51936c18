"""The interval of a fraction: that of Clopper and Pearson, which scipy knows by its tails."""

import numpy as np
import pytest
from scipy.stats import binom

from eventspace.statistics.fraction import fraction


@pytest.mark.parametrize(("count", "of"), [(3, 17), (1, 40), (39, 40)])
def test_at_its_ends_what_was_seen_is_just_likely_enough(count: int, of: int) -> None:
    found = fraction(count, of)
    assert binom.sf(count - 1, of, found.low) == pytest.approx(0.025)
    assert binom.cdf(count, of, found.high) == pytest.approx(0.025)


@pytest.mark.parametrize("truth", [0.02, 0.5, 0.98])
def test_none_and_all_have_a_width_and_the_truth_is_held(truth: float) -> None:
    found = [fraction(count, 30) for count in range(31)]
    assert found[0].high > 0.1
    assert found[30].low < 0.9
    held = np.array([number.low <= truth <= number.high for number in found])
    assert binom.pmf(np.arange(31), 30, truth)[held].sum() >= 0.95

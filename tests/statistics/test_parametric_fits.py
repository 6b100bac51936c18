"""Fits of known forms: the scatter that theory gives, and a maximum that a general optimiser confirms."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import norm

import eventspace as es
from eventspace.statistics.parametric_fits import CamelbackFit, ShellFit, fit
from eventspace.statistics.truths import Truth


def test_camel_back_reaches_the_maximum_of_the_likelihood() -> None:
    points = Truth("camelback", 1).draw(100, np.random.default_rng(1))

    def loss(p: np.ndarray) -> float:
        a = 1 / (1 + np.exp(-p[0]))
        density = a * norm.pdf(points, p[1], np.exp(p[2])) + (1 - a) * norm.pdf(points, p[3], np.exp(p[4]))
        return -float(np.log(density).mean())

    best = minimize(loss, [0.0, -4.0, 0.0, 4.0, 0.0], method="Nelder-Mead", options={"maxiter": 5000, "fatol": 1e-10})
    found = fit(Truth("camelback", 1), points)
    assert isinstance(found, CamelbackFit)
    assert found.means == pytest.approx(best.x[[1, 3]], abs=1e-3)
    assert found.widths == pytest.approx(np.exp(best.x[[2, 4]]), abs=1e-3)
    assert found.weights[0] == pytest.approx(1 / (1 + np.exp(-best.x[0])), abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("dimension", [2, 5])
def test_shell_scatters_as_little_as_theory_allows(dimension: int) -> None:
    truth, n = Truth("shell", dimension), 200
    fits = [fit(truth, truth.draw(n, np.random.default_rng((2, k)))) for k in range(150)]
    assert all(isinstance(found, ShellFit) for found in fits)
    radii, widths = (np.array([getattr(found, name) for found in fits]) for name in ("radius", "width"))
    # Radius and width of a normal distribution: 1/sqrt(n) and 1/sqrt(2n); the scatter of 150 values is known to 6%.
    assert radii.std() == pytest.approx(1 / np.sqrt(n), rel=0.2)
    assert widths.std() == pytest.approx(1 / np.sqrt(2 * n), rel=0.2)
    assert radii.mean() == pytest.approx(4, abs=0.03)
    # Information of a point on the centre: the mean square of the slope of its log-likelihood along r, over d.
    r = np.linspace(0.5, 9, 2000)
    slope = (r - 4) + (dimension - 1) / r
    information = np.trapezoid(norm.pdf(r, 4) * slope**2, r) / dimension
    centres = np.array([found.centre for found in fits])
    assert centres.std() == pytest.approx(1 / np.sqrt(n * information), rel=0.2)


def test_shell_is_not_drawn_to_a_single_point() -> None:
    truth = Truth("shell", 10)
    for k in range(40):
        points = truth.draw(60, np.random.default_rng((3, k)))
        found = fit(truth, points)
        assert isinstance(found, ShellFit)
        assert np.linalg.norm(points - found.centre, axis=1).min() > 0.05


def test_points_of_a_fit_are_of_its_family() -> None:
    rng = np.random.default_rng(4)
    for made in (CamelbackFit((0.3, 0.7), (-4.0, 4.0), (0.5, 1.5)), ShellFit(np.array([1.0, -1.0]), 5.0, 0.7)):
        truth = Truth("camelback", 1) if isinstance(made, CamelbackFit) else Truth("ring", 2)
        found = fit(truth, made.draw(20_000, rng))
        for name in ("weights", "means", "widths", "centre", "radius", "width"):
            if hasattr(made, name):
                assert getattr(found, name) == pytest.approx(getattr(made, name), abs=0.05)


def test_too_few_points_are_told() -> None:
    with pytest.raises(es.InputError, match="do not fix 12 parameters"):
        fit(Truth("shell", 10), np.ones((12, 10)))

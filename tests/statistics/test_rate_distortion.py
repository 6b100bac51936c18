"""Dimensions of curves whose form is known, and intervals that hold all trainings."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import eventspace as es
from eventspace.statistics.event_means import bounded_mean
from eventspace.statistics.rate_distortion import error_dimension, rate_dimension, spanned

Floats = NDArray[np.float64]

WIDTHS = np.array([1.0, 1.0, 0.1, 0.003])
BETAS = np.geomspace(1e-4, 10, 61)
rising = st.lists(st.floats(1e-3, 1e3), min_size=2, max_size=9, unique_by=lambda x: round(np.log(x), 1)).map(sorted)


def gaussian(beta: Floats, widths: Floats = WIDTHS) -> tuple[Floats, Floats]:
    """What the best encoder of a Gaussian sample keeps, in nats, and the squared error that it leaves."""
    kept = np.maximum(0, np.log(widths / beta[:, None])).sum(axis=1)
    return kept, np.minimum(beta[:, None] ** 2, widths**2).sum(axis=1)


def test_both_count_the_widths_above_the_resolution() -> None:
    kl, squared = gaussian(BETAS)
    d1, d2 = error_dimension(BETAS, squared), rate_dimension(BETAS, kl)
    plateau = np.abs(np.log(BETAS[:, None] / WIDTHS)).min(axis=1) > np.log(BETAS[1] / BETAS[0])
    expected = (BETAS[:, None] < WIDTHS).sum(axis=1)
    np.testing.assert_allclose(d1[plateau], expected[plateau], atol=1e-9)
    np.testing.assert_allclose(d2[plateau], expected[plateau], atol=1e-9)
    assert set(expected[plateau]) == {0, 2, 3, 4}
    assert ((d1 > -1e-9) & (d1 < 4 + 1e-9)).all()


def test_they_agree_where_the_slopes_of_the_two_curves_do() -> None:
    """Of the best coding d rho^2 = -2 beta^2 dKL; between plateaus both dimensions fall together."""
    beta = np.geomspace(0.01, 3, 2000)
    spread = np.linspace(0.05, 1, 400)
    kl, squared = gaussian(beta, spread)
    d1, d2 = error_dimension(beta, squared)[1:-1], rate_dimension(beta, kl)[1:-1]
    np.testing.assert_allclose(d1, d2, atol=0.01 * len(spread))
    assert d1[0] == pytest.approx(len(spread), rel=1e-6)


@given(rising, st.floats(0.01, 100), st.integers(0, 100))
def test_units_do_not_matter(beta: list[float], unit: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    curve = rng.uniform(0, 1, (3, len(beta)))
    given_ = np.array(beta)
    d1 = error_dimension(given_, curve)
    np.testing.assert_allclose(error_dimension(unit * given_, unit**2 * curve), d1, rtol=1e-6, atol=1e-9 * np.ptp(d1))
    np.testing.assert_allclose(
        rate_dimension(unit * given_, curve), rate_dimension(given_, curve), rtol=1e-6, atol=1e-6
    )


@given(rising, st.floats(0.1, 9), st.floats(-2, 2))
def test_straight_curves_give_their_slope_everywhere(beta: list[float], dimension: float, constant: float) -> None:
    given_ = np.array(beta)
    np.testing.assert_allclose(
        error_dimension(given_, constant * given_[0] ** 2 + dimension * given_**2), dimension, rtol=1e-6
    )
    np.testing.assert_allclose(rate_dimension(given_, constant - dimension * np.log(given_)), dimension, rtol=1e-6)


@given(st.integers(1, 6), st.integers(2, 7))
def test_the_dimension_of_a_mean_is_the_mean_of_those_of_the_events(events: int, count: int) -> None:
    rng = np.random.default_rng(events)
    beta, curves = np.geomspace(0.1, 1, count), rng.normal(size=(events, count))
    for dimension in (error_dimension, rate_dimension):
        found = dimension(beta, curves)
        assert found.shape == curves.shape
        np.testing.assert_allclose(found.mean(axis=0), dimension(beta, curves.mean(axis=0)), atol=1e-9)


@pytest.mark.parametrize(
    "beta", [[], [0.1], [0.1, 0.1], [0.2, 0.1], [0.0, 0.1], [-0.1, 0.1], [[0.1, 0.2]], [0.1, np.nan]]
)
def test_what_does_not_rise_is_refused(beta: list[float]) -> None:
    for dimension in (error_dimension, rate_dimension):
        with pytest.raises(es.InputError, match="two or more rising resolutions; give several, the smallest first"):
            dimension(beta, np.zeros(np.shape(beta)))


@given(
    st.lists(st.lists(st.floats(-100, 100), min_size=2, max_size=20), min_size=1, max_size=5),
    st.sampled_from([0.68, 0.95]),
)
def test_all_trainings_lie_in_the_interval(curves: list[list[float]], level: float) -> None:
    found = spanned(curves, level, "nats", "a note")
    assert (found.level, found.unit, found.note) == (level, "nats", "a note")
    assert found.low is not None
    assert found.high is not None
    assert found.value == pytest.approx(np.mean([np.mean(curve) for curve in curves]), abs=1e-9)
    for curve in curves:
        alone = bounded_mean(curve, -np.inf, np.inf, level)
        assert found.low <= (alone.value if alone.low is None else alone.low)
        assert found.high >= (alone.value if alone.high is None else alone.high)
    assert found.low <= found.value + 1e-9
    assert found.high >= found.value - 1e-9


def test_one_training_has_the_interval_of_its_events() -> None:
    values = np.random.default_rng(1).normal(3, 1, 400)
    found, alone = spanned([values], 0.95), bounded_mean(values, -np.inf, np.inf, 0.95)
    assert (found.value, found.low, found.high) == (alone.value, alone.low, alone.high)
    assert found.high is not None
    assert found.high - found.value == pytest.approx(1.96 / 20, rel=0.1)

import numpy as np
import pytest
from scipy import stats

from eventspace.base.errors import InputError
from eventspace.statistics.event_means import bounded_mean


def test_the_interval_of_symmetric_values_is_that_of_scipy() -> None:
    x = np.random.default_rng(1).uniform(0.3, 0.5, 50)
    x = np.concatenate([x, 0.8 - x])
    found = bounded_mean(x, 0, 1, 0.9)
    expected = stats.ttest_1samp(x, 0).confidence_interval(0.9)
    np.testing.assert_allclose([found.low, found.high], [expected.low, expected.high])


def test_skewed_values_are_given_more_room_on_the_side_of_their_tail() -> None:
    """There the transformation, a cubic of the studentised mean, is the quantile of Student's t."""
    x = np.random.default_rng(1).beta(8, 1, 50)
    found = bounded_mean(x, 0, 1)
    expected = stats.ttest_1samp(x, 0).confidence_interval(0.95)
    assert found.low is not None
    assert found.low < expected.low
    np.testing.assert_allclose(found.high, expected.high)
    studentised = (x.mean() - found.low) / stats.sem(x)
    s = stats.skew(x) / 50**0.5
    cubic = studentised + s * studentised**2 / 3 + s**2 * studentised**3 / 27 + s / 6
    np.testing.assert_allclose(cubic, stats.t.ppf(0.975, 49))


@pytest.mark.parametrize(("value", "ends"), [(1.0, (0.05 ** (1 / 30), 1.0)), (0.0, (0.0, 1 - 0.05 ** (1 / 30)))])
def test_values_that_are_all_the_same_leave_room_for_what_was_not_seen(value: float, ends: tuple[float, float]) -> None:
    found = bounded_mean(np.full(30, value), 0, 1)
    np.testing.assert_allclose([found.low, found.high], ends)


def test_no_difference_at_all_has_an_interval_to_both_sides() -> None:
    found = bounded_mean(np.zeros(30), -1, 1)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high


def test_it_stays_within_the_bounds() -> None:
    found = bounded_mean([1.0, 1.0, 0.2], 0, 1)
    assert found.high == 1.0
    assert bounded_mean([1.0, 1.0 + 1e-12], 0, 1).value == 1.0


@pytest.mark.parametrize("values", [[0.5], [0.5, 1.1], [0.5, np.nan], [[0.1, 0.2]]])
def test_what_it_cannot_be_of_is_refused(values: list[float]) -> None:
    with pytest.raises(InputError, match="at least two values from 0 to 1"):
        bounded_mean(values, 0, 1)


@pytest.mark.slow
def test_it_covers() -> None:
    """Fractions of energy are skewed: beta of 8 and 1 here, 1/3 of them exactly 1."""
    rng = np.random.default_rng(2)
    truth = 1 / 3 + 2 / 3 * 8 / 9
    held = 0
    for _ in range(2000):
        x = np.where(rng.random(100) < 1 / 3, 1.0, rng.beta(8, 1, 100))
        found = bounded_mean(x, 0, 1)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high
    assert held > 1870

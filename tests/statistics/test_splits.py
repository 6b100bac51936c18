"""Intervals over splits: closed forms, ends at the edges, and the share of new splits that they hold."""

import numpy as np
import pytest
from scipy.stats import t as student

from eventspace.base.errors import InputError
from eventspace.statistics.number import Number
from eventspace.statistics.roc import Band
from eventspace.statistics.splits import efficiency_over_splits, over_splits, rejection_over_splits, squared_and_added


def number(value: float, reach: float) -> Number:
    return Number(value, value - reach, value + reach, 0.95)


def test_one_split_keeps_its_interval_and_says_so() -> None:
    found = over_splits([Number(0.8, 0.7, 0.85, 0.95)], shared=0.5)
    assert (found.low, found.high) == pytest.approx((0.7, 0.85))
    assert "another choice of the reference is not contained" in found.note


def test_equal_splits_have_the_interval_of_each() -> None:
    found = over_splits([Number(0.8, 0.7, 0.85, 0.95)] * 4)
    assert (found.value, found.low, found.high) == pytest.approx((0.8, 0.7, 0.85))


def test_splits_without_noise_of_their_own_have_students_prediction_interval() -> None:
    values = np.array([0.61, 0.78, 0.73])
    found = over_splits([number(value, 0.0) for value in values])
    reach = student.ppf(0.975, 2) * np.std(values, ddof=1) * np.sqrt(1 + 1 / 3)
    middle = values.mean()
    assert (found.value, found.low, found.high) == pytest.approx((middle, middle - reach, middle + reach))


def test_the_recorded_splits_of_the_inverse_task_lie_within_the_interval() -> None:
    """Three splits gave 0.782, 0.614 and 0.730, each far outside the intervals of the others."""
    splits = [Number(0.782, 0.754, 0.809, 0.95), Number(0.614, 0.579, 0.647, 0.95), Number(0.730, 0.698, 0.761, 0.95)]
    for left_out in range(3):
        others = [split for k, split in enumerate(splits) if k != left_out]
        found = over_splits(others, within=(0, 1))
        assert found.low <= splits[left_out].value <= found.high


def test_an_area_stays_between_0_and_1() -> None:
    found = over_splits([number(0.99, 0.005), number(0.9, 0.02)], within=(0, 1))
    assert (found.low, found.high) == (0, 1)


def test_arrays_of_points_are_those_of_the_points() -> None:
    values = np.array([[0.1, 0.5], [0.2, 0.4], [0.3, 0.3]])
    middle, low, high = squared_and_added(values, values - 0.1, values + 0.2, 0.95)
    for k in range(2):
        one = over_splits([Number(v, v - 0.1, v + 0.2, 0.95) for v in values[:, k]])
        assert (middle[k], low[k], high[k]) == pytest.approx((one.value, one.low, one.high))


def test_rejections_are_bounded_by_positive_numbers() -> None:
    found = rejection_over_splits([Number(20, 12, 40, 0.95), Number(60, 30, 200, 0.95), Number(35, 20, 70, 0.95)])
    assert 1 <= found.low < 20
    assert found.high > 60
    wide = rejection_over_splits([Number(2, 1.2, 4, 0.95), Number(60, 30, 200, 0.95)], shared=0.5)
    assert wide.low == 1


def test_where_a_split_has_no_upper_end_there_is_none() -> None:
    limit, measured = Number(70, 70, None, 0.95), Number(24, 17, 42, 0.95)
    found = rejection_over_splits([limit, measured])
    assert (found.value, found.low, found.high) == (pytest.approx(48), 17, None)
    assert rejection_over_splits([limit, Number(50, 50, None, 0.95)]).value == 50  # the least of the limits


def test_a_curve_of_one_split_is_itself() -> None:
    points = np.linspace(0.1, 1, 10)
    band = Band(points, points**2, 0.5 * points**2, np.sqrt(points), 0.95)
    found = efficiency_over_splits([band], 40, shared=0.5)
    for end in ("background_efficiency", "low", "high"):
        assert getattr(found, end) == pytest.approx(getattr(band, end), abs=1e-12)


def test_a_curve_that_is_above_zero_in_every_split_stays_above_zero() -> None:
    """On the scale of the efficiency itself the band of these would begin at 0, off the logarithmic axis."""
    points = np.array([0.5])
    values = np.array([0.01, 0.02, 0.03, 0.02, 0.015])
    bands = [Band(points, np.array([x]), np.array([x / 2]), np.array([2 * x]), 0.95) for x in values]
    found = efficiency_over_splits(bands, 1000, shared=0.5)
    middle, low, _ = squared_and_added(values, values / 2, 2 * values, 0.95, shared=0.5)
    assert low < 0 < found.low[0] < found.background_efficiency[0] < middle < found.high[0] < 1


def test_a_curve_may_touch_both_ends() -> None:
    points = np.array([0.2, 1.0])
    bands = [Band(points, np.array([0.0, 1.0]), np.array([0.0, 0.9]), np.array([0.1, 1.0]), 0.95)] * 3
    found = efficiency_over_splits(bands, 50)
    assert found.background_efficiency == pytest.approx([0, 1], abs=1e-12)
    assert (found.low[0], found.high[1]) == (0, 1)


def test_curves_at_other_points_are_refused() -> None:
    one, other = (Band(np.array([x]), *([np.array([0.5])] * 3), 0.95) for x in (0.3, 0.5))
    with pytest.raises(InputError, match="no common curve"):
        efficiency_over_splits([one, other], 100)


def test_nothing_is_refused() -> None:
    for combine in (over_splits, rejection_over_splits):
        with pytest.raises(InputError, match="split"):
            combine([])
    with pytest.raises(InputError, match="two ends"):
        over_splits([Number(70, 70, None, 0.95)])


@pytest.mark.parametrize("splits", [2, 5, 20])
def test_one_more_split_lies_within_as_often_as_the_level_says(splits: int) -> None:
    rng = np.random.default_rng(1)
    held, toys, between, within = 0, 2000, 0.05, 0.03
    for _ in range(toys):
        truths = rng.normal(0.7, between, splits + 1)
        seen = rng.normal(truths, within)
        found = over_splits([number(value, 1.96 * within) for value in seen[1:]])
        held += found.low <= truths[0] <= found.high
    assert held / toys > 0.94


@pytest.mark.slow
@pytest.mark.parametrize("part", [0.5, 0.8])
def test_splits_of_one_sample_hold_what_a_reference_of_other_events_gives(part: float) -> None:
    """The result is a mean over the reference. If the events that splits share are forgotten, fewer hold it."""
    rng = np.random.default_rng(2)
    toys, events, splits = 2000, 60, 5
    cut = round(part * events)
    held = forgotten = 0
    for _ in range(toys):
        worth = rng.normal(size=events)
        seen = [number(rng.permutation(worth)[:cut].mean(), 0.0) for _ in range(splits)]
        other = rng.normal(size=cut).mean()
        found, naive = over_splits(seen, shared=part), over_splits(seen)
        held += found.low <= other <= found.high
        forgotten += naive.low <= other <= naive.high
    assert 0.93 < held / toys < 0.97
    assert forgotten / toys < 0.9


def test_a_shared_part_is_between_0_and_1() -> None:
    for part in (-0.1, 1.0, float("nan")):
        with pytest.raises(InputError, match="of the sample"):
            over_splits([number(0.7, 0.1)] * 2, shared=part)


def test_a_number_says_what_was_averaged_and_what_its_interval_is_for() -> None:
    measured, limit = Number(24, 17, 42, 0.95), Number(70, 70, None, 0.95)
    assert over_splits([number(0.7, 0.1)] * 3).note == "mean of 3 repetitions, for one more of them"
    assert (
        over_splits([number(0.7, 0.1)] * 3, shared=0.5).note
        == "mean of 3 splits, for another reference of the same size"
    )
    assert rejection_over_splits([measured, measured], shared=0.5).note.startswith("geometric mean of 2 splits")
    assert rejection_over_splits([measured, limit], shared=0.5).note.startswith("harmonic mean of 2 splits")
    assert rejection_over_splits([limit, limit], shared=0.5).note.startswith("least of 2 splits")
    assert "not contained" in rejection_over_splits([measured], shared=0.5).note

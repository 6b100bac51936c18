"""A number that was found several times, each time with another random split: an interval that contains the choice."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit
from scipy.stats import t as student

from eventspace.base.errors import InputError
from eventspace.statistics.number import Number
from eventspace.statistics.roc import Band

__all__ = ["efficiency_over_splits", "over_splits", "rejection_over_splits", "squared_and_added"]

ONE_SPLIT = "of one split: another choice of the reference is not contained"

Floats = NDArray[np.float64]


def squared_and_added(
    values: ArrayLike, low: ArrayLike, high: ArrayLike, level: float, *, shared: float = 0.0
) -> tuple[Floats, Floats, Floats]:
    """The mean over splits, with an interval for what a reference of other events would give.

    Two things move the result of a split: which events are scored, of which each split has an interval, and which were
    the reference, which the splits show. Of both, the distances from the value to the ends add up in squares,

        low = mean - sqrt(mean(v_i - l_i)^2 + r^2),    r = t s sqrt((1 + f)/(1 - f) + 1/k),

    with the standard deviation s of the k values and the quantile t of Student's distribution of k - 1 degrees of
    freedom. References that are each a random part f of one sample have events in common. Where the result is the mean
    of something over the reference, of variance V between references of other events, s^2 is (1 - f) V: the mean over
    the splits is off by f V + s^2/k, one more reference by V. Splits that share nothing but the sample that is scored,
    as of other random numbers, have f = 0. Of one split it is the interval of this split.

    Arguments:
        values, low, high: (k, ...) of each split, with the ends of its interval.
        level: the confidence level of these intervals.
        shared: f, the part of the sample that each split takes as its reference.

    Returns:
        Mean, lower and upper ends, each (...).

    Raises:
        InputError: there is no split, the shapes differ, or the part is not in [0, 1).

    Example:
        >>> values = np.array([0.70, 0.72, 0.74, 0.76])
        >>> [round(float(end), 3) for end in squared_and_added(values, values - 0.03, values + 0.03, 0.95)]
        [0.73, 0.633, 0.827]
        >>> [round(float(end), 3) for end in squared_and_added(values, values - 0.03, values + 0.03, 0.95, shared=0.5)]
        [0.73, 0.579, 0.881]

    Source: G. Zou and A. Donner, Stat. Med. 27 (2008) 1693, doi:10.1002/sim.3095 (intervals that add up in squares);
    C. Nadeau and Y. Bengio, Mach. Learn. 52 (2003) 239, doi:10.1023/A:1024068626366 (splits that share events).
    """
    values, low, high = (np.asarray(array, dtype=np.float64) for array in (values, low, high))
    splits = len(values) if values.ndim else 0
    if not splits or not values.shape == low.shape == high.shape:
        raise InputError("values and ends of the splits do not fit together", remedy="give one of each a split")
    if not 0 <= shared < 1:
        raise InputError(f"a reference of {shared:g} of the sample", remedy="give a part of at least 0 and below 1")
    middle = values.mean(axis=0)
    reach = np.zeros_like(middle)
    if splits > 1:
        quantile = student.ppf((1 + level) / 2, splits - 1)
        reach = quantile * values.std(axis=0, ddof=1) * np.sqrt((1 + shared) / (1 - shared) + 1 / splits)
    below, above = (np.hypot(np.abs(values - end).mean(axis=0), reach) for end in (low, high))
    return middle, middle - below, middle + above


def over_splits(
    numbers: Sequence[Number], within: tuple[float, float] = (-np.inf, np.inf), *, shared: float = 0.0
) -> Number:
    """A number with the interval of :func:`squared_and_added`.

    Arguments:
        numbers: one a split, with both ends.
        within: what the number can be.
        shared: the part of the sample that each split takes as its reference.

    Raises:
        InputError: there is no split, or an interval has one end only.

    Example:
        >>> print(over_splits([Number(x, x - 0.02, x + 0.02, 0.95) for x in (0.61, 0.78, 0.73)], within=(0, 1)))
        0.71 [0.27, 1.00] (95%)
    """
    if not numbers or any(number.low is None or number.high is None for number in numbers):
        raise InputError("a split has no interval with two ends", remedy="give such an interval of each split")
    first = numbers[0]
    table = _table(numbers)
    ends = squared_and_added(table[:, 0], table[:, 1], table[:, 2], first.level, shared=shared)
    value, low, high = map(float, ends)
    note = _note("mean", len(numbers), shared)
    return Number(value, max(low, within[0]), min(high, within[1]), first.level, first.unit, note)


def rejection_over_splits(rejections: Sequence[Number], *, shared: float = 0.0) -> Number:
    """A background rejection, on the scale of its logarithm.

    Where a split has no upper end, since its background may pass arbitrarily rarely, the result is the harmonic
    mean and has none, but the least of the lower ends; where all splits are limits it is the least of them.

    Arguments:
        rejections: one a split.
        shared: the part of the sample that each split takes as its reference.

    Raises:
        InputError: there is no split.

    Example:
        >>> print(rejection_over_splits([Number(24, 17, 42, 0.95)] * 5))
        24 [17, 42] (95%)
        >>> print(rejection_over_splits([Number(24, 17, 42, 0.95), Number(70, 70, None, 0.95)]))
        48 [17, unbounded] (95%)
    """
    if not rejections:
        raise InputError("there is no split", remedy="give the rejection of at least one")
    level, count = rejections[0].level, len(rejections)
    lows = [number.low for number in rejections if number.low is not None]
    if len(lows) < count or any(number.high is None for number in rejections):
        limits = [number.high is None and number.low == number.value for number in rejections]
        low = min(lows) if len(lows) == count else None
        if all(limits) and low is not None:
            return Number(low, low, None, level, "", _note("least", count, shared))
        passing = np.mean(
            [0.0 if limit else 1 / number.value for limit, number in zip(limits, rejections, strict=True)]
        )
        return Number(float(1 / passing), low, None, level, "", _note("harmonic mean", count, shared))
    table = np.log(_table(rejections))
    ends = np.exp(squared_and_added(table[:, 0], table[:, 1], table[:, 2], level, shared=shared))
    value, low, high = map(float, ends)
    # No cut lets more than all of the background pass.
    return Number(value, max(low, 1.0), high, level, "", _note("geometric mean", count, shared))


def efficiency_over_splits(bands: Sequence[Band], background: int, *, shared: float = 0.0) -> Band:
    """A ROC curve with its band, point by point on the scale of the logit, so that a band above 0 stays above 0.

    Half an event is added to those that pass and to those that do not, as J. B. S. Haldane and F. J. Anscombe did.

    Arguments:
        bands: one a split, at the same signal efficiencies.
        background: how many background events each split scored.
        shared: the part of the sample that each split takes as its reference.

    Raises:
        InputError: there is no split, or the curves differ in their points.

    Example:
        >>> curve = [np.array([x]) for x in (0.5, 0.02, 0.01, 0.04)]
        >>> band = efficiency_over_splits([Band(*curve, 0.95)] * 2, 500)
        >>> [round(float(end[0]), 3) for end in (band.background_efficiency, band.low, band.high)]
        [0.02, 0.01, 0.04]

    Source: F. J. Anscombe, Biometrika 43 (1956) 461, doi:10.1093/biomet/43.3-4.461.
    """
    points = bands[0].signal_efficiency if bands else None
    if points is None or any(not np.array_equal(band.signal_efficiency, points) for band in bands):
        raise InputError("the splits have no common curve", remedy="give one of each split, at the same efficiencies")
    half, level = 0.5 / background, bands[0].level
    table = np.array([[band.background_efficiency, band.low, band.high] for band in bands])
    logits = np.log((table + half) / (1 - table + half))
    ends = squared_and_added(logits[:, 0], logits[:, 1], logits[:, 2], level, shared=shared)
    value, low, high = (np.clip((1 + 2 * half) * expit(end) - half, 0, 1) for end in ends)
    return Band(points, value, low, high, level)


def _note(average: str, count: int, shared: float) -> str:
    """What was averaged, and what the interval is for."""
    if not shared:
        return f"{average} of {count} repetitions, for one more of them" if count > 1 else ""
    return f"{average} of {count} splits, for another reference of the same size" if count > 1 else ONE_SPLIT


def _table(numbers: Sequence[Number]) -> Floats:
    """Value, lower and upper end of each number."""
    return np.array([[number.value, number.low, number.high] for number in numbers], dtype=np.float64)

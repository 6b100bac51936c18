"""The correlation dimension of a sample: how many dimensions it has at each resolution."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from eventspace.base.errors import InputError
from eventspace.statistics.bootstrap import jackknife_covariance
from eventspace.statistics.interpolation import weights_at
from eventspace.statistics.number import Number

__all__ = ["FEW_PAIRS", "Dimension", "correlation_dimension"]

FEW_PAIRS = 100  # between neighbouring thresholds; of fewer, 77 to 92% of 95% intervals hold in a plateau of C(Q)
_FEWEST_PAIRS = 10


@dataclass(frozen=True, eq=False)
class Dimension:
    """The correlation dimension between neighbouring thresholds; T thresholds make K = T - 1 values.

    Where a value is not measured it is NaN, and so are its ends.

    Attributes:
        thresholds: (T,) distances Q.
        pairs: (T,) the number of pairs of events closer than each threshold.
        midpoints: (K,) geometric means of neighbouring thresholds, where the values belong.
        values: (K,) the dimension.
        low: (K,) lower ends of the interval, not below 0.
        high: (K,) upper ends of the interval.
        level: the confidence level at each midpoint by itself.
        jackknife: (K, K) the delete-one-event jackknife covariance of the values.
        pair_variance: (K,) the variance of the values if all pairs were independent.
    """

    thresholds: NDArray[np.float64]
    pairs: NDArray[np.int64]
    midpoints: NDArray[np.float64]
    values: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    level: float
    jackknife: NDArray[np.float64]
    pair_variance: NDArray[np.float64]

    def at(self, Q: float) -> Number:
        """The dimension at the distance Q, interpolated linearly in log Q, with its jackknife interval.

        A note says where few pairs lie between the thresholds around Q.

        Raises:
            InputError: the dimension is not measured on both sides of Q.

        Example:
            >>> counts = np.array([[1, 2, 5]] * 20)
            >>> round(correlation_dimension(counts, [1.0, 2.0, 4.0]).at(2.0).value, 3)
            1.161
        """
        weights = weights_at(self.midpoints, Q)
        measured = np.isfinite(self.values)
        if not weights.any() or not measured[weights > 0].all():
            span = self.midpoints[measured]
            remedy = f"choose it between {span[0]:g} and {span[-1]:g}" if len(span) else "give more events"
            raise InputError(f"the dimension is not measured around the distance {Q:g}", remedy=remedy)
        used = weights > 0
        weights = weights[used]
        value = float(weights @ self.values[used])
        variance = _variance(
            weights @ self.jackknife[np.ix_(used, used)] @ weights, weights**2 @ self.pair_variance[used]
        )
        reach = float(ndtri((1 + self.level) / 2) * np.sqrt(variance))
        fewest = int(np.diff(self.pairs)[used].min())
        note = f"from {fewest} pairs: the interval may be too short" if fewest < FEW_PAIRS else ""
        return Number(value, max(value - reach, 0.0), value + reach, self.level, note=note)


def correlation_dimension(counts: ArrayLike, thresholds: ArrayLike, level: float = 0.95) -> Dimension:
    """The correlation dimension dim(Q) = Q d/dQ ln C(Q), where C(Q) is the fraction of pairs of events closer than Q.

    Between neighbouring thresholds dim = ln(C_{k+1} / C_k) / ln(Q_{k+1} / Q_k). It is masked (NaN) where fewer than 10
    pairs lie below Q_k or between Q_k and Q_{k+1}, and where all pairs below a threshold share one event.

    Pairs that share an event are not independent, so the interval comes from leaving out one event at a time: without
    event i there are pairs_k - counts[i, k] pairs below Q_k. The sum of squares of a jackknife contains each pair's own
    noise twice, once for each of its events, which would double the variance where the sample looks the same from
    each of its points; that noise is known, v = (1/pairs_k - 1/pairs_{k+1}) / ln(Q_{k+1}/Q_k)^2, and is taken off once:
    variance = max(jackknife - v, v). The interval is normal.

    Arguments:
        counts: (n, T) integers: the number of other events closer to event i than thresholds[t].
        thresholds: (T,) rising positive distances.
        level: the confidence level.

    Raises:
        InputError: the counts cannot be those of a sample at these thresholds, or the level is not between 0 and 1.

    Example:
        Points on a circle have one dimension:

        >>> from scipy.spatial.distance import cdist
        >>> angle = np.random.default_rng(1).uniform(0, 2 * np.pi, 500)
        >>> points = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        >>> thresholds = np.array([0.1, 0.2, 0.4])
        >>> counts = np.stack([(cdist(points, points) < Q).sum(axis=1) - 1 for Q in thresholds], axis=1)
        >>> print(correlation_dimension(counts, thresholds).at(0.2))
        0.993 [0.968, 1.017] (95%)

    Source: P. Grassberger and I. Procaccia, Phys. Rev. Lett. 50 (1983) 346, doi:10.1103/PhysRevLett.50.346; for jets
    P. T. Komiske, E. M. Metodiev, J. Thaler, arXiv:1902.02346. The jackknife's excess: B. Efron and C. Stein,
    Ann. Statist. 9 (1981) 586, doi:10.1214/aos/1176345462.
    """
    thresholds = _thresholds(thresholds)
    counts = _counts(counts, len(thresholds))
    if not 0 < level < 1:
        raise InputError(f"the level {level} is not between 0 and 1", remedy="write 0.95 for 95%")
    steps = np.diff(np.log(thresholds))
    pairs = counts.sum(axis=0) // 2

    usable = (pairs >= _FEWEST_PAIRS) & (counts.max(axis=0) < pairs)
    measured = usable[:-1] & usable[1:] & (np.diff(pairs) >= _FEWEST_PAIRS)

    # Unusable thresholds are given one pair and no counts, which keeps the logarithms quiet until they are masked.
    divisor = np.where(usable, pairs, 1)
    values = np.diff(np.log(divisor)) / steps
    without = np.log1p(-np.where(usable, counts, 0) / divisor)
    jackknife = jackknife_covariance(np.diff(without, axis=1) / steps)
    pair_variance = -np.diff(1 / divisor) / steps**2

    values[~measured] = pair_variance[~measured] = np.nan
    jackknife[~measured, :] = jackknife[:, ~measured] = np.nan
    reach = ndtri((1 + level) / 2) * np.sqrt(_variance(np.diagonal(jackknife), pair_variance))
    return Dimension(
        thresholds=thresholds,
        pairs=pairs,
        midpoints=np.sqrt(thresholds[:-1] * thresholds[1:]),
        values=values,
        low=np.maximum(values - reach, 0),
        high=values + reach,
        level=level,
        jackknife=jackknife,
        pair_variance=pair_variance,
    )


def _variance(jackknife: ArrayLike, pairs: ArrayLike) -> NDArray[np.float64]:
    """The jackknife variance without its second fraction of pair noise, and never below that noise."""
    variance: NDArray[np.float64] = np.maximum(np.subtract(jackknife, pairs), pairs)
    return variance


def _thresholds(thresholds: ArrayLike) -> NDArray[np.float64]:
    thresholds = np.asarray(thresholds, dtype=np.float64)
    if thresholds.ndim != 1 or len(thresholds) < 2:
        raise InputError(f"thresholds of shape {thresholds.shape}", remedy="give at least two in a row")
    if not (np.isfinite(thresholds).all() and thresholds[0] > 0 and (np.diff(thresholds) > 0).all()):
        raise InputError("the thresholds are not positive and rising", remedy="sort them and remove zeros and repeats")
    return thresholds


def _counts(counts: ArrayLike, thresholds: int) -> NDArray[np.int64]:
    counts = np.asarray(counts)
    if counts.ndim != 2 or counts.shape[1] != thresholds or counts.dtype.kind not in "iu":
        raise InputError(
            f"counts of shape {counts.shape} and type {counts.dtype} do not fit {thresholds} thresholds",
            remedy="give integers, one row an event and one column a threshold",
        )
    counts = counts.astype(np.int64, copy=False)
    events = len(counts)
    if events < 3:
        raise InputError(f"{events} events are too few", remedy="give at least 3")
    wrong = (counts[:, 0] < 0) | (counts[:, -1] >= events) | (counts[:, 1:] < counts[:, :-1]).any(axis=1)
    if wrong.any():
        raise InputError(
            f"the counts do not rise from 0 or more to at most {events - 1}, the number of other events",
            event=int(np.argmax(wrong)),
            remedy="count the other events closer than each threshold, without the event itself",
        )
    if (counts.sum(axis=0) % 2).any():
        raise InputError(
            "the counts of a threshold add up to an odd number, but each pair is counted by both of its events",
            remedy="count all pairs of one set of events",
        )
    return counts

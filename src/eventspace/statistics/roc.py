"""How well a score tells signal from background: ROC curve, its area, and background rejection.

Every function takes one score an event (jet), the higher the more like signal. Intervals resample the background and
the signal events independently of each other.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError
from eventspace.statistics.bootstrap import interval, multiplicities, percentiles
from eventspace.statistics.number import Number

__all__ = ["Band", "Curve", "auc", "background_efficiency", "rejection", "roc"]

Seed = int | np.random.Generator


@dataclass(frozen=True, eq=False)
class Curve:
    """The ROC curve: the shares of signal and background that pass a cut, from the tightest cut to none.

    Straight lines between the points are cuts that keep a random part of the events of equal score.

    Attributes:
        signal_efficiency: (points,) not falling, from 0 to 1.
        background_efficiency: (points,) not falling, from 0 to 1.
    """

    signal_efficiency: NDArray[np.float64]
    background_efficiency: NDArray[np.float64]

    @property
    def area(self) -> float:
        """The area under signal against background efficiency, the same number as ``auc``."""
        signal, background = self.signal_efficiency, self.background_efficiency
        return float(np.sum(np.diff(background) * (signal[1:] + signal[:-1])) / 2)


@dataclass(frozen=True, eq=False)
class Band:
    """The background efficiency at chosen signal efficiencies, with a pointwise interval.

    Attributes:
        signal_efficiency: (points,) as asked for.
        background_efficiency: (points,) of the sample.
        low: (points,) lower ends.
        high: (points,) upper ends.
        level: the confidence level at each point by itself.
    """

    signal_efficiency: NDArray[np.float64]
    background_efficiency: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    level: float


def roc(background: ArrayLike, signal: ArrayLike) -> Curve:
    """The ROC curve of a score; events of equal score pass together.

    Arguments:
        background: (n,) scores of background events.
        signal: (m,) scores of signal events.

    Raises:
        InputError: a score is not finite, or a class has fewer than 2 events.

    Example:
        >>> curve = roc([1, 2, 3, 4], [3, 5, 6, 7])
        >>> curve.signal_efficiency.tolist(), curve.background_efficiency.tolist(), curve.area
        ([0.0, 0.25, 0.5, 0.75, 0.75, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0, 0.25, 0.5, 0.75, 1.0], 0.90625)
    """
    background, signal = _scores(background, "background"), _scores(signal, "signal")
    cuts = np.unique(np.concatenate([background, signal]))[::-1]
    return Curve(_share_from(cuts, signal), _share_from(cuts, background))


def auc(
    background: ArrayLike,
    signal: ArrayLike,
    *,
    level: float = 0.95,
    replicas: int = 1000,
    seed: Seed,
) -> Number:
    """The area under the ROC curve: P(signal score > background score) + P(equal)/2, the Mann-Whitney U over n m.

    Where the classes do not overlap at all every replica gives 1 (or 0), and the interval has no width: it then says
    that the sample is too small to see the overlap, not that there is none.

    Arguments:
        background: (n,) scores of background events.
        signal: (m,) scores of signal events.
        level: the confidence level.
        replicas: the number of bootstrap replicas.
        seed: a seed or a generator.

    Returns:
        The area with its percentile interval, bootstrapped by event.

    Raises:
        InputError: a score is not finite, a class has fewer than 2 events, or an option cannot be used.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> print(auc(rng.normal(0, 1, 1000), rng.normal(1, 1, 1000), seed=1))
        0.769 [0.748, 0.787] (95%)
    """
    ranks = _Ranks.of(background, signal)
    samples = [ranks.area(b, s) for b, s in ranks.resampled(replicas, seed)]
    return interval(np.concatenate(samples), ranks.area(*ranks.sample).item(), level)


def background_efficiency(
    background: ArrayLike,
    signal: ArrayLike,
    efficiencies: ArrayLike,
    *,
    level: float = 0.95,
    replicas: int = 1000,
    seed: Seed,
) -> Band:
    """The share of background that passes the tightest cut with a given signal efficiency: the ROC curve's band.

    Between two distinct signal scores the cut moves along the ROC curve's straight line.

    Arguments:
        background: (n,) scores of background events.
        signal: (m,) scores of signal events.
        efficiencies: (points,) signal efficiencies, above 0 and up to 1.
        level: the confidence level at each point by itself.
        replicas: the number of bootstrap replicas.
        seed: a seed or a generator.

    Raises:
        InputError: a score is not finite, a class has fewer than 2 events, or an option cannot be used.

    Example:
        >>> background_efficiency([1, 2, 3, 4], [3, 5, 6, 7], [0.75, 1.0], seed=1).background_efficiency.tolist()
        [0.0, 0.5]
    """
    efficiencies = np.atleast_1d(np.asarray(efficiencies, dtype=np.float64))
    if efficiencies.ndim != 1 or not ((efficiencies > 0) & (efficiencies <= 1)).all():
        raise InputError("a signal efficiency is not in (0, 1]", remedy="write 0.3 for 30%")
    ranks = _Ranks.of(background, signal)
    samples = [ranks.passing(b, s, efficiencies) for b, s in ranks.resampled(replicas, seed)]
    low, high = percentiles(np.concatenate(samples), level)
    return Band(efficiencies, ranks.passing(*ranks.sample, efficiencies)[0], low, high, level)


def rejection(
    background: ArrayLike,
    signal: ArrayLike,
    efficiency: float,
    *,
    level: float = 0.95,
    replicas: int = 1000,
    seed: Seed,
) -> Number:
    """The background rejection 1/eps_b at a signal efficiency: of how many background events one passes the cut.

    Where no background event passes, the answer is a limit: with n background events eps_b < 1 - (1 - level)^(1/n)
    (the one-sided Clopper-Pearson bound, for the cut as it stands), so that value and low are the inverse of that bound
    and high is None. Where some pass but the interval of eps_b reaches 0, high is None.

    Arguments:
        background: (n,) scores of background events.
        signal: (m,) scores of signal events.
        efficiency: the signal efficiency, above 0 and up to 1.
        level: the confidence level.
        replicas: the number of bootstrap replicas.
        seed: a seed or a generator.

    Returns:
        The rejection with its percentile interval, bootstrapped by event, or the limit.

    Raises:
        InputError: a score is not finite, a class has fewer than 2 events, or an option cannot be used.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> background, signal = rng.normal(0, 1, 2000), rng.normal(2, 1, 2000)
        >>> print(rejection(background, signal, 0.5, seed=1))
        47 [34, 71] (95%)
        >>> print(rejection(background, signal + 10, 0.5, seed=1))
        > 660 (95%)

    Source: C. J. Clopper and E. S. Pearson, Biometrika 26 (1934) 404 (the limit).
    """
    band = background_efficiency(background, signal, efficiency, level=level, replicas=replicas, seed=seed)
    passing, low, high = (float(array[0]) for array in (band.background_efficiency, band.low, band.high))
    if passing == 0:
        limit = -1 / np.expm1(np.log1p(-level) / np.size(background))
        return Number(float(limit), float(limit), None, level)
    return Number(1 / passing, 1 / high if high > 0 else None, 1 / low if low > 0 else None, level)


@dataclass(frozen=True, eq=False)
class _Ranks:
    """Where the distinct signal scores lie among the background, from the highest score to the lowest.

    This is all of the scores that the statistics need, so a replica costs a few sums and no sorting.

    Attributes:
        background: the number of background events.
        group: (groups,) the first signal event of each group of equal score, in falling order.
        signal: the number of signal events.
        above: (groups,) the number of background events above the score.
        upto: (groups,) the number of background events at or above the score.
    """

    background: int
    signal: int
    group: NDArray[np.intp]
    above: NDArray[np.intp]
    upto: NDArray[np.intp]

    @classmethod
    def of(cls, background: ArrayLike, signal: ArrayLike) -> "_Ranks":
        falling_background = np.sort(-_scores(background, "background"))
        falling_signal = np.sort(-_scores(signal, "signal"))
        scores, group = np.unique(falling_signal, return_index=True)
        return cls(
            background=len(falling_background),
            signal=len(falling_signal),
            group=group,
            above=np.searchsorted(falling_background, scores, side="left"),
            upto=np.searchsorted(falling_background, scores, side="right"),
        )

    @property
    def sample(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The sample itself as a replica: every event once."""
        return np.ones((1, self.background), dtype=np.int64), np.ones((1, self.signal), dtype=np.int64)

    def resampled(self, replicas: int, seed: Seed) -> Iterator[list[NDArray[np.int64]]]:
        """Replicas of background and signal, a chunk at a time."""
        return multiplicities([self.background, self.signal], replicas, np.random.default_rng(seed))

    def area(self, background: NDArray[np.int64], signal: NDArray[np.int64]) -> NDArray[np.float64]:
        """The area under the ROC curve of each replica, (replicas,)."""
        passed = _cumulative(background)
        groups = np.add.reduceat(signal, self.group, axis=1)
        # Twice the number of background events below the score, plus those at it.
        beaten = 2 * self.background - passed[:, self.above] - passed[:, self.upto]
        twice: NDArray[np.int64] = (groups * beaten).sum(axis=1)
        return twice / (2.0 * self.background * self.signal)

    def passing(
        self, background: NDArray[np.int64], signal: NDArray[np.int64], efficiencies: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """The background efficiency of each replica at each signal efficiency, (replicas, efficiencies)."""
        passed = _cumulative(background)
        kept = _cumulative(np.add.reduceat(signal, self.group, axis=1))
        shares = kept / self.signal
        result = np.empty((len(background), len(efficiencies)))
        for replica, share in enumerate(shares):
            group = np.searchsorted(share[1:], efficiencies, side="left")
            part = (efficiencies - share[group]) / (share[group + 1] - share[group])
            above, upto = passed[replica, self.above[group]], passed[replica, self.upto[group]]
            result[replica] = (above + part * (upto - above)) / self.background
        return result


def _cumulative(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Running sums along each row, with the leading 0."""
    sums = np.zeros((len(counts), counts.shape[1] + 1), dtype=np.int64)
    np.cumsum(counts, axis=1, out=sums[:, 1:])
    return sums


def _share_from(cuts: NDArray[np.float64], scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of the scores at or above each cut, after a cut that nothing passes."""
    passing = len(scores) - np.searchsorted(np.sort(scores), cuts, side="left")
    return np.concatenate([[0.0], passing / len(scores)])


def _scores(scores: ArrayLike, name: str) -> NDArray[np.float64]:
    scores = np.asarray(scores, dtype=np.float64)
    if scores.ndim != 1:
        raise InputError(f"the {name} scores have shape {scores.shape}", remedy="give one score an event")
    if len(scores) < 2:
        raise InputError(f"{len(scores)} {name} events are too few", remedy="give at least 2 of each class")
    bad = ~np.isfinite(scores)
    if bad.any():
        event = int(np.argmax(bad))
        raise InputError(f"the {name} score is {scores[event]}", event=event, remedy="remove the event")
    return scores

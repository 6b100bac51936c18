"""The birthday experiment: how many events must be drawn until two of them are the same.

If a subset of s50 events holds a duplicate with probability one half, a source of equally likely outcomes has about
s50^2 / (2 ln 2) of them. All pairs of a sample say more about its support (``statistics.collisions``); the experiment
is what the literature reports.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom

from eventspace.distances.vectorised import compiled
from eventspace.statistics.collisions import Collisions
from eventspace.statistics.number import Number

__all__ = ["corrected_support", "first_collisions", "half_size", "half_size_of", "outcomes"]

Integers = NDArray[np.int64]


def first_collisions(
    events: int, i: ArrayLike, j: ArrayLike, replications: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """How many events are drawn until two of them are the same: the birthday experiment, many times.

    Each replication draws events of the sample in random order, without putting them back. The fraction of replications
    that end with at most s events is the probability P(s) that a random subset of s events holds a duplicate. The
    replications share one sample: their spread says nothing about how far another sample would give another curve.

    Arguments:
        events, i, j: as for ``Collisions.of``.
        replications: how many.
        rng: the source of randomness.

    Returns:
        (replications,) numbers of events; ``events + 1`` where there are no duplicates at all.

    Example:
        Of 23 people, two share one of 366 birthdays with a probability of one half:

        >>> rng = np.random.default_rng(1)
        >>> day = rng.integers(366, size=2000)
        >>> i, j = np.nonzero(np.triu(day[:, None] == day, 1))
        >>> bool(20 < np.median(first_collisions(2000, i, j, 1000, rng)) < 26)
        True

    Source: S. Arora and Y. Zhang, Do GANs learn the distribution?, arXiv:1706.08224 (the birthday paradox test).
    """
    first, second = np.asarray(i, dtype=np.int64), np.asarray(j, dtype=np.int64)
    both, other = np.concatenate((first, second)), np.concatenate((second, first))
    order = np.argsort(both, kind="stable")
    offsets = np.concatenate(([0], np.cumsum(np.bincount(both, minlength=events)))).astype(np.int64)
    neighbours = other[order]
    found = np.empty(replications, dtype=np.int64)
    for replication in range(replications):
        found[replication] = _first(rng.permutation(events), offsets, neighbours)
    return found


def half_size(first: ArrayLike, found: Collisions, level: float = 0.95) -> Number:
    """The smallest subset that holds a duplicate with a probability above 1/2, s50; a lower limit without duplicates.

    Two things make it uncertain, and their relative errors add in quadrature: the sample, by half the relative error
    of its support, since s50 goes with the root of that; and the replications, by the order statistics between which
    the median of that many lies. Both ends are numbers of events, rounded outward.

    Arguments:
        first: what ``first_collisions`` returns.
        found: the duplicates of the same sample.
        level: of the interval.

    Example:
        >>> print(half_size([21, 23, 23, 24, 25, 25, 26, 28, 30], Collisions(1000, 1250, 1.0)))
        25.0 [22.0, 29.0] (95%)
    """
    support = found.support(level)
    if support.high is None:
        assert support.low is not None
        least = half_size_of(1 / support.low)
        return Number(least, least, None, level, note=support.note)
    ordered = np.sort(np.asarray(first))
    count = len(ordered)
    size = float(ordered[count // 2])
    ranks = binom.ppf([(1 - level) / 2, (1 + level) / 2], count, 0.5).astype(int)
    by_replications = np.log([ordered[max(ranks[0] - 1, 0)] / size, ordered[min(ranks[1], count - 1)] / size])
    assert support.low is not None
    by_sample = np.log([support.low / support.value, support.high / support.value]) / 2
    down, up = np.hypot(by_replications, by_sample)
    return Number(size, float(np.floor(size * np.exp(-down))), float(np.ceil(size * np.exp(up))), level)


def half_size_of(q: float) -> float:
    """The subset size at which independent pairs of probability q hold a duplicate with probability 1/2.

    exp(-q s (s - 1) / 2) = 1/2, so s = 1/2 + sqrt(1/4 + 2 ln 2 / q).

    Example:
        >>> round(half_size_of(0.02), 2), round(half_size_of(0.05), 2)
        (8.84, 5.79)
    """
    return 0.5 + float(np.sqrt(0.25 + 2 * np.log(2) / q))


def outcomes(size: float) -> float:
    """The number of equally likely outcomes for which this number of events holds a duplicate with probability 1/2.

    The inverse of the birthday problem: K with prod_{i < s} (1 - i / K) = 1/2. Two terms of the logarithm give

        K = s (s - 1) / (2 ln 2) + (2 s - 1) / 6,

    which is right to 0.2 outcomes for every s from 2 on.

    Example:
        Of 23 people, two share one of 373 birthdays with a probability of one half:

        >>> round(outcomes(23), 1)
        372.5
    """
    return max(size * (size - 1) / (2 * float(np.log(2))) + (2 * size - 1) / 6, 1.0)


def corrected_support(half: Number) -> Number:
    """The support of equally likely outcomes that has this s50.

    s50 is a whole number: the probability passes 1/2 between s50 - 1 and s50, so the value is that of the middle, and
    the interval begins with the lower and ends with the upper one.

    Example:
        >>> print(corrected_support(Number(23, 21, 25, 0.95)))
        356 [281, 441] (95%)
    """
    if half.high is None:
        least = outcomes(half.value)
        return Number(least, least, None, half.level, note=half.note)
    assert half.low is not None
    return Number(outcomes(half.value - 0.5), outcomes(half.low - 1), outcomes(half.high), half.level, note=half.note)


@compiled()
def _first(order: Integers, offsets: Integers, neighbours: Integers) -> int:
    drawn = np.zeros(len(order), dtype=np.bool_)
    for size in range(len(order)):
        event = order[size]
        for k in range(offsets[event], offsets[event + 1]):
            if drawn[neighbours[k]]:
                return size + 1
        drawn[event] = True
    return len(order) + 1

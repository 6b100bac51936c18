"""Collisions: how often two events of a sample are the same, and so how many different ones its source can make.

A source that makes outcome k with probability p_k gives two independent events the same outcome with probability
q = sum_k p_k^2. Its inverse is the support size of order 2 (Renyi, Simpson): the number of outcomes if all are equally
likely, and less otherwise. Here "the same" is any symmetric relation between events, so q is just the probability that
a pair is in it.

The estimate uses every pair: of n events, M of the N = n (n - 1) / 2 pairs are duplicates, and M / N estimates q
without bias. Pairs that share an event are not independent. With d_i the number of duplicates of event i,

    Var M = N q (1 - q) + n (n - 1) (n - 2) (r - q^2),    r estimated by sum_i d_i (d_i - 1) / (n (n - 1) (n - 2)),

where r is the probability that an event is the same as two others. (This is what resampling by event estimates,
without the bias that resampling has for rare pairs.) With F = Var M / E M, M / F behaves as a Poisson count as to its
mean and variance, exactly so for rare duplicates, F = 1; its interval is that of a Poisson mean. Intervals of 95% cover
the truth in 93 to 97% of samples of a uniform and of a 1/k source with 500 events or more; where few duplicates come
from a few likely outcomes they are too short, since the sample does not show its own spread then.
"""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import betaprime, gamma

from eventspace.base.errors import InputError
from eventspace.distances.vectorised import compiled
from eventspace.statistics.number import Number

__all__ = ["Collisions", "first_collisions", "half_size", "half_size_of", "ratio"]

Integers = NDArray[np.int64]


class Collisions(NamedTuple):
    """The duplicates among the pairs of a sample.

    Attributes:
        events: how many events there are, n.
        pairs: how many pairs are duplicates, M.
        spread: F = Var M / E M, at least 1.
    """

    events: int
    pairs: int
    spread: float

    @classmethod
    def of(cls, events: int, i: ArrayLike, j: ArrayLike) -> Self:
        """Count duplicates.

        Arguments:
            events: how many events the sample has.
            i, j: (M,) the two events of each duplicate; each pair once.

        Raises:
            InputError: there are fewer than 3 events, or a pair is not one of two different events.

        Example:
            >>> Collisions.of(10, [0, 3], [1, 4])
            Collisions(events=10, pairs=2, spread=1.0)
        """
        first, second = np.asarray(i, dtype=np.int64), np.asarray(j, dtype=np.int64)
        if events < 3:
            raise InputError(f"{events} events have hardly a pair", remedy="give at least 3 events")
        if first.shape != second.shape or first.ndim != 1:
            raise InputError("the pairs are not two lists of the same length", remedy="give one i and one j a pair")
        both = np.concatenate((first, second))
        if len(both) and (both.min() < 0 or both.max() >= events or (first == second).any()):
            raise InputError(f"a pair is not one of two different events of {events}", remedy="number events from 0")
        count = len(first)
        if count == 0:
            return cls(events, 0, 1.0)
        degree = np.bincount(both, minlength=events)
        q = count / (events * (events - 1) / 2)
        twice = float(np.sum(degree * (degree - 1.0)))  # n (n - 1) (n - 2) r
        variance = count * (1 - q) + max(twice - events * (events - 1.0) * (events - 2.0) * q**2, 0.0)
        return cls(events, count, max(variance / count, 1.0))

    def blurred(self, pairs: ArrayLike) -> Self:
        """The same duplicates where what counts as one is itself uncertain.

        Arguments:
            pairs: the number of duplicates under each of several definitions that may equally be meant; the variance
                among them is added to Var M.

        Example:
            >>> Collisions(events=100, pairs=20, spread=1.0).blurred([18, 20, 22]).spread
            1.2
        """
        more = float(np.var(np.asarray(pairs, dtype=np.float64), ddof=1)) / self.pairs if self.pairs else 0.0
        return self._replace(spread=self.spread + more)

    @property
    def of_all(self) -> int:
        """The number of all pairs, N."""
        return self.events * (self.events - 1) // 2

    def probability(self, level: float = 0.95) -> Number:
        """The probability q that two events are the same; an upper limit if no two are.

        The interval holds the central part of F Gamma(M / F + 1/2) / N (Jeffreys' interval of a Poisson mean), the
        limit is that of no event seen, -ln(1 - level) / N.

        Example:
            >>> print(Collisions(events=1000, pairs=20, spread=1.0).probability())
            4.0e-05 [2.5e-05, 6.1e-05] (95%)
            >>> print(Collisions(events=1000, pairs=0, spread=1.0).probability())
            < 6.0e-06 (95%)
        """
        if self.pairs == 0:
            limit = float(-np.log1p(-level)) / self.of_all
            return Number(limit, None, min(limit, 1.0), level)
        shares = [(1 - level) / 2, (1 + level) / 2]
        low, high = self.spread / self.of_all * gamma.ppf(shares, self.pairs / self.spread + 0.5)
        return Number(self.pairs / self.of_all, float(low), float(min(high, 1.0)), level)

    def support(self, level: float = 0.95) -> Number:
        """The support size 1 / q; a lower limit if no two events are the same.

        Example:
            >>> print(Collisions(events=1000, pairs=20, spread=1.0).support())
            25000 [16000, 40000] (95%)
        """
        q = self.probability(level)
        assert q.high is not None
        if q.low is None:
            return Number(1 / q.high, 1 / q.high, None, level)
        return Number(1 / q.value, 1 / q.high, 1 / q.low, level)


def ratio(generated: Collisions, reference: Collisions, level: float = 0.95) -> Number | None:
    """The support of a generated sample over that of a reference, q_reference / q_generated.

    The two samples are independent; the interval is that of the ratio of two gamma variables (see ``probability``). A
    sample without duplicates leaves a limit, and two of them nothing: then the result is None.

    Example:
        >>> reference, generated = Collisions(1000, 20, 1.0), Collisions(1000, 80, 1.0)
        >>> print(ratio(generated, reference))
        0.25 [0.15, 0.40] (95%)
        >>> print(ratio(generated, reference._replace(pairs=0)))
        < 0.038 (95%)
    """
    if generated.pairs == 0 and reference.pairs == 0:
        return None
    unit = (reference.spread / reference.of_all) / (generated.spread / generated.of_all)
    # An empty sample has the shape of the limit of ``probability``, 1.
    above, below = (c.pairs / c.spread + (0.5 if c.pairs else 1.0) for c in (reference, generated))
    if generated.pairs == 0:
        limit = float(unit * betaprime.ppf(1 - level, above, below))
        return Number(limit, limit, None, level)
    if reference.pairs == 0:
        limit = float(unit * betaprime.ppf(level, above, below))
        return Number(limit, None, limit, level)
    low, high = unit * betaprime.ppf([(1 - level) / 2, (1 + level) / 2], above, below)
    value = (reference.pairs / reference.of_all) / (generated.pairs / generated.of_all)
    return Number(value, float(low), float(high), level)


def first_collisions(
    events: int, i: ArrayLike, j: ArrayLike, replications: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """How many events are drawn until two of them are the same: the birthday experiment, many times.

    Each replication draws events of the sample in random order, without putting them back. The share of replications
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
        >>> 20 < half_size(first_collisions(2000, i, j, 1000, rng), 2000) < 26
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


def half_size(first: Integers, events: int) -> int | None:
    """The smallest subset that holds a duplicate with a probability above 1/2, s50; None if no subset does.

    Arguments:
        first: what ``first_collisions`` returns.
        events: the number of events of the sample.
    """
    size = int(np.sort(first)[len(first) // 2])
    return size if size <= events else None


def half_size_of(q: float) -> float:
    """The subset size at which independent pairs of probability q hold a duplicate with probability 1/2.

    exp(-q s (s - 1) / 2) = 1/2, so s = 1/2 + sqrt(1/4 + 2 ln 2 / q).

    Example:
        >>> round(half_size_of(0.02), 2), round(half_size_of(0.05), 2)
        (8.84, 5.79)
    """
    return 0.5 + float(np.sqrt(0.25 + 2 * np.log(2) / q))


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

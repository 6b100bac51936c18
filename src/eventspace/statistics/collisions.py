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
mean and variance, exactly so for rare duplicates, F = 1; its interval is that of a Poisson mean.

Duplicates come in clumps: k events of one outcome are k (k - 1) / 2 of them. A source with one outcome of probability p
that else never repeats has q = p^2, and shows no duplicate with probability

    (1 - p)^n + n p (1 - p)^(n - 1),

which is 5% at p = 4.74 / n. No source of this q shows none more often: without duplicates, the logarithm of the
probability is sum_k ln(1 + n p_k) - n p_k, which for a given sum_k p_k^2 is largest for one outcome, since
x^(1/2) - ln(1 + x^(1/2)) is concave. So n^2 / 22.5 is a lower limit of the support for any source; it is n^2 / 6
if all outcomes are equally likely, when the pairs are as good as independent. With few duplicates q may likewise be
that of the commonest event, seen less often than expected: the interval never ends below the square of the upper
limit (Clopper and Pearson) of this event's probability.

The coverage of intervals and limits is recorded in ``benchmarks/results/intervals.md``.
"""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import beta, betaprime, gamma

from eventspace.base.errors import InputError
from eventspace.statistics.number import Number

__all__ = ["Collisions", "limit_without_duplicates", "note_of_clumps", "ratio"]

_FEW = 20  # clumps of duplicates


class Collisions(NamedTuple):
    """The duplicates among the pairs of a sample.

    Attributes:
        events: how many events there are, n.
        pairs: how many pairs are duplicates, M.
        spread: F = Var M / E M, at least 1.
        commonest: how many events are the same as the one that is most often repeated, itself included.
    """

    events: int
    pairs: int
    spread: float
    commonest: int = 1

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
            Collisions(events=10, pairs=2, spread=1.0, commonest=2)
        """
        first, second = np.asarray(i, dtype=np.int64), np.asarray(j, dtype=np.int64)
        if events < 3:
            raise InputError(f"{events} events have hardly a pair", remedy="give at least 3 events")
        if first.shape != second.shape or first.ndim != 1:
            raise InputError("the pairs are not two lists of the same length", remedy="give one i and one j a pair")
        both = np.concatenate((first, second))
        if len(both) and (both.min() < 0 or both.max() >= events or (first == second).any()):
            raise InputError(f"a pair is not one of two different events of {events}", remedy="number events from 0")
        return cls.of_degrees(np.bincount(both, minlength=events))

    @classmethod
    def of_degrees(cls, degree: ArrayLike) -> Self:
        """Count duplicates by events.

        Arguments:
            degree: (n,) how many duplicates each event has.

        Example:
            >>> Collisions.of_degrees([1, 1, 0, 1, 1, 0, 0, 0, 0, 0])
            Collisions(events=10, pairs=2, spread=1.0, commonest=2)
        """
        degree = np.asarray(degree, dtype=np.int64)
        events, count = len(degree), int(degree.sum()) // 2
        if count == 0:
            return cls(events, 0, 1.0)
        q = count / (events * (events - 1) / 2)
        twice = float(np.sum(degree * (degree - 1.0)))  # n (n - 1) (n - 2) r
        variance = count * (1 - q) + max(twice - events * (events - 1.0) * (events - 2.0) * q**2, 0.0)
        return cls(events, count, max(variance / count, 1.0), 1 + int(degree.max()))

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
        """The probability q that two events are the same; an upper limit, for any source, if no two are.

        The interval holds the central part of F Gamma(M / F + 1/2) / N (Jeffreys' interval of a Poisson mean). It
        reaches at least to the q of a source that repeats only its commonest event, as often as k of n events allow.

        Example:
            >>> print(Collisions(events=1000, pairs=20, spread=1.0).probability())
            4.0e-05 [2.5e-05, 6.1e-05] (95%)
            >>> print(Collisions(events=1000, pairs=0, spread=1.0).probability())
            < 2.3e-05 (95%)
        """
        if self.pairs == 0:
            limit = limit_without_duplicates(self.events, level)
            return Number(limit, None, limit, level, note="for any source")
        tails = [(1 - level) / 2, (1 + level) / 2]
        low, high = self.spread / self.of_all * gamma.ppf(tails, self.pairs / self.spread + 0.5)
        repeated = _largest_probability(self.commonest, self.events, tails[1]) ** 2
        note = note_of_clumps(self.pairs, self.spread)
        return Number(self.pairs / self.of_all, float(low), float(min(max(high, repeated), 1.0)), level, note=note)

    def support(self, level: float = 0.95) -> Number:
        """The support size 1 / q; a lower limit, for any source, if no two events are the same.

        Example:
            >>> print(Collisions(events=1000, pairs=20, spread=1.0).support())
            25000 [16000, 40000] (95%)
            >>> print(Collisions(events=1000, pairs=0, spread=1.0).support())
            > 44000 (95%)
        """
        q = self.probability(level)
        assert q.high is not None
        if q.low is None:
            return Number(1 / q.high, 1 / q.high, None, level, note=q.note)
        return Number(1 / q.value, 1 / q.high, 1 / q.low, level, note=q.note)

    def support_if_even(self, level: float = 0.95) -> Number | None:
        """The lower limit of the support if all outcomes are equally likely; None if two events are the same.

        Without duplicates, N independent pairs allow q < -ln(1 - level) / N. A source that makes one event too often
        may have a support 3.7 times smaller, which is the limit of ``support``.

        Example:
            >>> print(Collisions(events=1000, pairs=0, spread=1.0).support_if_even())
            > 160000 (95%)
        """
        if self.pairs:
            return None
        limit = self.of_all / float(-np.log1p(-level))
        return Number(limit, limit, None, level, note="only if all outcomes are equally likely")


def note_of_clumps(pairs: float, spread: float) -> str:
    """The note of an interval whose duplicates are a few clumps: it does not contain clumps that were missed.

    Example:
        >>> note_of_clumps(40, 1.0), note_of_clumps(4000, 10.0)
        ('', '')
        >>> note_of_clumps(40, 10.0)
        'from few independent duplicates: measured to cover in 85 to 95%'
    """
    few = spread > 2 and pairs / spread < _FEW
    return "from few independent duplicates: measured to cover in 85 to 95%" if few else ""


def limit_without_duplicates(events: int, level: float = 0.95) -> float:
    """The upper limit of q for any source, where no two of the events are the same.

    The square of the probability p of which at most one of n events has an outcome with probability 1 - level.

    Example:
        >>> round(limit_without_duplicates(1000) * 1000**2, 1)
        22.4
    """
    return _largest_probability(1, events, level) ** 2


def _largest_probability(seen: int, events: int, level: float) -> float:
    """The upper limit of the probability of what was seen so often (Clopper and Pearson)."""
    return 1.0 if seen == events else float(beta.ppf(level, seen + 1, events - seen))


def ratio(generated: Collisions, reference: Collisions, level: float = 0.95) -> Number | None:
    """The support of a generated sample over that of a reference, q_reference / q_generated.

    The two samples are independent; the interval is that of the ratio of two gamma variables (see ``probability``). A
    sample without duplicates leaves a limit, and two of them nothing: then the result is None.

    Example:
        >>> reference, generated = Collisions(1000, 20, 1.0), Collisions(1000, 80, 1.0)
        >>> print(ratio(generated, reference))
        0.25 [0.15, 0.40] (95%)
        >>> print(ratio(generated, reference._replace(pairs=0)))
        < 0.15 (95%)
    """
    if generated.pairs == 0 and reference.pairs == 0:
        return None
    above, below = (_gamma(each, level) for each in (reference, generated))
    unit = above.scale / below.scale
    if generated.pairs == 0:
        limit = float(unit * betaprime.ppf(1 - level, above.shape, below.shape))
        return Number(limit, limit, None, level)
    if reference.pairs == 0:
        limit = float(unit * betaprime.ppf(level, above.shape, below.shape))
        return Number(limit, None, limit, level)
    low, high = unit * betaprime.ppf([(1 - level) / 2, (1 + level) / 2], above.shape, below.shape)
    of_reference, of_generated = reference.probability(level), generated.probability(level)
    assert of_reference.high is not None
    assert of_generated.high is not None
    # Either q may be that of its commonest event.
    low, high = min(low, of_reference.value / of_generated.high), max(high, of_reference.high / of_generated.value)
    note = of_reference.note or of_generated.note
    return Number(of_reference.value / of_generated.value, float(low), float(high), level, note=note)


class _Gamma(NamedTuple):
    shape: float
    scale: float


def _gamma(found: Collisions, level: float) -> _Gamma:
    """The gamma variable that stands for q; without duplicates, that with the limit of ``probability``."""
    if found.pairs == 0:
        return _Gamma(1.0, limit_without_duplicates(found.events, level) / float(-np.log1p(-level)))
    return _Gamma(found.pairs / found.spread + 0.5, found.spread / found.of_all)

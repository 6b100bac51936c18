"""The overlap of two samples: how far their sources make the same events, by the duplicates within and between them.

With q_11 and q_22 the probability that two events of one source are the same (see ``statistics.collisions``), and q_12
that of two events of different sources,

    overlap = q_12 / sqrt(q_11 q_22),

the cosine of the angle between the two distributions, each smoothed at the scale at which events are the same: 1 for
equal distributions, 0 if no event of the one is the same as one of the other. Of K and L equally likely outcomes, S of
which are common, it is S / sqrt(K L) (Ochiai's coefficient); with the ratio L / K of the supports

    S / L = overlap / sqrt(ratio),    S / K = overlap sqrt(ratio).

If "the same" is an equivalence, or is weighed by any positive definite kernel, the overlap is at most 1 (Cauchy and
Schwarz). A distance below a threshold is neither: the overlap exceeds 1 where one source sits between the clumps of the
other, less than a threshold from each. Where both vary slowly over a threshold it does not.

The variance of the logarithm is that of U-statistics. Let event i of sample 1 have a_i duplicates among its own and b_i
among the others, A = sum a_i = 2 M_11 and B = sum b_i = M_12. It moves the logarithm by b_i / B - a_i / A. With the
same of sample 2, and what the pairs add when the effects of their events are taken off, which is Poisson's noise for
rare duplicates,

    V = V_1 + V_2 + 1 / M_12 + (1 / M_11 + 1 / M_22) / 4,
    V_1 = sum_i b_i (b_i - 1) / B^2 + a_i (a_i - 1) / A^2 - 2 a_i b_i / (A B),

up to terms that are smaller by 1 / n or q, which the code has too. Where both sources are the same, V_1 and V_2 vanish
however uneven these are, since what moves q_12 moves sqrt(q_11 q_22) alike; their estimates may be negative, and V is
taken to be at least what the pairs alone give. The interval is that of M_12 / sqrt(M_11 M_22) for independent numbers
M / F that behave as Poisson counts (see ``statistics.collisions``), F = Var M / E M of each, all divided by the factor
by which V exceeds theirs.

Duplicates between the samples come in clumps: if one sample has c events like its commonest one, a single event of this
kind in the other makes c of them at once. What was not seen may be that. An event whose kind the other sample has h
times may be expected there t times, t the upper limit of a Poisson mean of which h were seen; so the limit and the
upper end of the interval are at least those of c t duplicates, for the event with the largest c t. Without any between
the samples this is the whole limit, 3 c at 95%: one more outcome in common cannot do worse than that of the commonest
event. The upper end has the variance of one such hit more in it, too: (c / (M_12 + c))^2 on V.

The coverage is recorded in ``benchmarks/results/intervals.md``. Intervals are too long for two samples of one very
uneven source, and too short where the duplicates between the samples are a few clumps, as those of a single outcome of
which each sample has a few events; a note says so.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import digamma, gammaincinv, loggamma, polygamma

from eventspace.base.errors import InputError
from eventspace.statistics.collisions import limit_without_duplicates, note_of_clumps
from eventspace.statistics.number import Number

__all__ = ["overlap"]

Floats = NDArray[np.float64]

_POWERS = np.array([1.0, -0.5, -0.5])  # of q_12, q_11, q_22
_LEAST = 0.01  # factor between variances; it is 0 where all pairs are duplicates
_STEPS = 200  # of the integral for a distribution function


def overlap(
    own: Sequence[ArrayLike], other: Sequence[ArrayLike], level: float = 0.95, replicas: ArrayLike | None = None
) -> Number | None:
    """How far two sources make the same events, q_12 / sqrt(q_11 q_22).

    Arguments:
        own: for both samples, (n,) and (m,), how many duplicates each event has in its own sample.
        other: likewise, how many it has in the other sample.
        level: of the interval.
        replicas: (k, 3) the numbers of duplicates within the first sample, within the second and between them under
            each of several definitions that may equally be meant; the variance that they cause is added.

    Returns:
        Value and interval. Without duplicates between the samples, or within one of them, a limit; None without both,
        as then the overlap is unknown.

    Raises:
        InputError: a sample has fewer than 3 events, or the numbers contradict each other.

    Example:
        A die of 6 faces and one of 24 that has these 6 too: 6 / sqrt(6 24) = 0.5.

        >>> rng = np.random.default_rng(1)
        >>> one, two = rng.integers(6, size=500), rng.integers(24, size=500)
        >>> counts = [np.bincount(sample, minlength=24) for sample in (one, two)]
        >>> print(overlap([counts[0][one] - 1, counts[1][two] - 1], [counts[1][one], counts[0][two]]))
        0.491 [0.419, 0.572] (95%)

    Source: A. Ochiai, Bull. Jap. Soc. Sci. Fish. 22 (1957) 526. The variance: W. Hoeffding, Ann. Math. Statist. 19
        (1948) 293; of two samples, E. L. Lehmann, ibid. 22 (1951) 165.
    """
    a, b = _checked(own, other)
    n, m = map(len, a)
    pairs = np.array([b[0].sum(), a[0].sum() / 2, a[1].sum() / 2])
    seen = pairs > 0
    if not seen[0] and not seen[1:].all():
        return None
    variance = _variance(a, b)
    if replicas is not None:
        numbers = np.asarray(replicas, dtype=np.float64)[:, [2, 0, 1]]
        variance += float(np.var((numbers / np.where(seen, pairs, np.inf)) @ _POWERS, ddof=1))
    of_all = np.array([n * m, n * (n - 1) / 2, m * (m - 1) / 2])
    spreads = _spreads(a, b, pairs)

    def end(probability: float, more: float = 0.0) -> float:
        """A quantile of the overlap, with this additional variance."""
        factor = (variance + more) / float(np.sum(_POWERS[seen] ** 2 * spreads[seen] / pairs[seen]))
        shapes = np.where(seen, pairs / np.maximum(spreads * factor, _LEAST) + 0.5, 1.0)
        scales = np.where(seen, np.maximum(spreads * factor, _LEAST) / of_all, unseen)
        return float(np.prod(scales**_POWERS)) * _quantile(shapes, probability)

    # A number that is 0 has the shape of a limit without events, 1, as for the ratio of two supports.
    nothing = -np.log1p(-level)
    unseen = np.array([1 / of_all[0], *(limit_without_duplicates(size, level) / nothing for size in (n, m))])
    if not seen[0]:
        limit = end(level) * _most(a, b, level) / nothing
        return Number(limit, None, limit, level, note="for any sources: as if both had the commonest event")
    if not seen.all():
        limit = end(1 - level)
        return Number(limit, limit, None, level)
    commonest = 1 + max(a[0].max(), a[1].max())
    value = float(np.prod((pairs / of_all) ** _POWERS))
    low = end((1 - level) / 2)
    high = end((1 + level) / 2, (commonest / (pairs[0] + commonest)) ** 2)
    high = max(high, value * _most(a, b, (1 + level) / 2) / pairs[0])
    return Number(value, low, high, level, note=note_of_clumps(pairs[0], spreads[0]))


def _most(own: list[Floats], other: list[Floats], level: float) -> float:
    """The upper limit of the duplicates between the samples that the kind of a single event may be expected to make."""

    def largest(a: Floats, b: Floats) -> float:
        # Where closeness is not an equivalence, balls of events overlap: a kind has at most all events that were seen.
        kind = np.minimum(1 + a, np.where(b > 0, b.sum(), np.inf) / np.maximum(b, 1))
        return float((kind * gammaincinv(b + 1, level)).max())

    return max(largest(a, b) for a, b in zip(own, other, strict=True))


def _spreads(own: list[Floats], other: list[Floats], pairs: Floats) -> Floats:
    """F = Var M / E M, at least 1, of the duplicates between the samples, within the first and within the second."""

    def excess(degree: Floats) -> float:
        return max(float(degree @ (degree - 1)) - float(degree.sum()) ** 2 / len(degree), 0.0)

    variances = np.array([excess(other[0]) + excess(other[1]), excess(own[0]), excess(own[1])])
    return 1 + variances / np.where(pairs > 0, pairs, 1.0)


def _checked(own: Sequence[ArrayLike], other: Sequence[ArrayLike]) -> tuple[list[Floats], list[Floats]]:
    a, b = ([np.asarray(counts, dtype=np.float64) for counts in both] for both in (own, other))
    if len(a) != 2 or [counts.shape for counts in a] != [counts.shape for counts in b] or any(c.ndim != 1 for c in a):
        raise InputError("the numbers are not those of the events of two samples", remedy="give two lists of each kind")
    if min(map(len, a)) < 3:
        raise InputError(f"{min(map(len, a))} events have hardly a pair", remedy="give at least 3 events")
    if b[0].sum() != b[1].sum() or any((counts < 0).any() for counts in (*a, *b)):
        raise InputError("the two samples do not have the same duplicates of each other", remedy="count each for both")
    return a, b


def _variance(own: list[Floats], other: list[Floats]) -> float:
    """The variance V of the logarithm; terms of numbers that are 0 are left out."""
    n, m = map(len, own)
    between = float(other[0].sum())
    of_events, of_pairs = 0.0, 1 / between + 1 / (n * m) if between else 0.0
    for a, b, size, others in ((own[0], other[0], n, m), (own[1], other[1], m, n)):
        within = float(a.sum())
        if between:
            twice = float(b @ (b - 1)) / between**2
            of_events += twice * others / (others - 1)
            of_pairs -= twice / (others - 1)
        if within:
            twice = float(a @ (a - 1)) / within**2
            of_events += twice * (size - 1) / (size - 2)
            of_pairs += (1 / within - 2 * twice / (size - 2) + 1 / (size * (size - 1))) / 2
        if between and within:
            of_events -= 2 * float(a @ b) / (within * between)
    return max(of_events, 0.0) + of_pairs


def _quantile(shapes: Floats, probability: float) -> float:
    """The quantile of G_1 / sqrt(G_2 G_3), gamma variables of these shapes.

    The logarithm of a gamma variable has the characteristic function Gamma(k + i t) / Gamma(k); those of the three
    multiply, and J. Gil-Pelaez, Biometrika 38 (1951) 481 makes a distribution function of them.
    """
    mean = float(_POWERS @ digamma(shapes))
    width = float(np.sqrt(_POWERS**2 @ polygamma(1, shapes)))
    halves = np.arange(_STEPS) + 0.5
    t = halves * np.pi / (20 * width)  # so the sum repeats after 40 widths; |phi| has vanished at the last step
    phi = np.exp(np.sum(loggamma(shapes[:, None] + 1j * np.outer(_POWERS, t)) - loggamma(shapes)[:, None], axis=0))

    def excess(x: float) -> float:
        return float(0.5 - np.sum((phi * np.exp(-1j * t * x)).imag / halves) / np.pi - probability)

    return float(np.exp(brentq(excess, mean - 15 * width, mean + 15 * width)))

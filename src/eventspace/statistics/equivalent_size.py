"""To how many true events is a sample equivalent? Its error in bins of equal probability, beside that of true events.

The fractions x_j of a sample in q bins that hold 1/q of the truth each have the quantile error
MSE = 1/q sum_j (x_j - 1/q)^2. For n true events its mean is (1/q)(1 - 1/q)/n. So a sample is equivalent to
n = (1/q)(1 - 1/q)/MSE true events: n is its equivalent sample size.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError
from eventspace.statistics.bins import Tree
from eventspace.statistics.number import Number

__all__ = ["EquivalentSize", "equivalent_events", "equivalent_size", "expected_error", "quantile_error", "spread_error"]

Floats = NDArray[np.float64]

_CAPPED = "capped at the number of events: only the lower end is evidence"


def quantile_error(counts: ArrayLike) -> Floats:
    """The quantile error MSE = 1/q sum_j (x_j - 1/q)^2 of samples, from their counts in q bins.

    Arguments:
        counts: (..., q) events in each bin, of one or many samples.

    Returns:
        (...) the error of each sample.

    Raises:
        InputError: there are fewer than two bins, or a sample is empty.

    Example:
        >>> float(quantile_error([6, 4]).round(6))
        0.01

    Source: A. Butter et al., GANplifying event samples, arXiv:2008.06545.
    """
    counted = np.asarray(counts, dtype=np.float64)
    if counted.ndim == 0 or counted.shape[-1] < 2:
        raise InputError("fewer than two bins measure nothing", remedy="give at least two bins")
    total = counted.sum(axis=-1, keepdims=True)
    if not (total > 0).all():
        raise InputError("a sample is empty", remedy="give at least one event")
    error: Floats = np.mean((counted / total - 1 / counted.shape[-1]) ** 2, axis=-1)
    return error


def expected_error(events: ArrayLike, bins: int) -> Floats:
    """The mean quantile error of true events, (1/q)(1 - 1/q)/n.

    Arguments:
        events: n, one or many.
        bins: q.

    Example:
        >>> float(np.sqrt(expected_error(100, 10)).round(4))
        0.03
    """
    return np.asarray((1 / bins) * (1 - 1 / bins) / np.asarray(events, dtype=np.float64))


def equivalent_events(error: ArrayLike, bins: int) -> Floats:
    """How many true events have this quantile error on average: (1/q)(1 - 1/q)/MSE; infinite for no error.

    Arguments:
        error: MSE, one or many.
        bins: q.

    Example:
        >>> float(equivalent_events(expected_error(150, 20), 20).round(6))
        150.0
    """
    with np.errstate(divide="ignore"):
        return np.asarray((1 / bins) * (1 - 1 / bins) / np.asarray(error, dtype=np.float64))


class EquivalentSize(NamedTuple):
    """The equivalent size of a sample where the truth is a finite hold-out.

    Attributes:
        sample: the true events that the sample is equivalent to as it is; its number of events limits it.
        source: the true events that an unlimited number of events of the same source is equivalent to; a lower limit
            where the sample cannot be distinguished from the truth.
        probability: of counts this uneven, or more, if the source were the truth.
    """

    sample: Number
    source: Number
    probability: float


def equivalent_size(counts: ArrayLike, holdout: int, level: float = 0.95) -> EquivalentSize:
    """The equivalent size of a sample, from its counts in bins that a finite hold-out sample was cut into.

    The hold-out has the same number of events in each of its q bins, so that the true probability of a bin differs
    from 1/q as that of the spacings between its events does: by a variance of (1/q)(1 - 1/q)/(M + 1). A source with the
    density ratio r_j in a bin has the expected sum of squared fractions sum_j (r_j/q)^2 (1 + (q - 1)/(M + 1)). So

        D = U / (1 + (q - 1)/(M + 1)) - 1/q,    U = sum_j c_j (c_j - 1) / (n (n - 1)),

    estimates sum_j d_j^2, the squared deviations of the source from the truth, without bias; the equivalent size of the
    source is N = (1 - 1/q) / sum_j d_j^2, and the inverse of that of the sample is 1/n + 1/N.

    For its interval D plus the mean noise (1 - 1/q)(1/n + 1/(M + 1)) follows a gamma law with this mean and the
    variance 2 (q - 1)/q^2 (1/n + 1/(M + 1))^2 + k sum_j d_j^2, which is chi^2 without deviations. k comes from
    the fractions seen: with the deviations d of the fractions, the sample gives 4 var(d)/n, var over its events; the
    hold-out, whose edges move a fraction as much as the density there says, var(q x^2)/(M + 1), var over its bins; both
    over sum d^2.

    The law is that of many events in each bin; it holds within the noise where bins have 10 or more.

    Arguments:
        counts: (q,) events of the sample in each bin.
        holdout: the number M of hold-out events that the bins were cut with.
        level: the confidence level; a limit is one-sided.

    Raises:
        InputError: as ``quantile_error``, or there are fewer hold-out events than bins.

    Example:
        A source that puts 60% into one half is equivalent to (1 - 1/2) / (2 * 0.1^2) = 25 events:

        >>> found = equivalent_size([60_000, 40_000], holdout=1_000_000)
        >>> print(found.source)
        25.0 [23.5, 26.7] (95%)
    """
    from scipy.stats import chi2

    counted = np.asarray(counts, dtype=np.float64)
    error = float(quantile_error(counted))
    bins, events = len(counted), float(counted.sum())
    if holdout < bins:
        raise InputError(
            f"{holdout} hold-out events cannot be cut into {bins} bins", remedy="give more events, or fewer bins"
        )
    noise = 1 / events + 1 / (holdout + 1)
    found = _Deviations.of(counted, holdout)

    def of_source(deviations: float) -> float | None:
        """The equivalent size of the source for one sum of squared deviations; None where it has no bound."""
        return (1 - 1 / bins) / deviations if deviations > 0 else None

    def joined(size: float | None) -> float:
        return events if size is None else 1 / (1 / events + 1 / size)

    best = of_source(found.value)
    if best is None:
        limit = of_source(found.at(1 - level))
        assert limit is not None
        source = Number(limit, limit, None, level)
        sample = Number(events, joined(limit), events, level, note=_CAPPED)
    else:
        low, high = of_source(found.at((1 - level) / 2)), of_source(found.at((1 + level) / 2))
        source = Number(best, low, high, level)
        sample = Number(joined(best), joined(low), joined(high), level, note="" if high else _CAPPED)
    return EquivalentSize(sample, source, float(chi2.sf(bins**2 * error / noise, bins - 1)))


class _Deviations(NamedTuple):
    """The sum of the squared deviations of a source, as ``equivalent_size`` estimates it.

    Attributes:
        value: the estimate; below 0 where chance makes the fractions more even than it does on average.
        mean: the part of it that the noise would give, which is taken off.
        variance: that of the noise alone.
        slope: by how much the variance grows with the sum.
    """

    value: float
    mean: float
    variance: float
    slope: float

    @classmethod
    def of(cls, counts: Floats, holdout: int) -> "_Deviations":
        bins, events = len(counts), float(counts.sum())
        fractions, noise = counts / events, 1 / events + 1 / (holdout + 1)
        pairs = float((counts * (counts - 1)).sum() / (events * (events - 1))) if events > 1 else 1.0
        away = fractions - 1 / bins
        square = float((away**2).sum())
        of_sample = 4 * (float(away**2 @ fractions) - float(away @ fractions) ** 2) / events
        of_holdout = float((bins * fractions**2).var()) / (holdout + 1)
        return cls(
            pairs / (1 + (bins - 1) / (holdout + 1)) - 1 / bins,
            (1 - 1 / bins) * noise,
            2 * (bins - 1) / bins**2 * noise**2,
            (of_sample + of_holdout) / square if square > 0 else 0.0,
        )

    def at(self, probability: float) -> float:
        """The sum under which this estimate, or less, has this probability; 0 where none is that large."""
        from scipy.optimize import brentq
        from scipy.special import gammainc

        # Fractions more even than those of true events allow no more than typical ones do.
        seen = self.mean + max(self.value, 0.0)

        def excess(deviations: float) -> float:
            mean, variance = self.mean + deviations, self.variance + self.slope * deviations
            return float(gammainc(mean**2 / variance, seen * mean / variance)) - probability

        if excess(0.0) <= 0:
            return 0.0
        end = seen
        while excess(end) > 0:
            end *= 2
        return float(brentq(excess, 0.0, end, rtol=1e-10))


def spread_error(members: Sequence[ArrayLike], bins: int, rng: np.random.Generator) -> float:
    """The quantile error of a generator, estimated from the spread of an ensemble without any true event.

    The members are the same generator, trained anew on bootstrap resamples of its training sample. All their events
    together are cut into q bins of equal numbers by a k-d tree; with x_jk the fraction of member k in bin j,

        V = 1/q sum_j var_k(x_jk) - (1/q)(1 - 1/q) mean_k(1/n_k),

    var the variance with K - 1 below, and the second term the noise of n_k generated events. V estimates what another
    training sample would change. It does not contain a bias that all members have in common, so that
    ``equivalent_events(V, q)`` is an upper estimate of the equivalent size if the generator is biased.

    Arguments:
        members: (n_k, d) events of each of K members.
        bins: q.
        rng: orders equal values.

    Returns:
        V; 0 or below where the members agree within the noise.

    Raises:
        InputError: there are fewer than two members, or fewer events than bins.

    Example:
        Members that shift by 0.1 standard deviations have in two bins the error of 1/4 / (0.1 * 0.3989)^2 events:

        >>> rng = np.random.default_rng(1)
        >>> members = [rng.normal(0.1 * rng.normal(), 1, size=(5000, 1)) for _ in range(200)]
        >>> size = float(equivalent_events(spread_error(members, 2, rng), 2))
        >>> 120 < size < 200
        True
    """
    if len(members) < 2:
        raise InputError(f"{len(members)} member has no spread", remedy="train at least two")
    arrays = [np.asarray(member, dtype=np.float64) for member in members]
    tree = Tree.of(np.concatenate(arrays), bins, rng)
    fractions = np.array([tree.counts(array, rng) / len(array) for array in arrays])
    noise = float(expected_error(1, bins)) * float(np.mean([1 / len(array) for array in arrays]))
    return float(fractions.var(axis=0, ddof=1).mean()) - noise

"""How many true events is a sample worth? Its error in cells of equal probability, beside that of true events.

The shares x_j of a sample in q cells that hold 1/q of the truth each have the quantile error
MSE = 1/q sum_j (x_j - 1/q)^2. For n true events its mean is (1/q)(1 - 1/q)/n. So a sample is worth
n = (1/q)(1 - 1/q)/MSE true events, whatever made it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError
from eventspace.statistics.cells import Tree
from eventspace.statistics.number import Number

__all__ = ["MeasuredWorth", "equivalent_events", "expected_error", "measured_worth", "quantile_error", "spread_error"]

Floats = NDArray[np.float64]

_CAPPED = "capped at the number of events: only the lower end is evidence"


def quantile_error(counts: ArrayLike) -> Floats:
    """The quantile error MSE = 1/q sum_j (x_j - 1/q)^2 of samples, from their counts in q cells.

    Arguments:
        counts: (..., q) events in each cell, of one or many samples.

    Returns:
        (...) the error of each sample.

    Raises:
        InputError: there are fewer than two cells, or a sample is empty.

    Example:
        >>> float(quantile_error([6, 4]).round(6))
        0.01

    Source: A. Butter et al., GANplifying event samples, arXiv:2008.06545.
    """
    counted = np.asarray(counts, dtype=np.float64)
    if counted.ndim == 0 or counted.shape[-1] < 2:
        raise InputError("fewer than two cells measure nothing", remedy="give at least two cells")
    total = counted.sum(axis=-1, keepdims=True)
    if not (total > 0).all():
        raise InputError("a sample is empty", remedy="give at least one event")
    error: Floats = np.mean((counted / total - 1 / counted.shape[-1]) ** 2, axis=-1)
    return error


def expected_error(events: ArrayLike, cells: int) -> Floats:
    """The mean quantile error of true events, (1/q)(1 - 1/q)/n.

    Arguments:
        events: n, one or many.
        cells: q.

    Example:
        >>> float(np.sqrt(expected_error(100, 10)).round(4))
        0.03
    """
    return np.asarray((1 / cells) * (1 - 1 / cells) / np.asarray(events, dtype=np.float64))


def equivalent_events(error: ArrayLike, cells: int) -> Floats:
    """How many true events have this quantile error on average: (1/q)(1 - 1/q)/MSE; infinite for no error.

    Arguments:
        error: MSE, one or many.
        cells: q.

    Example:
        >>> float(equivalent_events(expected_error(150, 20), 20).round(6))
        150.0
    """
    with np.errstate(divide="ignore"):
        return np.asarray((1 / cells) * (1 - 1 / cells) / np.asarray(error, dtype=np.float64))


class MeasuredWorth(NamedTuple):
    """What a sample is worth where the truth is a finite hold-out.

    Attributes:
        sample: the worth of the sample as it is, in true events; its number of events limits it.
        source: the worth of as many events as one likes of the same source; a lower limit where the sample cannot be
            told from the truth.
        probability: of counts this uneven, or more, if the source were the truth.
    """

    sample: Number
    source: Number
    probability: float


def measured_worth(counts: ArrayLike, holdout: int, level: float = 0.95) -> MeasuredWorth:
    """The worth of a sample by its counts in cells that a finite hold-out sample was cut into.

    The hold-out has the same number of events in each of its q cells, so that the true probability of a cell differs
    from 1/q as that of the spacings between its events does: by a variance of (1/q)(1 - 1/q)/(M + 1). A source with the
    density ratio r_j in a cell has the expected sum of squared shares sum_j (r_j/q)^2 (1 + (q - 1)/(M + 1)). So

        D = U / (1 + (q - 1)/(M + 1)) - 1/q,    U = sum_j c_j (c_j - 1) / (n (n - 1)),

    estimates sum_j d_j^2, the squared deviations of the source from the truth, without bias; the worth of the source is
    (1 - 1/q) / sum_j d_j^2, and 1/worth of the sample is 1/n + 1/worth of the source.

    For its interval D plus the mean noise (1 - 1/q)(1/n + 1/(M + 1)) follows a gamma law with this mean and the
    variance 2 (q - 1)/q^2 (1/n + 1/(M + 1))^2 + k sum_j d_j^2, which is chi^2 without deviations. k comes from
    the shares seen: with the deviations d of the shares, the sample gives 4 var(d)/n, var over its events; the
    hold-out, whose edges move a share as much as the density there says, var(q x^2)/(M + 1), var over its cells; both
    over sum d^2.

    The law is that of many events in each cell; it holds within the noise where cells have 10 or more.

    Arguments:
        counts: (q,) events of the sample in each cell.
        holdout: the number M of hold-out events that the cells were cut with.
        level: the confidence level; a limit is one-sided.

    Raises:
        InputError: as ``quantile_error``, or there are fewer hold-out events than cells.

    Example:
        A source that puts 60% into one half is worth (1 - 1/2) / (2 * 0.1^2) = 25 events:

        >>> worth = measured_worth([60_000, 40_000], holdout=1_000_000)
        >>> print(worth.source)
        25.0 [23.5, 26.7] (95%)
    """
    from scipy.stats import chi2

    counted = np.asarray(counts, dtype=np.float64)
    error = float(quantile_error(counted))
    cells, events = len(counted), float(counted.sum())
    if holdout < cells:
        raise InputError(
            f"{holdout} hold-out events cannot be cut into {cells} cells", remedy="give more, or ask for fewer cells"
        )
    noise = 1 / events + 1 / (holdout + 1)
    found = _Deviations.of(counted, holdout)

    def worth(deviations: float) -> float | None:
        """The worth of the source for one sum of squared deviations; None where it has no bound."""
        return (1 - 1 / cells) / deviations if deviations > 0 else None

    def joined(worth_of_source: float | None) -> float:
        return events if worth_of_source is None else 1 / (1 / events + 1 / worth_of_source)

    best = worth(found.value)
    if best is None:
        limit = worth(found.at(1 - level))
        assert limit is not None
        source = Number(limit, limit, None, level)
        sample = Number(events, joined(limit), events, level, note=_CAPPED)
    else:
        low, high = worth(found.at((1 - level) / 2)), worth(found.at((1 + level) / 2))
        source = Number(best, low, high, level)
        sample = Number(joined(best), joined(low), joined(high), level, note="" if high else _CAPPED)
    return MeasuredWorth(sample, source, float(chi2.sf(cells**2 * error / noise, cells - 1)))


class _Deviations(NamedTuple):
    """The sum of the squared deviations of a source, as ``measured_worth`` estimates it.

    Attributes:
        value: the estimate; below 0 where chance makes the shares more even than it does on average.
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
        cells, events = len(counts), float(counts.sum())
        shares, noise = counts / events, 1 / events + 1 / (holdout + 1)
        pairs = float((counts * (counts - 1)).sum() / (events * (events - 1))) if events > 1 else 1.0
        away = shares - 1 / cells
        square = float((away**2).sum())
        of_sample = 4 * (float(away**2 @ shares) - float(away @ shares) ** 2) / events
        of_holdout = float((cells * shares**2).var()) / (holdout + 1)
        return cls(
            pairs / (1 + (cells - 1) / (holdout + 1)) - 1 / cells,
            (1 - 1 / cells) * noise,
            2 * (cells - 1) / cells**2 * noise**2,
            (of_sample + of_holdout) / square if square > 0 else 0.0,
        )

    def at(self, probability: float) -> float:
        """The sum under which this estimate, or less, has this probability; 0 where none is that large."""
        from scipy.optimize import brentq
        from scipy.special import gammainc

        # Shares more even than those of true events allow no more than typical ones do.
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


def spread_error(members: Sequence[ArrayLike], cells: int, rng: np.random.Generator) -> float:
    """The quantile error of a generator as the spread of an ensemble shows it, without any true event.

    The members are the same generator, trained anew on bootstrap resamples of its training sample. All their events
    together are cut into q cells of equal numbers by a k-d tree; with x_jk the share of member k in cell j,

        V = 1/q sum_j var_k(x_jk) - (1/q)(1 - 1/q) mean_k(1/n_k),

    var the variance with K - 1 below, and the second term the noise of n_k generated events. V estimates what another
    training sample would change. What all members have wrong in common it does not see, so that
    ``equivalent_events(V, q)`` is an upper estimate of the worth wherever the generator is biased.

    Arguments:
        members: (n_k, d) events of each of K members.
        cells: q.
        rng: tells equal values apart.

    Returns:
        V; 0 or below where the members agree within the noise.

    Raises:
        InputError: there are fewer than two members, or fewer events than cells.

    Example:
        Members that shift by 0.1 standard deviations have in two cells the error of 1/4 / (0.1 * 0.3989)^2 events:

        >>> rng = np.random.default_rng(1)
        >>> members = [rng.normal(0.1 * rng.normal(), 1, size=(5000, 1)) for _ in range(200)]
        >>> worth = float(equivalent_events(spread_error(members, 2, rng), 2))
        >>> 120 < worth < 200
        True
    """
    if len(members) < 2:
        raise InputError(f"{len(members)} member has no spread", remedy="train at least two")
    arrays = [np.asarray(member, dtype=np.float64) for member in members]
    tree = Tree.of(np.concatenate(arrays), cells, rng)
    shares = np.array([tree.counts(array, rng) / len(array) for array in arrays])
    noise = float(expected_error(1, cells)) * float(np.mean([1 / len(array) for array in arrays]))
    return float(shares.var(axis=0, ddof=1).mean()) - noise

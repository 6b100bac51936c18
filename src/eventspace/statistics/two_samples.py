"""How far apart are two samples of one number? Distances between distributions, with intervals."""

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError
from eventspace.distances.jensen_shannon.divergence import jensen_shannon
from eventspace.statistics.bootstrap import interval_of_norm, multiplicities
from eventspace.statistics.number import P_VALUE, Number
from eventspace.statistics.scale import scales, varies

__all__ = ["TwoSamples", "divergence", "two_samples"]

_BINS = 20  # of the divergence
_FEW = 1000  # events: measured, benchmarks/results/intervals.md
_OF_FEW = "where both samples have one source, measured to cover 0 in 91 to 93%"

Floats = NDArray[np.float64]


class TwoSamples(NamedTuple):
    """Distances between the distributions that two samples come from.

    Attributes:
        kolmogorov_smirnov: the largest difference of the cumulative distributions F and G, from 0 to 1.
        p_value: the probability that two samples of one source differ more, by that distance. With values that occur
            several times, as counts do, it is too large.
        wasserstein: the area between F and G, in units of the standard deviation of the reference: the mean distance
            that values have to move; its interval contains the uncertainty of this unit. Where the reference does not
            vary, it is in the unit of the values, and a note says so.
        divergence: the Jensen-Shannon divergence in nats between histograms of 20 bins that each hold the same fraction
            of the reference; of fewer where values occur several times.
    """

    kolmogorov_smirnov: Number
    p_value: Number
    wasserstein: Number
    divergence: Number


def two_samples(
    reference: ArrayLike, generated: ArrayLike, *, seed: int, replicas: int = 1000, level: float = 0.95
) -> TwoSamples:
    """Compare two samples of one number.

    Arguments:
        reference, generated: (n,) and (m,) values.
        seed, replicas: of the resampling by event that gives the intervals.
        level: their confidence level; see :func:`eventspace.statistics.bootstrap.interval_of_norm`.

    Raises:
        InputError: a sample is not a row of numbers, or has less than two.

    Example:
        >>> rng = np.random.default_rng(1)
        >>> found = two_samples(rng.normal(size=1000), rng.normal(0.5, 1, size=1000), seed=1)
        >>> found.wasserstein.low < 0.5 < found.wasserstein.high, found.p_value.value < 1e-9
        (True, True)

    Source: A. Kolmogorov (1933) and N. Smirnov (1939); the p-value is scipy's, for large samples.
    """
    from scipy.stats import ks_2samp

    a, b = _values(reference, "reference"), _values(generated, "generated")
    places, last = np.unique(np.concatenate((a, b)), return_inverse=True)
    in_a, in_b = np.split(last, [len(a)])
    cuts = np.unique(np.searchsorted(places, np.quantile(a, np.linspace(0, 1, _BINS + 1)[1:-1]), side="right"))
    bins = np.searchsorted(cuts, np.arange(len(places)), side="right")
    fixed = not varies(a)
    gaps = np.diff(places) / float(scales(a))

    # Of one sample: at each value the fraction up to there, and the fraction in each bin.
    def cumulative(at: NDArray[np.int64], weights: NDArray[np.int64]) -> Floats:
        return np.cumsum(_histograms(at, weights, len(places)), axis=1)

    ones = np.ones((1, len(a)), dtype=np.int64), np.ones((1, len(b)), dtype=np.int64)
    difference = cumulative(in_a, ones[0]) - cumulative(in_b, ones[1])
    apart = np.abs(difference[0])
    way = float(apart[:-1] @ gaps)
    binned = [_histograms(bins[at], one, len(cuts) + 1) for at, one in zip((in_a, in_b), ones, strict=True)]
    largest, areas = [], []
    replicated: tuple[list[Floats], list[Floats]] = ([binned[0]], [binned[1]])
    for weights in multiplicities([len(a), len(b)], replicas, np.random.default_rng(seed)):
        noise = np.abs(cumulative(in_a, weights[0]) - cumulative(in_b, weights[1]) - difference)
        largest.append(noise.max(axis=1))
        areas.append(noise[:, :-1] @ gaps + way * (0 if fixed else _changes_of_unit(a, weights[0])))
        for rows, at, some in zip(replicated, (in_a, in_b), weights, strict=True):
            rows.append(_histograms(bins[at], some, len(cuts) + 1))
    note = "the reference does not vary: in the unit of the values" if fixed else ""
    few = f"of {min(len(a), len(b))} events only: {_OF_FEW}" if min(len(a), len(b)) < _FEW else ""
    return TwoSamples(
        _at_most_1(interval_of_norm(np.concatenate(largest), float(apart.max()), level)),
        Number(float(ks_2samp(a, b, method="asymp").pvalue), None, None, level, note=P_VALUE),
        replace(interval_of_norm(np.concatenate(areas), way, level), note=note),
        replace(divergence(np.concatenate(replicated[0]), np.concatenate(replicated[1]), level), note=few),
    )


def divergence(p: Floats, q: Floats, level: float = 0.95) -> Number:
    """The Jensen-Shannon divergence between two histograms that are known from samples, in nats.

    With m = (p + q) / 2 it is sum (p - q)^2 / (8 m) where p and q are near each other, and up to 1.39 times that where
    they are not. So its root is nearly a norm of p - q, and has the interval of that.

    Arguments:
        p, q: (1 + replicas, bins) first the histogram itself, then its bootstrap replicas; of any sum, not negative.
            One that is empty has nothing in common with another: the divergence is ln 2.
        level: the confidence level.

    Example:
        >>> divergence(np.array([[1.0, 1.0, 0.0]] * 3), np.array([[0.0, 0.0, 1.0]] * 3)).value == math.log(2)
        True

    Source: D. Endres and J. Schindelin, IEEE Trans. Inf. Theory 49 (2003) 1858.
    """
    totals = [rows.sum(axis=1, keepdims=True) for rows in (p, q)]
    full = all(total[0] > 0 for total in totals)
    value = float(jensen_shannon(p[:1], q[:1])[0]) if full else math.log(2)
    p, q = (rows / np.where(total > 0, total, 1) for rows, total in zip((p, q), totals, strict=True))
    middle = (p[0] + q[0]) / 2
    held = middle > 0
    noise = ((p - q)[1:] - (p - q)[0])[:, held]
    root = interval_of_norm(np.sqrt((noise**2 / (8 * middle[held])).sum(axis=1)), math.sqrt(value), level)
    assert root.low is not None
    assert root.high is not None
    return Number(value, root.low**2, min(root.high**2, math.log(2)), level, "nat")


def _changes_of_unit(values: Floats, weights: NDArray[np.int64]) -> Floats:
    """By which part a distance changes that is measured in the standard deviation of each replica instead."""
    centred = values - values.mean()
    mean, square = (weights @ centred**power / len(values) for power in (1, 2))
    deviation = np.sqrt(np.maximum(square - mean**2, 0))
    return np.asarray(np.abs(np.divide(values.std(), deviation, out=np.ones_like(mean), where=deviation > 0) - 1))


def _at_most_1(number: Number) -> Number:
    assert number.high is not None
    return replace(number, value=min(number.value, 1.0), high=min(number.high, 1.0))


def _values(sample: ArrayLike, name: str) -> Floats:
    values = np.asarray(sample, dtype=np.float64)
    if values.ndim != 1 or len(values) < 2:
        raise InputError(f"the {name} sample has the shape {values.shape}", remedy="give at least two values, (n,)")
    bad = ~np.isfinite(values)
    if bad.any():
        raise InputError(f"a {name} value is NaN or infinite", event=int(np.argmax(bad)), remedy="remove the event")
    return values


def _histograms(at: NDArray[np.int64], weights: NDArray[np.int64], bins: int) -> Floats:
    """The fraction of the events in each bin, (replicas, bins), with these multiplicities (replicas, events)."""
    rows = np.arange(len(weights))[:, np.newaxis] * bins + at
    counts = np.bincount(rows.ravel(), weights=weights.ravel(), minlength=len(weights) * bins)
    return counts.reshape(len(weights), bins) / len(at)

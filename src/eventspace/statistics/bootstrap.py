"""Resampling by event, never by pair: pairs that share an event are not independent."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError
from eventspace.statistics.number import Number

__all__ = [
    "interval",
    "interval_of_norm",
    "jackknife_covariance",
    "means",
    "multiplicities",
    "percentiles",
    "student_interval",
]

_CHUNK = 1 << 20  # numbers held at once: 8 MiB


def multiplicities(sizes: Sequence[int], replicas: int, rng: np.random.Generator) -> Iterator[list[NDArray[np.int64]]]:
    """How often each event occurs in bootstrap replicas of one or more independent samples.

    A replica draws, from each sample, as many events as it has, with replacement. A statistic of the replica is the
    statistic of the sample with these multiplicities as weights; a sum over pairs takes their products.

    Arguments:
        sizes: the number of events of each sample.
        replicas: the number of replicas.
        rng: the source of randomness.

    Yields:
        A chunk of replicas at a time: for each sample an array (replicas in the chunk, events).

    Raises:
        InputError: a sample is empty, or there are fewer than 2 replicas.

    Example:
        >>> [chunk] = multiplicities([5, 3], 10, np.random.default_rng(1))
        >>> [weights.shape for weights in chunk], set(chunk[0].sum(axis=1).tolist())
        ([(10, 5), (10, 3)], {5})

    Source: B. Efron, Ann. Statist. 7 (1979) 1, doi:10.1214/aos/1176344552.
    """
    if min(sizes) < 1:
        raise InputError("a sample without events cannot be resampled", remedy="give at least one event")
    if replicas < 2:
        raise InputError(f"{replicas} bootstrap replicas give no interval", remedy="ask for 1000")
    rows = max(1, _CHUNK // sum(sizes))
    for start in range(0, replicas, rows):
        count = min(rows, replicas - start)
        yield [_multiplicities(size, count, rng) for size in sizes]


def _multiplicities(size: int, replicas: int, rng: np.random.Generator) -> NDArray[np.int64]:
    drawn = rng.integers(size, size=(replicas, size))
    drawn += size * np.arange(replicas)[:, np.newaxis]
    return np.bincount(drawn.ravel(), minlength=replicas * size).reshape(replicas, size)


def means(
    samples: Sequence[Mapping[str, ArrayLike]], replicas: int, rng: np.random.Generator
) -> list[dict[str, NDArray[np.float64]]]:
    """The means over the events of many quantities, of each sample and of its bootstrap replicas.

    What can be computed from means, as ratios, spreads and correlations, gets its replicas by the same formula.

    Arguments:
        samples: for each independent sample the quantities by name, (events, ...).
        replicas: their number.
        rng: the source of randomness.

    Returns:
        For each sample the means by name, (1 + replicas, ...): first that of the sample itself.

    Raises:
        InputError: a sample is empty, or there are fewer than 2 replicas.

    Example:
        >>> [found] = means([{"x": [1.0, 2.0, 6.0]}], 500, np.random.default_rng(1))
        >>> found["x"].shape, float(found["x"][0]), bool(1 <= found["x"].min() < 2 and 4 < found["x"].max() <= 6)
        ((501,), 3.0, True)
    """
    from threadpoolctl import threadpool_limits

    arrays = [{name: np.asarray(values, dtype=np.float64) for name, values in sample.items()} for sample in samples]
    tables = [np.hstack([values.reshape(len(values), -1) for values in sample.values()]) for sample in arrays]
    found = [[table.mean(axis=0, keepdims=True)] for table in tables]
    with threadpool_limits(1):  # the last digits of a product of matrices depend on the number of threads
        for weights in multiplicities([len(table) for table in tables], replicas, rng):
            for rows, some, table in zip(found, weights, tables, strict=True):
                rows.append(some.astype(np.float64) @ table / len(table))
    split = []
    for sample, rows in zip(arrays, found, strict=True):
        widths = [values[0].size for values in sample.values()]
        parts = np.split(np.concatenate(rows), np.cumsum(widths)[:-1], axis=1)
        split.append(
            {
                name: part.reshape(len(part), *values.shape[1:])
                for (name, values), part in zip(sample.items(), parts, strict=True)
            }
        )
    return split


def percentiles(samples: ArrayLike, level: float) -> NDArray[np.float64]:
    """The two ends of the central part of the samples that holds a fraction ``level`` of them.

    Arguments:
        samples: (replicas, ...) values of one or many statistics.
        level: the confidence level, between 0 and 1.

    Returns:
        (2, ...) the lower and upper ends.

    Raises:
        InputError: there are no samples, a sample is not finite, or the level is not between 0 and 1.
    """
    ends: NDArray[np.float64] = np.quantile(_checked(samples, level), [(1 - level) / 2, (1 + level) / 2], axis=0)
    return ends


def _checked(samples: ArrayLike, level: float) -> NDArray[np.float64]:
    samples = np.asarray(samples, dtype=np.float64)
    if len(samples) == 0 or not np.isfinite(samples).all():
        raise InputError(
            "the replicas of a statistic are not finite numbers", remedy="use a statistic that is always defined"
        )
    if not 0 < level < 1:
        raise InputError(f"the level {level} is not between 0 and 1", remedy="write 0.95 for 95%")
    return samples


def interval(samples: ArrayLike, value: float, level: float = 0.95, unit: str = "") -> Number:
    """A number with the percentile interval of its bootstrap replicas.

    Arguments:
        samples: (replicas,) the statistic of each replica.
        value: the statistic of the sample itself.
        level: the confidence level.
        unit: the unit of the statistic.

    Raises:
        InputError: there are no samples, a number is not finite, or the level is not between 0 and 1.

    Example:
        >>> print(interval(np.linspace(0.0, 1.0, 101), value=0.5, level=0.9, unit="GeV"))
        0.50 [0.05, 0.95] GeV (90%)
    """
    low, high = percentiles(samples, level)
    return Number(float(value), float(low), float(high), level, unit)


def student_interval(
    samples: ArrayLike, value: float, events: int, level: float = 0.95, unit: str = "", *, positive: bool = False
) -> Number:
    """A number with the interval of Student's t, whose deviation is that of its bootstrap replicas.

    The spread of few events is uncertain, and too small by sqrt(1 - 1/n), which percentiles do not contain: the
    reach is t_{n-1} s sqrt(n/(n - 1)). Of the resolution of 30 normal energies percentiles hold the truth in 86%, and
    this in 93%.

    Arguments:
        samples: (replicas,) the statistic of each replica.
        value: the statistic of the sample itself.
        events: n of the sample; of the smaller one, where there are two.
        level: the confidence level.
        unit: the unit of the statistic.
        positive: the statistic is above 0, as a ratio or a spread is, and its logarithm is what scatters evenly; where
            it is 0 all the same, the interval is that of percentiles.

    Raises:
        InputError: there are no samples, a number is not finite, or the level is not between 0 and 1.

    Example:
        >>> print(student_interval(np.linspace(4, 6, 101), value=5.0, events=20))
        5.0 [3.7, 6.3] (95%)
    """
    from scipy.stats import t

    x = _checked(samples, level)
    if positive and not ((x > 0).all() and value > 0):
        return interval(x, value, level, unit)
    scatter = (np.log(x) if positive else x).std()
    reach = float(t.ppf((1 + level) / 2, max(events - 1, 1)) * scatter * np.sqrt(events / max(events - 1, 1)))
    low, high = (value * np.exp(-reach), value * np.exp(reach)) if positive else (value - reach, value + reach)
    return Number(float(value), float(low), float(high), level, unit)


def interval_of_norm(noise: ArrayLike, value: float, level: float = 0.95, unit: str = "") -> Number:
    """A distance, which fluctuations make larger on average, with an interval that can begin at 0.

    The distance d(P, Q) between what two samples come from is estimated by d(p, q) of the samples. For the
    replicas p*, q* the percentile interval fails where d is small: d(p*, q*) is above d(p, q), as d(p, q) is above
    d(P, Q). But if d(P, Q) = |P - Q| with a norm, then by the triangle inequality

        |d(p, q) - d(P, Q)| <= |(p - q) - (P - Q)|,

    whose quantile that of |(p* - q*) - (p - q)| estimates. The interval is that far to both sides: it holds the truth
    about as often as the level says where d(P, Q) = 0, and more often elsewhere. It begins above 0 exactly if a test
    with this norm finds a difference.

    Arguments:
        noise: (replicas,) values of |(p* - q*) - (p - q)|.
        value: d(p, q).
        level: the confidence level.
        unit: that of the distance.

    Raises:
        InputError: there are no replicas, one is not finite, or the level is not between 0 and 1.

    Example:
        >>> print(interval_of_norm(np.linspace(0.0, 1.0, 101), value=0.5, level=0.9))
        0.50 [0.00, 1.40] (90%)
    """
    reach = float(np.quantile(_checked(noise, level), level))
    return Number(float(value), max(float(value) - reach, 0.0), float(value) + reach, level, unit)


def jackknife_covariance(leave_one_out: ArrayLike) -> NDArray[np.float64]:
    """The delete-one jackknife covariance of K statistics, (n - 1)/n sum_i (t_i - mean t)(t_i - mean t)^T.

    Arguments:
        leave_one_out: (n, K), where row i holds the statistics of the sample without event i.

    Returns:
        (K, K) the covariance of the statistics; its diagonal holds their variances.

    Raises:
        InputError: there are fewer than 2 rows, or the shape is not (n, K).

    Example:
        The jackknife variance of a mean is that of the textbook, s^2/n:

        >>> x = np.array([1.0, 2.0, 4.0, 8.0])
        >>> bool(np.isclose(jackknife_covariance((x.sum() - x)[:, np.newaxis] / 3), x.var(ddof=1) / 4))
        True

    Source: B. Efron and C. Stein, Ann. Statist. 9 (1981) 586, doi:10.1214/aos/1176345462.
    """
    values = np.asarray(leave_one_out, dtype=np.float64)
    if values.ndim != 2 or len(values) < 2:
        raise InputError(
            f"leave-one-out values of shape {values.shape} are not (events, statistics) of at least 2 events",
            remedy="give one row an event",
        )
    deviations = values - values.mean(axis=0)
    covariance: NDArray[np.float64] = (len(values) - 1) / len(values) * (deviations.T @ deviations)
    return covariance

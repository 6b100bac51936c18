"""Gride: the dimension of a sample from the ratios of the distances to its neighbours, at each neighbour order."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import stdtrit

from eventspace.base.errors import InputError
from eventspace.statistics.interpolation import weights_at
from eventspace.statistics.number import Number

__all__ = ["FEWEST_EVENTS", "Gride", "gride", "maximum_likelihood", "neighbours_needed"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FEWEST_EVENTS = 8
_EVENTS_PER_ORDER = 4  # the n2 nearest of an event are no more than a fourth of the sample
_SPLITS = 100
_LEAST_INFLATION = 1.4  # of the variance by neighbours in common: about the least that uniform samples show
_MANY_TIES = 0.01  # of the events
_CHUNK = 1 << 20  # numbers held at once


@dataclass(frozen=True, eq=False)
class Gride:
    """The dimension at each of K neighbour orders; where all ratios of distances are 1 it is NaN, and so are its ends.

    Attributes:
        orders: (K,) the farther neighbour n2 = 2, 4, 8, ...; the nearer one is n1 = n2 / 2.
        scales: (K,) typical distances, where the values belong: the geometric mean of r_n1 and r_n2 of all events.
        values: (K,) the dimension.
        low: (K,) lower ends of the interval.
        high: (K,) upper ends of the interval.
        level: the confidence level at each order by itself.
        covariance: (K, K) that of ln(dimension), from random halves of the sample at the same orders.
        at_scale: (K, K) likewise at half the orders, which have the same scale in half the events.
        independent: (K,) the variance of ln(dimension) if no two events had neighbours in common.
        freedom: (K,) degrees of freedom of the intervals.
        ties: (K,) the fraction of events whose two neighbours are equally far.
    """

    orders: Integers
    scales: Floats
    values: Floats
    low: Floats
    high: Floats
    level: float
    covariance: Floats
    at_scale: Floats
    independent: Floats
    freedom: Floats
    ties: Floats

    def at(self, Q: float) -> Number:
        """The dimension at the distance Q, its logarithm interpolated linearly in log Q, with its interval.

        A note says where many neighbours are equally far.

        Raises:
            InputError: Q lies outside the scales of the orders.

        Example:
            >>> from scipy.spatial import cKDTree
            >>> points = np.random.default_rng(1).uniform(size=(400, 2))
            >>> distances, index = cKDTree(points).query(points, 60)
            >>> print(gride(index[:, 1:], distances[:, 1:], seed=1).at(0.05))
            2.02 [1.89, 2.17] (95%)
        """
        weights = weights_at(self.scales, Q)
        used = weights > 0
        if not used.any() or not np.isfinite(self.values[used]).all():
            span = self.scales[np.isfinite(self.values)]
            remedy = f"choose it between {span[0]:g} and {span[-1]:g}" if len(span) else "give events that differ"
            raise InputError(f"no neighbour order has the scale {Q:g}", remedy=remedy)
        weights = weights[used]
        logarithm = weights @ np.log(self.values[used])
        of_halves, at_scale = (
            weights @ matrix[np.ix_(used, used)] @ weights for matrix in (self.covariance, self.at_scale)
        )
        variance = _variance(of_halves, at_scale, weights**2 @ self.independent[used])
        reach = stdtrit(self.freedom[used].min(), (1 + self.level) / 2) * np.sqrt(variance)
        value, low, high = (float(np.exp(logarithm + shift)) for shift in (0, -reach, reach))
        tied = self.ties[used].max()
        note = f"{tied:.0%} of the neighbours are equally far: the dimension is too large" if tied > _MANY_TIES else ""
        return Number(value, low, high, self.level, note=note)


def gride(index: ArrayLike, distances: ArrayLike, *, seed: int, level: float = 0.95) -> Gride:
    """The dimension d from the ratios mu = r_n2 / r_n1 of the distances to two neighbours, n2 = 2 n1 = 2, 4, 8, ...

    Where the density does not change up to the n2-th neighbour, mu has the density

        f(mu) = d (mu^d - 1)^(n2 - n1 - 1) / (B(n2 - n1, n1) mu^(d (n2 - 1) + 1)),

    of which d is the maximum likelihood (:func:`maximum_likelihood`).

    The likelihood takes the ratios for independent, but events have neighbours in common, and so the variance is larger
    than that of the likelihood, most in a sample of parts that differ. It is measured: the sample is divided into
    random halves, whose estimates, each from neighbours in its own half, are independent; a quarter of the mean squared
    difference of ln d over 100 divisions is the variance of the whole. (A jackknife by event, which serves for pairs,
    overestimates it several times: one event moves distances to neighbours by jumps.)

    At the same order the neighbours in a half are farther. Where the sample looks different there, as between clumps,
    the variance at the scale of the whole counts, which half the order has in half the events. These see a quarter of
    the pairs, which makes the noise of single neighbours twice as large as it should be: that of the likelihood times
    1.4, which is about what uniform samples show, is taken off. The larger one of both variances is taken, and at
    least 1.4 times that of the likelihood. The interval is Student's in ln d; about n / n2 neighbourhoods of n events
    are independent, which gives the degrees of freedom.

    Arguments:
        index: (n, k) the k nearest other events of each event, nearest first.
        distances: (n, k) rising and positive. Orders are those whose :func:`neighbours_needed` are no more than k, or
            all with k = n - 1; and n2 is at most n / 4.
        seed: of the halves.
        level: the confidence level.

    Raises:
        InputError: the neighbours cannot be those of a sample; there are fewer than 8 events or too few neighbours; two
            events are equal; or the level is not between 0 and 1.

    Example:
        Points on a circle have one dimension:

        >>> from scipy.spatial import cKDTree
        >>> angle = np.random.default_rng(1).uniform(0, 2 * np.pi, 500)
        >>> points = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        >>> distances, index = cKDTree(points).query(points, 1 + neighbours_needed(4))
        >>> found = gride(index[:, 1:], distances[:, 1:], seed=1)
        >>> found.orders.tolist(), found.values.round(2).tolist()
        ([2, 4], [1.02, 0.98])

    Source: F. Denti, D. Doimo, A. Laio, A. Mira, Sci. Rep. 12 (2022) 20005, doi:10.1038/s41598-022-20991-1; with n1 = 1
    and n2 = 2 it is TwoNN, E. Facco et al., Sci. Rep. 7 (2017) 12140, doi:10.1038/s41598-017-11873-y.
    """
    if not 0 < level < 1:
        raise InputError(f"the level {level} is not between 0 and 1", remedy="write 0.95 for 95%")
    numbers, logs = _checked(index, distances)
    orders = _orders(*logs.shape)
    ratios = np.stack([logs[:, n2 - 1] - logs[:, n2 // 2 - 1] for n2 in orders], axis=1)
    values = np.array([maximum_likelihood(column, n2 // 2, n2) for column, n2 in zip(ratios.T, orders, strict=True)])

    information = np.array([_information(x, n2 // 2, n2) for x, n2 in zip((values * ratios).T, orders, strict=True)])
    differences = _differences(numbers, logs, values, orders, np.random.default_rng(seed))
    covariance, at_scale = (each.T @ each / len(each) for each in differences)
    independent = 1 / (len(logs) * information)
    freedom = 1 / (np.array(orders) / len(logs) + 1 / _SPLITS)
    variance = _variance(np.diagonal(covariance), np.diagonal(at_scale), independent)
    reach = stdtrit(freedom, (1 + level) / 2) * np.sqrt(variance)
    return Gride(
        orders=np.array(orders, dtype=np.int64),
        scales=np.exp([(logs[:, n2 - 1] + logs[:, n2 // 2 - 1]).mean() / 2 for n2 in orders]),
        values=values,
        low=values * np.exp(-reach),
        high=values * np.exp(reach),
        level=level,
        covariance=covariance,
        at_scale=at_scale,
        independent=independent,
        freedom=freedom,
        ties=(ratios == 0).mean(axis=0),
    )


def maximum_likelihood(log_ratios: ArrayLike, n1: int, n2: int) -> float:
    """The dimension at which the likelihood of the ratios of distances to the n1-th and n2-th neighbour is largest.

    With x = d ln mu the derivative of the logarithm of the likelihood is 0,

        sum over events of  1 + (n2 - n1 - 1) x / (1 - exp(-x)) - (n2 - 1) x  =  0,

    which has one solution; since 1 + x/2 <= x / (1 - exp(-x)) <= 1 + x, it lies between 2 / (n2 + n1 - 1) and 1 / n1
    times (n2 - n1) / mean ln mu. For n1 = 1 and n2 = 2 both are 1 / mean ln mu.

    Arguments:
        log_ratios: (n,) ln(r_n2 / r_n1) of each event, 0 or more.
        n1, n2: the orders, 1 <= n1 < n2.

    Returns:
        The dimension; NaN where all ratios are 1.

    Example:
        >>> maximum_likelihood([0.5, 1.5], 1, 2)
        1.0
    """
    logarithms = np.asarray(log_ratios, dtype=np.float64)
    mean = logarithms.mean()
    if mean == 0:
        return float("nan")
    low, high = 2 * (n2 - n1) / ((n2 + n1 - 1) * mean), (n2 - n1) / (n1 * mean)
    if n2 == n1 + 1 == 2:
        return float(low)
    # Wider by more than rounding, so that the ends have different signs.
    return float(brentq(lambda d: _score(d * logarithms, n1, n2).mean(), low * (1 - 1e-9), high * (1 + 1e-9)))


def neighbours_needed(n2: int) -> int:
    """How many neighbours have to be known, so that the n2-th of an event in its own half of the sample is among them.

    Twice as many as in the half, and 4 standard deviations of their number; the few events that have fewer are left
    out of the difference of the halves.

    Example:
        >>> [neighbours_needed(n2) for n2 in (2, 16, 128)]
        [13, 56, 321]
    """
    return 2 * n2 + int(np.ceil(4 * np.sqrt(2 * n2))) + 1


def _orders(n: int, known: int) -> list[int]:
    """The orders n2 of n events of which so many neighbours are known."""
    if n < FEWEST_EVENTS:
        raise InputError(f"{n} events are too few for ratios of neighbours", remedy=f"give at least {FEWEST_EVENTS}")
    powers = [2**k for k in range(1, n.bit_length()) if _EVENTS_PER_ORDER * 2**k <= n]
    found = [n2 for n2 in powers if known == n - 1 or neighbours_needed(n2) <= known]
    if not found:
        raise InputError(f"{known} neighbours are too few", remedy=f"give {min(neighbours_needed(2), n - 1)}")
    return found


def _score(x: Floats, n1: int, n2: int) -> Floats:
    """The derivative of the log-likelihood of each ratio by ln d, with x = d ln mu."""
    positive = x > 0
    rising = np.where(positive, x, 1) / np.where(positive, -np.expm1(-x), 1)  # 1 where mu = 1
    score: Floats = 1 + (n2 - n1 - 1) * rising - (n2 - 1) * x
    return score


def _information(x: Floats, n1: int, n2: int) -> float:
    """How fast the mean score falls with ln d."""
    small = x < 1e-5  # the limit 1/2, where the difference loses its digits
    divisor = np.where(small, 1, -np.expm1(-x))
    rise = np.where(small, 0.5, 1 / divisor - x * np.exp(-x) / divisor**2)
    return float((x * (n2 - 1 - (n2 - n1 - 1) * rise)).mean())


def _differences(
    numbers: Integers, logs: Floats, values: Floats, orders: list[int], rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Half of the difference of ln d between random halves, each with neighbours in its own half only.

    One step of Newton's method from the whole sample to the estimate of a half: the mean score over the information.
    A factor makes the variance that of the whole sample.

    Returns:
        (splits, K) at the same orders, and (splits, K) at half the orders, of which 2 has none and stands for itself.
    """
    n, known = logs.shape
    rows = np.arange(n)
    signs = np.where(np.arange(n) < n // 2, 1, -1)
    factor = np.sqrt((n // 2) * (n - n // 2)) / n
    same, halved = np.full((2, _SPLITS, len(orders)), np.nan)
    at_once = max(1, _CHUNK // logs.size)
    for start in range(0, _SPLITS, at_once):
        halves = np.stack([rng.permutation(signs) for _ in range(min(at_once, _SPLITS - start))])
        rank = (halves[:, numbers] == halves[:, :, np.newaxis]).cumsum(axis=2, dtype=np.int32)
        places = {order: (rank < order).sum(axis=2) for order in (1, *orders)}
        for k in np.flatnonzero(np.isfinite(values)):
            for differences, n2 in ((same, orders[k]), (halved, max(orders[k] // 2, 2))):
                near, far = (logs[rows, np.minimum(places[order], known - 1)] for order in (n2 // 2, n2))
                x = values[k] * (far - near)
                scores, seen = _score(x, n2 // 2, n2), places[n2] < known
                one, other = (np.where(seen & (halves == half), scores, np.nan) for half in (1, -1))
                step = (np.nanmean(one, axis=1) - np.nanmean(other, axis=1)) / _information(x[seen], n2 // 2, n2)
                differences[start : start + at_once, k] = factor * step
    return same, halved


def _variance(of_halves: ArrayLike, at_scale: ArrayLike, independent: ArrayLike) -> Floats:
    noise = np.multiply(independent, _LEAST_INFLATION)
    variance: Floats = np.maximum(np.maximum(of_halves, noise), np.subtract(at_scale, noise))
    return variance


def _checked(index: ArrayLike, distances: ArrayLike) -> tuple[Integers, Floats]:
    """The numbers of the neighbours and the logarithms of their distances."""
    numbers, values = np.asarray(index), np.asarray(distances, dtype=np.float64)
    if numbers.ndim != 2 or numbers.shape != values.shape or numbers.dtype.kind not in "iu":
        raise InputError(
            f"neighbours of shape {numbers.shape} and type {numbers.dtype} and distances of shape {values.shape}",
            remedy="give integers and distances, one row an event and one column a neighbour",
        )
    n, known = numbers.shape
    if known >= max(n, 1):
        raise InputError(f"{known} neighbours of {n} events", remedy="give other events only, each once")
    wrong = ~np.isfinite(values).all(axis=1) | (np.diff(values, axis=1) < 0).any(axis=1)
    wrong |= ((numbers < 0) | (numbers >= n) | (numbers == np.arange(n)[:, np.newaxis])).any(axis=1)
    if wrong.any():
        raise InputError(
            "its neighbours are not other events in the order of their distance",
            event=int(np.argmax(wrong)),
            remedy="give the nearest first, without the event itself",
        )
    equal = (values <= 0).any(axis=1)
    if equal.any():
        raise InputError(
            "another event is equal to it, and a ratio to the distance 0 is not defined",
            event=int(np.argmax(equal)),
            remedy="keep one of each set of equal events",
        )
    return numbers.astype(np.int64, copy=False), np.log(values)

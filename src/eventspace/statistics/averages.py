"""Mean and median of a few independent values, as of the trainings of a generator, with intervals that hold for few."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError
from eventspace.statistics.number import Number

__all__ = ["mean", "median", "ratio_of_means"]

Floats = NDArray[np.float64]

_FEW = 100  # values among which a rare one is easily missing: measured, benchmarks/results/intervals.md


def mean(values: ArrayLike, level: float = 0.95) -> Number:
    """The mean of positive values, with the interval of Student's t of its logarithm.

    ln(mean) scatters by s / (mean sqrt n), s the standard deviation of the values; with n - 1 degrees of freedom this
    is the reach to both sides. Errors are skewed to the right, which a bootstrap of their mean does not follow: of 8
    values whose logarithm is normal, of width 0.6, it holds the true mean in 88% of the cases, and this in 94%.

    Arguments:
        values: (n,) at least two.
        level: the confidence level.

    Returns:
        The mean; a note where the values are so few that a rare large one may be missing, which no interval can know.

    Raises:
        InputError: there are fewer than two values, or one is not positive.

    Example:
        >>> print(mean([1.0, 2.0, 3.0]))
        2.0 [0.6, 6.9] (95%)
    """
    x = _positive(values)
    return _with_reach(x.mean(), x / x.mean(), level)


def ratio_of_means(upper: ArrayLike, lower: ArrayLike, level: float = 0.95) -> Number:
    """The ratio of the means of two positive values that each of n independent cases has, with an interval as ``mean``.

    Arguments:
        upper, lower: (n,) at least two; those of one case at the same place.
        level: the confidence level.

    Raises:
        InputError: there are fewer than two values, or one is not positive.

    Example:
        >>> print(ratio_of_means([1.0, 2.0, 3.0], [2.0, 4.0, 6.5]))
        0.480 [0.421, 0.547] (95%)
    """
    x, y = _positive(upper), _positive(lower)
    return _with_reach(x.mean() / y.mean(), x / x.mean() - y / y.mean(), level)


def median(values: ArrayLike, level: float = 0.95) -> Number:
    """The median of values, with the interval between two of them that holds for any distribution.

    The number of values below the true median is binomial with the probability 1/2. So the k-th smallest and the k-th
    largest enclose it with the probability 1 - 2 P(fewer than k); the largest k is taken that leaves the level.

    Arguments:
        values: (n,) at least one.
        level: the confidence level.

    Returns:
        The median; without an interval, and with a note, where not even the smallest and the largest of the values have
        the level: below 6 of them at 95%.

    Raises:
        InputError: there are no values.

    Example:
        >>> found = median([1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
        >>> found.low, found.value, found.high
        (1.0, 6.0, 32.0)
        >>> median([1.0, 2.0, 4.0]).note
        '3 are not enough for an interval of a median'

    Source: W. R. Thompson, Ann. Math. Statist. 7 (1936) 122, doi:10.1214/aoms/1177732502.
    """
    from scipy.stats import binom

    x = np.sort(np.asarray(values, dtype=np.float64))
    if not len(x):
        raise InputError("there are no values", remedy="give at least one")
    middle = float(np.median(x))
    tail = binom.cdf(np.arange(len(x)), len(x), 0.5)  # P(at most k below the median)
    beyond = np.count_nonzero(tail <= (1 - level) / 2)
    if not beyond:
        return Number(middle, None, None, level, note=f"{len(x)} are not enough for an interval of a median")
    return Number(middle, float(x[beyond - 1]), float(x[-beyond]), level)


def _with_reach(value: float, relative: Floats, level: float) -> Number:
    """A number whose logarithm scatters like the mean of these."""
    from scipy.stats import t

    n = len(relative)
    reach = float(t.ppf((1 + level) / 2, n - 1) * relative.std(ddof=1) / np.sqrt(n))
    note = f"of {n} only: a rare large one may be missing" if n < _FEW else ""
    return Number(float(value), float(value * np.exp(-reach)), float(value * np.exp(reach)), level, note=note)


def _positive(values: ArrayLike) -> Floats:
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 1 or len(x) < 2 or not (x > 0).all():
        raise InputError("these are not at least two positive values", remedy="give two or more, (n,)")
    return x

"""Means over pairs of events, with an interval by event."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student

from eventspace.base.errors import InputError
from eventspace.statistics.number import Number

__all__ = ["mean_over_pairs"]


def mean_over_pairs(values: ArrayLike, level: float = 0.95) -> Number:
    """The mean of a positive quantity over all pairs of n events with m others.

    Pairs that have an event in common are not independent. The means of the rows scatter with the events, those of the
    columns with the others, and the variance of the mean is the sum of both, s_rows^2 / n + s_columns^2 / m. The
    scatter of single pairs is in both, so the interval is a little too long where it is all there is. As for
    :func:`eventspace.statistics.averages.mean` it is that of Student's t of the logarithm, with one degree of freedom
    fewer than the fewer events.

    Arguments:
        values: (n, m) of each pair, positive or 0; at least two events on each side. Pairs that are not a number are
            left out.
        level: the confidence level.

    Returns:
        The mean.

    Raises:
        InputError: there are fewer events, a value is negative, or a row or a column has no number.

    Example:
        >>> x, y = np.array([0.0, 1.0, 2.0, 3.0]), np.array([5.0, 6.0, 7.0])
        >>> print(mean_over_pairs(np.abs(x[:, None] - y)))
        4.5 [2.0, 10.3] (95%)

    Source: W. Hoeffding, "A class of statistics with asymptotically normal distribution", Ann. Math. Stat. 19 (1948)
    293; for two samples E. L. Lehmann, Ann. Math. Stat. 22 (1951) 165.
    """
    x = np.asarray(values, dtype=np.float64)
    known = np.isfinite(x)
    if (
        x.ndim != 2
        or min(x.shape) < 2
        or (x[known] < 0).any()
        or not (known.any(axis=0).all() and known.any(axis=1).all())
    ):
        raise InputError(
            "these are not values of pairs, positive or 0", remedy="give (n, m), two events or more a side"
        )
    mean = float(x[known].mean())
    if mean == 0:
        return Number(0.0, 0.0, None, level, note="0 for all pairs: how far others scatter is unknown")
    variance = sum(float(np.nanmean(x, axis=axis).var(ddof=1)) / x.shape[1 - axis] for axis in (0, 1))
    reach = float(student.ppf((1 + level) / 2, min(x.shape) - 1)) * np.sqrt(variance) / mean
    return Number(mean, float(mean * np.exp(-reach)), float(mean * np.exp(reach)), level)

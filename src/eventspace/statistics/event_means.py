"""Means over events of bounded quantities, as the fraction of energy in the right jet, and of paired differences."""

import numpy as np
from numpy.typing import ArrayLike

from eventspace.base.errors import InputError
from eventspace.statistics.number import Number

__all__ = ["bounded_mean"]

_ROUNDING = 1e-9  # by which sums of energies may exceed a whole


def bounded_mean(values: ArrayLike, low: float, high: float, level: float = 0.95, unit: str = "") -> Number:
    """The mean of a bounded quantity over independent events, with the interval of Student's t.

    Where all n values are the same, their scatter says nothing. Then the interval contains what the mean could be if a
    fraction q of all events had values at the bounds and none was seen, (1 - q)^n = 1 - level.

    Arguments:
        values: (n,) of independent events, at least two.
        low, high: what they cannot exceed; the ends of the interval are cut there.
        level: the confidence level.
        unit: of the values.

    Returns:
        The mean.

    Raises:
        InputError: there are fewer than two values, or one is not within the bounds.

    Example:
        >>> print(bounded_mean([0.9, 1.0, 0.8, 0.9], 0.0, 1.0))
        0.90 [0.77, 1.00] (95%)
        >>> print(bounded_mean(np.ones(100), 0.0, 1.0))
        1.000 [0.970, 1.000] (95%)
    """
    from scipy.stats import t

    x = np.asarray(values, dtype=np.float64)
    beyond = _ROUNDING * (high - low)
    if x.ndim != 1 or len(x) < 2 or not ((x >= low - beyond) & (x <= high + beyond)).all():
        raise InputError(f"these are not at least two values from {low} to {high}", remedy="give two or more, (n,)")
    x = np.clip(x, low, high)
    n, mean = len(x), float(x.mean())
    if np.ptp(x) == 0:
        unseen = 1 - (1 - level) ** (1 / n)
        below, above = mean - unseen * (mean - low), mean + unseen * (high - mean)
    else:
        reach = float(t.ppf((1 + level) / 2, n - 1) * x.std(ddof=1) / np.sqrt(n))
        below, above = max(mean - reach, low), min(mean + reach, high)
    return Number(mean, min(below, mean), max(above, mean), level, unit)

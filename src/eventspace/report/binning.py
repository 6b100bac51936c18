"""The edges of histograms."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["bin_edges"]

_ROUNDING, _SMALLEST = 1e-12, 1e-290


def bin_edges(values: NDArray[np.float64], bins: int) -> NDArray[np.float64]:
    """Edges of equal bins that hold all values; values that differ by rounding alone are in the middle of theirs.

    Example:
        >>> bin_edges(np.array([0.0, 1.0, 4.0]), 4).tolist()
        [0.0, 1.0, 2.0, 3.0, 4.0]
        >>> bin_edges(np.array([0.7, 0.7 + 1e-16]), 2).round(6).tolist()
        [0.2, 0.7, 1.2]
    """
    low, high = float(values.min()), float(values.max())
    if high - low > max(_ROUNDING * max(abs(low), abs(high)), _SMALLEST):
        return np.histogram_bin_edges(values, bins=bins)
    half = max(0.5, _ROUNDING**0.5 * abs(low))
    return np.linspace(low - half, low + half, bins + 1)

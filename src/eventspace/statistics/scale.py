"""The unit that a feature is measured in: its own width in the reference, where it has one."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["scales", "varies"]

_ROUNDING = 1e-9  # of the largest value: what varies less does so by rounding


def scales(table: ArrayLike) -> NDArray[np.float64]:
    """The standard deviation of each feature, and 1 where it does not vary: its own unit is left as it is.

    Arguments:
        table: (n, ...) values of the reference, an event a row.

    Returns:
        (...) positive scales.

    Example:
        >>> scales([[1.0, 0.1], [3.0, 0.1], [5.0, 0.1]]).round(3).tolist()
        [1.633, 1.0]
    """
    values = np.asarray(table, dtype=np.float64)
    return np.asarray(np.where(varies(values), values.std(axis=0), 1.0))


def varies(table: ArrayLike) -> NDArray[np.bool_]:
    """Which features vary by more than rounding; the standard deviation of equal values is not exactly 0.

    Arguments:
        table: (n, ...) values, an event a row.

    Example:
        >>> varies([[1.0, 0.1], [3.0, 0.1], [5.0, 0.1 + 1e-17]]).tolist()
        [True, False]
    """
    values = np.asarray(table, dtype=np.float64)
    return np.asarray(np.ptp(values, axis=0) > _ROUNDING * np.abs(values).max(axis=0))

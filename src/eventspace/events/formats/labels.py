"""Labels as text, whatever a file holds them as."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["texts"]

_EXACT = 2.0**53


def texts(values: NDArray[Any]) -> NDArray[Any]:
    """Labels as text: whole numbers without a point, so that 1, 1.0 and "1" are one class.

    Arguments:
        values: (n,) numbers or texts, masked where the file holds none.

    Returns:
        (n,) texts, masked where there is none, for validation to find. NaN counts as none.

    Example:
        >>> texts(np.array([0.0, 1.0, 2.5])).tolist()
        ['0', '1', '2.5']
        >>> texts(np.ma.MaskedArray([1, 0], [False, True])).tolist()
        ['1', None]
    """
    missing, values = np.ma.getmaskarray(values), np.ma.getdata(values)
    if values.dtype.kind == "f":
        missing = missing | np.isnan(values)
        whole = (values == np.round(values)) & (np.abs(values) <= _EXACT)
        integers = np.where(whole, values, 0).astype(np.int64)
        labels = np.where(whole, integers.astype(str), values.astype(str))
    else:
        labels = np.char.decode(values, "utf-8") if values.dtype.kind == "S" else values.astype(str)
    return np.ma.MaskedArray(labels, missing) if missing.any() else labels

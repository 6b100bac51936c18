"""Tables of features of two samples, in units of the reference."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError
from eventspace.statistics.scale import scales

__all__ = ["standardised"]

Floats = NDArray[np.float64]


def standardised(reference: ArrayLike, generated: ArrayLike) -> tuple[Floats, Floats]:
    """Both tables with the reference's mean taken off, over its standard deviation; see :func:`scales`.

    Arguments:
        reference, generated: (n, f) and (m, f) features.

    Raises:
        InputError: the tables do not fit, have fewer than two events, or hold NaN.

    Example:
        >>> a, b = standardised([[0.0, 7.0], [2.0, 7.0]], [[3.0, 8.0], [1.0, 7.0]])
        >>> b.tolist()
        [[2.0, 1.0], [0.0, 0.0]]
    """
    a, b = np.asarray(reference, dtype=np.float64), np.asarray(generated, dtype=np.float64)
    for name, table in (("reference", a), ("generated", b)):
        if table.ndim != 2 or len(table) < 2:
            raise InputError(f"the {name} features have the shape {table.shape}", remedy="give (events, features)")
        bad = np.flatnonzero(~np.isfinite(table).all(axis=1))
        if len(bad):
            raise InputError(f"a {name} feature is NaN or infinite", event=int(bad[0]), remedy="remove the event")
    if a.shape[1] != b.shape[1]:
        raise InputError(f"{a.shape[1]} and {b.shape[1]} features cannot be compared", remedy="take the same ones")
    centre, unit = a.mean(axis=0), scales(a)
    return (a - centre) / unit, (b - centre) / unit

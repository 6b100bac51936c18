"""Events as rows of numbers: what distances between coordinates read."""

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.distances.units import check_units
from eventspace.events.base import Events, kind_of
from eventspace.events.images import Images
from eventspace.events.points import Points

__all__ = ["rows_of"]

Floats = NDArray[np.float64]


def rows_of(name: str, left: Events, right: Events) -> tuple[Floats, Floats]:
    """Two sets of points, or of images pixel by pixel, one event a row; the same row set where they are the same.

    Arguments:
        name: of the distance, for errors.

    Raises:
        InputError: the events are neither points nor images, are not valid, or differ in coordinates or units.
    """
    a = _rows(name, left)
    b = a if right is left else _rows(name, right)
    if a.shape[1] != b.shape[1]:
        raise InputError(f"events of {a.shape[1]} and {b.shape[1]} coordinates cannot be compared")
    check_units(left, right)
    return a, b


def _rows(name: str, events: Events) -> Floats:
    if not isinstance(events, (Points, Images)):
        raise InputError(f"the {name} is not defined for {kind_of(events)}", remedy="use the transport metric")
    values = events.check().values
    return np.ascontiguousarray(values.reshape(len(values), -1), dtype=np.float64)

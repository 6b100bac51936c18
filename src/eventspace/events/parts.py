"""Sets of events taken apart: what all events of a set share, how long each is, and plain columns."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventspace.events.base import Events
from eventspace.events.images import Images
from eventspace.events.particles import ParticleClouds
from eventspace.events.points import Points
from eventspace.events.showers import Showers

__all__ = ["Parts", "taken_apart"]


class Parts(NamedTuple):
    """A set of events without what all kinds have.

    Attributes:
        settings: what the events share: coordinate, field of view or grid.
        counts: (n,) entries of each event; None where each has one row.
        columns: by name, for exactly these events: entries one after the other, or rows.
    """

    settings: dict[str, Any]
    counts: NDArray[np.int64] | None
    columns: dict[str, NDArray[Any]]


def taken_apart(events: Events) -> Parts:
    """The parts of a set of events.

    Example:
        >>> taken_apart(Points(values=[[1.0], [2.0]]))
        Parts(settings={}, counts=None, columns={'values': array([[1.],
               [2.]])})
    """
    match events:
        case ParticleClouds():
            columns = {name: events.flat(name) for name in events.columns}
            return Parts({"coordinate": events.coordinate}, events.multiplicity, columns)
        case Images():
            return Parts({"half_width": float(events.half_width)}, None, {"values": events.values})
        case Points():
            return Parts({}, None, {"values": events.values})
        case Showers():
            entries = slice(events.offsets[0], events.offsets[-1])
            columns = {"cell": events.cell[entries], "energy": events.energy[entries]}
            return Parts({"shape": [int(cells) for cells in events.shape]}, np.diff(events.offsets), columns)
    raise TypeError(f"{type(events).__name__} is not a kind of events")

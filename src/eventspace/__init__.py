"""How far apart are two collider events, and what follows from it.

The names below are loaded on first use, so that ``import eventspace`` costs nothing.

Example:
    >>> import eventspace as es
    >>> jets = es.ParticleClouds.from_lists([[(1.0, 0.0, 0.0)], [(1.0, 0.3, 0.4)]])
    >>> es.Transport(R=1.0, p=1).between(jets[0:1], jets[1:2])
    0.5
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from eventspace.base.errors import EventspaceError, InputError
    from eventspace.distances.euclidean import Euclidean
    from eventspace.distances.pairwise import counts, matrix, medoids, nearest
    from eventspace.distances.transport import Transport
    from eventspace.events.images import Images
    from eventspace.events.native import read, write
    from eventspace.events.particles import ParticleClouds
    from eventspace.events.points import Points
    from eventspace.events.showers import Showers

_HOMES = {
    "EventspaceError": "eventspace.base.errors",
    "InputError": "eventspace.base.errors",
    "Euclidean": "eventspace.distances.euclidean",
    "counts": "eventspace.distances.pairwise",
    "matrix": "eventspace.distances.pairwise",
    "medoids": "eventspace.distances.pairwise",
    "nearest": "eventspace.distances.pairwise",
    "Transport": "eventspace.distances.transport",
    "Images": "eventspace.events.images",
    "read": "eventspace.events.native",
    "write": "eventspace.events.native",
    "ParticleClouds": "eventspace.events.particles",
    "Points": "eventspace.events.points",
    "Showers": "eventspace.events.showers",
}

__all__ = [
    "Euclidean",
    "EventspaceError",
    "Images",
    "InputError",
    "ParticleClouds",
    "Points",
    "Showers",
    "Transport",
    "__version__",
    "counts",
    "matrix",
    "medoids",
    "nearest",
    "read",
    "write",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'eventspace' has no attribute {name!r}; it offers {', '.join(__all__)}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__

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
    from eventspace.base.errors import EventspaceError, InputError, TriangleInequalityWarning
    from eventspace.distances.durham import Durham
    from eventspace.distances.energy import EnergyDifference
    from eventspace.distances.engine.pairwise import counts, matrix, medoids, nearest
    from eventspace.distances.euclidean import Euclidean
    from eventspace.distances.jensen_shannon.divergence import JensenShannon
    from eventspace.distances.jensen_shannon.screening import pairs_below
    from eventspace.distances.mean_squared_error import MeanSquaredError
    from eventspace.distances.sinkhorn.distance import Sinkhorn
    from eventspace.distances.sinkhorn.loss import sinkhorn_loss
    from eventspace.distances.ssim.similarity import SSIM
    from eventspace.distances.transport.exact import Transport
    from eventspace.distances.transport.profiles import ProfileTransport
    from eventspace.distances.transport.showers import ShowerTransport
    from eventspace.events.concatenate import concatenate
    from eventspace.events.convert import convert
    from eventspace.events.images import Images
    from eventspace.events.inspect import inspect
    from eventspace.events.native import read, write
    from eventspace.events.particles import ParticleClouds
    from eventspace.events.points import Points
    from eventspace.events.preprocess import pixelate, preprocess
    from eventspace.events.showers import Showers
    from eventspace.events.simulate import simulate
    from eventspace.models.points.generation import generate_points
    from eventspace.models.showers.generation import generate_showers

_HOMES = {
    "EventspaceError": "eventspace.base.errors",
    "InputError": "eventspace.base.errors",
    "TriangleInequalityWarning": "eventspace.base.errors",
    "JensenShannon": "eventspace.distances.jensen_shannon.divergence",
    "Durham": "eventspace.distances.durham",
    "EnergyDifference": "eventspace.distances.energy",
    "Euclidean": "eventspace.distances.euclidean",
    "MeanSquaredError": "eventspace.distances.mean_squared_error",
    "counts": "eventspace.distances.engine.pairwise",
    "matrix": "eventspace.distances.engine.pairwise",
    "medoids": "eventspace.distances.engine.pairwise",
    "nearest": "eventspace.distances.engine.pairwise",
    "ProfileTransport": "eventspace.distances.transport.profiles",
    "pairs_below": "eventspace.distances.jensen_shannon.screening",
    "ShowerTransport": "eventspace.distances.transport.showers",
    "SSIM": "eventspace.distances.ssim.similarity",
    "Sinkhorn": "eventspace.distances.sinkhorn.distance",
    "sinkhorn_loss": "eventspace.distances.sinkhorn.loss",
    "Transport": "eventspace.distances.transport.exact",
    "concatenate": "eventspace.events.concatenate",
    "convert": "eventspace.events.convert",
    "Images": "eventspace.events.images",
    "inspect": "eventspace.events.inspect",
    "read": "eventspace.events.native",
    "write": "eventspace.events.native",
    "ParticleClouds": "eventspace.events.particles",
    "Points": "eventspace.events.points",
    "pixelate": "eventspace.events.preprocess",
    "preprocess": "eventspace.events.preprocess",
    "Showers": "eventspace.events.showers",
    "simulate": "eventspace.events.simulate",
    "generate_points": "eventspace.models.points.generation",
    "generate_showers": "eventspace.models.showers.generation",
}

__all__ = [
    "SSIM",
    "Durham",
    "EnergyDifference",
    "Euclidean",
    "EventspaceError",
    "Images",
    "InputError",
    "JensenShannon",
    "MeanSquaredError",
    "ParticleClouds",
    "Points",
    "ProfileTransport",
    "ShowerTransport",
    "Showers",
    "Sinkhorn",
    "Transport",
    "TriangleInequalityWarning",
    "__version__",
    "concatenate",
    "convert",
    "counts",
    "generate_points",
    "generate_showers",
    "inspect",
    "matrix",
    "medoids",
    "nearest",
    "pairs_below",
    "pixelate",
    "preprocess",
    "read",
    "simulate",
    "sinkhorn_loss",
    "write",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'eventspace' has no attribute {name!r}; it offers {', '.join(__all__)}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__

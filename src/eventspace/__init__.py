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
    from eventspace.distances.divergence import JensenShannon
    from eventspace.distances.durham import Durham
    from eventspace.distances.energy import EnergyDifference
    from eventspace.distances.euclidean import Euclidean
    from eventspace.distances.mean_squared_error import MeanSquaredError
    from eventspace.distances.pairwise import counts, matrix, medoids, nearest
    from eventspace.distances.profile_transport import ProfileTransport
    from eventspace.distances.screening import pairs_below
    from eventspace.distances.shower_transport import ShowerTransport
    from eventspace.distances.similarity import SSIM
    from eventspace.distances.sinkhorn import Sinkhorn
    from eventspace.distances.sinkhorn_loss import sinkhorn_loss
    from eventspace.distances.transport import Transport
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
    from eventspace.models.point_generation import generate_points
    from eventspace.models.shower_generation import generate_showers

_HOMES = {
    "EventspaceError": "eventspace.base.errors",
    "InputError": "eventspace.base.errors",
    "TriangleInequalityWarning": "eventspace.base.errors",
    "JensenShannon": "eventspace.distances.divergence",
    "Durham": "eventspace.distances.durham",
    "EnergyDifference": "eventspace.distances.energy",
    "Euclidean": "eventspace.distances.euclidean",
    "MeanSquaredError": "eventspace.distances.mean_squared_error",
    "counts": "eventspace.distances.pairwise",
    "matrix": "eventspace.distances.pairwise",
    "medoids": "eventspace.distances.pairwise",
    "nearest": "eventspace.distances.pairwise",
    "ProfileTransport": "eventspace.distances.profile_transport",
    "pairs_below": "eventspace.distances.screening",
    "ShowerTransport": "eventspace.distances.shower_transport",
    "SSIM": "eventspace.distances.similarity",
    "Sinkhorn": "eventspace.distances.sinkhorn",
    "sinkhorn_loss": "eventspace.distances.sinkhorn_loss",
    "Transport": "eventspace.distances.transport",
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
    "generate_points": "eventspace.models.point_generation",
    "generate_showers": "eventspace.models.shower_generation",
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

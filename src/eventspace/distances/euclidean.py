"""Euclidean distance between points or images."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from eventspace.base.errors import InputError
from eventspace.distances.metric import Metric
from eventspace.events.base import Events
from eventspace.events.images import Images
from eventspace.events.points import Points

__all__ = ["Euclidean"]


@dataclass(frozen=True)
class Euclidean(Metric):
    """The distance d(x, y) = sqrt(sum_k (x_k - y_k)^2) between points, or between images pixel by pixel.

    Example:
        >>> points = Points(values=np.array([[0.0, 0.0], [3.0, 4.0]]))
        >>> Euclidean().between(points[0:1], points[1:2])
        5.0
    """

    name: ClassVar[str] = "euclidean"

    @property
    def unit(self) -> str:
        """The unit of the coordinates."""
        return "coordinate"

    @property
    def is_metric(self) -> bool:
        """Always."""
        return True

    def prepare(self, left: Events, right: Events) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lay each event out as one row of numbers."""
        a = _rows(left)
        b = a if right is left else _rows(right)
        if a.shape[1] != b.shape[1]:
            raise InputError(f"events of {a.shape[1]} and {b.shape[1]} coordinates cannot be compared")
        return a, b

    def block(self, left: NDArray[np.float64], right: NDArray[np.float64], upper: bool) -> NDArray[np.float64]:
        """Distances of a block, by the direct sum of squares."""
        distances = cdist(left, right)
        return np.triu(distances, k=1) if upper else distances


def _rows(events: Events) -> NDArray[np.float64]:
    if not isinstance(events, (Points, Images)):
        raise InputError(f"the Euclidean distance is not defined for {events.kind}", remedy="use the transport metric")
    return np.ascontiguousarray(events.values.reshape(len(events), -1), dtype=np.float64)

"""Euclidean distance between points or images."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from eventspace.distances.metric import Metric
from eventspace.distances.rows import rows_of
from eventspace.events.base import Events

__all__ = ["Euclidean"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Euclidean(Metric):
    """The distance d(x, y) = sqrt(sum_k (x_k - y_k)^2) between points, or between images pixel by pixel.

    Example:
        >>> import eventspace as es
        >>> points = es.Points(values=np.array([[0.0, 0.0], [3.0, 4.0]]))
        >>> Euclidean().between(points[0:1], points[1:2])
        5.0
    """

    name: ClassVar[str] = "euclidean"
    default_block: ClassVar[int] = 256  # nanoseconds a pair

    @property
    def unit(self) -> str:
        """The unit of the coordinates."""
        return "coordinate"

    @property
    def is_metric(self) -> bool:
        """Always."""
        return True

    def prepare(self, left: Events, right: Events) -> tuple[Floats, Floats]:
        """Each event as a row of numbers.

        Raises:
            InputError: the events are neither points nor images, are not valid, or differ in coordinates or units.
        """
        return rows_of("Euclidean distance", left, right)

    def block(self, left: Floats, right: Floats, upper: bool) -> Floats:
        """Distances of a block, by the direct sum of squares."""
        distances = cdist(left, right)
        return np.triu(distances, k=1) if upper else distances

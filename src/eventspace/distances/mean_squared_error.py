"""The mean squared error between points or images."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from eventspace.base.errors import InputError
from eventspace.distances.metric import Metric
from eventspace.distances.rows import rows_of
from eventspace.events.base import Events

__all__ = ["MeanSquaredError"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class MeanSquaredError(Metric):
    """The mean d(x, y) = 1/n sum_k (x_k - y_k)^2 over the n coordinates of points, or the n pixels of images.

    It is the square of the Euclidean distance divided by n, so it sorts neighbours alike; the triangle inequality does
    not hold. Its value depends on the number of pixels, also of those that are empty in both images.

    Example:
        >>> import eventspace as es
        >>> points = es.Points(values=np.array([[0.0, 0.0], [3.0, 4.0]]))
        >>> MeanSquaredError().between(points[0:1], points[1:2])
        12.5
    """

    name: ClassVar[str] = "mse"
    default_block: ClassVar[int] = 256  # nanoseconds a pair
    root_is_metric: ClassVar[bool] = True

    @property
    def unit(self) -> str:
        """The square of the unit of the coordinates."""
        return "coordinate^2"

    @property
    def is_metric(self) -> bool:
        """False: 0, 1 and 2 on a line have distances 1, 1 and 4."""
        return False

    def prepare(self, left: Events, right: Events) -> tuple[Floats, Floats]:
        """Each event as a row of numbers.

        Raises:
            InputError: the events are neither points nor images, are not valid, differ in coordinates or units, or have
                no coordinates.
        """
        a, b = rows_of("mean squared error", left, right)
        if a.shape[1] == 0:
            raise InputError("events without coordinates have no mean", remedy="give at least one coordinate")
        return a, b

    def block(self, left: Floats, right: Floats, upper: bool) -> Floats:
        """Mean squares of a block, by the direct sum."""
        means = cdist(left, right, "sqeuclidean") / left.shape[1]
        return np.triu(means, k=1) if upper else means

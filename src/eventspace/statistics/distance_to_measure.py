"""The distance to a measure: how far one must reach from a place to find a given number of events.

It is small where events crowd and large where they are rare, and unlike the distance to the nearest event it hardly
moves when a few events are added or taken away. That makes it a robust description of the shape of a sample:
F. Chazal, D. Cohen-Steiner and Q. Merigot, Found. Comput. Math. 11 (2011) 733, doi:10.1007/s10208-011-9098-0.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError

__all__ = ["Landmarks", "Neighbours", "landmarks"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Landmarks:
    """Events that stand for all others.

    Attributes:
        number: (L,) the numbers of these events, in the order in which they were chosen.
        radius: every event lies within this distance from one of them.
    """

    number: NDArray[np.int64]
    radius: float


def landmarks(distances: NDArray[np.float64], count: int, first: int = 0) -> Landmarks:
    """Choose events one by one, each the farthest from those before it, so that they cover the sample evenly.

    The radius is at most twice the smallest one that any choice of as many events can have.

    Arguments:
        distances: (n, n) between the events.
        count: how many to choose; fewer are returned where the others are equal to them.
        first: the number of the event to begin with.

    Raises:
        InputError: there is no event, or the number of landmarks is below one.

    Example:
        >>> line = np.array([0.0, 1.0, 2.0, 9.0])
        >>> chosen = landmarks(np.abs(line[:, None] - line), 3)
        >>> chosen.number.tolist(), chosen.radius
        ([0, 3, 2], 1.0)

    Source: T. Gonzalez, Theor. Comput. Sci. 38 (1985) 293, doi:10.1016/0304-3975(85)90224-5.
    """
    if len(distances) == 0 or count < 1:
        raise InputError(f"{count} landmarks of {len(distances)} events", remedy="give events and at least 1 landmark")
    chosen = [first]
    nearest = np.array(distances[first], dtype=np.float64)
    while len(chosen) < count:
        farthest = int(nearest.argmax())
        if nearest[farthest] == 0:
            break
        chosen.append(farthest)
        np.minimum(nearest, distances[farthest], out=nearest)
    return Landmarks(np.array(chosen, dtype=np.int64), float(nearest.max()))


class Neighbours:
    """The events around each landmark, nearest first, so that the distance to many measures costs little.

    Arguments:
        distances: (L, n) from L landmarks to n events.
        most: events kept for each landmark; all by default.

    Example:
        The root of the mean square of the three distances 0, 0 and 3, then with the middle event counted twice:

        >>> around = Neighbours(np.array([[0.0, 0.0, 3.0, 9.0]]))
        >>> around.distance_to_measure(np.ones(4), 3.0).round(6).tolist()
        [1.732051]
        >>> around.distance_to_measure(np.array([1.0, 2.0, 1.0, 1.0]), 3.0).tolist()
        [0.0]
    """

    def __init__(self, distances: NDArray[np.float64], most: int | None = None):
        events = distances.shape[1]
        kept = events if most is None else min(most, events)
        if kept < events:
            number = np.argpartition(distances, kept - 1, axis=1)[:, :kept]
        else:
            number = np.broadcast_to(np.arange(events), distances.shape)
        values = np.take_along_axis(distances, number, axis=1)
        # Ties go to the lower number, so that the result does not depend on the order that the partition leaves.
        order = np.lexsort((number, values), axis=1)
        self._number = np.take_along_axis(number, order, axis=1)
        self._squares = np.take_along_axis(values, order, axis=1) ** 2

    def distance_to_measure(self, weights: ArrayLike, mass: float) -> Floats:
        """d(x), where d(x)^2 is the mean of the squared distances from x to the nearest events of total weight mass.

        The event at which the mass is reached counts with the part that is needed.

        Arguments:
            weights: (n,) of the events, not negative: ones, multiplicities of a bootstrap replica, or 0 and 1.
            mass: the weight to be reached, above 0.

        Returns:
            (L,) in the unit of the distances.

        Raises:
            InputError: the mass is not positive, or the events that were kept do not have it.
        """
        if not mass > 0:
            raise InputError(f"the mass {mass} is not positive", remedy="give the number of events to be reached")
        weight = np.asarray(weights, dtype=np.float64)
        kept = self._number.shape[1]
        # Most landmarks reach the mass within a few times its number of events; only the others look at all of them.
        mean = float(weight.mean())
        near = min(kept, math.ceil(4 * mass / mean) + 40) if mean > 0 else kept
        squares, reached = self._mean_squares(np.arange(len(self._number)), near, weight, mass)
        if near < kept and not reached.all():
            far = np.flatnonzero(~reached)
            squares[far], reached[far] = self._mean_squares(far, kept, weight, mass)
        if not reached.all():
            raise InputError(f"the events have a weight below {mass:g}", remedy="give fewer neighbours")
        return np.sqrt(squares)

    def _mean_squares(
        self, rows: NDArray[np.int64], near: int, weights: Floats, mass: float
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """The mean of these landmarks over their nearest events, and whether those have the mass."""
        weight = weights[self._number[rows, :near]]
        before = np.cumsum(weight, axis=1) - weight
        reached: NDArray[np.bool_] = before[:, -1] + weight[:, -1] >= mass * (1 - 1e-12)
        used = np.clip(mass - before, 0, weight)
        squares: Floats = np.einsum("ij,ij->i", used, self._squares[rows, :near]) / mass
        return squares, reached

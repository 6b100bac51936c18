"""The Durham distance between the particles or jets of an e+e- event."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.distances.metric import Metric, check_positive, parameter
from eventspace.distances.units import check_units
from eventspace.events.base import Events, kind_of
from eventspace.events.collisions import Collisions
from eventspace.events.durham.measure import directions, kt2_matrix
from eventspace.events.points import Points

__all__ = ["Durham"]

Floats = NDArray[np.float64]

_COLUMNS = ("E", "px", "py", "pz")


@dataclass(frozen=True)
class Durham(Metric):
    """The Durham distance between particles, or jets, of an e+e- event: the square of their relative kt.

        y_ij = 2 min(E_i^2, E_j^2) (1 - cos theta_ij) / E_vis^2

    A particle is a point with the coordinates E, px, py, pz, so a set of points is the particles of one event, or of
    several with the same E_vis. theta is the angle between two momenta in space. y is a pure number, from 0 to 1 if
    E_vis is the sum of the energies. It is symmetric, but the triangle inequality does not hold, and different
    particles in one direction are at distance 0.

    2 (1 - cos theta) is computed as |u - v|^2 of the unit vectors, which keeps its digits at small angles.

    Arguments:
        visible_energy: E_vis, in the unit of the coordinates; y_ij E_vis^2 is the distance of FastJet's
            ``ee_kt_algorithm``.

    Raises:
        InputError: the visible energy is not a positive number.

    Example:
        >>> particles = Points(values=np.array([[10.0, 10.0, 0.0, 0.0], [30.0, 0.0, 0.0, 30.0]]))
        >>> round(Durham(visible_energy=40.0).between(particles[0:1], particles[1:2]), 12)
        0.125

    Source:
        S. Catani et al., Phys. Lett. B 269 (1991) 432.
    """

    name: ClassVar[str] = "durham"
    default_block: ClassVar[int] = 256  # nanoseconds a pair

    visible_energy: float = parameter("Visible energy of the event, in the unit of the coordinates")

    def __post_init__(self) -> None:
        check_positive(self, "visible_energy")

    @property
    def unit(self) -> str:
        """None."""
        return ""

    @property
    def is_metric(self) -> bool:
        """False: the triangle inequality does not hold."""
        return False

    def prepare(self, left: Events, right: Events) -> tuple[Floats, Floats]:
        """The share of the visible energy and the direction of each particle, (particles, 4).

        Raises:
            InputError: the events are not points of four coordinates, differ in their unit, an energy is negative, or a
                particle has no direction.
        """
        a = self._shares_and_directions(left)
        b = a if right is left else self._shares_and_directions(right)
        check_units(left, right)
        return a, b

    def block(self, left: Floats, right: Floats, upper: bool) -> Floats:
        """The distances of a block."""
        return kt2_matrix(left, right, upper)

    def _shares_and_directions(self, particles: Events) -> Floats:
        if not isinstance(particles, Points) or particles.check().values.shape[1] != len(_COLUMNS):
            remedy = f"give points with the coordinates {', '.join(_COLUMNS)}"
            if isinstance(particles, Collisions):
                remedy = "give the particles of one event: events[i:i+1].as_points()"
            raise InputError(f"the Durham distance is not defined for these {kind_of(particles)}", remedy=remedy)
        values = particles.values.astype(np.float64)
        energy, momentum = values[:, 0], values[:, 1:]
        still = (momentum == 0).all(axis=1)
        for fault, text in ((energy < 0, "the energy is negative"), (still, "the momentum has no direction")):
            if fault.any():
                raise InputError(text, event=int(np.argmax(fault)), remedy="remove the particle")
        return np.column_stack([energy / self.visible_energy, directions(momentum)])

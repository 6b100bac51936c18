"""Transport on lines instead of the plane: a lower bound of the exact distance for a fraction of its price."""

import math
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.distances.metric import Metric, check_positive, parameter
from eventspace.distances.neighbours import run_of
from eventspace.distances.transport.particles import as_clouds, sort_particles
from eventspace.distances.units import check_units
from eventspace.distances.vectorised import compiled
from eventspace.events.base import Events
from eventspace.events.ragged import event_of_entry

__all__ = ["Projected", "SlicedTransport"]

Floats = NDArray[np.float64]

_MOST_DIRECTIONS = 10_000


@dataclass(frozen=True, eq=False)
class Projected:
    """Events as weights along lines; a slice of neighbours copies nothing.

    Attributes:
        offsets: (n + 1,); event i owns the particles ``offsets[i]:offsets[i + 1]``.
        place, weight: (directions, particles), rising in place in each event; the weights of an event sum to 1.
    """

    offsets: NDArray[np.int64]
    place: Floats
    weight: Floats

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: slice) -> Self:
        return type(self)(run_of(self.offsets, index)[0], self.place, self.weight)


@dataclass(frozen=True)
class SlicedTransport(Metric):
    """The transport distance of events that are projected to a line, for many directions of the line.

        d(a, b)^p = 1 / (L c_p) sum_l W_p(a_l, b_l)^p
        c_p = <|cos|^p> = Gamma((p + 1) / 2) / (sqrt(pi) Gamma(p / 2 + 1))

    where a_l has the energies of a, scaled to the sum 1, at the places y cos(phi_l) + phi sin(phi_l) of its particles,
    in units of R, and phi_l = pi l / L. On a line the best plan moves particles in their order, so that sorting solves
    it. c_p makes the distance of two single particles their angle. Since a projection shortens all ways, d is never
    larger than the exact distance of ``Transport`` with ``normalise`` (but for the finite number of directions, 0.3%
    for 16), and may be much smaller. It is a metric.

    phi is not periodic here: jets have to be centred or relative to their axes.

    Arguments:
        R: angular scale.
        p: the power of the angle, at least 1: on a line the order of the particles is not the best plan for less.
        directions: L, equally spaced.

    Raises:
        InputError: R is not positive, p is less than 1, or there are no directions.

    Example:
        >>> from eventspace import ParticleClouds
        >>> jets = ParticleClouds.from_lists([[(2.0, 0.0, 0.0)], [(1.0, 0.3, 0.4)]])
        >>> round(SlicedTransport().between(jets[0:1], jets[1:2]), 3)
        0.5

    Source: J. Rabin, G. Peyre, J. Delon, M. Bernot, "Wasserstein barycenter and its application to texture mixing",
    SSVM 2011, doi:10.1007/978-3-642-24785-9_37.
    """

    name: ClassVar[str] = "sliced-transport"
    default_block: ClassVar[int] = 128  # microseconds a pair

    R: float = parameter("Angular scale: moving all of the energy by R costs 1", 1.0)
    p: float = parameter("Power of the angle", 1.0)
    directions: int = parameter("Directions of the lines to which events are projected", 16)

    def __post_init__(self) -> None:
        check_positive(self, "R", "p")
        if self.p < 1:
            raise InputError(f"p is {self.p:g}", remedy="give p of at least 1, or use the metric transport")
        if not 1 <= self.directions <= _MOST_DIRECTIONS:
            raise InputError(f"there are {self.directions} directions", remedy=f"give 1 to {_MOST_DIRECTIONS}")

    @property
    def unit(self) -> str:
        """None: energies are fractions, and angles in units of R."""
        return ""

    @property
    def is_metric(self) -> bool:
        """True for two directions and more; with one, events that differ only across it have no distance."""
        return True

    def prepare(self, left: Events, right: Events) -> tuple[Projected, Projected]:
        """The particles with energy along each line.

        Raises:
            InputError: there are no events, they are not particles or not valid, their coordinates differ, or a
                particle is more than pi / 2 away from 0 in phi.
        """
        a = self._projected(left)
        b = a if right is left else self._projected(right)
        check_units(left, right)
        coordinates = {getattr(events, "coordinate", "rapidity") for events in (left, right)}
        if len(coordinates) > 1:
            raise InputError("one set has rapidity, the other eta", remedy="use the same coordinate for both")
        return a, b

    def block(self, left: Projected, right: Projected, upper: bool) -> Floats:
        """Distances of a block."""
        distances = np.zeros((len(left), len(right)))
        scale = math.sqrt(math.pi) * math.gamma(self.p / 2 + 1) / math.gamma((self.p + 1) / 2)
        fill = _fill
        fill(
            left.offsets,
            left.place,
            left.weight,
            right.offsets,
            right.place,
            right.weight,
            self.p,
            scale / self.directions,
            upper,
            distances,
        )
        return distances

    def _projected(self, events: Events) -> Projected:
        sorted_ = sort_particles(as_clouds(events), normalise=True)
        energy, y, phi = sorted_.particles
        event = event_of_entry(sorted_.offsets)
        far = np.abs(phi) > np.pi / 2
        if far.any():
            text = f"a particle has phi = {phi[far][0]:.3g}, and phi is not periodic here"
            raise InputError(
                text, event=int(event[far][0]), remedy="centre the jets first: --steps centre, or preprocess"
            )
        place, weight = (np.empty((self.directions, len(y))) for _ in range(2))
        for k, angle in enumerate(np.pi * np.arange(self.directions) / self.directions):
            along = (y * math.cos(angle) + phi * math.sin(angle)) / self.R
            order = np.lexsort((energy, along, event))
            place[k], weight[k] = along[order], energy[order]
        return Projected(sorted_.offsets, place, weight)


@compiled()
def _on_a_line(x: Floats, a: Floats, y: Floats, b: Floats, p: float) -> float:
    """The cost of moving weights a at rising places x to b at y, in their order."""
    i, j = 0, 0
    total: float = 0.0
    left: float = a[0]
    right: float = b[0]
    while True:
        moved = min(left, right)
        way: float = abs(x[i] - y[j])
        total += moved * (way if p == 1 else way * way if p == 2 else way**p)
        left -= moved
        right -= moved
        if left <= 0:
            i += 1
            if i == len(x):
                return total
            left = a[i]
        if right <= 0:
            j += 1
            if j == len(y):
                return total
            right = b[j]


@compiled()
def _fill(
    offsets: NDArray[np.int64],
    place: Floats,
    weight: Floats,
    other_offsets: NDArray[np.int64],
    other_place: Floats,
    other_weight: Floats,
    p: float,
    scale: float,
    upper: bool,
    distances: Floats,
) -> None:
    for i in range(len(offsets) - 1):
        for j in range(i + 1 if upper else 0, len(other_offsets) - 1):
            total = 0.0
            for k in range(len(place)):
                total += _on_a_line(
                    place[k, offsets[i] : offsets[i + 1]],
                    weight[k, offsets[i] : offsets[i + 1]],
                    other_place[k, other_offsets[j] : other_offsets[j + 1]],
                    other_weight[k, other_offsets[j] : other_offsets[j + 1]],
                    p,
                )
            distances[i, j] = scale * total if p == 1 else (scale * total) ** (1 / p)

"""Transport on lines between coarse quantile functions: nearly the distance along lines, at a fraction of the price."""

import math
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from eventspace.base.errors import InputError
from eventspace.distances.metric import Metric, check_positive, parameter
from eventspace.distances.transport.encoder import INPUTS, quantiles
from eventspace.distances.transport.particles import as_clouds, sort_particles
from eventspace.distances.transport.scan import nearest_points
from eventspace.distances.units import check_units
from eventspace.events.base import Events
from eventspace.events.particles import ParticleClouds

__all__ = ["QuantileTransport", "Rows", "seen_of"]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

_AT_ONCE = 10_000  # jets whose particles are sorted together: memory stays small


@dataclass(frozen=True, eq=False)
class Rows:
    """Events as points, (n, coordinates); a slice copies nothing."""

    places: Singles

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, index: slice) -> Self:
        return type(self)(self.places[index])


def seen_of(jets: ParticleClouds, centre: tuple[float, float] = (0.0, 0.0)) -> Singles:
    """The quantile functions of valid jets along 16 axes, each as 16 means, (n, 256), relative to a centre."""
    seen = np.empty((len(jets), INPUTS), np.float32)
    for start in range(0, len(jets), _AT_ONCE):
        stop = min(start + _AT_ONCE, len(jets))
        sorted_ = sort_particles(jets[start:stop], normalise=True)
        quantiles(sorted_.offsets, sorted_.particles, *centre, seen[start:stop])
    return seen


@dataclass(frozen=True)
class QuantileTransport(Metric):
    """The transport distance of events that are projected to lines, of quantile functions that are told by 16 means.

        d(a, b)^p = 1 / (256 c_p) sum_lk |q_lk(a) - q_lk(b)|^p,    c_p = <|cos|^p>

    where q_lk(a) is the mean place, on line l of 16, of the energy of a between the fractions (k - 1) / 16 and k / 16
    of it. On a line the transport distance is that of the quantile functions, so d is ``SlicedTransport`` but for what
    is within a sixteenth of the energy: never larger for the same lines, and a few per cent smaller between jets. A
    pair costs a small part of the time, which makes it a good ``by`` of ``nearest_of_shortlist``. It is a metric, but
    for events with the same means. phi ends half a turn from 0: jets have to be relative to their axes.

    Arguments:
        R: angular scale.
        p: the power of the angle, at least 1.

    Raises:
        InputError: R is not positive, or p is less than 1.

    Example:
        >>> from eventspace import ParticleClouds
        >>> jets = ParticleClouds.from_lists([[(2.0, 0.0, 0.0)], [(1.0, 0.3, 0.4)]])
        >>> round(QuantileTransport().between(jets[0:1], jets[1:2]), 3)
        0.5

    Source: as for ``SlicedTransport``.
    """

    name: ClassVar[str] = "quantile-transport"
    default_block: ClassVar[int] = 256  # a fraction of a microsecond a pair
    compares_points: ClassVar[bool] = True

    R: float = parameter("Angular scale: moving all of the energy by R costs 1", 1.0)
    p: float = parameter("Power of the angle", 1.0)

    def __post_init__(self) -> None:
        check_positive(self, "R", "p")
        if self.p < 1:
            raise InputError(f"p is {self.p:g}", remedy="give p of at least 1, or use the metric transport")

    @property
    def unit(self) -> str:
        """None: energies are fractions, and angles in units of R."""
        return ""

    @property
    def is_metric(self) -> bool:
        """True: it is a distance between points."""
        return True

    def prepare(self, left: Events, right: Events) -> tuple[Rows, Rows]:
        """The quantile functions.

        Raises:
            InputError: there are no events, they are not particles or not valid, or their coordinates or units differ.
        """
        clouds = as_clouds(left)
        others = clouds if right is left else as_clouds(right)
        check_units(left, right)
        if clouds.coordinate != others.coordinate:
            raise InputError("one set has rapidity, the other eta", remedy="use the same coordinate for both")
        a = Rows(seen_of(clouds))
        return a, a if right is left else Rows(seen_of(others))

    def block(self, left: Rows, right: Rows, upper: bool) -> Floats:
        """Distances of a block, in double precision."""
        a, b = left.places.astype(np.float64), right.places.astype(np.float64)
        distances = cdist(a, b, "cityblock") if self.p == 1 else cdist(a, b, "minkowski", p=self.p)
        mean = math.gamma((self.p + 1) / 2) / (math.sqrt(math.pi) * math.gamma(self.p / 2 + 1))
        distances *= (INPUTS * mean) ** (-1 / self.p) / self.R
        return np.triu(distances, k=1) if upper else distances

    def nearest_points(
        self, left: Rows, right: Rows, count: int, *, within: bool, threads: int | None
    ) -> NDArray[np.int64]:
        """The nearest, in single precision."""
        return nearest_points(left.places, right.places, count, power=self.p, within=within, threads=threads)

"""The difference of the total energies of two events."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.distances.metric import Metric
from eventspace.distances.units import check_units
from eventspace.events.base import Events, kind_of
from eventspace.events.images import Images
from eventspace.events.particles import ParticleClouds
from eventspace.events.showers import Showers

__all__ = ["EnergyDifference"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class EnergyDifference(Metric):
    """The distance d(a, b) = |E_a - E_b| between the total energies of showers, or the summed pt of jets or images.

    It is symmetric and satisfies the triangle inequality, but it is a metric of energies only: events of equal energy
    are at distance 0 from each other, however they differ (a pseudo-metric of events).

    Example:
        >>> dense = np.zeros((2, 1, 1, 2)); dense[0, 0, 0] = 1.0, 2.0; dense[1, 0, 0] = 0.0, 7.0
        >>> showers = Showers.from_dense(dense)
        >>> EnergyDifference().between(showers[0:1], showers[1:2])
        4.0
    """

    name: ClassVar[str] = "energy"
    default_block: ClassVar[int] = 256  # nanoseconds a pair

    @property
    def unit(self) -> str:
        """GeV, unless the events say otherwise."""
        return "GeV"

    @property
    def is_metric(self) -> bool:
        """True, but for different events of equal energy, whose distance is 0."""
        return True

    def prepare(self, left: Events, right: Events) -> tuple[Floats, Floats]:
        """The total of each event.

        Raises:
            InputError: the events hold no energy, are not valid, or differ in kind or unit.
        """
        a = _totals(left)
        b = a if right is left else _totals(right)
        if left.kind != right.kind:
            raise InputError(f"energies of {left.kind} and {right.kind} cannot be compared")
        check_units(left, right)
        return a, b

    def block(self, left: Floats, right: Floats, upper: bool) -> Floats:
        """The differences of a block of totals."""
        differences = np.abs(left[:, None] - right)
        return np.triu(differences, k=1) if upper else differences


def _totals(events: Events) -> Floats:
    match events:
        case Showers():
            totals = events.check().total_energy
        case ParticleClouds():
            totals = events.check().total_pt
        case Images():
            totals = events.check().values.sum(axis=(1, 2), dtype=np.float64)
        case _:
            raise InputError(f"{kind_of(events)} have no energy", remedy="give showers, particles or images")
    infinite = ~np.isfinite(totals)
    if infinite.any():
        raise InputError("the total energy is infinite", event=int(np.argmax(infinite)), remedy="remove the event")
    return totals

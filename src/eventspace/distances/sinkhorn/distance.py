"""Entropic optimal transport between events, as a distance for the engine."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.distances.metric import Metric, parameter
from eventspace.distances.sinkhorn.kernel import fill_block
from eventspace.distances.transport.exact import Transport
from eventspace.distances.transport.particles import SortedParticles
from eventspace.events.base import Events

__all__ = ["Sinkhorn", "check_eps"]

_MOST_POWERS_OF_TEN = 30  # costs stay far from the ends of single precision


@dataclass(frozen=True)
class Sinkhorn(Metric):
    """Transport with a price on order: the smooth distance that networks are trained with.

        d(a, b) = min_g sum_ij g_ij (theta_ij / R)^p + |E_a - E_b| + eps KL(g)
        KL(g) = sum_ij g_ij ln(g_ij E / (E_i E'_j)),    E the larger of the two energies,

    over the flows g of ``Transport``, where the energy that the poorer event lacks counts as one more particle of it.
    As eps falls to 0, d falls to the exact transport; with ``normalise`` and p > 1 the root 1/p of the minimum is
    taken, as there. ``sinkhorn_loss`` is the same number (never with the root) with its gradient.

    It is not a metric: d(a, a) > 0, because even then a flow that is spread out is cheaper. ``divergence`` mends this:
    d(a, b) - d(a, a) / 2 - d(b, b) / 2 is 0 for equal events (before the root, and with the poorer event made as rich
    as the other by a particle at cost 1 from all others). The triangle inequality holds for neither. Always
    d(a, b) = d(b, a), to the last bit.

    Computed in single precision, which leaves errors of about 1e-6 of the largest cost, to marginals that are right
    within 1e-3 of the energy, whose effect on d is of second order. eps below 1e-6 of the largest cost counts as that.

    Arguments:
        R, p, normalise: as for ``Transport``.
        eps: the price, in units of (theta / R)^p.
        divergence: take off half the distance of each event from itself.

    Raises:
        InputError: R, p or eps is not a positive number.

    Example:
        >>> from eventspace import ParticleClouds
        >>> jets = ParticleClouds.from_lists([[(2.0, 0.0, 0.0), (1.0, 0.3, 0.4)], [(2.0, 0.0, 0.0)]])
        >>> round(Sinkhorn(eps=0.01).between(jets[0:1], jets[1:2]), 4), round(Sinkhorn().between(jets[:1], jets[:1]), 4)
        (0.1667, 0.0127)

    Source:
        Cuturi, arXiv:1306.0895; the divergence: Feydy et al., arXiv:1810.08278.
    """

    name: ClassVar[str] = "sinkhorn"
    slow: ClassVar[bool] = True

    R: float = parameter("Angular scale: moving all of the energy by R costs 1", 1.0)
    p: float = parameter("Power of the angle", 1.0)
    eps: float = parameter("Entropic regularisation strength, in units of theta^p / R^p", 0.02)
    normalise: bool = parameter("Scale the energies of each event to the sum 1; otherwise distances are in GeV", True)
    divergence: bool = False

    def __post_init__(self) -> None:
        exact = self._exact
        object.__setattr__(self, "R", exact.R)
        object.__setattr__(self, "p", exact.p)
        object.__setattr__(self, "eps", check_eps(self.eps))

    @property
    def unit(self) -> str:
        """GeV, or none for normalised energies."""
        return self._exact.unit

    @property
    def is_metric(self) -> bool:
        """Never: without ``divergence`` d(a, a) > 0, and the triangle inequality fails with it as well."""
        return False

    def prepare(self, left: Events, right: Events) -> tuple[SortedParticles, SortedParticles]:
        """As for ``Transport``.

        Raises:
            InputError: as for ``Transport``, or R is too far from the angles for single precision.
        """
        a, b = self._exact.sides(left, right)
        y = np.concatenate((a.particles.y, b.particles.y))
        extent = math.hypot(float(np.ptp(y)), math.pi)
        if abs(self.p * math.log10(extent / self.R)) > _MOST_POWERS_OF_TEN:
            raise InputError(
                f"(theta / R)^p does not fit single precision for theta up to {extent:.3g}, R = {self.R:g} and "
                f"p = {self.p:g}",
                remedy="choose R closer to the angles, or a smaller p",
            )
        return a, b

    def block(self, left: SortedParticles, right: SortedParticles, upper: bool) -> NDArray[np.float64]:
        """The distances of a block of prepared events."""
        values = np.zeros((len(left), len(right)))
        events = (left.offsets, left.particles, right.offsets, right.particles)
        fill_block(*events, upper, self.R, self.p, self.eps, self.normalise, self.divergence, values)
        return values ** (1 / self.p) if self.normalise and self.p > 1 else values

    @property
    def _exact(self) -> Transport:
        return Transport(self.R, self.p, self.normalise)


def check_eps(eps: float) -> float:
    """The price as a float.

    Raises:
        InputError: it is not a positive number, or so large or small that single precision cannot work with it.
    """
    if not 1e-30 <= float(eps) <= 1e30:
        raise InputError(f"eps is {float(eps):g}", remedy="give a positive number, such as 0.02")
    return float(eps)

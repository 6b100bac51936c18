"""Exact optimal transport between events: the energy mover's distance and its relatives."""

import math
import warnings
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import EventspaceError, InputError, TriangleInequalityWarning
from eventspace.distances.metric import Metric, check_positive, parameter
from eventspace.distances.transport import simplex
from eventspace.distances.transport.farthest import largest_theta
from eventspace.distances.transport.nearest import SAFETY, bounds_and_order, fill_near
from eventspace.distances.transport.particles import SortedParticles, as_clouds, particles_of, rank, sort_particles
from eventspace.distances.transport.plan import Plan, Side, prove
from eventspace.distances.transport.simplex import Particles, Wanted
from eventspace.distances.units import check_units
from eventspace.events.base import Events

__all__ = ["Effort", "SolverError", "Transport"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_ALL_DIGITS = Wanted(np.empty(0), False, 0.0)
_PIVOTS_A_NODE = 1000  # a hundred times what any pair has needed
_MOST_POWERS_OF_TEN = 60  # costs stay far from the ends of the doubles, and from the kernel's mark of what is no arc


class SolverError(EventspaceError):
    """No optimal plan was found within the cap on pivots; no number is given in its place."""


class Effort(NamedTuple):
    """What pairs cost the solver.

    Attributes:
        pairs: how many there are.
        begun: of how many a solve was begun; the others were proven far before, or are of equal events.
        finished: of how many it ended with an optimal plan; the others ended as soon as enough was known.
        pivots: steps, over all pairs.
    """

    pairs: int
    begun: int
    finished: int
    pivots: int


@dataclass(frozen=True)
class Transport(Metric):
    """The least energy times angle that turns one event into another.

        d(a, b) = min_g sum_ij g_ij (theta_ij / R)^p + |E_a - E_b|
        with g_ij >= 0, sum_j g_ij <= E_i, sum_i g_ij <= E'_j, sum_ij g_ij = min(E_a, E_b),

    energies E = pt and theta^2 = dy^2 + dphi^2, where y is rapidity or pseudorapidity and phi is periodic. The
    minimum is exact but for rounding: above the true one by at most about 1e-12 of the largest cost times the energy,
    and in practice by a few units of the last digit; ``plan`` proves it for a pair.

    With ``normalise`` the energies of each event are first scaled to sum to 1: the last term vanishes, the value is a
    pure number, and for p > 1 its p-th root is taken, which makes it the p-Wasserstein distance. Otherwise the value
    is in GeV and no root is taken. The triangle inequality d(a, c) <= d(a, b) + d(b, c)

    - holds for p <= 1, because (theta / R)^p is then itself a metric; without ``normalise`` this needs
      theta <= 2^(1/p) R for all pairs of particles (R >= theta / 2 for p = 1): where it does not hold,
      ``TriangleInequalityWarning`` says so once;
    - holds for p > 1 with ``normalise``, because of the root;
    - fails for p > 1 without ``normalise``: of single particles at 0, R and 2 R with p = 2, 4 > 1 + 1.

    Always d(a, b) = d(b, a) to the last bit and d(a, a) = 0 exactly, and the order of the particles and particles
    without energy do not matter; a collinear splitting changes nothing but the rounding. With ``normalise``, scaling
    all energies of an event changes nothing either.

    Arguments:
        R: the angle over which moving an energy costs as much as creating it. Without ``normalise`` and for p = 1 the
            triangle inequality needs at least half the largest angle between two particles.
        p: the power of the angle: with a small one it matters less how far energy moves than how much of it does.
        normalise: compare the shapes of events, whatever their energy.

    Raises:
        InputError: R or p is not a positive number.

    Example:
        >>> from eventspace import ParticleClouds
        >>> jets = ParticleClouds.from_lists([[(2.0, 0.0, 0.0), (1.0, 0.3, 0.4)], [(2.0, 0.0, 0.0)]])
        >>> Transport(normalise=False).between(jets[0:1], jets[1:2])
        1.0

    Source:
        Komiske, Metodiev, Thaler, arXiv:1902.02346 (p = 1) and arXiv:2004.04159 (other powers).
    """

    name: ClassVar[str] = "transport"
    slow: ClassVar[bool] = True

    R: float = parameter("Angular scale: moving all of the energy by R costs 1", 1.0)
    p: float = parameter("Power of the angle", 1.0)
    normalise: bool = parameter("Scale the energies of each event to the sum 1; otherwise distances are in GeV", True)

    def __post_init__(self) -> None:
        check_positive(self, "R", "p")

    @property
    def unit(self) -> str:
        """GeV, or none for normalised energies."""
        return "" if self.normalise else "GeV"

    @property
    def is_metric(self) -> bool:
        """True but for p > 1 without ``normalise``; otherwise if R suits the events, see above."""
        return self.normalise or self.p <= 1

    def prepare(self, left: Events, right: Events) -> tuple[SortedParticles, SortedParticles]:
        """The particles with energy, hardest first, normalised if asked.

        Raises:
            InputError: there are no events, they are not particles or not valid, their coordinates differ, or R is so
                far from their angles that (theta / R)^p cannot be computed.

        Warns:
            TriangleInequalityWarning: the energies are unequal and particles lie too far apart for R.
        """
        a, b = self.sides(left, right)
        if self.is_metric and not self.normalise:
            self._warn_if_far(*_all_angles(a, b))
        return a, b

    def sides(self, left: Events, right: Events) -> tuple[SortedParticles, SortedParticles]:
        """As ``prepare``, for a distance that is no metric anyway.

        Raises:
            InputError: as for ``prepare``.
        """
        clouds = as_clouds(left)
        others = clouds if right is left else as_clouds(right)
        if clouds.coordinate != others.coordinate:
            raise InputError(
                f"events in {clouds.coordinate} cannot be compared with events in {others.coordinate}",
                remedy="give both in the same coordinate",
            )
        if not self.normalise:
            check_units(left, right)
        a = sort_particles(clouds, self.normalise)
        b = a if right is left else sort_particles(others, self.normalise)
        self._check_extent(_all_angles(a, b)[0])
        return a, b

    def block(self, left: SortedParticles, right: SortedParticles, upper: bool) -> Floats:
        """The distances of a block of prepared events.

        Raises:
            SolverError: a pair was not solved.
        """
        return self._fill(left, right, upper, _ALL_DIGITS, np.zeros(3, np.int64))

    def binned(self, left: SortedParticles, right: SortedParticles, upper: bool, edges: Floats) -> Floats:
        """Numbers that lie between the same edges as the distances of a block.

        A solve stops as soon as the cost of its plan and a bound from the dual program lie between the same two edges.

        Raises:
            SolverError: a pair was not solved.
        """
        return self._fill(left, right, upper, self._between(edges), np.zeros(3, np.int64))

    def near(
        self, left: SortedParticles, right: SortedParticles, upper: bool, row_best: Floats, column_best: Floats | None
    ) -> Floats:
        """The distances of a block that a search for the nearest needs; the others, proven to be far, are infinite.

        Pairs are visited in the order of a cheap estimate. Most are never solved to the end: either a cheap lower bound
        is above the k-th smallest distance known, or the bound of the dual program is, after some of the steps.

        Raises:
            SolverError: a pair was not solved.
        """
        return self._near(left, right, upper, row_best, column_best, np.zeros(3, np.int64))

    def effort(
        self, left: Events, right: Events | None = None, *, k: int | None = None, thresholds: ArrayLike | None = None
    ) -> Effort:
        """What all distances cost the solver; or the search for the k nearest; or the counting below thresholds.

        All pairs are taken as one block. ``plan`` gives the pivots of one pair, and the proof of its distance.

        Arguments:
            left, right: n and m events; without ``right``, the pairs of ``left``.
            k: so many neighbours are searched of each event of ``left``, and without ``right`` only among the others.
            thresholds: (t,) distances, rising.

        Raises:
            InputError: as for ``between``.
            SolverError: a pair was not solved.

        Example:
            >>> from eventspace import ParticleClouds
            >>> jets = [[(2.0, 0.0, 0.0), (1.0, y, 0.4)] for y in (0.3, 0.4, 2.0)]
            >>> jets = ParticleClouds.from_lists(jets)
            >>> Transport().effort(jets).finished, Transport().effort(jets, thresholds=[0.2]).finished
            (3, 0)
        """
        a, b = self.prepare(left, left if right is None else right)
        upper, work = right is None, np.zeros(3, np.int64)
        if k is not None:
            columns = np.full((len(b), k), np.inf) if upper else None
            self._near(a, b, upper, np.full((len(a), k), np.inf), columns, work)
        elif thresholds is not None:
            self._fill(a, b, upper, self._between(np.asarray(thresholds, dtype=np.float64)), work)
        else:
            self._fill(a, b, upper, _ALL_DIGITS, work)
        pairs = len(a) * (len(a) - 1) // 2 if upper else len(a) * len(b)
        return Effort(pairs, *work.tolist())

    def _fill(
        self, left: SortedParticles, right: SortedParticles, upper: bool, wanted: Wanted, work: Integers
    ) -> Floats:
        sums = np.zeros((len(left), len(right)))
        failed = simplex.fill(*self._problem(left, right, upper), wanted, sums, work)
        self._check_solved(left, right, failed)
        return sums ** (1 / self.p) if self._takes_root else sums

    def _between(self, edges: Floats) -> Wanted:
        """What ``binned`` wants: the edges as sums, before a root is taken."""
        power = self.p if self._takes_root else 1.0
        return Wanted(np.maximum(edges, 0) ** power, False, SAFETY * max(1.0, power))

    def _near(
        self,
        left: SortedParticles,
        right: SortedParticles,
        upper: bool,
        row_best: Floats,
        column_best: Floats | None,
        work: Integers,
    ) -> Floats:
        power = self.p if self._takes_root else 1.0
        rows = row_best**power
        if upper:
            columns = rows  # the same events
        elif column_best is None:
            columns = np.full((len(right), rows.shape[1]), -np.inf)
        else:
            columns = column_best**power
        sums = np.full((len(left), len(right)), np.inf)
        if upper:
            sums[np.tril_indices(len(sums))] = 0
        bounds, order = bounds_and_order(left, right, self.R, self.p, self.normalise)
        failed = fill_near(*self._problem(left, right, upper), bounds, order, rows, columns, sums, work)
        self._check_solved(left, right, failed)
        return sums ** (1 / self.p) if self._takes_root else sums

    def plan(self, a: Events, b: Events) -> Plan:
        """The optimal plan between two events, each given as a set of one, with a proof that it is optimal.

        Raises:
            InputError: as for ``between``.
            SolverError: the pair was not solved.

        Example:
            >>> from eventspace import ParticleClouds
            >>> jets = ParticleClouds.from_lists([[(3.0, 0.0, 0.0)], [(1.0, 0.0, 0.1), (2.0, 0.0, 0.0)]])
            >>> plan = Transport(normalise=False).plan(jets[0:1], jets[1:2])
            >>> plan.source, plan.target, plan.energy
            (array([0, 0]), array([0, 1]), array([1., 2.]))
            >>> plan.distance, round(plan.gap, 12)
            (0.1, 0.0)
        """
        distance = self.between(a, b)
        left, right = (events.particles for events in self.prepare(a, b))
        swapped = simplex.compare(left, right) > 0
        rows, columns = (right, left) if swapped else (left, right)
        memory = simplex.reserve(len(rows.energy), len(columns.energy))
        solution = simplex.solve(memory, rows, columns, self.R, self.p, self.normalise, _ALL_DIGITS, _PIVOTS_A_NODE)

        given, others = particles_of(as_clouds(a)), particles_of(as_clouds(b))
        total, other_total = math.fsum(given.energy), math.fsum(others.energy)
        scale, other_scale, excess = (total, other_total, 0.0) if self.normalise else (1.0, 1.0, total - other_total)
        return prove(
            distance,
            solution,
            swapped,
            Side(given.energy / scale, rank(given, np.zeros(len(given.energy), np.int64))),
            Side(others.energy / other_scale, rank(others, np.zeros(len(others.energy), np.int64))),
            self._costs(given, others),
            excess,
        )

    @property
    def _takes_root(self) -> bool:
        return self.normalise and self.p > 1

    def _problem(
        self, left: SortedParticles, right: SortedParticles, upper: bool
    ) -> tuple[Integers, Particles, Integers, Particles, bool, float, float, bool, int]:
        """What both kernels take first."""
        parameters = (upper, self.R, self.p, self.normalise, _PIVOTS_A_NODE)
        return left.offsets, left.particles, right.offsets, right.particles, *parameters

    def _check_solved(self, left: SortedParticles, right: SortedParticles, failed: tuple[int, int]) -> None:
        i, j = failed
        if i >= 0:
            raise SolverError(
                f"the transport from event {left.first + i} of the left set to event {right.first + j} of the right "
                f"set was not solved within {_PIVOTS_A_NODE} steps a particle; please report these two events"
            )

    def _costs(self, a: Particles, b: Particles) -> Floats:
        turn = np.abs(a.phi[:, None] - b.phi)
        theta = np.hypot(a.y[:, None] - b.y, np.minimum(turn, 2 * np.pi - turn))
        return np.asarray((theta / self.R) ** self.p)

    def _check_extent(self, y: Floats) -> None:
        extent = math.hypot(float(np.ptp(y)), math.pi)
        if abs(self.p * math.log10(extent / self.R)) > _MOST_POWERS_OF_TEN:
            raise InputError(
                f"(theta / R)^p cannot be computed for theta up to {extent:.3g}, R = {self.R:g} and p = {self.p:g}",
                remedy="choose R closer to the angles, or a smaller p",
            )

    def _warn_if_far(self, y: Floats, phi: Floats) -> None:
        """Moving an energy must not cost more than destroying and creating it: (theta / R)^p <= 2."""
        most = 2 ** (1 / self.p) * self.R
        if largest_theta(y, phi) * (1 - 1e-12) > most:
            warnings.warn(
                f"particles lie farther apart than {most:g}, so with R = {self.R:g}, p = {self.p:g} and unequal "
                "energies the triangle inequality may fail; the distances are right",
                TriangleInequalityWarning,
                stacklevel=2,
            )


def _all_angles(a: SortedParticles, b: SortedParticles) -> tuple[Floats, Floats]:
    """Rapidity and phi of the particles of both sides."""
    if b is a:
        return a.particles.y, a.particles.phi
    return np.concatenate((a.particles.y, b.particles.y)), np.concatenate((a.particles.phi, b.particles.phi))

"""Exact optimal transport between whole showers: how far, in cells, the energy has to move."""

import math
import warnings
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError, TriangleInequalityWarning
from eventspace.distances.metric import Metric, check_positive, parameter
from eventspace.distances.neighbours import run_of
from eventspace.distances.transport import simplex
from eventspace.distances.transport.exact import SolverError
from eventspace.distances.transport.merging import merge
from eventspace.distances.transport.simplex import CAPPED, Problem, Wanted
from eventspace.distances.units import check_units
from eventspace.distances.vectorised import compiled
from eventspace.events.base import Events, kind_of
from eventspace.events.ragged import event_of_entry, offsets_of, sum_over_entries
from eventspace.events.showers import Showers

__all__ = ["ShowerTransport"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_ALL_DIGITS = Wanted(np.empty(0), False, 0.0)
_PIVOTS_A_NODE = 1000
_MOST_ENERGY = 1e200  # sums and scales stay far from the ends of the doubles


class Cells(NamedTuple):
    """Cells, or groups of merged ones: energy, all positive, and place in cells along x, y and z."""

    energy: Floats
    x: Floats
    y: Floats
    z: Floats


@dataclass(frozen=True, eq=False)
class SortedCells:
    """A set of showers, the cells of each from the hardest; a slice of neighbours copies nothing."""

    offsets: Integers
    cells: Cells
    first: int = 0

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: slice) -> Self:
        offsets, start = run_of(self.offsets, index)
        return type(self)(offsets, self.cells, self.first + start)


@dataclass(frozen=True)
class ShowerTransport(Metric):
    """The least energy times distance that turns one shower into another.

        d(a, b) = min_g sum_ij g_ij (|x_i - x_j| / R)^p + |E_a - E_b|
        with g_ij >= 0, sum_j g_ij <= E_i, sum_i g_ij <= E'_j, sum_ij g_ij = min(E_a, E_b),

    where x is the centre of a cell, in cells along all three axes: the set does not say how large its cells are. With
    ``normalise`` the energies of each shower are first scaled to sum to 1: the last term vanishes, the value is the
    mean distance in units of R, and for p > 1 its p-th root is taken. Otherwise it is in GeV. It is a metric for p <= 1
    and with ``normalise``; without, R has to be at least half the diagonal of the grid (for p = 1), and
    ``TriangleInequalityWarning`` says once where it is not.

    The minimum is exact but for rounding; see ``Transport``. Its time grows faster than the square of the number of
    cells, so those of each shower are first merged into at most ``most_cells`` groups at the centre of their energy.
    With s the energy times distance by which this moves a shower, ``displacement``, the triangle inequality says that

        |d(a, b) - d(a merged, b merged)| <= s_a + s_b.

    Arguments:
        R: the distance, in cells, over which moving all of the energy costs 1.
        p: the power of the distance.
        normalise: compare the shapes of showers, whatever their energy.
        most_cells: groups of a shower; a number that no shower exceeds merges nothing.

    Raises:
        InputError: R, p or most_cells is not a positive number.

    Example:
        >>> dense = np.zeros((2, 1, 4, 5)); dense[0, 0, 0, 0] = 1.0; dense[1, 0, 3, 4] = 2.0
        >>> showers = Showers.from_dense(dense)
        >>> ShowerTransport().between(showers[0:1], showers[1:2])
        5.0

    Source:
        Komiske, Metodiev, Thaler, arXiv:1902.02346.
    """

    name: ClassVar[str] = "shower-transport"
    default_block: ClassVar[int] = 16  # milliseconds a pair

    slow: ClassVar[bool] = True

    R: float = parameter("Scale in cells: moving all of the energy by R costs 1", 1.0)
    p: float = parameter("Power of the number of cells", 1.0)
    normalise: bool = parameter("Scale the energies of each event to the sum 1; otherwise distances are in GeV", True)
    most_cells: int = 256

    def __post_init__(self) -> None:
        check_positive(self, "R", "p")
        if self.most_cells < 1:
            raise InputError(f"at most {self.most_cells} cells are left", remedy="give a positive number")

    @property
    def unit(self) -> str:
        """Cells for normalised energies and R = 1, none for another R; GeV otherwise."""
        if not self.normalise:
            return "GeV"
        return "cells" if self.R == 1 else ""

    @property
    def is_metric(self) -> bool:
        """True but for p > 1 without ``normalise``; showers that are merged into the same cells have 0."""
        return self.normalise or self.p <= 1

    def prepare(self, left: Events, right: Events) -> tuple[SortedCells, SortedCells]:
        """The cells with energy, merged, hardest first, normalised if asked.

        Raises:
            InputError: the events are no showers, are not valid, or differ in their grids or units.

        Warns:
            TriangleInequalityWarning: the energies are unequal and R is too small for the grid.
        """
        for events in (left, right):
            if not isinstance(events, Showers):
                raise InputError(
                    f"the transport of showers is not defined for {kind_of(events)}", remedy="give showers"
                )
        assert isinstance(left, Showers)
        assert isinstance(right, Showers)
        if left.shape != right.shape:
            grids = (" x ".join(map(str, events.shape)) for events in (left, right))
            raise InputError(f"grids of {' and '.join(grids)} cells cannot be compared")
        if not self.normalise:
            check_units(left, right)
            if self.is_metric and not self.has_bound(left):
                warnings.warn(
                    f"the diagonal of the grid is longer than {self._longest:g} cells, so with R = {self.R:g}, "
                    f"p = {self.p:g} and unequal energies the triangle inequality may fail; the distances are right",
                    TriangleInequalityWarning,
                    stacklevel=2,
                )
        a = self._sorted(left)
        return a, a if right is left else self._sorted(right)

    def block(self, left: SortedCells, right: SortedCells, upper: bool) -> Floats:
        """The distances of a block of prepared showers.

        Raises:
            SolverError: a pair was not solved.
        """
        sums = np.zeros((len(left), len(right)))
        parameters = (upper, self.R, self.p, self.normalise, _PIVOTS_A_NODE, _ALL_DIGITS)
        i, j = _fill(left.offsets, left.cells, right.offsets, right.cells, *parameters, sums)
        if i >= 0:
            raise SolverError(
                f"the transport from event {left.first + i} of the left set to event {right.first + j} of the right "
                f"set was not solved within {_PIVOTS_A_NODE} steps a cell; please report these two events"
            )
        return sums ** (1 / self.p) if self.normalise and self.p > 1 else sums

    def has_bound(self, showers: Showers) -> bool:
        """Whether the triangle inequality holds on this grid, and with it the bound that ``displacement`` gives."""
        diagonal = math.hypot(*(cells - 1 for cells in showers.shape))
        return self.normalise or (self.is_metric and diagonal * (1 - 1e-12) <= self._longest)

    def displacement(self, events: Events) -> Floats:
        """How far merging moves the energy of each shower: (n,), in the unit of the distance.

        The distance of two showers is wrong by at most the sum of theirs.

        Raises:
            InputError: as for ``prepare``; or there is no such bound, since the triangle inequality may fail.

        Example:
            >>> dense = np.zeros((1, 1, 1, 3)); dense[0, 0, 0] = [1.0, 0.0, 1.0]
            >>> ShowerTransport(most_cells=1).displacement(Showers.from_dense(dense)).tolist()
            [1.0]
        """
        if not isinstance(events, Showers):
            raise InputError(f"the transport of showers is not defined for {kind_of(events)}", remedy="give showers")
        if not self.has_bound(events):
            raise InputError(
                f"for p = {self.p:g} and R = {self.R:g} without normalised energies merging has no bound",
                remedy="normalise, or give p <= 1 and, for p = 1, R of at least half the diagonal of the grid",
            )
        offsets, energy, place = self._cells(events)
        _, _, centre, group = merge(offsets, energy, place, self.most_cells)
        moved = energy * (np.linalg.norm(place - centre[group], axis=1) / self.R) ** self.p
        return sum_over_entries(offsets, moved) ** (1 / self.p if self.normalise and self.p > 1 else 1.0)

    def _sorted(self, showers: Showers) -> SortedCells:
        offsets, energy, place, _ = merge(*self._cells(showers), self.most_cells)
        event = event_of_entry(offsets)
        order = np.lexsort((place[:, 2], place[:, 1], place[:, 0], -energy, event))
        x, y, z = (np.ascontiguousarray(place[order, axis]) for axis in range(3))
        return SortedCells(offsets, Cells(energy[order], x, y, z))

    def _cells(self, showers: Showers) -> tuple[Integers, Floats, Floats]:
        """Offsets, energies and places of all cells with energy."""
        showers.check()
        first, last = showers.offsets[0], showers.offsets[-1]
        energy = showers.energy[first:last].astype(np.float64)
        event, some = event_of_entry(showers.offsets), energy > 0
        offsets = offsets_of(np.bincount(event[some], minlength=len(showers)))
        place = np.stack(np.unravel_index(showers.cell[first:last][some].astype(np.int64), showers.shape), axis=1)
        energy = energy[some]
        total = sum_over_entries(offsets, energy)
        for number in np.flatnonzero((total > _MOST_ENERGY) | (total < 1 / _MOST_ENERGY)):
            raise InputError(f"the total energy is {total[number]:g}", event=int(number), remedy="choose another unit")
        if self.normalise:
            energy /= total[event[some]]
        return offsets, energy, place.astype(np.float64)

    @property
    def _longest(self) -> float:
        """Moving an energy so far costs as much as destroying and creating it: (distance / R)^p = 2."""
        return self.R * float(2 ** (1 / self.p))


@compiled()
def _fill(
    left_offsets: Integers,
    left: Cells,
    right_offsets: Integers,
    right: Cells,
    upper: bool,
    R: float,
    power: float,
    normalise: bool,
    pivots_a_node: int,
    wanted: Wanted,
    distances: Floats,
) -> tuple[int, int]:
    """Write the distances of all pairs, or of the pairs i < j; returns the first that was not solved, or (-1, -1)."""
    most_left, most_right = simplex.most_particles(left_offsets), simplex.most_particles(right_offsets)
    memory = simplex.reserve(max(most_left, most_right), max(most_left, most_right))
    for i in range(len(left_offsets) - 1):
        a = _shower(left_offsets, left, i)
        for j in range(i + 1 if upper else 0, len(right_offsets) - 1):
            b = _shower(right_offsets, right, j)
            order = _compare(a, b)
            if order == 0:
                distances[i, j] = 0.0
                continue
            rows, columns = (a, b) if order < 0 else (b, a)
            problem, unit, excess = simplex.pose(memory, rows.energy, columns.energy, normalise)
            _fill_costs(problem, rows, columns, R, power)
            solution = simplex.solve_posed(problem, unit, excess, wanted, pivots_a_node)
            if solution.status == CAPPED:
                return i, j
            distances[i, j] = solution.value
    return -1, -1


@compiled()
def _shower(offsets: Integers, cells: Cells, number: int) -> Cells:
    first, last = offsets[number], offsets[number + 1]
    return Cells(cells.energy[first:last], cells.x[first:last], cells.y[first:last], cells.z[first:last])


@compiled()
def _compare(a: Cells, b: Cells) -> int:
    """Which of two showers gives the rows: -1 for ``a``, 1 for ``b``, 0 if they are the same: see ``simplex``."""
    if len(a.energy) != len(b.energy):
        return -1 if len(a.energy) > len(b.energy) else 1
    for k in range(len(a.energy)):
        if a.energy[k] != b.energy[k]:
            return -1 if a.energy[k] < b.energy[k] else 1
        if a.x[k] != b.x[k]:
            return -1 if a.x[k] < b.x[k] else 1
        if a.y[k] != b.y[k]:
            return -1 if a.y[k] < b.y[k] else 1
        if a.z[k] != b.z[k]:
            return -1 if a.z[k] < b.z[k] else 1
    return 0


@compiled()
def _fill_costs(problem: Problem, a: Cells, b: Cells, R: float, power: float) -> None:
    """(distance / R)^power, and 0 for the excess."""
    scale, columns = 1.0 / R, len(b.energy)
    for i in range(len(a.energy)):
        x, y, z = a.x[i], a.y[i], a.z[i]
        row = problem.cost[i]
        for j in range(columns):
            dx, dy, dz = (x - b.x[j]) * scale, (y - b.y[j]) * scale, (z - b.z[j]) * scale
            row[j] = dx * dx + dy * dy + dz * dz
        simplex.raise_squares(row, columns, power)
    simplex.pad_costs(problem, len(a.energy), columns)

"""Optimal plans, with the proof that they are optimal."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventspace.distances.transport.simplex import Solution

__all__ = ["Plan", "Side", "prove"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Plan:
    """An optimal plan between two events a and b: which energy goes where.

    Attributes:
        distance: d(a, b).
        source, target, energy: so much energy goes from particle ``source`` of a to particle ``target`` of b, in GeV
            or, with ``normalise``, as a fraction.
        potentials: u of the particles of a and v of those of b with u_i + v_j <= (theta_ij / R)^p; with more energy
            in a also u <= 0, with more in b v <= 0. So no plan costs less than sum_i E_i u_i + sum_j E'_j v_j + |E_a
            - E_b|.
        gap: what this plan costs more than that: 0 but for rounding, which proves that it is optimal.
        pivots: how many steps the solver took.
    """

    distance: float
    source: Integers
    target: Integers
    energy: Floats
    potentials: tuple[Floats, Floats]
    gap: float
    pivots: int


@dataclass(frozen=True, eq=False)
class Side:
    """One event as it was given.

    Attributes:
        energy: of its particles, as in the metric.
        order: the numbers of the particles that the solver saw, in its order.
    """

    energy: Floats
    order: Integers


def prove(distance: float, solution: Solution, swapped: bool, a: Side, b: Side, cost: Floats, excess: float) -> Plan:
    """Read a plan from a solution and compute its gap afresh, from the particles as they were given.

    Arguments:
        distance: d(a, b).
        solution: an optimal one.
        swapped: whether b gave the rows.
        a, b: the two events.
        cost: (theta_ij / R)^p, (particles of a, particles of b).
        excess: the energy of a minus that of b, 0 with ``normalise``.
    """
    rows, columns = (b, a) if swapped else (a, b)
    row, column, energy = _arcs(solution, len(rows.order), len(columns.order))
    row_potential, column_potential = _potentials(solution, len(rows.order), len(columns.order))
    source, target, v = (column, row, row_potential) if swapped else (row, column, column_potential)
    source, target = a.order[source], b.order[target]

    # From any v of the particles of b that the solver saw, the largest u that fit, and from these the largest v.
    u_limit, v_limit = (0.0 if excess > 0 else math.inf), (0.0 if excess < 0 else math.inf)
    v = np.minimum(v, v_limit)
    u = np.minimum((cost[:, b.order] - v).min(axis=1), u_limit)
    v = np.minimum((cost - u[:, None]).min(axis=0), v_limit)
    gap = math.fsum(energy * cost[source, target]) - math.fsum(a.energy * u) - math.fsum(b.energy * v)

    by_source = np.lexsort((target, source))
    return Plan(distance, source[by_source], target[by_source], energy[by_source], (u, v), gap, solution.pivots)


def _arcs(solution: Solution, rows: int, columns: int) -> tuple[Integers, Integers, Floats]:
    """Row, column and energy of the arcs that carry any, without the excess."""
    problem = solution.problem
    height = len(problem.cost)
    node = np.flatnonzero((problem.parent >= 0) & (problem.flow > 0))
    above = problem.parent[node]
    row, column = np.where(node < height, node, above), np.where(node < height, above, node) - height
    real = (row < rows) & (column < columns)
    return row[real], column[real], np.asarray(problem.flow[node][real] * solution.unit)


def _potentials(solution: Solution, rows: int, columns: int) -> tuple[Floats, Floats]:
    """u of the rows and v of the columns, 0 at the excess if there is any."""
    problem = solution.problem
    height, potential = len(problem.cost), problem.potential
    origin = 0.0
    if problem.rows > rows:
        origin = potential[rows]
    elif problem.columns > columns:
        origin = potential[height + columns]
    return potential[:rows] - origin, origin - potential[height : height + columns]

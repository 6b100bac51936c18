"""Exact optimal transport between two small sets of particles: the transportation simplex, compiled.

The plan sum_ij g_ij c_ij -> min with given row and column sums is a linear program whose corners are spanning trees
of the graph with one node a row and one a column: the amounts on the arcs of a tree follow from the sums. The simplex
method goes from tree to tree. A tree fixes a potential of each node such that c_ij + potential[j] - potential[i] = 0
on its arcs; an arc with a negative such "reduced cost" makes the plan cheaper, so it enters the tree and another
leaves. No such arc: the plan is optimal, and the potentials prove it (they are a solution of the dual program of the
same value).

What makes it fast:

- The first tree ships along the cheapest arcs first, where an arc's cost counts relative to the mean costs of its row
  and column: c_ij - sum_l b_l c_il - sum_k a_k c_kj. (These are the potentials of entropic transport at infinite
  temperature.) Such a plan is closer to the optimum than without the means, so fewer pivots follow.
- Rows are searched for an entering arc in turn, four at a time; the best of the four enters.
- Each node carries the set of the nodes below it as bits, so the lowest common ancestor of two nodes is found by
  testing one bit a step, a subtree is re-hung by a few AND and OR along one cycle, and its potentials move by one
  masked addition.

Why it terminates. Amounts are whole numbers (2**61 of them to the larger event), so nothing is rounded as they move.
Two kinds of pivots alternate. (1) A pivot that moves an amount makes the plan cheaper; no earlier tree can return
after it. (2) A pivot that moves nothing only changes the tree. All trees here are "strongly feasible" (W. H.
Cunningham, Mathematical Programming 11 (1976) 105): an arc that carries nothing leads from a row up to its parent.
The first tree is so because a column that leaves it always carries something, and pivots keep it so because among
several arcs that could leave, the last one on the way round the cycle does, beginning at its apex and following the
entering arc. Then in a pivot of kind (2) the subtree that moves holds the entering row, all its potentials fall, and
no tree returns before the next pivot of kind (1). So no tree returns at all. Both arguments need the sign of a
reduced cost to be right, therefore an arc enters only if its reduced cost is below minus the worst sum of rounding
errors since potentials were last computed afresh, which happens every 256 pivots and once more before a plan is
called optimal. The number of trees is finite but large, so there is a cap too, and reaching it is an error.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventspace.distances.vectorised import LANES, compiled, find_equal, masked_shift, row_minimum

__all__ = [
    "CAPPED",
    "OPTIMAL",
    "PROVEN",
    "Particles",
    "Problem",
    "Solution",
    "Wanted",
    "compare",
    "count",
    "dual_bound",
    "event_of",
    "fill",
    "most_particles",
    "pad_costs",
    "pose",
    "raise_squares",
    "reserve",
    "solve",
    "solve_posed",
]

OPTIMAL, PROVEN, CAPPED = 0, 1, 2
"""How a solve ended: with the optimal plan; by proof of all that was wanted; at the cap on pivots."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_ALL = 2.0**61  # units of flow
_FAR = 1e100  # a cost that no arc has: prepared events make sure of that
_ROWS_AT_ONCE = 4
_PIVOTS_TO_REFRESH = 256
_PIVOTS_TO_BOUND = 16  # the dual bound costs as much as five pivots
_PART_OF_MEAN = 0.7  # gives about the highest early bound for powers from 1/2 to 1
_ROUNDING = 2.0**-52  # of two potentials


class Particles(NamedTuple):
    """Particles by column: energy, all positive; y, rapidity or eta; phi, from -pi to pi."""

    energy: Floats
    y: Floats
    phi: Floats


class Problem(NamedTuple):
    """One transport problem and all that is computed on the way, as views of one piece of memory.

    Rows and columns are padded to whole vectors. Node ``i`` is row i; node ``len(supply) + j`` is column j.

    Attributes:
        rows, columns: how many there are, without padding.
        supply, demand: the amount of each row and column.
        cost, transposed: the cost of each arc, by row and by column; ``_FAR`` in the padding.
        row_left, column_left: what is left to ship while the first tree is built.
        row_weight, column_weight: minus the mean costs; ``_FAR`` once nothing is left.
        nearest_column, nearest_row: the other end of the cheapest arc, until it has nothing left.
        chain, order: rows on the way to two that are nearest to each other; nodes, children before parents.
        parent: of each node; -1 at the root.
        flow: the amount on the arc between a node and its parent.
        potential: of each node; 0 in the padding.
        below: the nodes of each node's subtree, itself among them, as bits; the last row is for the subtree that moves.
        path: nodes of a cycle: its row side in the first half, its column side in the second.
        known: which potentials are fresh.
    """

    rows: int
    columns: int
    supply: Integers
    demand: Integers
    cost: Floats
    transposed: Floats
    row_left: Integers
    column_left: Integers
    row_weight: Floats
    column_weight: Floats
    nearest_column: Integers
    nearest_row: Integers
    chain: Integers
    order: Integers
    parent: Integers
    flow: Integers
    potential: Floats
    below: NDArray[np.uint64]
    path: Integers
    known: NDArray[np.bool_]


class Wanted(NamedTuple):
    """What has to be known of a cost: all its digits, or only between which two edges it lies.

    Attributes:
        edges: costs in the unit of energy, rising; without any, all digits are wanted.
        above_only: all digits are wanted too, unless the cost is above the last edge.
        margin: a cost so close to an edge, relative to it, counts as undecided.
    """

    edges: Floats
    above_only: bool
    margin: float


class Solution(NamedTuple):
    """How a solve ended.

    Attributes:
        status: ``OPTIMAL``, ``PROVEN`` or ``CAPPED``.
        value: the cost of the plan that was reached, in the unit of energy, or infinite if none was made. If proven,
            it lies between the same edges as the least cost.
        pivots: how many were made.
        unit: the energy of one unit of flow.
        problem: the tree, its flows and potentials.
    """

    status: int
    value: float
    pivots: int
    unit: float
    problem: Problem


@compiled()
def reserve(rows: int, columns: int) -> Problem:
    """Memory for problems of up to so many particles, one at a time."""
    rows, columns = _padded(rows + 1), _padded(columns + 1)  # one more for the excess
    nodes = rows + columns
    return Problem(
        rows=rows,
        columns=columns,
        supply=np.empty(rows, np.int64),
        demand=np.empty(columns, np.int64),
        cost=_aligned(rows * columns).reshape((rows, columns)),
        transposed=_aligned(rows * columns).reshape((columns, rows)),
        row_left=np.empty(rows, np.int64),
        column_left=np.empty(columns, np.int64),
        row_weight=_aligned(rows),
        column_weight=_aligned(columns),
        nearest_column=np.empty(rows, np.int64),
        nearest_row=np.empty(columns, np.int64),
        chain=np.empty(rows, np.int64),
        order=np.empty(nodes, np.int64),
        parent=np.empty(nodes, np.int64),
        flow=np.empty(nodes, np.int64),
        potential=_aligned(nodes),
        below=np.empty((nodes + 1, _words(nodes)), np.uint64),
        path=np.empty(2 * nodes, np.int64),
        known=np.empty(nodes, np.bool_),
    )


@compiled()
def fill(
    left_offsets: Integers,
    left: Particles,
    right_offsets: Integers,
    right: Particles,
    upper: bool,
    R: float,
    power: float,
    normalise: bool,
    pivots_a_node: int,
    wanted: Wanted,
    distances: Floats,
    work: Integers,
) -> tuple[int, int]:
    """Write sum_ij g_ij (theta_ij / R)^power + |E_a - E_b| of all pairs, or of the pairs i < j, into ``distances``.

    Arguments:
        wanted: where not all digits are wanted, what is written need only lie between the same edges.
        work: counts the solves that are begun, those that end with an optimal plan, and their pivots.

    Returns:
        The first pair that could not be solved, or (-1, -1).
    """
    most_left, most_right = most_particles(left_offsets), most_particles(right_offsets)
    memory = reserve(max(most_left, most_right), min(most_left, most_right))
    for i in range(len(left_offsets) - 1):
        a = event_of(left_offsets, left, i)
        for j in range(i + 1 if upper else 0, len(right_offsets) - 1):
            b = event_of(right_offsets, right, j)
            order = compare(a, b)
            if order == 0:
                distances[i, j] = 0.0
                continue
            rows, columns = (a, b) if order < 0 else (b, a)
            solution = solve(memory, rows, columns, R, power, normalise, wanted, pivots_a_node)
            count(work, solution)
            if solution.status == CAPPED:
                return i, j
            distances[i, j] = solution.value
    return -1, -1


@compiled()
def solve(
    memory: Problem,
    a: Particles,
    b: Particles,
    R: float,
    power: float,
    normalise: bool,
    wanted: Wanted,
    pivots_a_node: int,
) -> Solution:
    """The optimal plan from the rows ``a`` to the columns ``b``, or what is wanted of its cost.

    Energies must sum to 1 if ``normalise``.
    """
    problem, unit, excess = pose(memory, a.energy, b.energy, normalise)
    _fill_costs(problem, a, b, R, power)
    return solve_posed(problem, unit, excess, wanted, pivots_a_node)


@compiled()
def solve_posed(problem: Problem, unit: float, excess: float, wanted: Wanted, pivots_a_node: int) -> Solution:
    """``solve`` where amounts and costs are given: ``pose``, then costs and ``pad_costs``."""
    _weigh(problem)
    if _may_stop(wanted) and _early_bound(problem) * unit + excess > wanted.edges[-1] * (1 + wanted.margin):
        return Solution(PROVEN, np.inf, 0, unit, problem)
    _first_tree(problem)
    most_pivots = pivots_a_node * (problem.rows + problem.columns)
    status, pivots = _improve(problem, wanted, unit, excess, most_pivots)
    return Solution(status, _cost(problem) * unit + excess, pivots, unit, problem)


@compiled()
def count(work: Integers, solution: Solution) -> None:
    """Count a solve: begun, ended with an optimal plan, pivots."""
    work[0] += 1
    work[1] += solution.status == OPTIMAL
    work[2] += solution.pivots


@compiled()
def compare(a: Particles, b: Particles) -> int:
    """Which of two events gives the rows: -1 for ``a``, 1 for ``b``, 0 if they are the same.

    A fixed choice makes d(a, b) and d(b, a) the same number, to the last bit. Many short rows are searched faster than
    few long ones.
    """
    if len(a.energy) != len(b.energy):
        return -1 if len(a.energy) > len(b.energy) else 1
    for k in range(len(a.energy)):
        if a.energy[k] != b.energy[k]:
            return -1 if a.energy[k] < b.energy[k] else 1
        if a.y[k] != b.y[k]:
            return -1 if a.y[k] < b.y[k] else 1
        if a.phi[k] != b.phi[k]:
            return -1 if a.phi[k] < b.phi[k] else 1
    return 0


@compiled()
def dual_bound(problem: Problem) -> float:
    """A lower bound of the optimal cost, in units of flow, from the potentials of any tree."""
    prices = problem.potential[len(problem.supply) :]
    bound = 0.0
    for i in range(problem.rows):
        bound += problem.supply[i] * row_minimum(problem.cost, i, prices)
    for j in range(problem.columns):
        bound -= problem.demand[j] * prices[j]
    return bound


@compiled()
def event_of(offsets: Integers, particles: Particles, number: int) -> Particles:
    """The particles of one event; nothing is copied."""
    first, last = offsets[number], offsets[number + 1]
    return Particles(particles.energy[first:last], particles.y[first:last], particles.phi[first:last])


@compiled()
def most_particles(offsets: Integers) -> int:
    """How many the largest event has."""
    most = 0
    for number in range(len(offsets) - 1):
        most = max(most, offsets[number + 1] - offsets[number])
    return most


@compiled()
def _padded(count: int) -> int:
    return (count + LANES - 1) // LANES * LANES


@compiled()
def _words(nodes: int) -> int:
    return (nodes + 63) // 64


@compiled()
def _aligned(count: int) -> Floats:
    """An array that begins where a cache line does, so that no vector lies across two."""
    array = np.empty(count + LANES)
    first = (-array.ctypes.data) % (8 * LANES) // 8
    return array[first : first + count]


@compiled()
def pose(memory: Problem, a: Floats, b: Floats, normalise: bool) -> tuple[Problem, float, float]:
    """The amounts to ship between energies, and memory of the right size for the rest.

    Returns:
        The problem, the energy of one unit of flow, and the difference of the two sums of energies.
    """
    rows, columns = len(a), len(b)
    if normalise:
        scale = _ALL
    else:
        # A power of two changes no digit of an energy.
        _, exponent = math.frexp(max(a.sum(), b.sum()))
        scale = math.ldexp(_ALL, -exponent)
    supply = _fill_amounts(memory.supply, a, scale)
    demand = _fill_amounts(memory.demand, b, scale)
    excess = 0
    if normalise:
        # Rounding left a few units too many on one side: the hardest particle of the other takes them.
        memory.supply[0] += max(demand - supply, 0)
        memory.demand[0] += max(supply - demand, 0)
    elif supply > demand:
        excess = supply - demand
        memory.demand[columns] = excess
        columns += 1
    elif demand > supply:
        excess = demand - supply
        memory.supply[rows] = excess
        rows += 1
    return _view(memory, rows, columns), 1.0 / scale, excess / scale


@compiled()
def _fill_amounts(amounts: Integers, energy: Floats, scale: float) -> int:
    total = 0
    for k in range(len(energy)):
        amount = np.int64(energy[k] * scale + 0.5)
        amounts[k] = amount if amount > 0 else 1
        total += amounts[k]
    return total


@compiled()
def _view(memory: Problem, rows: int, columns: int) -> Problem:
    height, width = _padded(rows), _padded(columns)
    nodes = height + width
    words = _words(nodes)
    return Problem(
        rows=rows,
        columns=columns,
        supply=memory.supply[:height],
        demand=memory.demand[:width],
        cost=memory.cost.reshape(-1)[: height * width].reshape((height, width)),
        transposed=memory.transposed.reshape(-1)[: height * width].reshape((width, height)),
        row_left=memory.row_left[:height],
        column_left=memory.column_left[:width],
        row_weight=memory.row_weight[:height],
        column_weight=memory.column_weight[:width],
        nearest_column=memory.nearest_column[:height],
        nearest_row=memory.nearest_row[:width],
        chain=memory.chain[:height],
        order=memory.order[:nodes],
        parent=memory.parent[:nodes],
        flow=memory.flow[:nodes],
        potential=memory.potential[:nodes],
        below=memory.below.reshape(-1)[: (nodes + 1) * words].reshape((nodes + 1, words)),
        path=memory.path[: 2 * nodes],
        known=memory.known[:nodes],
    )


@compiled(fastmath=("nnan", "nsz"))
def _fill_costs(problem: Problem, a: Particles, b: Particles, R: float, power: float) -> None:
    """(theta_ij / R)^power, and 0 for the excess."""
    scale = 1.0 / R
    columns = len(b.energy)
    for i in range(len(a.energy)):
        y, phi = a.y[i], a.phi[i]
        row = problem.cost[i]
        for j in range(columns):
            dy = (y - b.y[j]) * scale
            turn = abs(phi - b.phi[j])
            dphi = min(turn, 2 * math.pi - turn) * scale
            row[j] = dy * dy + dphi * dphi
        raise_squares(row, columns, power)
    pad_costs(problem, len(a.energy), columns)


@compiled()
def raise_squares(row: Floats, columns: int, power: float) -> None:
    """Turn the squares of numbers into the numbers to a power."""
    if power == 1.0:
        for j in range(columns):
            row[j] = math.sqrt(row[j])
    elif power == 0.5:
        for j in range(columns):
            row[j] = math.sqrt(math.sqrt(row[j]))
    elif power != 2.0:
        for j in range(columns):
            row[j] = row[j] ** (0.5 * power)


@compiled()
def pad_costs(problem: Problem, rows: int, columns: int) -> None:
    """Beside the costs of so many rows and columns: 0 for the excess, and what is no arc in the padding."""
    for i in range(rows):
        row = problem.cost[i]
        row[columns : problem.columns] = 0.0
        row[problem.columns :] = _FAR
    for i in range(rows, len(problem.cost)):
        row = problem.cost[i]
        row[:] = _FAR
        if i < problem.rows:
            row[:columns] = 0.0


@compiled(fastmath=("nnan", "nsz", "reassoc", "contract"))
def _weigh(problem: Problem) -> None:
    """Minus the mean cost of each row and column, over the amounts of the others; and the transposed costs."""
    cost, row_weight, column_weight = problem.cost, problem.row_weight, problem.column_weight
    height, width = cost.shape
    share_of_unit = 1.0 / problem.supply[: problem.rows].sum()
    share = problem.potential[height:]
    share[:] = 0.0
    for j in range(problem.columns):
        share[j] = problem.demand[j] * share_of_unit
    column_weight[:] = 0.0
    for i in range(problem.rows):
        row = cost[i]
        part = problem.supply[i] * share_of_unit
        mean = 0.0
        for j in range(width):
            mean += row[j] * share[j]
            column_weight[j] -= row[j] * part
        row_weight[i] = -mean
    row_weight[problem.rows :] = 0.0
    column_weight[problem.columns :] = 0.0
    for j in range(width):
        for i in range(height):
            problem.transposed[j, i] = cost[i, j]


@compiled()
def _early_bound(problem: Problem) -> float:
    """A lower bound of the optimal cost before there is a tree, in units of flow, from the mean costs of the rows.

    Any u_i and v_j with u_i + v_j <= c_ij give the bound sum_i a_i u_i + sum_j b_j v_j. Beginning with a part of the
    mean costs as u, each v_j is the largest that is allowed, and then each u_i. Typically the bound is half to four
    fifths of the optimum, at the cost of a few pivots. Its rounding is taken off.
    """
    height = len(problem.cost)
    row_prices, prices = problem.potential[:height], problem.potential[height:]
    for i in range(height):
        row_prices[i] = _PART_OF_MEAN * problem.row_weight[i]
    prices[:] = 0.0
    bound, size, largest = 0.0, 0.0, 0.0
    for j in range(problem.columns):
        prices[j] = -row_minimum(problem.transposed, j, row_prices)
        bound -= problem.demand[j] * prices[j]
        size += problem.demand[j] * abs(prices[j])
        largest = max(largest, abs(prices[j]))
    for i in range(problem.rows):
        least = row_minimum(problem.cost, i, prices)
        bound += problem.supply[i] * least
        size += problem.supply[i] * abs(least)
    return bound - _ROUNDING * len(problem.parent) * (size + _ALL * largest)


@compiled()
def _first_tree(problem: Problem) -> None:
    """Ship along the arcs that are cheapest for both ends until all is shipped; each step cuts a leaf off.

    From a row go to the nearest column, from there to the nearest row, and so on: costs fall until two are nearest to
    each other. Then the smaller of the two amounts is shipped, and the row or column that has nothing left becomes a
    child of the other.
    """
    cost, transposed = problem.cost, problem.transposed
    row_weight, column_weight = problem.row_weight, problem.column_weight
    row_left, column_left = problem.row_left, problem.column_left
    nearest_column, nearest_row, chain = problem.nearest_column, problem.nearest_row, problem.chain
    parent, flow, order = problem.parent, problem.flow, problem.order
    height = len(cost)
    parent[:] = -1
    for i in range(problem.rows):
        row_left[i] = problem.supply[i]
        nearest_column[i] = _nearest(cost, i, column_weight)
    for j in range(problem.columns):
        column_left[j] = problem.demand[j]
        nearest_row[j] = _nearest(transposed, j, row_weight)
    rows, columns, links, first, cut = problem.rows, problem.columns, 0, 0, 0
    while rows + columns > 1:
        while links > 0 and row_weight[chain[links - 1]] == _FAR:
            links -= 1
        if links == 0:
            while row_weight[first] == _FAR:
                first += 1
            chain[0] = first
            links = 1
        i = chain[links - 1]
        while True:
            j = nearest_column[i]
            if column_weight[j] == _FAR:
                j = _nearest(cost, i, column_weight)
                nearest_column[i] = j
            k = nearest_row[j]
            if row_weight[k] == _FAR:
                k = _nearest(transposed, j, row_weight)
                nearest_row[j] = k
            # Equal costs could lead in a circle, which the length of the chain ends.
            if transposed[j, k] + row_weight[k] >= transposed[j, i] + row_weight[i] or links == len(chain):
                break
            i = k
            chain[links] = i
            links += 1
        if (row_left[i] < column_left[j] and rows > 1) or columns == 1:
            leaf, parent[i], flow[i] = i, height + j, row_left[i]
            column_left[j] -= row_left[i]
            row_weight[i] = _FAR
            rows -= 1
        else:
            leaf, parent[height + j], flow[height + j] = height + j, i, column_left[j]
            row_left[i] -= column_left[j]
            column_weight[j] = _FAR
            columns -= 1
        order[cut] = leaf
        cut += 1
    _gather_subtrees(problem, order[:cut])


@compiled()
def _may_stop(wanted: Wanted) -> bool:
    return len(wanted.edges) > 0 and wanted.edges[0] < np.inf


@compiled()
def _nearest(cost: Floats, row: int, weight: Floats) -> int:
    column: int = find_equal(cost, row, weight, row_minimum(cost, row, weight))
    return column


@compiled()
def _gather_subtrees(problem: Problem, order: Integers) -> None:
    below = problem.below
    below[:] = 0
    for node in range(len(problem.parent)):
        below[node, node >> 6] = np.uint64(1) << np.uint64(node & 63)
    for node in order:
        for word in range(below.shape[1]):
            below[problem.parent[node], word] |= below[node, word]


@compiled()
def _improve(problem: Problem, wanted: Wanted, unit: float, excess: float, most_pivots: int) -> tuple[int, int]:
    """Pivot until no arc makes the plan cheaper or the rest is not wanted; returns status and number of pivots.

    One function, since numba counts references to the arrays at each call.
    """
    rows, cost, potential, flow, below = problem.rows, problem.cost, problem.potential, problem.flow, problem.below
    # Unsigned node numbers spare numba the check for negative ones.
    parent, path = problem.parent.view(np.uint64), problem.path.view(np.uint64)
    height, nodes, words = len(cost), len(parent), below.shape[1]
    prices, moving = potential[height:], below[nodes]
    rounding = _ROUNDING * (_PIVOTS_TO_REFRESH + nodes)
    pivots, first, may_stop = 0, 0, _may_stop(wanted)
    largest, fresh = _refresh(problem), True
    while True:
        if may_stop and pivots % _PIVOTS_TO_BOUND == 0:
            reached = np.inf if wanted.above_only else (_cost(problem) * unit + excess) * (1 + wanted.margin)
            passed = np.searchsorted(wanted.edges, reached, side="right")
            if passed == 0:
                return PROVEN, pivots
            bound = (dual_bound(problem) - rounding * largest * _ALL) * unit + excess
            if bound > wanted.edges[passed - 1] * (1 + wanted.margin):
                return PROVEN, pivots

        # Which arc enters: the best of the first four rows, from where the last search ended, that have one.
        row, least, reduced = -1, 0.0, -rounding * largest
        searched = 0
        while searched < rows and row < 0:
            for i in range(first, min(first + _ROWS_AT_ONCE, rows)):
                value = row_minimum(cost, i, prices)
                if value - potential[i] < reduced:
                    row, least, reduced = i, value, value - potential[i]
            searched += _ROWS_AT_ONCE
            first += _ROWS_AT_ONCE
            if first >= rows:
                first = 0
        if row < 0:
            if fresh:
                return OPTIMAL, pivots
            largest, fresh = _refresh(problem), True
            continue
        if pivots == most_pivots:
            return CAPPED, pivots
        tail, head = np.uint64(row), np.uint64(height + find_equal(cost, row, prices, least))

        # Which arc leaves: climb from both ends of the entering arc to their lowest common ancestor. What the entering
        # arc carries is taken from the first arc on each side, given to the second, taken from the third, and so on.
        head_word, head_bit = head >> np.uint64(6), np.uint64(1) << (head & np.uint64(63))
        amount, leaving = np.int64(2**63 - 1), 0
        row_end, node = 0, tail
        while below[node, head_word] & head_bit == 0:
            path[row_end] = node
            if row_end & 1 == 0 and flow[node] < amount:
                amount, leaving = flow[node], row_end
            row_end += 1
            node = parent[node]
        apex, column_end, node = node, nodes, head
        while node != apex:
            path[column_end] = node
            if column_end & 1 == 0 and flow[node] <= amount:
                amount, leaving = flow[node], column_end
            column_end += 1
            node = parent[node]

        # The new tree: the side of the leaving arc is cut there, and its lower part hung onto the other side.
        if leaving < nodes:
            start, end, other_start, other_end = 0, row_end, nodes, column_end
            new_parent, shift = head, reduced
        else:
            start, end, other_start, other_end = nodes, column_end, 0, row_end
            new_parent, shift = tail, -reduced
        for word in range(words):
            moving[word] = below[path[leaving], word]
        for position in range(leaving + 1, end):
            node = path[position]
            flow[node] += amount if position & 1 else -amount
            for word in range(words):
                below[node, word] &= ~moving[word]
        for position in range(other_start, other_end):
            node = path[position]
            flow[node] += amount if position & 1 else -amount
            for word in range(words):
                below[node, word] |= moving[word]
        for position in range(leaving, start, -1):
            node, child = path[position], path[position - 1]
            for word in range(words):
                below[node, word] = moving[word] & ~below[child, word]
            parent[node] = child
            flow[node] = flow[child] + (-amount if position & 1 else amount)
        node = path[start]
        for word in range(words):
            below[node, word] = moving[word]
        parent[node] = new_parent
        flow[node] = amount
        masked_shift(potential, moving, shift)

        pivots += 1
        largest, fresh = largest - reduced, False
        if pivots % _PIVOTS_TO_REFRESH == 0:
            largest, fresh = _refresh(problem), True


@compiled()
def _refresh(problem: Problem) -> float:
    """Compute all potentials from the tree, beginning at 0 at the root; returns the largest size of one."""
    cost, parent, potential, known, path = (
        problem.cost,
        problem.parent,
        problem.potential,
        problem.known,
        problem.path,
    )
    height = len(cost)
    potential[:] = 0.0
    largest = 0.0
    for node in range(len(parent)):
        known[node] = parent[node] < 0  # the root, and the padding
    for start in range(len(parent)):
        node, links = start, 0
        while not known[node]:
            path[links] = node
            links += 1
            node = parent[node]
        for link in range(links - 1, -1, -1):
            above, node = node, path[link]
            if node < height:
                potential[node] = potential[above] + cost[node, above - height]
            else:
                potential[node] = potential[above] - cost[above, node - height]
            largest = max(largest, abs(potential[node]))
            known[node] = True
    return largest


@compiled()
def _cost(problem: Problem) -> float:
    """The cost of the plan, in units of flow: a sum of terms that are not negative, in a fixed order."""
    height = len(problem.cost)
    total = 0.0
    for node in range(len(problem.parent)):
        above = problem.parent[node]
        if above >= 0:
            arc = problem.cost[node, above - height] if node < height else problem.cost[above, node - height]
            total += problem.flow[node] * arc
    return total

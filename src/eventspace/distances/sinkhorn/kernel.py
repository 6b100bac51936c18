"""Entropic optimal transport of many pairs of small events, in single precision, with its gradient.

Two events of relative energies a_i and b_j, which sum to 1 each, and a cost c_ij have the entropic transport cost

    w = min over P of  sum_ij P_ij c_ij + eps sum_ij P_ij ln(P_ij / (a_i b_j)),    sum_j P_ij = a_i, sum_i P_ij = b_j
      = max over f, g of  sum_i a_i f_i + sum_j b_j g_j,    with sum_ij P_ij = 1

where P_ij = a_i b_j exp((f_i + g_j - c_ij) / eps). At the optimum f and g are the derivatives of w with respect to a
and b, and P is that with respect to c (the envelope theorem): no derivative is taken through the iterations.

**Iterations.** Sinkhorn's: f from g so that the rows of P have their sums, g from f likewise for the columns. eps falls
to its value by factors of ``RATIO`` from about half the largest cost; each stage begins with the g of the one before.
Within a stage f = f0 + eps ln u and g = g0 + eps ln v with f0_i = -max_j (g0_j - c_ij), so that an iteration is two
products of vectors with the matrix K_ij = exp((f0_i + g0_j - c_ij) / eps) <= 1. Steps are over-relaxed with the factor
7/4, which needs nothing but square roots (Thibault et al., arXiv:1711.01851); the first of a stage and the last before
a check are not. Iterations end at a check where the row sums of P are wrong by ``TOLERANCE`` in total, or after
``MOST``; then the rows are set right once more.

**No overflow.** If u or v leave the range in which single precision is safe, the iterations since the last check are
done again with logarithms of sums, which cannot overflow.

**Order.** A sum runs over the particles in a fixed order and nothing depends on the other pairs, so neither do results.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventspace.distances.transport import simplex
from eventspace.distances.transport.simplex import Particles
from eventspace.distances.vectorised import SINGLE_LANES, compiled, row_sum

__all__ = [
    "CHECK",
    "EARLY",
    "FAR",
    "LEAST_ENERGY",
    "LEAST_EPS",
    "MOST",
    "MOST_COST",
    "NEAR",
    "RATIO",
    "RELAXATION",
    "TOLERANCE",
    "TOO_FAR",
    "Workspace",
    "fill_block",
    "fill_pairs",
    "reserve",
]

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Integers = NDArray[np.int64]

RATIO = 5.0  # of eps from stage to stage
EARLY = 5  # iterations of every stage but the last
CHECK = 5  # iterations from check to check
MOST = 2000  # iterations of the last stage
TOLERANCE = 1e-3
LEAST_ENERGY = 1e-30  # relative; a particle with less is absent
LEAST_EPS = 1e-6  # of the largest cost: single precision resolves no smaller one
MOST_COST = 1e30
FAR, TOO_FAR = 1e12, 1e30  # of u, v and their inverses
RELAXATION = 7 / 4
NEAR = 1e-6  # an angle below which a particle is hardly pushed away from another, and not at all at 0

_ONE, _ZERO = np.float32(1), np.float32(0)
_TURN, _TURNS = np.float32(2 * math.pi), np.float32(1 / (2 * math.pi))
_NEAR2 = np.float32(NEAR**2)
_FAR, _TOO_FAR = np.float32(FAR), np.float32(TOO_FAR)
_LEAST_EXPONENT = np.float32(-80)


class Side(NamedTuple):
    """One event of a pair, in vectors that are padded to whole lanes.

    Attributes:
        energy: relative; 0 in the padding, whose other entries repeat the last particle.
        y, phi: where the particles are.
        potential: f0 or g0, and in the end f or g.
        scaling: u or v.
        sums: of the rows or the columns of K with the weights of the other event.
        weights: energy * scaling.
        saved: the scaling at the last check.
        push_y, push_phi: the derivatives with respect to y and phi.
    """

    energy: Floats
    y: Floats
    phi: Floats
    potential: Floats
    scaling: Floats
    sums: Floats
    weights: Floats
    saved: Floats
    push_y: Floats
    push_phi: Floats


class Workspace(NamedTuple):
    """The memory of one thread: the matrices cost and K, each with lanes along b and with lanes along a."""

    matrices: Floats
    a: Side
    b: Side


@compiled()
def _padded(count: int, unit: int) -> int:
    return (count + unit - 1) // unit * unit


@compiled()
def _side(lanes: int) -> Side:
    vectors = np.zeros((10, lanes), np.float32)
    return Side(
        vectors[0],
        vectors[1],
        vectors[2],
        vectors[3],
        vectors[4],
        vectors[5],
        vectors[6],
        vectors[7],
        vectors[8],
        vectors[9],
    )


@compiled()
def reserve(particles: int) -> Workspace:
    """Memory for events of so many particles, the excess counted."""
    lanes = _padded(particles, SINGLE_LANES)
    return Workspace(np.zeros((4, lanes * lanes), np.float32), _side(lanes), _side(lanes))


@compiled()
def _matrix(memory: Floats, rows: int, columns: int) -> Floats:
    height, width = _padded(rows, 4), _padded(columns, SINGLE_LANES)
    return memory[: height * width].reshape((height, width))


@compiled()
def _exp(x: np.float32) -> np.float32:
    """exp(x), and 0 below -80; for |x| < 1 with a relative error of 1.5e-7, otherwise of 1.5e-7 |x| at most."""
    whole = np.rint(x * np.float32(1.44269504))
    # ln 2 in two parts, so that the difference is exact.
    part = (x - whole * np.float32(0.693359375)) - whole * np.float32(-2.12194440e-4)
    polynomial = np.float32(8.297647670e-3)
    polynomial = polynomial * part + np.float32(4.191543142e-2)
    polynomial = polynomial * part + np.float32(1.666757510e-1)
    polynomial = polynomial * part + np.float32(4.999889441e-1)
    polynomial = polynomial * part + np.float32(9.999996918e-1)
    polynomial = polynomial * part + np.float32(1.000000072)
    whole = whole if whole > np.float32(-126) else np.float32(-126)
    whole = whole if whole < np.float32(126) else np.float32(126)
    power = np.int32((np.int32(whole) + np.int32(127)) << np.int32(23)).view(np.float32)
    return polynomial * power if x > _LEAST_EXPONENT else _ZERO


# Costs


@compiled()
def _fill_cost(a: Side, b: Side, n: int, m: int, excess: bool, R: float, p: float, cost: Floats) -> float:
    """cost[i, j] = (theta_ij / R)^p, 1 between the excess and a particle, 0 between two; the largest is returned."""
    rows, lanes = n - excess, cost.shape[1]
    per_R, most = np.float32(1 / R), np.float32(MOST_COST)
    power = np.float32(p)
    for i in range(rows):
        y, phi, row = a.y[i], a.phi[i], cost[i]
        for k in range(lanes):
            dy, dphi = y - b.y[k], phi - b.phi[k]
            dphi -= _TURN * np.rint(dphi * _TURNS)
            row[k] = np.sqrt(dy * dy + dphi * dphi) * per_R
        if p == 0.5:
            for k in range(lanes):
                row[k] = np.sqrt(row[k])
        elif p == 2:
            for k in range(lanes):
                row[k] = row[k] * row[k]
        elif p != 1:
            for k in range(lanes):
                row[k] = row[k] ** power
        for k in range(lanes):
            row[k] = row[k] if row[k] < most else most
    if excess:
        cost[rows] = _ONE
        for i in range(n):
            cost[i, m - 1 :] = _ONE if i < rows else _ZERO
    cost[n:] = _ZERO
    highest = b.sums
    highest[:] = _ZERO
    for i in range(n):
        for k in range(lanes):
            highest[k] = cost[i, k] if cost[i, k] > highest[k] else highest[k]
    return float(highest[:lanes].max())


# Iterations


@compiled()
def _highest(cost: Floats, energy: Floats, potential: Floats, count: int, other: Floats) -> None:
    """other[k] = -max over particles r with energy of (potential[r] - cost[r, k])."""
    for k in range(len(other)):
        other[k] = np.float32(np.inf)
    for r in range(count):
        if energy[r] > 0:
            here = potential[r]
            for k in range(cost.shape[1]):
                value = cost[r, k] - here
                other[k] = value if value < other[k] else other[k]


@compiled()
def _exponentials(cost: Floats, row: Floats, lane: Floats, count: int, per_eps: np.float32, K: Floats) -> None:
    """K[r, k] = exp((row[r] + lane[k] - cost[r, k]) per_eps), and 0 in the padding rows."""
    for r in range(count):
        here = row[r]
        for k in range(K.shape[1]):
            K[r, k] = _exp((here + lane[k] - cost[r, k]) * per_eps)
    K[count:] = _ZERO


@compiled()
def _soft_minimum(cost: Floats, side: Side, count: int, eps: np.float32, other: Side, K: Floats) -> None:
    """other.potential[k] = -eps ln sum_r energy[r] exp((potential[r] - cost[r, k]) / eps), however small the terms."""
    _highest(cost, side.energy, side.potential, count, other.potential)
    _exponentials(cost, side.potential, other.potential, count, _ONE / eps, K)
    row_sum(K, side.energy, other.sums)
    for k in range(cost.shape[1]):
        other.potential[k] -= eps * np.log(other.sums[k])


@compiled()
def _balance(side: Side, lanes: int, relax: bool) -> None:
    """The scaling that gives these sums the value 1, or 7/4 of the way there."""
    if relax:
        for k in range(lanes):
            goal = _ONE / side.sums[k]
            step = np.sqrt(goal / side.scaling[k])
            side.scaling[k] = goal * (step * np.sqrt(step))
    else:
        for k in range(lanes):
            side.scaling[k] = _ONE / side.sums[k]
    for k in range(lanes):
        side.weights[k] = side.energy[k] * side.scaling[k]


@compiled()
def _is_within(side: Side, lanes: int, limit: np.float32) -> bool:
    beyond = 0
    for k in range(lanes):
        beyond += not (_ONE / limit < side.scaling[k] < limit)
    return beyond == 0


@compiled()
def _absorb(side: Side, scaling: Floats, lanes: int, eps: np.float32) -> None:
    for k in range(lanes):
        side.potential[k] += eps * np.log(scaling[k])


@compiled()
def _start(
    a: Side, b: Side, n: int, m: int, eps: np.float32, cost: Floats, cost_t: Floats, K: Floats, K_t: Floats
) -> None:
    """K from the potential of b, the scaling 1 for b, and that of a which sets the rows right."""
    _highest(cost_t, b.energy, b.potential, m, a.potential)
    _exponentials(cost, a.potential, b.potential, n, _ONE / eps, K)
    _exponentials(cost_t, b.potential, a.potential, m, _ONE / eps, K_t)
    b.scaling[:], b.saved[:] = _ONE, _ONE
    for k in range(len(b.energy)):  # to copy a slice takes numba seconds to compile
        b.weights[k] = b.energy[k]
    row_sum(K_t, b.weights, a.sums)
    _balance(a, K_t.shape[1], False)


@compiled()
def _stage(
    a: Side,
    b: Side,
    n: int,
    m: int,
    eps: np.float32,
    most: int,
    cost: Floats,
    cost_t: Floats,
    K: Floats,
    K_t: Floats,
) -> None:
    """Iterate at one eps; ends with right rows, P_ij = a.weights[i] K[i, j] b.weights[j], and with f and g."""
    _start(a, b, n, m, eps, cost, cost_t, K, K_t)
    lanes_a, lanes_b = K_t.shape[1], K.shape[1]
    fresh = True
    for _ in range(0, most, CHECK):
        for step in range(CHECK):
            if step > 0:
                _balance(a, lanes_a, True)
            row_sum(K, a.weights, b.sums)
            _balance(b, lanes_b, not fresh and step < CHECK - 1)
            row_sum(K_t, b.weights, a.sums)
            fresh = False
        if not (_is_within(a, lanes_a, _FAR) and _is_within(b, lanes_b, _FAR)):
            if _is_within(a, lanes_a, _TOO_FAR) and _is_within(b, lanes_b, _TOO_FAR):
                _absorb(b, b.scaling, lanes_b, eps)
            else:
                _absorb(b, b.saved, lanes_b, eps)
                for _ in range(CHECK):
                    _soft_minimum(cost_t, b, m, eps, a, K_t)
                    _soft_minimum(cost, a, n, eps, b, K)
            _start(a, b, n, m, eps, cost, cost_t, K, K_t)
            fresh = True
            continue
        missed = _ZERO
        for i in range(n):
            missed += abs(a.energy[i] - a.weights[i] * a.sums[i])
        if missed <= TOLERANCE:
            break
        for k in range(len(b.saved)):  # as above: two seconds
            b.saved[k] = b.scaling[k]
        _balance(a, lanes_a, True)
    _balance(a, lanes_a, False)
    _absorb(a, a.scaling, lanes_a, eps)
    _absorb(b, b.scaling, lanes_b, eps)


@compiled()
def _solve(workspace: Workspace, n: int, m: int, excess: bool, R: float, p: float, eps: float) -> float:
    """The cost of the two events that are loaded; the workspace keeps the potentials, and P, from the last stage."""
    a, b, matrices = workspace.a, workspace.b, workspace.matrices
    cost, K = _matrix(matrices[0], n, m), _matrix(matrices[1], n, m)
    cost_t, K_t = _matrix(matrices[2], m, n), _matrix(matrices[3], m, n)
    largest = _fill_cost(a, b, n, m, excess, R, p, cost)
    _fill_cost(b, a, m, n, excess, R, p, cost_t)
    last = max(eps, LEAST_EPS * largest)
    stages = 0
    while last * RATIO ** (stages + 1) <= 0.5 * largest:
        stages += 1
    b.potential[:] = _ZERO
    for stage in range(stages, -1, -1):
        most = MOST if stage == 0 else EARLY
        _stage(a, b, n, m, np.float32(last * RATIO**stage), most, cost, cost_t, K, K_t)
    value = 0.0
    for i in range(n):
        value += np.float64(a.energy[i]) * np.float64(a.potential[i])
    for j in range(m):
        value += np.float64(b.energy[j]) * np.float64(b.potential[j])
    return value


@compiled()
def _push(side: Side, other: Side, rows: int, lanes: int, p: float, cost: Floats, K: Floats) -> None:
    """The derivatives with respect to the places of one event, sum_r P_rk p c_rk (x_k - x_r) / theta_rk^2."""
    width = cost.shape[1]
    side.push_y[:], side.push_phi[:] = _ZERO, _ZERO
    most = np.float32(MOST_COST)
    for r in range(rows):
        y, phi, weight = other.y[r], other.phi[r], other.weights[r]
        for k in range(width):
            dy, dphi = side.y[k] - y, side.phi[k] - phi
            dphi -= _TURN * np.rint(dphi * _TURNS)
            slope = cost[r, k] / (dy * dy + dphi * dphi + _NEAR2)
            pull = weight * K[r, k] * (slope if slope < most else most)
            side.push_y[k] += pull * dy
            side.push_phi[k] += pull * dphi
    power = np.float32(p)
    for k in range(lanes):
        side.push_y[k] *= power * side.weights[k]
        side.push_phi[k] *= power * side.weights[k]


# Batches


@compiled()
def _pad(side: Side, count: int) -> None:
    for k in range(count, _padded(count, SINGLE_LANES)):
        side.energy[k] = _ZERO
        side.y[k], side.phi[k] = side.y[count - 1], side.phi[count - 1]


@compiled()
def _load_present(side: Side, energy: Floats, position: Floats, excess: bool, slot: Integers) -> int:
    """Load the particles that are present; their slots are noted, and their number returned."""
    count, slots = 0, len(energy)
    for k in range(slots):
        if energy[k] > LEAST_ENERGY or (excess and k == slots - 1):
            side.energy[count] = energy[k]
            side.y[count], side.phi[count] = position[k, 0], position[k, 1]
            slot[count] = k
            count += 1
    _pad(side, count)
    return count


@compiled()
def fill_pairs(
    energy: Floats,
    position: Floats,
    other_energy: Floats,
    other_position: Floats,
    excess: bool,
    R: float,
    p: float,
    eps: float,
    first: int,
    last: int,
    value: Floats,
    potential: Floats,
    other_potential: Floats,
    push: Floats,
    other_push: Floats,
) -> None:
    """Solve the pairs [first, last) of a batch.

    Arguments:
        energy, other_energy: (batch, n) and (batch, m), relative.
        position, other_position: (batch, n, 2) and (batch, m, 2), y and phi.
        excess: whether the last particle of each is the missing energy, at cost 1 from all others.
        value: (batch,), the costs, to be filled.
        potential, other_potential: (batch, n) and (batch, m), to be filled where there is a particle.
        push, other_push: (batch, n, 2) and (batch, m, 2), likewise with the derivatives with respect to the positions.
    """
    most = max(energy.shape[1], other_energy.shape[1])
    workspace = reserve(most)
    a, b, matrices = workspace.a, workspace.b, workspace.matrices
    slot, other_slot = np.empty(most, np.int64), np.empty(most, np.int64)
    for pair in range(first, last):
        n = _load_present(a, energy[pair], position[pair], excess, slot)
        m = _load_present(b, other_energy[pair], other_position[pair], excess, other_slot)
        value[pair] = _solve(workspace, n, m, excess, R, p, eps)
        for i in range(n):
            potential[pair, slot[i]] = a.potential[i]
        for j in range(m):
            other_potential[pair, other_slot[j]] = b.potential[j]
        _push(a, b, m - excess, n - excess, p, _matrix(matrices[2], m, n), _matrix(matrices[3], m, n))
        _push(b, a, n - excess, m - excess, p, _matrix(matrices[0], n, m), _matrix(matrices[1], n, m))
        for i in range(n - excess):
            push[pair, slot[i], 0], push[pair, slot[i], 1] = a.push_y[i], a.push_phi[i]
        for j in range(m - excess):
            other_push[pair, other_slot[j], 0] = b.push_y[j]
            other_push[pair, other_slot[j], 1] = b.push_phi[j]


@compiled()
def _load(side: Side, event: Particles, total: float, excess: bool) -> int:
    """Load an event in units of ``total``, with what it lacks of it as a last particle if ``excess``."""
    count, sum_ = 0, 0.0
    for k in range(len(event.energy)):
        relative = event.energy[k] / total
        sum_ += relative
        if relative > LEAST_ENERGY:
            side.energy[count], side.y[count], side.phi[count] = relative, event.y[k], event.phi[k]
            count += 1
    if excess:
        side.energy[count] = max(1 - sum_, 0.0)
        side.y[count], side.phi[count] = _ZERO, _ZERO
        count += 1
    _pad(side, count)
    return count


@compiled(calls=[simplex])
def fill_block(
    left_offsets: Integers,
    left: Particles,
    right_offsets: Integers,
    right: Particles,
    upper: bool,
    R: float,
    p: float,
    eps: float,
    normalise: bool,
    divergence: bool,
    distances: Doubles,
) -> None:
    """Write the entropic transport of all pairs, or of the pairs i < j, into ``distances``; no root is taken."""
    most = max(simplex.most_particles(left_offsets), simplex.most_particles(right_offsets))
    workspace = reserve(most + 1)
    a, b = workspace.a, workspace.b
    rows, columns = len(left_offsets) - 1, len(right_offsets) - 1
    own = np.zeros(rows + columns)
    excess = not normalise  # for True and False the solver would be compiled once more each
    if divergence and normalise:
        for number in range(rows + columns):
            offsets, particles = (left_offsets, left) if number < rows else (right_offsets, right)
            event = simplex.event_of(offsets, particles, number if number < rows else number - rows)
            total = event.energy.sum()
            n, m = _load(a, event, total, excess), _load(b, event, total, excess)
            own[number] = _solve(workspace, n, m, excess, R, p, eps)
    for i in range(rows):
        for j in range(i + 1 if upper else 0, columns):
            first, second = simplex.event_of(left_offsets, left, i), simplex.event_of(right_offsets, right, j)
            order = simplex.compare(first, second)
            if order == 0 and divergence:
                distances[i, j] = 0.0
                continue
            if order > 0:
                first, second = second, first
            total, other_total = first.energy.sum(), second.energy.sum()
            unit = 1.0
            if not normalise:
                unit = total = other_total = max(total, other_total)
            n, m = _load(a, first, total, excess), _load(b, second, other_total, excess)
            value = _solve(workspace, n, m, excess, R, p, eps)
            if divergence and normalise:
                value -= 0.5 * (own[i] + own[rows + j])
            elif divergence:
                n, m = _load(a, first, unit, excess), _load(b, first, unit, excess)
                value -= 0.5 * _solve(workspace, n, m, excess, R, p, eps)
                n, m = _load(a, second, unit, excess), _load(b, second, unit, excess)
                value -= 0.5 * _solve(workspace, n, m, excess, R, p, eps)
            distances[i, j] = max(unit * value, 0.0)

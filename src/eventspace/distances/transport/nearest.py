"""The near ones among many transport distances, with most pairs proven far before they are solved."""

import numpy as np
from numpy.typing import NDArray

from eventspace.distances.transport import simplex
from eventspace.distances.transport.particles import SortedParticles
from eventspace.distances.transport.simplex import (
    CAPPED,
    PROVEN,
    Particles,
    Wanted,
    compare,
    count,
    event_of,
    most_particles,
    reserve,
    solve,
)
from eventspace.distances.transport.sliced import profiles, sliced
from eventspace.distances.vectorised import compiled

__all__ = ["SAFETY", "bounds_and_order", "fill_near"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SAFETY = 1e-12
"""A part of a distance far above the rounding of it or of a bound, far below what pruning gains."""

_TINY = 1e-300  # powers that small have lost digits


def bounds_and_order(
    left: SortedParticles, right: SortedParticles, R: float, p: float, normalise: bool
) -> tuple[Floats, Integers]:
    """Lower bounds of sum_ij g_ij (theta_ij / R)^p + |E_a - E_b|, and the pairs in the order of growing expectation.

    The bound is |E_a - E_b|, or, of normalised events with p >= 1, (W / R)^p with the sliced bound of W: the mean of a
    convex power is at least the power of the mean. As the slices are those of the unrolled plane, this needs all
    particles within half a turn in phi; then no way round the cylinder is shorter. The order needs no proof.

    Returns:
        (n, m) bounds, and (n * m,) numbers of pairs, i * m + j.
    """
    way = sliced(profiles(left.offsets, left.particles), profiles(right.offsets, right.particles)) / R
    energies, others = _totals(left), _totals(right)
    if not normalise:
        excess = np.abs(energies[:, None] - others)
        bounds = excess - SAFETY * np.maximum(energies[:, None], others)
        expected = excess + np.minimum(energies[:, None], others) * way**p
        return np.maximum(bounds, 0), np.argsort(expected, axis=None)
    y = np.concatenate((_used(left, left.particles.y), _used(right, right.particles.y)))
    phi = np.concatenate((_used(left, left.particles.phi), _used(right, right.particles.phi)))
    if p >= 1 and np.ptp(phi) < np.pi:
        reach = float(np.abs(y).max() + np.abs(phi).max())
        bounds = np.maximum(way - SAFETY * reach / R, 0) ** p * (1 - SAFETY * p)
    else:
        bounds = np.zeros_like(way)
    return bounds, np.argsort(way, axis=None)


def _used(events: SortedParticles, column: Floats) -> Floats:
    """A column of the particles of these events only."""
    return column[events.offsets[0] : events.offsets[-1]]


def _totals(events: SortedParticles) -> Floats:
    return np.add.reduceat(_used(events, events.particles.energy), events.offsets[:-1] - events.offsets[0])


@compiled(calls=[simplex])
def fill_near(
    left_offsets: Integers,
    left: Particles,
    right_offsets: Integers,
    right: Particles,
    upper: bool,
    R: float,
    power: float,
    normalise: bool,
    pivots_a_node: int,
    bounds: Floats,
    order: Integers,
    row_best: Floats,
    column_best: Floats,
    distances: Floats,
    work: Integers,
) -> tuple[int, int]:
    """Like ``simplex.fill``, but pairs that are not among the nearest of their row, nor of their column, stay as given.

    A pair that is solved to the end takes the same steps as in ``fill``, so its distance is the same number.

    Arguments:
        bounds, order: of ``bounds_and_order``.
        row_best, column_best: (n, k) and (m, k), the least distances that are known of each row and column, rising;
            kept up to date.
        work: counts the solves that are begun, those that end with a distance, and their pivots.

    Returns:
        The first pair that could not be solved, or (-1, -1).
    """
    most_left, most_right = most_particles(left_offsets), most_particles(right_offsets)
    memory = reserve(max(most_left, most_right), min(most_left, most_right))
    columns = len(right_offsets) - 1
    edge = np.empty(1)
    for pair in order:
        i, j = pair // columns, pair % columns
        if upper and j <= i:
            continue
        # A pair as far as the k-th best is needed too: with a lower index it takes its place.
        limit = max(row_best[i, -1], column_best[j, -1]) * (1 + SAFETY * max(1.0, power)) + _TINY
        if bounds[i, j] > limit:
            continue
        a, b = event_of(left_offsets, left, i), event_of(right_offsets, right, j)
        sign = compare(a, b)
        value = 0.0
        if sign != 0:
            rows, others = (a, b) if sign < 0 else (b, a)
            edge[0] = limit
            solution = solve(memory, rows, others, R, power, normalise, Wanted(edge, True, 0.0), pivots_a_node)
            count(work, solution)
            if solution.status == CAPPED:
                return i, j
            if solution.status == PROVEN:
                continue
            value = solution.value
        distances[i, j] = value
        _insert(row_best[i], value)
        _insert(column_best[j], value)
    return -1, -1


@compiled()
def _insert(best: Floats, value: float) -> None:
    """Take a value into a rising list of fixed length, if it is small enough."""
    if value >= best[-1]:
        return
    place = len(best) - 1
    while place > 0 and best[place - 1] > value:
        best[place] = best[place - 1]
        place -= 1
    best[place] = value

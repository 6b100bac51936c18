"""k-medoids: the k events that stand for all the others."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError

__all__ = ["Medoids", "k_medoids"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_ROWS = 256
_TOLERANCE = 1e-6  # of the largest distance: rounding, not a mistake


@dataclass(frozen=True, eq=False)
class Medoids:
    """The k medoids of n events.

    Attributes:
        index: (k,) the event numbers of the medoids, rising.
        labels: (n,) for each event the position in ``index`` of the nearest medoid, the first of equally near ones;
            a medoid's own label is itself.
        cost: the sum over events of the distance to the nearest medoid.
    """

    index: Integers
    labels: Integers
    cost: float


def k_medoids(distances: ArrayLike, k: int, *, seed: int | np.random.Generator) -> Medoids:
    """Choose the k events with the least sum over all events of the distance to the nearest chosen one.

    The result is a local optimum: exchanging any one medoid for any other event does not lower the cost (up to
    rounding). It is the global optimum for k = 1. The start is random and the swaps are the eager ones of FasterPAM:
    each costs O(n) time to price for all k medoids at once, so a pass over the events costs O(n^2).

    Arguments:
        distances: (n, n) symmetric, not negative, zero on the diagonal.
        k: the number of medoids, from 1 to n.
        seed: a seed or a generator, for the first choice of medoids; the same seed gives the same result.

    Raises:
        InputError: the matrix is not a distance matrix, or k is not between 1 and n.

    Example:
        >>> x = np.array([0.0, 1.0, 2.0, 10.0, 11.0, 13.0])
        >>> medoids = k_medoids(np.abs(x[:, None] - x), 2, seed=1)
        >>> medoids.index.tolist(), medoids.labels.tolist(), medoids.cost
        ([1, 4], [0, 0, 0, 1, 1, 1], 5.0)

    Source: E. Schubert and P. J. Rousseeuw, Information Systems 101 (2021) 101804, arXiv:2008.05171.
    """
    matrix = _checked(distances)
    events = len(matrix)
    if not 1 <= k <= events:
        raise InputError(f"{k} medoids of {events} events", remedy=f"choose k between 1 and {events}")
    if k == 1:
        index = np.array([np.argmin(matrix.sum(axis=1))])
    else:
        start = np.random.default_rng(seed).choice(events, size=k, replace=False)
        index = np.sort(_swap(matrix, start.astype(np.int64)))
    to_medoids = matrix[index]
    labels = np.argmin(to_medoids, axis=0)
    labels[index] = np.arange(k)
    return Medoids(index, labels, float(to_medoids.min(axis=0).sum()))


@njit(cache=True, nogil=True)
def _swap(matrix: Floats, medoids: Integers) -> Integers:
    """Swap medoids for other events while that lowers the cost; returns the medoids in no order."""
    events, k = len(matrix), len(medoids)
    medoids = medoids.copy()
    is_medoid = np.zeros(events, dtype=np.bool_)
    is_medoid[medoids] = True
    # For each event: its nearest medoid (as a position), the distance to it, and the same of the second nearest.
    near, second = np.empty(events, dtype=np.int64), np.empty(events, dtype=np.int64)
    near_distance, second_distance = np.empty(events), np.empty(events)
    for event in range(events):
        _two_nearest(matrix, medoids, event, near, near_distance, second, second_distance)
    removal, change = np.empty(k), np.empty(k)
    _removal_losses(near, near_distance, second_distance, removal)

    cost = near_distance.sum()
    candidate = 0
    unchanged = 0  # candidates in a row that brought nothing; a whole round of them is the local optimum
    while unchanged < events:
        row = matrix[candidate]
        position = -1
        if not is_medoid[candidate]:
            position = _best_exchange(row, near, near_distance, second_distance, removal, change)
        unchanged += 1
        if position >= 0:
            # The price above is a difference of large sums; only the new cost itself, summed in the same order as the
            # old one, makes sure that the cost falls at every swap, and so that the swaps end.
            new_cost = 0.0
            for event in range(events):
                kept = second_distance[event] if near[event] == position else near_distance[event]
                new_cost += min(kept, row[event])
            if new_cost < cost:
                unchanged = 0
                cost = new_cost
                is_medoid[medoids[position]] = False
                is_medoid[candidate] = True
                medoids[position] = candidate
                for event in range(events):
                    if near[event] == position or second[event] == position:
                        _two_nearest(matrix, medoids, event, near, near_distance, second, second_distance)
                    elif row[event] < near_distance[event]:
                        second[event], second_distance[event] = near[event], near_distance[event]
                        near[event], near_distance[event] = position, row[event]
                    elif row[event] < second_distance[event]:
                        second[event], second_distance[event] = position, row[event]
                _removal_losses(near, near_distance, second_distance, removal)
        candidate = (candidate + 1) % events
    return medoids


@njit(cache=True, nogil=True)
def _best_exchange(
    row: Floats, near: Integers, near_distance: Floats, second_distance: Floats, removal: Floats, change: Floats
) -> int:
    """The medoid whose exchange for the candidate lowers the cost most, or -1 if none does."""
    change[:] = removal
    shared = 0.0  # what the candidate saves whichever medoid leaves
    for event in range(len(row)):
        distance = row[event]
        if distance < near_distance[event]:
            shared += distance - near_distance[event]
            change[near[event]] += near_distance[event] - second_distance[event]
        elif distance < second_distance[event]:
            change[near[event]] += distance - second_distance[event]
    position = np.argmin(change)
    return int(position) if change[position] + shared < 0 else -1


@njit(cache=True, nogil=True)
def _removal_losses(near: Integers, near_distance: Floats, second_distance: Floats, removal: Floats) -> None:
    """What the cost rises by if a medoid leaves and no event takes its place."""
    removal[:] = 0.0
    for event in range(len(near)):
        removal[near[event]] += second_distance[event] - near_distance[event]


@njit(cache=True, nogil=True)
def _two_nearest(
    matrix: Floats,
    medoids: Integers,
    event: int,
    near: Integers,
    near_distance: Floats,
    second: Integers,
    second_distance: Floats,
) -> None:
    """Find the nearest and second nearest medoid of an event."""
    near_distance[event] = second_distance[event] = np.inf
    for position in range(len(medoids)):
        distance = matrix[event, medoids[position]]
        if distance < near_distance[event]:
            second[event], second_distance[event] = near[event], near_distance[event]
            near[event], near_distance[event] = position, distance
        elif distance < second_distance[event]:
            second[event], second_distance[event] = position, distance


def _checked(distances: ArrayLike) -> Floats:
    matrix = np.ascontiguousarray(distances, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or len(matrix) == 0:
        raise InputError(f"shape {matrix.shape} is not (events, events)", remedy="give the full distance matrix")
    rounding = _TOLERANCE * matrix.max()
    # By blocks of rows, so that the check needs little memory beside the matrix.
    for start in range(0, len(matrix), _ROWS):
        rows = matrix[start : start + _ROWS]
        columns = matrix[:, start : start + _ROWS].T
        _refuse(~np.isfinite(rows), start, "a distance is not finite", "remove the event")
        _refuse(rows < 0, start, "a distance is negative", "give distances, not similarities")
        own = np.diagonal(rows, offset=start)[:, np.newaxis]
        _refuse(own > rounding, start, "the distance to itself is not 0", "give distances, not similarities")
        _refuse(
            np.abs(rows - columns) > rounding, start, "the distances there and back differ", "give a symmetric matrix"
        )
    return matrix


def _refuse(mask: NDArray[np.bool_], start: int, problem: str, remedy: str) -> None:
    """Refuse a block of rows of the matrix if the mask is true anywhere."""
    if mask.any():
        raise InputError(problem, event=start + int(np.argmax(mask.any(axis=1))), remedy=remedy)

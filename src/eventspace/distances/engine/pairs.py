"""Some of the pairs of a set, or of two: random ones, listed ones, the near ones, the farthest."""

from typing import Any, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError
from eventspace.base.progress import progress
from eventspace.distances.engine.pairwise import How, check_how, over_tiles
from eventspace.distances.engine.tiles import Tile, run
from eventspace.distances.metric import Metric
from eventspace.events.base import Events

__all__ = ["largest", "listed", "pairs_within", "random_pairs"]

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

_PIECE = 256  # listed pairs of a task


def listed(
    metric: Metric, left: Events, i: ArrayLike, j: ArrayLike, right: Events | None = None, **how: Unpack[How]
) -> Floats:
    """The distances of listed pairs of a set, or of two, in parallel.

    Arguments:
        metric: which distance.
        left: n events.
        i, j: (k,) the two events of each pair.
        right: the events that j numbers; without them, those of ``left``.
        how: threads, scheduler, show_progress; see ``pairwise.How``.

    Returns:
        (k,) the same numbers as in ``matrix``.

    Raises:
        InputError: a pair is not one of two events of the sets, or the events cannot be compared.

    Example:
        >>> import eventspace as es
        >>> points = es.Points(values=np.array([[0.0], [1.0], [3.0]]))
        >>> listed(es.Euclidean(), points, [0, 2], [1, 0]).tolist()
        [1.0, 3.0]
    """
    check_how(how, "block", "checkpoint")
    first, second = np.asarray(i, dtype=np.int64), np.asarray(j, dtype=np.int64)
    if first.shape != second.shape or first.ndim != 1:
        raise InputError("the pairs are not two lists of the same length", remedy="give one i and one j a pair")
    for numbers, events in ((first, left), (second, left if right is None else right)):
        if len(numbers) and (numbers.min() < 0 or numbers.max() >= len(events)):
            raise InputError(f"a pair is not one of {len(events)} events", remedy="number events from 0")
    distances = np.empty(len(first))
    if right is None:  # in this orientation a pair is computed within ``matrix``
        first, second = np.minimum(first, second), np.maximum(first, second)
    order = np.lexsort((second, first))  # pairs of the same event follow each other
    rows, columns = metric.prepare(left, left if right is None else right)
    pieces = [
        Tile(start, min(start + _PIECE, len(order)), 0, len(columns), False) for start in range(0, len(order), _PIECE)
    ]
    work = _Listed(first[order], second[order])
    threads, scheduler = how.get("threads"), how.get("scheduler")
    with progress(f"{metric.name} distances", len(order), "pairs", how.get("show_progress")) as advance:
        for piece, values in run(work, metric, rows, columns, pieces, threads, scheduler):
            distances[order[piece.top : piece.bottom]] = values
            advance(len(values))
    return distances


def random_pairs(n: int, count: int, rng: np.random.Generator) -> tuple[Integers, Integers]:
    """Random pairs i < j of n events: ``count`` of them, each at most once, or all where there are no more.

    Example:
        >>> i, j = random_pairs(4, 100, np.random.default_rng(1))
        >>> list(zip(i.tolist(), j.tolist()))
        [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    """
    pairs = n * (n - 1) // 2
    if count >= pairs:
        i, j = np.triu_indices(n, 1)
        return i.astype(np.int64), j.astype(np.int64)
    number = np.sort(rng.choice(pairs, count, replace=False, shuffle=False)).astype(np.int64)
    # Pair number k is (i, j) with k = j (j - 1) / 2 + i; the root may be off by one.
    j = ((1 + np.sqrt(1 + 8 * number.astype(np.float64))) / 2).astype(np.int64)
    j -= j * (j - 1) // 2 > number
    j += (j + 1) * j // 2 <= number
    return number - j * (j - 1) // 2, j


def pairs_within(
    metric: Metric, left: Events, threshold: float, right: Events | None = None, **how: Unpack[How]
) -> tuple[Integers, Integers, Floats]:
    """All pairs of events below a threshold, by any metric; for divergences ``pairs_below`` is faster.

    Arguments:
        metric: which distance.
        left: n events.
        threshold: in the unit of the metric.
        right: m events; without them, the pairs i < j within ``left``.
        how: threads, scheduler, show_progress.

    Returns:
        The pairs with distance < threshold in rising order: index in ``left``, index in ``right``, distance.

    Example:
        >>> import eventspace as es
        >>> points = es.Points(values=np.array([[0.0], [1.0], [3.0]]))
        >>> [part.tolist() for part in pairs_within(es.Euclidean(), points, 2.5)]
        [[0, 1], [1, 2], [1.0, 2.0]]
    """
    check_how(how, "checkpoint")
    found = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))]
    for tile, (i, j, values) in over_tiles(_Within(threshold), metric, left, right, frozenset(), how):
        found.append((i + tile.top, j + tile.first, values))
    i, j, values = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.lexsort((j, i))
    return i[order], j[order], values[order]


def largest(metric: Metric, events: Events, **how: Unpack[How]) -> float:
    """The largest distance of two events of a set.

    Example:
        >>> import eventspace as es
        >>> largest(es.Euclidean(), es.Points(values=np.array([[0.0], [1.0], [3.0]])))
        3.0
    """
    check_how(how, "checkpoint")
    return float(max(value for _, value in over_tiles(_largest, metric, events, None, frozenset(), how)))


def _largest(metric: Metric, left: Any, right: Any, tile: Tile) -> float:
    values = metric.block(left[tile.top : tile.bottom], right[tile.first : tile.last], tile.upper)
    return float(values.max(initial=0.0))


class _Within:
    """The pairs of a tile below a threshold."""

    def __init__(self, threshold: float):
        self.threshold = threshold

    def __call__(self, metric: Metric, left: Any, right: Any, tile: Tile) -> tuple[Integers, Integers, Floats]:
        values = metric.block(left[tile.top : tile.bottom], right[tile.first : tile.last], tile.upper)
        near = values < self.threshold
        if tile.upper:
            near = np.triu(near, k=1)
        i, j = np.nonzero(near)
        return i.astype(np.int64), j.astype(np.int64), values[i, j]


class _Listed:
    """Distances of a piece of a list of pairs."""

    def __init__(self, i: Integers, j: Integers):
        self.i, self.j = i, j

    def __call__(self, metric: Metric, left: Any, right: Any, piece: Tile) -> Floats:
        values = np.empty(piece.bottom - piece.top)
        for number in range(len(values)):
            i, j = self.i[piece.top + number], self.j[piece.top + number]
            values[number] = metric.block(left[i : i + 1], right[j : j + 1], False)[0, 0]
        return values

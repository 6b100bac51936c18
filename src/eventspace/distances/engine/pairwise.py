"""The engine: any metric in, many numbers out. Matrix, nearest neighbours, medoids and pair counts.

Pairs are computed in tiles, on threads, processes or a Dask cluster; every pair is computed once, in a fixed
orientation, so no result depends on the number of threads, the block size or the scheduler.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypedDict, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError
from eventspace.base.progress import progress
from eventspace.distances.engine.checkpoint import Checkpoint, identity
from eventspace.distances.engine.matrix_file import MatrixFile
from eventspace.distances.engine.medoids import Medoids, k_medoids
from eventspace.distances.engine.tiles import Tile, TileFunction, cut, cut_part, pairs_in, run
from eventspace.distances.metric import Metric
from eventspace.events.base import Events

__all__ = [
    "How",
    "check_how",
    "counts",
    "counts_of_part",
    "matrix",
    "matrix_to_file",
    "medoids",
    "nearest",
    "over_tiles",
]

LEAST_SIDE, LARGEST_SIDE = 8, 64  # events on a side of a tile of a random part of the pairs
BLOCKS_WIDE = 16  # for nearest neighbours: the more references are compared at once, the fewer need a full solve


class How(TypedDict, total=False):
    """How a calculation is carried out: keyword arguments of every function here. They never change a result.

    Attributes:
        threads: worker threads in this process; all cores by default.
        scheduler: to use instead of threads: ``"local:N"`` for N processes on this machine (a script then keeps its
            calls under ``if __name__ == "__main__"``), the address of a Dask scheduler, or a Dask client.
        block: events on each side of a tile of pairs; by default what suits the metric, ``Metric.default_block``.
        show_progress: a bar on the error stream; by default only on a terminal.
        checkpoint: an ``.npz`` file that keeps the state, so that the same call continues after a kill
            (``matrix_to_file`` needs none: its own file is its checkpoint).
    """

    threads: int | None
    scheduler: Any
    block: int
    show_progress: bool | None
    checkpoint: Path | None


def check_how(how: Mapping[str, Any], *without: str) -> None:
    """Refuse a keyword that :class:`How` does not have, as Python does for keywords that are written out.

    Arguments:
        how: the keyword arguments that a function was given.
        without: keywords of ``How`` that it does not take.

    Raises:
        TypeError: names the keyword and the nearest of the known ones.

    Example:
        >>> check_how({"n_threads": 8})
        Traceback (most recent call last):
        TypeError: there is no keyword 'n_threads' (did you mean 'threads'?); ...
    """
    known = [name for name in How.__annotations__ if name not in without]
    for name in how:
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.5)
            guess = f" (did you mean {near[0]!r}?)" if near else ""
            raise TypeError(f"there is no keyword {name!r}{guess}; the keywords are {', '.join(known)}")


def matrix(metric: Metric, left: Events, right: Events | None = None, **how: Unpack[How]) -> NDArray[np.float64]:
    """All distances between two sets, or within one.

    Arguments:
        metric: which distance.
        left, right: n and m events; without ``right``, the symmetric matrix of ``left``, each pair computed once.
        how: threads, scheduler, block, show_progress, checkpoint; see :class:`How`.

    Returns:
        (n, m) float64, or (n, n) with zeros on the diagonal, in the unit of the metric.

    Raises:
        InputError: the events cannot be compared.

    Example:
        >>> import eventspace as es
        >>> points = es.Points(values=np.array([[0.0], [1.0], [3.0]]))
        >>> es.matrix(es.Euclidean(), points)
        array([[0., 1., 3.],
               [1., 0., 2.],
               [3., 2., 0.]])
    """
    check_how(how)
    result = np.zeros((len(left), len(left if right is None else right)))
    for tile, values in _tiles(_distances, {"distances": result}, metric, left, right, how):
        result[tile.top : tile.bottom, tile.first : tile.last] = values
        if right is None and not tile.upper:
            result[tile.first : tile.last, tile.top : tile.bottom] = values.T
    return result


def matrix_to_file(
    metric: Metric, left: Events, right: Events | None = None, *, path: str | Path, **how: Unpack[How]
) -> Path:
    """All distances, streamed to the HDF5 dataset ``distances`` of a file; memory is bounded by the block.

    A run that was killed continues where it stopped when it is started again with the same events, metric and path.
    The file takes its name only when it is whole.

    Arguments:
        metric, left, right, how: as for :func:`matrix`.
        path: the file.

    Raises:
        InputError: the events cannot be compared, or an unfinished file beside ``path`` belongs to another calculation.

    Example:
        >>> import eventspace as es, h5py, pathlib, tempfile
        >>> points = es.Points(values=np.array([[0.0], [1.0], [3.0]]))
        >>> path = matrix_to_file(es.Euclidean(), points, path=pathlib.Path(tempfile.mkdtemp()) / "d.h5")
        >>> with h5py.File(path) as file:
        ...     file["distances"][0].tolist()
        [0.0, 1.0, 3.0]
    """
    check_how(how, "checkpoint")  # the file itself is one
    with MatrixFile(path, metric, left, right, _block(metric, how)) as file:
        for tile, values in over_tiles(_distances, metric, left, right, file.finished, how):
            file.write(tile, values)
    return Path(path)


def nearest(
    metric: Metric, events: Events, references: Events | None = None, k: int = 1, **how: Unpack[How]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The k nearest references of each event; ties go to the lower index.

    Arguments:
        metric: which distance.
        events: n events.
        references: among which to search; without them, among the other events of the same set.
        k: how many.
        how: as for :func:`matrix`.

    Returns:
        Index and distance, each (n,) for k = 1 and (n, k) otherwise, nearest first.

    Raises:
        InputError: k is not between 1 and the number of references, or the events cannot be compared.

    Example:
        >>> import eventspace as es
        >>> points = es.Points(values=np.array([[0.0], [1.0], [3.0]]))
        >>> index, distance = es.nearest(es.Euclidean(), points)
        >>> index.tolist(), distance.tolist()
        ([1, 0, 1], [1.0, 1.0, 2.0])
    """
    check_how(how)
    available = len(events) - 1 if references is None else len(references)
    if not 1 <= k <= available:
        raise InputError(f"k = {k} neighbours of {available}", remedy=f"give a k between 1 and {available}")
    index = np.full((len(events), k), np.iinfo(np.int64).max)
    distance = np.full((len(events), k), np.inf)

    def merge(start: int, stop: int, first: int, values: NDArray[np.float64]) -> None:
        numbers = np.broadcast_to(np.arange(first, first + values.shape[1]), values.shape)
        candidates = np.hstack([index[start:stop], numbers])
        distances = np.hstack([distance[start:stop], values])
        order = np.lexsort((candidates, distances), axis=1)[:, :k]
        index[start:stop] = np.take_along_axis(candidates, order, axis=1)
        distance[start:stop] = np.take_along_axis(distances, order, axis=1)

    def known(tile: Tile) -> tuple[Any, ...]:
        rows = distance[tile.top : tile.bottom].copy()
        return rows, distance[tile.first : tile.last].copy() if references is None else None

    state = {"index": index, "distance": distance}
    for tile, values in _tiles(_near, state, metric, events, references, how, known):
        if tile.upper:
            np.fill_diagonal(values, np.inf)  # an event is not its own neighbour
        merge(tile.top, tile.bottom, tile.first, values)
        if references is None and not tile.upper:
            merge(tile.first, tile.last, tile.top, values.T)
    return (index[:, 0], distance[:, 0]) if k == 1 else (index, distance)


def counts(
    metric: Metric, left: Events, thresholds: ArrayLike, right: Events | None = None, **how: Unpack[How]
) -> NDArray[np.int64]:
    """How many events lie nearer to each event than each threshold, without the matrix ever being stored.

    Arguments:
        metric: which distance.
        left: n events.
        thresholds: (t,) distances, rising, in the unit of the metric.
        right: the events that are counted; without them, the other events of ``left``, never the event itself.
        how: as for :func:`matrix`.

    Returns:
        (n, t) int64: the number of events with distance < threshold. Within one set, the number of pairs is half the
        sum over the events.

    Raises:
        InputError: the thresholds do not rise or are not finite, or the events cannot be compared.

    Example:
        >>> import eventspace as es
        >>> points = es.Points(values=np.array([[0.0], [1.0], [3.0]]))
        >>> es.counts(es.Euclidean(), points, [0.5, 1.5, 2.5]).tolist()
        [[0, 1, 1], [0, 1, 2], [0, 0, 1]]
    """
    check_how(how)
    edges = _rising(thresholds)
    result = np.zeros((len(left), len(edges)), dtype=np.int64)
    more = {"thresholds": edges.tolist()}
    for tile, (of_rows, of_columns) in _tiles(_Count(edges), {"counts": result}, metric, left, right, how, **more):
        result[tile.top : tile.bottom] += of_rows
        if right is None:
            result[tile.first : tile.last] += of_columns
    return result


def counts_of_part(
    metric: Metric, events: Events, thresholds: ArrayLike, pairs: int, *, seed: int, **how: Unpack[How]
) -> tuple[NDArray[np.int64], int]:
    """As ``counts`` within one set, of a random part of its pairs.

    The events are put in a random order and cut into small blocks, and pairs of blocks are compared: as many for each
    block, so that each event is in about the same number of pairs. Pairs within a tile share events; whoever takes the
    counts for an estimate has to know that pairs that share an event are not independent.

    Arguments:
        metric: which distance.
        events: n events.
        thresholds: (t,) distances, rising, in the unit of the metric.
        pairs: how many; fewer than a tile more are taken, and all where there are no more.
        seed: of the order of the events.
        how: threads, scheduler, show_progress, checkpoint; see :class:`How`. The block is a part of the choice.

    Returns:
        (n, t) int64: with how many events each event makes a pair of this part with distance < threshold; and the
        number of pairs of the part.

    Raises:
        InputError: no pair is asked for, the thresholds do not rise or are not finite, or the events cannot be
            compared.

    Example:
        >>> import eventspace as es
        >>> points = es.Points(values=np.random.default_rng(1).uniform(size=(1000, 2)))
        >>> below, pairs = counts_of_part(es.Euclidean(), points, [0.1, 2.0], 20_000, seed=1)
        >>> pairs, (below.sum(axis=0) // 2).tolist()
        (20000, [533, 20000])
    """
    check_how(how, "block")
    if pairs < 1:
        raise InputError(f"{pairs} pairs", remedy="give at least 1")
    edges = _rising(thresholds)
    order = np.random.default_rng(seed).permutation(len(events))
    # Large tiles pay for being handed out, small ones let every event be in a tile, and in about as many.
    side = int(np.clip(pairs // (2 * max(len(events), 1)), LEAST_SIDE, LARGEST_SIDE))
    how = {**how, "block": side}
    tiles = list(cut_part(len(events), pairs, side))
    shuffled, of_shuffled = events[order], np.zeros((len(events), len(edges)), dtype=np.int64)
    more = {"thresholds": edges.tolist(), "part": len(tiles)}
    state = {"counts": of_shuffled}
    for tile, (of_rows, of_columns) in _tiles(_Count(edges), state, metric, shuffled, None, how, tiles=tiles, **more):
        of_shuffled[tile.top : tile.bottom] += of_rows
        of_shuffled[tile.first : tile.last] += of_columns
    result = np.empty_like(of_shuffled)
    result[order] = of_shuffled
    return result, sum(map(pairs_in, tiles))


def medoids(metric: Metric, events: Events, k: int, *, seed: int = 1, **how: Unpack[How]) -> Medoids:
    """The k events that together lie closest to all others: k-medoids on the full matrix of distances.

    Arguments:
        metric: which distance.
        events: n events; n^2 distances are held in memory.
        k: how many medoids.
        seed: of the start of the search.
        how: as for :func:`matrix`.

    Raises:
        InputError: k is not between 1 and n, or the events cannot be compared.

    Example:
        >>> import eventspace as es
        >>> points = es.Points(values=np.array([[0.0], [0.1], [0.2], [5.0], [5.1], [5.2]]))
        >>> es.medoids(es.Euclidean(), points, 2, seed=1).index.tolist()
        [1, 4]
    """
    return k_medoids(matrix(metric, events, **how), k, seed=seed)


def _tiles(
    work: TileFunction,
    state: dict[str, NDArray[Any]],
    metric: Metric,
    left: Events,
    right: Events | None,
    how: How,
    known: Callable[[Tile], tuple[Any, ...]] | None = None,
    tiles: Sequence[Tile] | None = None,
    **more: Any,
) -> Iterator[tuple[Tile, Any]]:
    """Work through the tiles that the checkpoint does not hold yet; the caller folds each into the state."""
    header = identity(metric, left, right, _block(metric, how), **more)
    with Checkpoint(how.get("checkpoint"), header, state) as checkpoint:
        for tile, result in over_tiles(work, metric, left, right, frozenset(checkpoint.finished), how, known, tiles):
            yield tile, result
            checkpoint.done(tile)


def over_tiles(
    work: TileFunction,
    metric: Metric,
    left: Events,
    right: Events | None,
    finished: frozenset[Tile],
    how: How,
    known: Callable[[Tile], tuple[Any, ...]] | None = None,
    tiles: Sequence[Tile] | None = None,
) -> Iterator[tuple[Tile, Any]]:
    """Prepare the events once and work through the tiles that are not finished, with a progress bar.

    Work that gains from what is known already gets wide tiles.

    Arguments:
        work: what is done with a tile; it can be sent to another process.
        metric, left, right: as for ``matrix``.
        finished: tiles to leave out.
        how: threads, scheduler, block, show_progress.
        known: what the work on a tile takes beside it, from the results so far.
        tiles: those to work through; by default all.

    Yields:
        Each tile and what the work returns, as they come.
    """
    ready_left, ready_right = metric.prepare(left, left if right is None else right)
    columns = None if right is None else len(right)
    if tiles is None:
        pairs = len(left) * (len(left) - 1) // 2 if columns is None else len(left) * columns
        chosen = cut(len(left), columns, _block(metric, how), 1 if known is None else BLOCKS_WIDE)
    else:
        pairs, chosen = sum(map(pairs_in, tiles)), iter(tiles)
    todo = (tile for tile in chosen if tile not in finished)
    threads, scheduler = how.get("threads"), how.get("scheduler")
    left_over = pairs - sum(map(pairs_in, finished))
    with progress(f"{metric.name} distances", left_over, "pairs", how.get("show_progress")) as advance:
        for tile, result in run(work, metric, ready_left, ready_right, todo, threads, scheduler, known):
            yield tile, result
            advance(pairs_in(tile))


def _rising(thresholds: ArrayLike) -> NDArray[np.float64]:
    edges = np.asarray(thresholds, dtype=np.float64)
    if edges.ndim != 1 or len(edges) == 0 or not np.isfinite(edges).all() or (np.diff(edges) <= 0).any():
        raise InputError("the thresholds are not a rising list of numbers", remedy="sort them and remove doubles")
    return edges


def _block(metric: Metric, how: How) -> int:
    return how.get("block", metric.default_block)


def _distances(metric: Metric, left: Any, right: Any, tile: Tile) -> NDArray[np.float64]:
    """The distances of a tile; a tile on the diagonal comes back symmetric."""
    values = metric.block(left[tile.top : tile.bottom], right[tile.first : tile.last], tile.upper)
    return values + values.T if tile.upper else values


def _near(
    metric: Metric,
    left: Any,
    right: Any,
    tile: Tile,
    row_best: NDArray[np.float64],
    column_best: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    """The distances of a tile that may be among the nearest; a tile on the diagonal comes back symmetric."""
    rows, columns = left[tile.top : tile.bottom], right[tile.first : tile.last]
    values = metric.near(rows, columns, tile.upper, row_best, column_best)
    return values + values.T if tile.upper else values


class _Count:
    """Counts below thresholds within a tile, for its rows and for its columns."""

    def __init__(self, thresholds: NDArray[np.float64]):
        self.thresholds = thresholds

    def __call__(
        self, metric: Metric, left: Any, right: Any, tile: Tile
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        rows, columns = left[tile.top : tile.bottom], right[tile.first : tile.last]
        values = metric.binned(rows, columns, tile.upper, self.thresholds)
        bins = np.searchsorted(self.thresholds, values, side="right")
        if tile.upper:
            bins[np.tril_indices(len(bins))] = len(self.thresholds)
        return self._below(bins), self._below(bins.T)

    def _below(self, bins: NDArray[np.intp]) -> NDArray[np.int64]:
        size = len(self.thresholds) + 1
        flat = bins + size * np.arange(len(bins))[:, None]
        histogram = np.bincount(flat.ravel(), minlength=size * len(bins)).reshape(len(bins), size)
        return histogram[:, :-1].cumsum(axis=1).astype(np.int64)

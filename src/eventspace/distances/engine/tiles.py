"""Blocks of pairs: how they are cut, and how workers share them."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import islice
from typing import Any, NamedTuple

from eventspace.base.errors import InputError
from eventspace.distances.engine.workers import workers
from eventspace.distances.metric import Metric, Prepared

__all__ = ["Tile", "TileFunction", "cut", "cut_part", "pairs_in", "run"]

TileFunction = Callable[..., Any]
"""What is done with a tile: ``work(metric, left, right, tile, *known)``."""


class Tile(NamedTuple):
    """The pairs of the events [top, bottom) of the left set with [first, last) of the right one.

    ``upper`` marks a tile on the diagonal of a set against itself, of which only the pairs i < j count.
    """

    top: int
    bottom: int
    first: int
    last: int
    upper: bool


def cut(rows: int, columns: int | None, block: int, blocks_wide: int = 1) -> Iterator[Tile]:
    """Cut rows x columns pairs into tiles; without columns, the pairs i < j of a set with itself.

    Arguments:
        block: events on each side of a tile.
        blocks_wide: with columns, make tiles wider by this factor, and end with all rows before the next columns.

    Raises:
        InputError: the block is not a positive number.

    Example:
        >>> [tuple(tile) for tile in cut(3, None, 2)]
        [(0, 2, 0, 2, True), (0, 2, 2, 3, False), (2, 3, 2, 3, True)]
    """
    if block < 1:
        raise InputError(f"a block of {block} events", remedy="give a block of at least 1")
    if columns is None:
        for top in range(0, rows, block):
            for first in range(top, rows, block):
                yield Tile(top, min(top + block, rows), first, min(first + block, rows), top == first)
        return
    width = block * blocks_wide
    for first in range(0, columns, width):
        for top in range(0, rows, block):
            yield Tile(top, min(top + block, rows), first, min(first + width, columns), False)


def cut_part(rows: int, pairs: int, block: int) -> Iterator[Tile]:
    """Tiles of a set with itself that hold so many pairs and use its events equally often.

    The blocks of events stand on a circle: each with itself first, then each with the next one, with the one after, ...
    until there are enough pairs, or no more. So the numbers of pairs of two events differ by those of one tile.

    Arguments:
        rows: events; in a random order the pairs are random ones.
        pairs: how many are wanted; the last tile is whole, so that there are a few more.
        block: events on each side of a tile.

    Example:
        >>> [tuple(tile) for tile in cut_part(6, 8, 2)]
        [(0, 2, 0, 2, True), (2, 4, 2, 4, True), (4, 6, 4, 6, True), (0, 2, 2, 4, False), (2, 4, 4, 6, False)]
    """
    starts = range(0, rows, block)
    for step in range(len(starts) // 2 + 1):
        last_round = 2 * step == len(starts)  # every pair of opposite blocks is met from both sides
        for number in range(len(starts) // 2 if last_round else len(starts)):
            if pairs <= 0:
                return
            top, first = sorted((starts[number], starts[(number + step) % len(starts)]))
            tile = Tile(top, min(top + block, rows), first, min(first + block, rows), top == first)
            yield tile
            pairs -= pairs_in(tile)


def pairs_in(tile: Tile) -> int:
    """The number of pairs that a tile computes."""
    height, width = tile.bottom - tile.top, tile.last - tile.first
    return height * (height - 1) // 2 if tile.upper else height * width


def run(
    work: TileFunction,
    metric: Metric,
    left: Prepared,
    right: Prepared,
    tiles: Iterable[Tile],
    threads: int | None,
    scheduler: Any,
    known: Callable[[Tile], tuple[Any, ...]] | None = None,
) -> Iterator[tuple[Tile, Any]]:
    """Do ``work`` on every tile and yield the results as they come; only a few tiles are in flight at any time.

    Arguments:
        known: what the work on a tile takes beside it, from the results so far.
        threads: worker threads in this process; all cores by default.
        scheduler: what to use instead of threads; see ``workers.connect``.

    Raises:
        InputError: threads is not positive, or the scheduler cannot be used.
        EventspaceError: the cluster fails.
        MissingExtraError: a scheduler is given and Dask is not installed.
    """
    with workers(threads, scheduler, metric, left, right) as (submit, capacity):
        queue = iter(tiles)
        running: dict[Future[Any], Tile] = {}
        while True:
            for tile in islice(queue, max(0, 2 * capacity() - len(running))):
                more = () if known is None else known(tile)
                running[submit(work, tile, *more)] = tile
            if not running:
                return
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                yield running.pop(future), future.result()

"""Work in blocks of fixed size, in processes or not: the events depend on the seed alone."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from eventspace.base.children import end_with_parent
from eventspace.base.errors import InputError
from eventspace.events.base import Events

__all__ = ["Maker", "cut", "in_order"]

Maker = Callable[[int, int], Events]
"""Makes events from the number of a block and their count; it can be sent to another process."""


def cut(n: int, size: int) -> Iterator[tuple[int, int]]:
    """Number and count of each block of n events; only the last one may be smaller than ``size``.

    Example:
        >>> list(cut(600, 250))
        [(0, 250), (1, 250), (2, 100)]
    """
    return ((block, min(size, n - start)) for block, start in enumerate(range(0, n, size)))


def in_order(make: Maker, blocks: Iterator[tuple[int, int]], processes: int) -> Iterator[Events]:
    """The events of each block in the order of the blocks, a few blocks ahead of the consumer and no more.

    Arguments:
        make: makes a block.
        blocks: number and count of each block.
        processes: how many blocks are made at once; with 1 they are made in this process.

    Raises:
        InputError: a process died, which most often means that the script lacks its main guard.
    """
    if processes == 1:
        for job in blocks:
            yield make(*job)
        return
    # Spawn, because a forked copy of a process with threads (numba's, HDF5's) may hang.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=end_with_parent) as pool:
        waiting: deque[Future[Events]] = deque()
        try:
            for job in blocks:
                waiting.append(pool.submit(make, *job))
                if len(waiting) > 2 * processes:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise InputError(
                "a process of the simulation died",
                remedy="put the script's code under `if __name__ == '__main__':`, or give processes=1",
            ) from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

"""Events some at a time, on all cores."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from eventspace.events.collisions import Collisions

__all__ = ["in_blocks"]

T = TypeVar("T")

_BLOCK = 500  # events


def in_blocks(events: Collisions, ask: Callable[[Collisions], T], threads: int | None = None) -> Iterator[T]:
    """Ask for some events at a time, several threads side by side; the answers come in the order of the events."""
    parts = [events[start : start + _BLOCK] for start in range(0, len(events), _BLOCK)]
    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        yield from pool.map(ask, parts)

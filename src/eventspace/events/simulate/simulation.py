"""The shape of every simulation: what it makes, with which options, block by block."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from eventspace.events.base import Events
from eventspace.events.simulate.options import Options

__all__ = ["Simulation"]


def _nothing(options: Any) -> None:
    """Most simulations need no package beside eventspace's own."""


class Simulation(NamedTuple):
    """A kind of sample that can be simulated.

    Attributes:
        description: one line: what the events are.
        unit: what they are called in the plural: jets, showers, points.
        options: what can be chosen; each option has a description.
        block: makes the first events of a block, of options, seed, number of the block and count. The same for any
            count, and it can be sent to another process.
        size: the events of a block, of options: a second of work or more.
        require: fails before any work where a package is missing, of options.
        alone: made in this process, since that is faster than to start another.
        lhe: the lines of a Les Houches file with the matrix-element events of a sample, of options, seed, and number
            and count of each block; None where there is no matrix element.
    """

    description: str
    unit: str
    options: type[Options]
    block: Callable[[Any, int, int, int], Events]
    size: Callable[[Any], int]
    require: Callable[[Any], None] = _nothing
    alone: bool = False
    lhe: Callable[[Any, int, Iterable[tuple[int, int]]], Iterator[str]] | None = None

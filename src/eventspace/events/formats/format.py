"""What a foreign format is to the converter."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from eventspace.base.errors import InputError
from eventspace.events.base import Events, Problem

__all__ = ["BYTES_AT_ONCE", "EVENTS_AT_ONCE", "Flawed", "Format", "countable", "flawed", "ranges"]

EVENTS_AT_ONCE = 10_000
"""The most events a reader holds in memory."""

BYTES_AT_ONCE = 1 << 26
"""About the most bytes of a file a reader holds in memory."""


class Flawed(NamedTuple):
    """Events of which the file lacks something that no array can say it lacks, such as a label.

    Attributes:
        events: with any value where it is missing.
        problems: which events are not valid for that.
    """

    events: Events
    problems: tuple[Problem, ...]


def flawed(events: Events, problems: Iterable[Problem]) -> Events | Flawed:
    """The events, together with their problems if there are any."""
    found = tuple(problems)
    return Flawed(events, found) if found else events


@dataclass(frozen=True)
class Format:
    """A format of files with events.

    Attributes:
        name: what people call it on the command line.
        description: what such a file holds.
        recognises: whether a file is of this format, from its first bytes and the names inside.
        count: the number of events in a file.
        read: yields the events of a file in their order, one for each event of the file, valid or not.
        takes_columns: ``count`` and ``read`` take a column map as second argument.
        options: names of the options that ``read`` takes, and ``count`` where it takes columns.
        contents: the names in a file and what each holds, where only its maker knows what they mean.
    """

    name: str
    description: str
    recognises: Callable[[Path], bool]
    count: Callable[..., int]
    read: Callable[..., Iterator[Events | Flawed]]
    takes_columns: bool = False
    options: tuple[str, ...] = ()
    contents: Callable[[Path], Mapping[str, str]] | None = None


def countable(count: Callable[[Path], int]) -> Callable[[Path], bool]:
    """Recognises the files whose events can be counted: for formats that are told by the names and shapes inside."""

    def recognises(path: Path) -> bool:
        try:
            return count(path) >= 0
        except InputError:
            return False

    return recognises


def ranges(count: int, event_bytes: int) -> Iterator[tuple[int, int]]:
    """Cut ``count`` events into ranges that fit into memory."""
    size = max(1, min(EVENTS_AT_ONCE, BYTES_AT_ONCE // max(1, event_bytes)))
    for start in range(0, count, size):
        yield start, min(count, start + size)

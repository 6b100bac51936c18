"""Files of columns: what every container of arrays, lists or rows is to a column map.

A module of such a format opens its files as a :class:`Table`; what the columns mean, the user's column map says.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, ClassVar, NamedTuple, Protocol

from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.formats.clouds import Counts

__all__ = ["Column", "Lists", "Request", "Table", "few", "unknown"]

_LISTED = 60


class Lists(NamedTuple):
    """A column with a list an event.

    Attributes:
        counts: (n,) how many entries each event has.
        values: (total,) the entries of all events one after the other; masked where the file holds none.
    """

    counts: Counts
    values: NDArray[Any]


Column = NDArray[Any] | Lists
"""A column of some events: (n,) one value an event, (n, M) rows of equal length, or lists."""


class Request(NamedTuple):
    """The columns that are wanted, by their names in the file.

    Attributes:
        particles: with entries for the particles.
        events: with one value an event.
        points: with coordinates, numbers all.
        offsets: where the events begin in flat arrays, if those of the particles are flat.
    """

    particles: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    offsets: str | None = None

    @property
    def names(self) -> list[str]:
        """All of them but the offsets, each once."""
        return list(dict.fromkeys((*self.particles, *self.events, *self.points)))


class Table(Protocol):
    """An open file of columns.

    Attributes:
        flat: columns of particles may be flat arrays that are cut into events by offsets.
    """

    flat: ClassVar[bool]

    def contents(self) -> Mapping[str, str]:
        """The names of the columns, and what each holds."""

    def count(self, request: Request) -> int:
        """The number of events."""

    def batches(self, request: Request) -> Iterator[Mapping[str, Column]]:
        """The columns of the request by name, some events at a time."""


def unknown(name: str, contents: Collection[str]) -> InputError:
    """The error for a name that a file does not have."""
    return InputError(f"there is no column {name!r}", remedy=f"it has {few(contents)}")


def few(names: Collection[str]) -> str:
    """Names, separated by commas, and how many more there are where they are many."""
    shown = list(names)[:_LISTED]
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"{', '.join(shown)}{more}" if shown else "nothing"

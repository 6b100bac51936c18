"""The one reader of all tables: a column map makes particles or points of their columns."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.base import Events, Problem, faulty
from eventspace.events.formats.assemble import assemble
from eventspace.events.formats.columns import PARTICLE, of_events
from eventspace.events.formats.entries import Entries
from eventspace.events.formats.format import Flawed, Format, flawed
from eventspace.events.formats.labels import texts
from eventspace.events.formats.table import Column, Lists, Request, Table, few, unknown
from eventspace.events.points import Points

__all__ = ["table_format"]


@dataclass(frozen=True)
class _Reader:
    """``count``, ``read`` and ``contents`` of a format of tables.

    Attributes:
        opened: opens a file.
        place: the names of the options that ``opened`` takes.
    """

    opened: Callable[..., AbstractContextManager[Table]]
    place: tuple[str, ...]

    def count(self, path: str | Path, columns: Mapping[str, str], *, points: Sequence[str] = (), **options: Any) -> int:
        """The number of events in a file."""
        with self.opened(path, **{name: options[name] for name in self.place if name in options}) as table:
            return table.count(_request(columns, points, table)[0])

    def read(
        self,
        path: str | Path,
        columns: Mapping[str, str],
        *,
        points: Sequence[str] = (),
        unit: str = "GeV",
        padding: float | None = None,
        **place: Any,
    ) -> Iterator[Events | Flawed]:
        """Events with the coordinates of the file.

        Arguments:
            path: the file.
            columns: our names to those of the file, as from :func:`eventspace.events.formats.columns.parse`.
            points: the columns that are coordinates of points; the events are particles where there are none.
            unit: the unit of the energies in the file.
            padding: the value that fills up rows; see :class:`eventspace.events.formats.entries.Entries`.
            place: where in the file, as ``opened`` takes it.
        """
        for option, given in (("unit", unit != "GeV"), ("padding", padding is not None)):
            if points and given:
                raise InputError("points have no particles", file=path, remedy=f"leave out --{option}")
        with self.opened(path, **place) as table:
            request, families = _request(columns, points, table)
            entries, start = Entries(padding), 0
            for batch in table.batches(request):
                whole = {theirs: _gathered(batch, members) for theirs, members in families.items()} | dict(batch)
                per_event = {ours: _per_event(whole, ours, theirs) for ours, theirs in of_events(columns).items()}
                known = {name: np.ma.getdata(values) for name, values in per_event.items()}
                if points:
                    events: Events = _points(whole, points, known)
                else:
                    events = _clouds(whole, columns, known, entries, unit, start)
                yield flawed(events, _missing(per_event))
                start += len(events)

    def contents(self, path: Path) -> Mapping[str, str]:
        """The names of the columns in a file, and what each holds."""
        with self.opened(path) as table:
            return dict(table.contents())


def table_format(
    name: str,
    description: str,
    recognises: Callable[[Path], bool],
    opened: Callable[..., AbstractContextManager[Table]],
    options: tuple[str, ...] = (),
    contents: Callable[[Path], Mapping[str, str]] | None = None,
) -> Format:
    """The format of files that ``opened`` opens as tables.

    Arguments:
        name, description, recognises: as in Format.
        opened: opens a file; errors inside the block name the file.
        options: what ``opened`` takes, beside the path.
        contents: what a file holds, where a file is more than one table.
    """
    reader = _Reader(opened, options)
    return Format(
        name,
        description,
        recognises,
        reader.count,
        reader.read,
        takes_columns=True,
        options=("points", "unit", "padding", *options),
        contents=contents or reader.contents,
    )


def _request(columns: Mapping[str, str], points: Sequence[str], table: Table) -> tuple[Request, dict[str, list[str]]]:
    """The columns to read from the table, and the members of each family of columns, ``NAME*``."""
    theirs = (*columns.values(), *points)
    families = {name: _family(name, table.contents()) for name in theirs if "*" in name}

    def members(names: Iterable[str]) -> tuple[str, ...]:
        return tuple(member for name in names for member in families.get(name, [name]))

    if "offsets" in columns and not table.flat:
        raise InputError("offsets are for flat arrays, of npz or HDF5 files", remedy="leave offsets out")
    particles = members(theirs for ours, theirs in columns.items() if ours in (*PARTICLE, "mask"))
    request = Request(particles, members(of_events(columns).values()), members(points), columns.get("offsets"))
    return request, families


def _family(name: str, contents: Collection[str]) -> list[str]:
    """The columns whose names have a number in place of the star, in the order of the numbers."""
    pattern = re.compile(re.escape(name).replace(r"\*", r"(\d+)"))
    numbers = {member: int(found[1]) for member in contents if (found := pattern.fullmatch(member))}
    if not numbers:
        raise unknown(name, contents)
    return sorted(numbers, key=numbers.__getitem__)


def _gathered(batch: Mapping[str, Column], members: Sequence[str]) -> Column:
    """Columns with one value an event side by side, (n, members)."""
    columns = [batch[name] for name in members]
    if any(isinstance(column, Lists) or column.ndim != 1 for column in columns):
        raise InputError(f"{members[0]} has more than one value an event", remedy="leave out the star")
    return np.ma.stack(columns, axis=1) if any(map(np.ma.is_masked, columns)) else np.stack(columns, axis=1)


def _missing(per_event: Mapping[str, NDArray[Any]]) -> Iterator[Problem]:
    for name, values in per_event.items():
        yield from faulty(np.ma.getmaskarray(values), f"{name} is missing", "remove the event or give the value")


def _per_event(batch: Mapping[str, Column], ours: str, theirs: str) -> NDArray[Any]:
    values = batch[theirs]
    if isinstance(values, Lists) or values.ndim != 1:
        raise InputError(
            f"{theirs} has more than one value an event", remedy=f"give one an event, or one of them: {theirs}:0"
        )
    if values.dtype.kind not in "biufUS":
        raise InputError(f"{theirs} holds {values.dtype}", remedy="give numbers, and text for labels only")
    if ours == "label" or values.dtype.kind in "US":
        return texts(values)
    return np.ma.filled(values, np.nan) if values.dtype.kind == "f" else values


def _clouds(
    batch: Mapping[str, Column],
    columns: Mapping[str, str],
    per_event: Mapping[str, NDArray[Any]],
    entries: Entries,
    unit: str,
    start: int,
) -> Events:
    lists = {ours: _lists(batch[theirs], theirs) for ours, theirs in columns.items() if ours in (*PARTICLE, "mask")}
    counts = next(iter(lists.values())).counts
    for ours, column in lists.items():
        if (column.counts != counts).any():
            event = int(np.argmax(column.counts != counts))
            text = f"{columns[ours]} has {column.counts[event]} particles where another column has {counts[event]}"
            raise InputError(text, event=start + event, remedy="name columns that belong together")
    values = {ours: column.values for ours, column in lists.items()}
    real = entries.real(counts, values, start)
    particles = {ours: column for ours, column in values.items() if ours != "mask"}
    return assemble(counts, particles, per_event, real=real, unit=unit, start=start)


def _lists(column: Column, name: str) -> Lists:
    """The entries of the particles; those that are missing are NaN where they are not integers."""
    if not isinstance(column, Lists):
        if column.ndim == 1:
            raise InputError(
                f"{name} holds one value an event, not one a particle",
                remedy="give lists, arrays (N, M) filled up to equal length, or flat arrays and offsets=NAME",
            )
        if column.ndim > 2:
            raise _several(name, column.shape[-1])
        column = Lists(np.full(len(column), column.shape[1], dtype=np.int64), column.reshape(-1))
    if column.values.ndim > 1:
        raise _several(name, column.values.shape[-1])
    if column.values.dtype.kind not in "biuf":
        held = "text" if column.values.dtype.kind in "US" else str(column.values.dtype)
        raise InputError(f"{name} holds {held}", remedy="give numbers")
    return column


def _several(name: str, count: int) -> InputError:
    return InputError(f"{name} has {count} values a particle", remedy=f"say which: {name}:0 to {name}:{count - 1}")


def _points(batch: Mapping[str, Column], points: Sequence[str], per_event: Mapping[str, NDArray[Any]]) -> Points:
    coordinates = []
    for name in points:
        values = batch[name]
        if isinstance(values, Lists) or values.ndim > 2 or values.dtype.kind not in "biuf":
            held = "lists" if isinstance(values, Lists) else f"{values.dtype} of {values.ndim} dimensions"
            raise InputError(f"{name} holds {held}, not coordinates", remedy="give columns of numbers, one a point")
        numbers = np.ma.filled(values.astype(np.float64), np.nan)
        coordinates.append(numbers.reshape(len(numbers), -1))
    return Points(
        values=np.concatenate(coordinates, axis=1), per_event=per_event, origin=f"the coordinates are {few(points)}"
    )

"""What a file of events holds, and what is wrong with it."""

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events import native
from eventspace.events.base import Events
from eventspace.events.formats.registry import detect
from eventspace.events.formats.suggestion import suggestions
from eventspace.events.isolated import isolated
from eventspace.events.reading import existing

__all__ = ["Contents", "Fault", "Inspection", "Multiplicity", "inspect"]

_SHOWN = 10


@dataclass(frozen=True)
class Fault:
    """One kind of fault.

    Attributes:
        text: what is wrong.
        remedy: what the caller can do.
        count: how many events show it; 0 where the columns do not fit together.
        events: the first of these events.
    """

    text: str
    remedy: str
    count: int = 0
    events: tuple[int, ...] = ()


class Multiplicity(NamedTuple):
    """The number of particles, filled pixels or cells of the events."""

    minimum: int
    median: float
    mean: float
    maximum: int


@dataclass(frozen=True)
class Inspection:
    """What a file of events holds.

    Attributes:
        file: the file.
        kind: particles, images, points, showers or collisions.
        count: the number of events.
        units: the units of the columns that have one.
        labels: how many events have each label.
        multiplicity: particles, filled pixels or cells an event; None for points and where no event could be read.
        ranges: lowest and highest finite value of each column of numbers, of the particles and of the events.
        seed, origin: how the events came to be.
        faults: everything that is wrong, by kind of fault.
    """

    file: Path
    kind: str
    count: int
    units: Mapping[str, str]
    labels: Mapping[str, int]
    multiplicity: Multiplicity | None
    ranges: Mapping[str, tuple[float, float]]
    seed: int | None
    origin: str
    faults: tuple[Fault, ...]

    def rows(self) -> Iterator[tuple[str, str]]:
        """Names and values, to print as a table."""
        yield "file", str(self.file)
        yield "kind", self.kind
        yield "events", f"{self.count:,}"
        for label, count in self.labels.items():
            yield f"label {label}", f"{count:,}"
        if self.multiplicity is not None:
            fewest, median, mean, most = self.multiplicity
            yield "entries an event", f"{fewest} to {most}, median {median:g}, mean {mean:.1f}"
        for name, (low, high) in self.ranges.items():
            yield name, f"{low:.6g} to {high:.6g} {self.units.get(name, '')}".rstrip()
        yield "seed", "none" if self.seed is None else str(self.seed)
        yield "origin", self.origin or "not stated"
        for fault in self.faults:
            where = f"{fault.count:,} events: {', '.join(map(str, fault.events))}" if fault.count else "the file"
            yield "FAULT", f"{fault.text} ({where}{' ...' if fault.count > len(fault.events) else ''}); {fault.remedy}"
        yield "valid", "no" if self.faults else "yes"

    def text(self) -> str:
        """The rows as text, one a line."""
        return _text(self.rows())


@dataclass(frozen=True)
class Contents:
    """What a table of somebody else holds, whose columns only its maker knows.

    Attributes:
        file: the file.
        format: the name of its format.
        columns: the names in the file, and what each holds.
        commands: each converts it, with columns that look like those of particles, or as an example; several where the
            names do not say what the columns are.
    """

    file: Path
    format: str
    columns: Mapping[str, str]
    commands: tuple[str, ...]

    def text(self) -> str:
        """The rows as text, one a line."""
        rows = [("file", str(self.file)), ("format", self.format), *self.columns.items()]
        names = ("convert it", *["or"] * (len(self.commands) - 1))
        return _text([*rows, *zip(names, self.commands, strict=True)])


def inspect(path: str | Path) -> Inspection | Contents:
    """Read a file chunk by chunk and say what it holds; invalid events are reported, not refused.

    Returns:
        For a table of another format, whose columns only its maker knows, their names and what each holds.

    Raises:
        InputError: the file is missing, damaged, or of a known format; then the remedy is the command that converts it.

    Example:
        >>> import eventspace as es, tempfile, pathlib
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "points.h5"
        >>> native.write(path, es.Points(values=np.array([[0.0, 3.0], [1.0, 2.0]]), seed=1))
        >>> report = inspect(path)
        >>> report.count, report.ranges["values"], report.faults
        (2, (0.0, 3.0), ())
    """
    path = existing(path)
    if not native.is_native(path):
        return _foreign(path)

    count = 0
    sizes: Counter[int] = Counter()
    labels: Counter[str] = Counter()
    ranges: dict[str, tuple[float, float]] = {}
    faults: dict[str, Fault] = {}
    events = native.read(path, 0, 0, check=False)
    for events in native.chunks(path, check=False):
        sound = True
        for problem in events.problems():
            sound &= problem.event is not None
            old = faults.get(problem.text, Fault(problem.text, problem.remedy))
            shown = old.events + tuple(count + event for event in problem.events[: _SHOWN - len(old.events)])
            faults[problem.text] = replace(old, count=old.count + len(problem.events), events=shown)
        # Where the columns do not fit together there is nothing to measure.
        if sound:
            _widen(ranges, events)
            sizes.update(events.sizes().tolist())
        labels.update([] if events.labels is None else events.labels.tolist())
        count += len(events)
    return Inspection(
        file=path,
        kind=events.kind,
        count=count,
        units=events.units,
        labels=dict(sorted(labels.items())),
        multiplicity=_multiplicity(sizes),
        ranges=ranges,
        seed=events.seed,
        origin=events.origin,
        faults=tuple(faults.values()),
    )


@isolated
def _foreign(path: str | Path) -> Contents:
    path = Path(path)
    found = detect(path)
    command = shlex.join(["eventspace", "convert", str(path), str(path.with_name(f"{path.stem}-events.h5"))])
    if found.contents is None:
        text = f"this is a file of format {found.name}, not an eventspace file"
        raise InputError(text, file=path, remedy=f"convert it: {command}")
    columns = found.contents(path)
    return Contents(path, found.name, columns, tuple(f"{command} {options}" for options in suggestions(columns)))


def _text(rows: Iterable[tuple[str, str]]) -> str:
    rows = list(rows)
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)


def _columns(events: Events) -> dict[str, NDArray[Any]]:
    """All columns of numbers, of the particles, pixels or cells and of the events."""
    columns = events.taken_apart().columns | dict(events.per_event)
    return {name: values for name, values in columns.items() if values.dtype.kind in "biuf" and name != "cell"}


def _widen(ranges: dict[str, tuple[float, float]], events: Events) -> None:
    for name, values in _columns(events).items():
        finite = values[np.isfinite(values)]
        if finite.size:
            low, high = ranges.get(name, (np.inf, -np.inf))
            ranges[name] = (min(low, float(finite.min())), max(high, float(finite.max())))


def _multiplicity(sizes: Counter[int]) -> Multiplicity | None:
    if not sizes:
        return None
    values = np.array(sorted(sizes))
    counts = np.array([sizes[value] for value in values])
    reached = np.cumsum(counts)
    total = int(reached[-1])
    middle = values[np.searchsorted(reached, [(total - 1) // 2, total // 2], side="right")]
    return Multiplicity(int(values[0]), float(middle.mean()), float(values @ counts / total), int(values[-1]))

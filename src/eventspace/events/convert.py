"""Files of other formats become eventspace files."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.base.files import writable
from eventspace.base.progress import progress
from eventspace.events import native
from eventspace.events.formats.columns import EXAMPLE, parse
from eventspace.events.formats.format import Format
from eventspace.events.formats.registry import detect, named
from eventspace.events.particles import ParticleClouds
from eventspace.events.reading import existing

__all__ = ["Summary", "convert"]


@dataclass(frozen=True)
class Summary:
    """What a conversion did.

    Attributes:
        source: the file that was read.
        destination: the eventspace file that was written.
        format: the name of the source's format.
        written: events in the new file.
        dropped: invalid events that were left out.
        faults: the first fault of each of them, and in how many events it is.
    """

    source: Path
    destination: Path
    format: str
    written: int
    dropped: int
    faults: Mapping[str, int]


def convert(
    source: str | Path,
    destination: str | Path,
    *,
    format: str | None = None,  # noqa: A002
    columns: str | None = None,
    limit: int | None = None,
    drop_invalid: bool = False,
    show_progress: bool | None = None,
) -> Summary:
    """Convert a file to an eventspace file, chunk by chunk; the new file appears whole or not at all.

    Arguments:
        source: the file to read.
        destination: the file to write.
        format: the name of the source's format; by default it is recognised from the file.
        columns: the column map of a Parquet or npz file, ``pt=PT,rapidity=Y,phi=PHI``.
        limit: read no more than this many events.
        drop_invalid: leave out events with NaN, negative pt or no particles instead of raising an error.
        show_progress: show a progress bar always or never; by default on a terminal.

    Raises:
        InputError: the source is missing, damaged or of another format, or an event is not valid.

    Example:
        >>> import tempfile, pathlib, numpy as np
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> pt, y, phi = np.array([[3.0, 1.0], [2.0, 0.0]]), np.zeros((2, 2)), np.zeros((2, 2))
        >>> np.savez(folder / "jets.npz", pt=pt, y=y, phi=phi)
        >>> summary = convert(folder / "jets.npz", folder / "jets.h5", columns="pt=pt,rapidity=y,phi=phi")
        >>> summary.written, native.read(folder / "jets.h5").multiplicity.tolist()
        (2, [2, 1])
    """
    source, destination = existing(source), writable(destination)
    if limit is not None and limit < 1:
        raise InputError(f"a limit of {limit} events leaves nothing", remedy="give a positive limit")
    if destination.exists() and destination.samefile(source):
        raise InputError("source and destination are the same file", file=source, remedy="name another destination")
    if native.is_native(source):
        raise InputError("this is an eventspace file already", file=source, remedy="use it as it is")
    chosen = detect(source) if format is None else named(format)
    arguments = _arguments(chosen, source, columns)

    read = dropped = 0
    faults: Counter[str] = Counter()
    total = chosen.count(*arguments) if limit is None else limit
    chunks: Iterator[ParticleClouds] = chosen.read(*arguments)
    with native.writer(destination) as file, progress("converting", total, "events", show_progress) as advance:
        for events in chunks:
            events = events[: total - read]
            valid = _valid(events, source, read, drop_invalid, faults)
            if valid.any():
                kept = events if valid.all() else events[valid]
                file.append(replace(kept, origin=f"{source.name}, converted from {chosen.name}"))
            read += len(events)
            dropped += int((~valid).sum())
            advance(len(events))
            if read >= total:
                break
        if not len(file):
            raise InputError(f"none of its {read} events is valid" if read else "it holds no events", file=source)
    return Summary(source, destination, chosen.name, read - dropped, dropped, dict(faults))


def _arguments(chosen: Format, source: Path, columns: str | None) -> tuple[Path] | tuple[Path, dict[str, str]]:
    if not chosen.takes_columns:
        if columns is not None:
            raise InputError(
                f"files of format {chosen.name} take no column map", file=source, remedy="leave out --columns"
            )
        return (source,)
    if columns is None:
        raise InputError(
            f"a file of format {chosen.name} needs a column map", file=source, remedy=f"for example {EXAMPLE}"
        )
    return source, parse(columns)


def _valid(
    events: ParticleClouds, source: Path, start: int, drop_invalid: bool, faults: Counter[str]
) -> NDArray[np.bool_]:
    """Which events are valid; counts the faults of the others, or raises the first."""
    problems = list(events.problems())
    for problem in problems:
        if problem.event is None:
            raise InputError(problem.text, file=source, remedy=problem.remedy)
    if problems and not drop_invalid:
        first = min(problems, key=lambda problem: problem.events[0])
        remedy = f"{first.remedy}, or leave out all invalid events with --drop-invalid"
        raise InputError(first.text, file=source, event=start + first.events[0], remedy=remedy)
    valid = np.ones(len(events), dtype=bool)
    for problem in problems:
        fresh = [event for event in problem.events if valid[event]]
        valid[fresh] = False
        faults.update({problem.text: len(fresh)} if fresh else {})
    return valid

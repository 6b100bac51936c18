"""Files of other formats become eventspace files."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.base.progress import progress
from eventspace.events import native
from eventspace.events.base import Events
from eventspace.events.formats.cells import Shape
from eventspace.events.formats.columns import EXAMPLE, parse
from eventspace.events.formats.format import Format
from eventspace.events.formats.registry import detect, named
from eventspace.events.formats.threedgan import CellUnit
from eventspace.events.reading import existing
from eventspace.events.showers import Showers
from eventspace.events.target import target

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
        remark: how the reader understood what the file does not state; empty where there is nothing to say.
        visible: the share of the incident energy that the cells of the showers hold; None where it is not known.
    """

    source: Path
    destination: Path
    format: str
    written: int
    dropped: int
    faults: Mapping[str, int]
    remark: str = ""
    visible: float | None = None


def convert(
    source: str | Path,
    destination: str | Path,
    *,
    format: str | None = None,  # noqa: A002
    columns: str | None = None,
    shape: Shape | None = None,
    cell_size: float | None = None,
    cell_unit: CellUnit | None = None,
    limit: int | None = None,
    drop_invalid: bool = False,
    overwrite: bool = False,
    show_progress: bool | None = None,
) -> Summary:
    """Convert a file to an eventspace file, chunk by chunk; the new file appears whole or not at all.

    Arguments:
        source: the file to read.
        destination: the file to write.
        format: the name of the source's format; by default it is recognised from the file.
        columns: the column map of a Parquet or npz file, ``pt=PT,rapidity=Y,phi=PHI``.
        shape: cells along x, y and z, for showers whose file does not state them: calochallenge and showerdata.
        cell_size: size of a cell along x and y in mm, for points that become showers: showerdata.
        cell_unit: the energy of one unit of the cells, ``GeV``, ``MeV``, ``keV`` or a number of GeV: 3dgan.
        limit: read no more than this many events.
        drop_invalid: leave out events with NaN, negative pt or energy, no particles or no filled cells instead of
            raising an error.
        overwrite: also replace a file that eventspace did not write.
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
    source = existing(source)
    destination = target(destination, [source], overwrite=overwrite)
    if limit is not None and limit < 1:
        raise InputError(f"a limit of {limit} events leaves nothing", remedy="give a positive limit")
    if native.is_native(source):
        raise InputError("this is an eventspace file already", file=source, remedy="use it as it is")
    chosen = detect(source) if format is None else named(format)
    arguments = _arguments(chosen, source, columns)
    options = _options(chosen, source, shape=shape, cell_size=cell_size, cell_unit=cell_unit)

    read = dropped = 0
    faults: Counter[str] = Counter()
    remark = ""
    energies = np.zeros(2)
    total = chosen.count(*arguments) if limit is None else limit
    chunks: Iterator[Events] = chosen.read(*arguments, **options)
    with native.writer(destination) as file, progress("converting", total, "events", show_progress) as advance:
        for events in chunks:
            events = events[: total - read]
            valid = _valid(events, source, read, drop_invalid, faults)
            if valid.any():
                kept = events if valid.all() else events[valid]
                remark = kept.origin
                origin = f"{source.name}, converted from {chosen.name}"
                file.append(replace(kept, origin=f"{origin}: {remark}" if remark else origin))
                energies += _energies(kept)
            read += len(events)
            dropped += int((~valid).sum())
            advance(len(events))
            if read >= total:
                break
        if not len(file):
            raise InputError(f"none of its {read} events is valid" if read else "it holds no events", file=source)
    visible = energies[0] / energies[1] if energies[1] > 0 else None
    return Summary(source, destination, chosen.name, read - dropped, dropped, dict(faults), remark, visible)


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


def _options(chosen: Format, source: Path, **given: Any) -> dict[str, Any]:
    """The options that were given."""
    options = {name: value for name, value in given.items() if value is not None}
    for name in options:
        if name not in chosen.options:
            option = f"--{name.replace('_', '-')}"
            text = f"files of format {chosen.name} take no {option}"
            raise InputError(text, file=source, remedy=f"leave out {option}")
    return options


def _energies(events: Events) -> tuple[float, float]:
    """The energy in the cells and the incident energy, summed over the showers."""
    if not isinstance(events, Showers) or "incident_energy" not in events.per_event:
        return 0.0, 0.0
    return float(events.total_energy.sum()), float(events.per_event["incident_energy"].sum(dtype=np.float64))


def _valid(events: Events, source: Path, start: int, drop_invalid: bool, faults: Counter[str]) -> NDArray[np.bool_]:
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

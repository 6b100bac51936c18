"""Files of other formats become eventspace files."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.base.progress import progress
from eventspace.events import native
from eventspace.events.base import Events, Problem
from eventspace.events.choice import Choice
from eventspace.events.formats.assemble import Unit
from eventspace.events.formats.cells import Shape
from eventspace.events.formats.columns import parse
from eventspace.events.formats.format import Flawed, Format
from eventspace.events.formats.registry import detect, named
from eventspace.events.formats.suggestion import suggestions
from eventspace.events.formats.table import few
from eventspace.events.formats.threedgan import CellUnit
from eventspace.events.hdf5 import opened
from eventspace.events.isolated import isolated, progressing
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
        visible: the fraction of the incident energy that the cells of the showers hold; None where it is not known.
        unchosen: events whose label was not chosen.
    """

    source: Path
    destination: Path
    format: str
    written: int
    dropped: int
    faults: Mapping[str, int]
    remark: str = ""
    visible: float | None = None
    unchosen: int = 0


@isolated
def convert(
    source: str | Path,
    destination: str | Path,
    *,
    format: str | None = None,  # noqa: A002
    columns: str | None = None,
    points: Sequence[str] | None = None,
    tree: str | None = None,
    unit: Unit | None = None,
    padding: float | None = None,
    shape: Shape | None = None,
    cell_size: float | None = None,
    cell_unit: CellUnit | None = None,
    label: str | None = None,
    limit: int | None = None,
    drop_invalid: bool = False,
    centre: bool = True,
    truth: bool | None = None,
    overwrite: bool = False,
    show_progress: bool | None = None,
) -> Summary:
    """Convert a file to an eventspace file, chunk by chunk; the new file appears whole or not at all.

    Arguments:
        source: the file to read.
        destination: the file to write.
        format: the name of the source's format; by default it is recognised from the file.
        columns: the column map of a table (Parquet, npz, npy, ROOT, HDF5, CSV), ``pt=PT,rapidity=Y,phi=PHI``.
        points: the columns of a table that are the coordinates of points; the map then names columns of events only.
        tree: the tree of a ROOT file that has several.
        unit: the unit of the energies of a table, ``GeV``, ``MeV`` or ``TeV``; they become GeV.
        padding: the value that fills up the rows of a table, -999 or NaN for example, where it is not 0.
        shape: cells along x, y and z, for showers whose file does not state them: calochallenge and showerdata.
        cell_size: size of a cell along x and y in mm, for points that become showers: showerdata.
        cell_unit: the energy of one unit of the cells, ``GeV``, ``MeV``, ``keV`` or a number of GeV: 3dgan.
        label: events to keep by their labels, and the names these get: ``top=1,qcd=0``, or ``top`` as it is called.
        limit: read no more than this many events.
        drop_invalid: leave out events with NaN, negative pt or energy, no particles or no filled cells instead of
            raising an error.
        centre: move the particles of a single jet to its axis, as distances between jets need it: energyflow,
            top-tagging and vae-jets. If not, they stay where they are in the file.
        truth: give reconstructed particles truth labels through their links to the generator, or leave these out:
            edm4hep. By default they get them where the file has links.
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
    own = native.is_native(source)
    if own and label is None and limit is None and not drop_invalid:
        remedy = "use it as it is, or choose events of it with --label, --limit or --drop-invalid"
        raise InputError("this is an eventspace file already", file=source, remedy=remedy)
    chosen = _OWN if own else detect(source) if format is None else named(format)
    options = _options(
        chosen,
        source,
        points=points or None,
        tree=tree,
        unit=unit,
        padding=padding,
        shape=shape,
        cell_size=cell_size,
        cell_unit=cell_unit,
        centre=None if centre else False,
        truth=truth,
    )
    arguments = _arguments(chosen, source, columns, points or ())
    choice = None if label is None else Choice.parse(label)

    read = dropped = unchosen = 0
    faults: Counter[str] = Counter()
    remark = ""
    energies = np.zeros(2)
    total = limit or chosen.count(*arguments, **(options if chosen.takes_columns else {}))
    chunks: Iterator[Events | Flawed] = chosen.read(*arguments, **options)
    with native.writer(destination) as file, progress("converting", total, "events", show_progress) as advance:
        for chunk in chunks:
            events, missing = chunk if isinstance(chunk, Flawed) else (chunk, ())
            events = events[: total - read]
            wanted = np.ones(len(events), dtype=bool) if choice is None else _wanted(choice, events, missing, source)
            valid = _valid(events, missing, wanted, source, read, drop_invalid, faults)
            if (wanted & valid).any():
                kept = events if (wanted & valid).all() else events[wanted & valid]
                kept = kept if choice is None else choice.named(kept)
                remark = "" if own else kept.origin
                file.append(replace(kept, origin=_origin(kept, source, chosen, label)))
                energies += _energies(kept)
            read += len(events)
            dropped += int((wanted & ~valid).sum())
            unchosen += int((~wanted).sum())
            advance(len(events))
            progressing()
            if read >= total:
                break
        if choice is not None and read:
            choice.check(source)
        if not len(file):
            reasons = "; ".join(f"{text}: {count}" for text, count in faults.items())
            text = f"none of its {read} events is valid ({reasons})" if read else "it holds no events"
            raise InputError(text, file=source)
    visible = energies[0] / energies[1] if energies[1] > 0 else None
    written = read - dropped - unchosen
    return Summary(source, destination, chosen.name, written, dropped, dict(faults), remark, visible, unchosen)


def _count_own(path: Path) -> int:
    with opened(path) as file:
        return int(file.attrs["count"])


_OWN = Format(
    native.FORMAT,
    "an eventspace file",
    native.is_native,
    _count_own,
    lambda path: native.chunks(path, check=False),
)


def _arguments(
    chosen: Format, source: Path, columns: str | None, points: Sequence[str]
) -> tuple[Path] | tuple[Path, dict[str, str]]:
    if not chosen.takes_columns:
        if columns is not None:
            raise InputError(
                f"files of format {chosen.name} take no column map", file=source, remedy="leave out --columns"
            )
        return (source,)
    if columns is None and not points:
        names = {} if chosen.contents is None else chosen.contents(source)
        raise InputError(
            f"a file of format {chosen.name} needs a column map",
            file=source,
            remedy=f"for example {', or '.join(suggestions(names))}; it has {few(names)}",
        )
    return source, parse(columns or "", points)


def _origin(events: Events, source: Path, chosen: Format, label: str | None) -> str:
    """How the events came to be: the file, what its reader remarks, and the labels that were chosen."""
    if chosen is _OWN:
        made = f"{events.origin}, chosen from {source.name}"
    else:
        made = f"{source.name}, converted from {chosen.name}" + (f": {events.origin}" if events.origin else "")
    return made if label is None else f"{made}, labels {label}"


def _options(chosen: Format, source: Path, **given: Any) -> dict[str, Any]:
    """The options that were given."""
    options = {name: value for name, value in given.items() if value is not None}
    for name in options:
        if name not in chosen.options:
            option = f"--{'no-' if options[name] is False else ''}{name.replace('_', '-')}"
            text = f"files of format {chosen.name} take no {option}"
            raise InputError(text, file=source, remedy=f"leave out {option}")
    return options


def _energies(events: Events) -> tuple[float, float]:
    """The energy in the cells and the incident energy, summed over the showers."""
    if not isinstance(events, Showers) or "incident_energy" not in events.per_event:
        return 0.0, 0.0
    return float(events.total_energy.sum()), float(events.per_event["incident_energy"].sum(dtype=np.float64))


def _wanted(choice: Choice, events: Events, missing: Sequence[Problem], source: Path) -> NDArray[np.bool_]:
    """Which events are chosen; those whose label is missing are too, for validation to find."""
    try:
        wanted = choice.wanted(events)
    except InputError as error:
        raise error.at(source) from None
    for problem in missing:
        wanted[[event for event in problem.events if event < len(wanted)]] = True
    return wanted


def _valid(
    events: Events,
    missing: Sequence[Problem],
    wanted: NDArray[np.bool_],
    source: Path,
    start: int,
    drop_invalid: bool,
    faults: Counter[str],
) -> NDArray[np.bool_]:
    """Which events are valid; counts the faults of the others that are wanted, or raises the first."""
    problems = []
    for problem in (*missing, *events.problems()):
        if problem.event is None:
            raise InputError(problem.text, file=source, remedy=problem.remedy)
        shown = tuple(event for event in problem.events if event < len(wanted) and wanted[event])
        if shown:
            problems.append(problem._replace(events=shown))
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

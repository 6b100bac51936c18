"""eventspace's own HDF5 files: read, write, and append chunk by chunk. The schema is in docs/files.md."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.base.files import atomic
from eventspace.events.base import Events
from eventspace.events.images import Images
from eventspace.events.particles import ParticleClouds
from eventspace.events.points import Points
from eventspace.events.showers import Showers

__all__ = ["FORMAT", "VERSION", "Writer", "chunks", "read", "write", "writer"]

FORMAT = "eventspace"
VERSION = 1
_KINDS: dict[str, type[Events]] = {kind.kind: kind for kind in (ParticleClouds, Images, Points, Showers)}
_CHUNK_BYTES = 1 << 18


def read(path: str | Path, start: int = 0, stop: int | None = None, *, check: bool = True) -> Any:
    """Read events from an eventspace file.

    Arguments:
        path: the file.
        start, stop: the range of events to read; all by default.
        check: validate the events; switch off only to inspect a damaged file.

    Returns:
        ParticleClouds, Images, Points or Showers, as the file says.

    Raises:
        InputError: the file is missing, is no eventspace file, is truncated, or an event is not valid.

    Example:
        >>> import tempfile, pathlib, numpy as np
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "points.h5"
        >>> write(path, Points(values=np.zeros((5, 2)), seed=1))
        >>> len(read(path)), len(read(path, 1, 3))
        (5, 2)
    """
    with _opened(path) as file:
        total = _count(file)
        if start < 0 or start > total:
            raise InputError(f"event {start} was asked for but the file holds {total}", file=path)
        events = _load(file, start, total if stop is None else min(stop, total))
    if not check:
        return events
    try:
        return events.check()
    except InputError as error:
        number = None if error.event is None else error.event + start
        raise InputError(error.problem, file=path, event=number, remedy=error.remedy) from None


def chunks(path: str | Path, size: int = 10_000) -> Iterator[Any]:
    """Read a file ``size`` events at a time, so that memory is bounded by the chunk."""
    with _opened(path) as file:
        total = _count(file)
    for start in range(0, total, size):
        yield read(path, start, start + size)


def write(path: str | Path, events: Events) -> None:
    """Write events to a file that appears whole or not at all.

    Raises:
        InputError: the events are not valid, or the folder does not exist.
    """
    with writer(path) as file:
        file.append(events)


@contextmanager
def writer(path: str | Path) -> Iterator["Writer"]:
    """A file to append events to, chunk by chunk; it takes its name only when the block ends well.

    Example:
        >>> import tempfile, pathlib, numpy as np
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "points.h5"
        >>> with writer(path) as file:
        ...     for _ in range(3):
        ...         file.append(Points(values=np.zeros((2, 1))))
        >>> len(read(path))
        6
    """
    with atomic(path) as temporary, h5py.File(temporary, "w") as file:
        yield Writer(file)
        if "kind" not in file.attrs:
            raise InputError("there are no events to write", file=path)


class Writer:
    """Appends sets of events of one kind to an open file; see :func:`writer`."""

    def __init__(self, file: h5py.File):
        self._file = file

    def append(self, events: Events) -> None:
        """Add events at the end.

        Raises:
            InputError: the events are not valid, or differ from the first ones in kind, columns or grid.
        """
        events.check()
        settings, ragged, regular = _disassemble(events)
        if "kind" not in self._file.attrs:
            self._start(events, settings)
        written = json.loads(self._file.attrs["settings"])
        if (self._file.attrs["kind"], written) != (events.kind, settings):
            raise InputError(
                f"events of kind {events.kind} {settings} do not continue a file of kind "
                f"{self._file.attrs['kind']} {written}",
                remedy="write them to a file of their own",
            )
        if ragged:
            offsets: NDArray[np.int64] = events.offsets  # type: ignore[attr-defined]
            last = self._file[f"{events.kind}/offsets"][-1] if f"{events.kind}/offsets" in self._file else 0
            new = offsets - offsets[0] + last
            self._extend(f"{events.kind}/offsets", new if last == 0 and len(self) == 0 else new[1:])
        for name, values in {**ragged, **regular}.items():
            self._extend(f"{events.kind}/{name}", values)
        for name, values in events.per_event.items():
            self._extend(
                f"event/{name}", values.astype(h5py.string_dtype()) if values.dtype.kind == "U" else values
            )
        self._file.attrs["count"] = len(self) + len(events)

    def __len__(self) -> int:
        return int(self._file.attrs.get("count", 0))

    def _start(self, events: Events, settings: Mapping[str, Any]) -> None:
        attributes = self._file.attrs
        attributes["format"], attributes["version"], attributes["kind"] = FORMAT, VERSION, events.kind
        attributes["settings"] = json.dumps(settings)
        attributes["units"] = json.dumps(dict(events.units))
        attributes["origin"] = events.origin
        if events.seed is not None:
            attributes["seed"] = events.seed

    def _extend(self, name: str, values: NDArray[Any]) -> None:
        if name not in self._file:
            if len(self):
                raise InputError(
                    f"the column {name} is new", remedy="give every part of a file the same columns"
                )
            row = max(1, values.dtype.itemsize * int(np.prod(values.shape[1:])))
            self._file.create_dataset(
                name,
                data=values,
                maxshape=(None, *values.shape[1:]),
                chunks=(max(1, _CHUNK_BYTES // row), *values.shape[1:]),
                compression="gzip",
                compression_opts=1,
                shuffle=True,
            )
            return
        dataset = self._file[name]
        dataset.resize(len(dataset) + len(values), axis=0)
        dataset[len(dataset) - len(values) :] = values


def _disassemble(events: Events) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Settings of the set, ragged columns, and arrays with one row an event."""
    match events:
        case ParticleClouds():
            return {"coordinate": events.coordinate}, {name: events.flat(name) for name in events.columns}, {}
        case Images():
            return {"half_width": events.half_width}, {}, {"values": events.values}
        case Points():
            return {}, {}, {"values": events.values}
        case Showers():
            entries = slice(events.offsets[0], events.offsets[-1])
            ragged = {"cell": events.cell[entries], "energy": events.energy[entries]}
            return {"shape": list(events.shape)}, ragged, {}
    raise TypeError(f"{type(events).__name__} is not a kind of events")


def _load(file: h5py.File, start: int, stop: int) -> Events:
    """The inverse of ``_disassemble`` for a range of events."""
    kind = file.attrs["kind"]
    settings = json.loads(file.attrs["settings"])
    group = file[kind]
    common: dict[str, Any] = {
        "per_event": {name: _values(values, start, stop) for name, values in file.get("event", {}).items()},
        "units": json.loads(file.attrs["units"]),
        "seed": int(file.attrs["seed"]) if "seed" in file.attrs else None,
        "origin": str(file.attrs["origin"]),
    }
    if "offsets" in group:
        offsets = group["offsets"][start : stop + 1].astype(np.int64)
        entries = slice(int(offsets[0]), int(offsets[-1])) if len(offsets) else slice(0, 0)
        columns = {name: values[entries] for name, values in group.items() if name != "offsets"}
        offsets = offsets - offsets[0]
        if kind == "particles":
            floats = {"pt", "rapidity", "eta", "phi", "mass"}
            columns = {
                name: values.astype(np.float64) if name in floats else values
                for name, values in columns.items()
            }
            return ParticleClouds(offsets=offsets, columns=columns, **common)
        return Showers(shape=tuple(settings["shape"]), offsets=offsets, **columns, **common)
    values = group["values"][start:stop]
    if kind == "images":
        return Images(values=values, half_width=settings["half_width"], **common)
    return Points(values=values, **common)


def _values(dataset: h5py.Dataset, start: int, stop: int) -> NDArray[Any]:
    if h5py.check_string_dtype(dataset.dtype):
        return np.asarray(dataset.asstr()[start:stop], dtype=str)
    return np.asarray(dataset[start:stop])


def _count(file: h5py.File) -> int:
    return int(file.attrs["count"])


@contextmanager
def _opened(path: str | Path) -> Iterator[h5py.File]:
    """Open an eventspace file; whatever HDF5 says of a damaged one becomes one clear error."""
    path = Path(path)
    if not path.is_file():
        raise InputError("there is no such file", file=path, remedy="check the path")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        remedy = "make it again, or if it is of another format: eventspace convert IN OUT"
        raise InputError("this is not a whole HDF5 file", file=path, remedy=remedy) from error
    with file:
        kind = file.attrs.get("kind")
        if file.attrs.get("format") != FORMAT or kind not in _KINDS:
            raise InputError(
                "this is not an eventspace file", file=path, remedy="convert it: eventspace convert IN OUT"
            )
        if int(file.attrs["version"]) > VERSION:
            remedy = "install a newer eventspace"
            raise InputError(f"the file has version {file.attrs['version']}", file=path, remedy=remedy)
        try:
            yield file
        except InputError:
            raise
        except (OSError, KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"the file is damaged ({error})", file=path, remedy="make it again") from error

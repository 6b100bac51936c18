"""eventspace's own HDF5 files: read, write, and append chunk by chunk. The schema is in docs/files.md."""

import json
import math
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, overload

import h5py
import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.base.files import atomic
from eventspace.events.base import Events, kind_of
from eventspace.events.hdf5 import MAGIC, opened, plausible
from eventspace.events.incident import in_double
from eventspace.events.kinds import KINDS
from eventspace.events.parts import Parts
from eventspace.events.reading import begins_with, existing

__all__ = ["FORMAT", "VERSION", "Writer", "chunks", "count", "is_native", "read", "write", "writer"]

FORMAT = "eventspace"
VERSION = 1

E = TypeVar("E", bound=Events)

# Kernels read double precision; a file may store less to save room.
_COLUMNS = dict.fromkeys(("pt", "rapidity", "eta", "phi", "mass"), np.float64)
_CHUNK_BYTES = 1 << 18
# Texts have a fixed length because HDF5 can hang in a damaged file that holds texts of variable length.
_TEXT = h5py.string_dtype("utf-8", 64)
_LONGEST_ORIGIN = 15_000  # characters of up to 4 bytes: an attribute holds 64 kB


@overload
def read(path: str | Path, start: int = 0, stop: int | None = None, *, check: bool = True) -> Events: ...
@overload
def read(path: str | Path, start: int = 0, stop: int | None = None, *, kind: type[E], check: bool = True) -> E: ...
def read(
    path: str | Path,
    start: int = 0,
    stop: int | None = None,
    *,
    kind: type[Events] | None = None,
    check: bool = True,
) -> Events:
    """Read events from an eventspace file.

    Arguments:
        path: the file.
        start, stop: the range of events to read; all by default.
        kind: what the file has to hold, ``es.ParticleClouds`` say; a type checker then knows what is returned.
        check: validate the events; switch off only to inspect a damaged file.

    Returns:
        ParticleClouds, Images, Points, Showers or Collisions, as the file says.

    Raises:
        InputError: the file is missing, is not an eventspace file, is truncated, is empty, holds another kind, or an
            event is not valid.

    Example:
        >>> import eventspace as es, tempfile, pathlib, numpy as np
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "points.h5"
        >>> write(path, es.Points(values=np.zeros((5, 2)), seed=1))
        >>> len(read(path)), len(read(path, 1, 3))
        (5, 2)
        >>> read(path, kind=es.Points).values.shape
        (5, 2)
    """
    with _opened(path) as file:
        total = _number(file, "count")
        if not 0 <= start <= total:
            raise InputError(f"there is no event {start}: the file holds {total}")
        if check and total == 0:
            raise InputError("the file holds no events", remedy="make it again, with some")
        loaded = _load(file, start, total if stop is None else max(start, min(stop, total)))
        events = replace(loaded, file=Path(path))
    if kind is not None and not (isinstance(kind, type) and issubclass(kind, Events)):
        raise TypeError(f"kind is {kind!r}, not a class of events; give es.ParticleClouds, say")
    if kind and not isinstance(events, kind):
        raise InputError(f"it holds {events.kind}, not {kind.kind}", file=path, remedy="name another file")
    if not check:
        return events
    try:
        return events.check()
    except InputError as error:
        raise error.at(path, first=start) from None


def chunks(path: str | Path, size: int = 10_000, *, check: bool = True) -> Iterator[Events]:
    """Read a file ``size`` events at a time, so that memory is bounded by the chunk."""
    for start in range(0, count(path), size):
        yield read(path, start, start + size, check=check)


def count(path: str | Path) -> int:
    """How many events a file holds."""
    with _opened(path) as file:
        return _number(file, "count")


def is_native(path: str | Path) -> bool:
    """Whether this is an eventspace file, whole or damaged."""
    try:
        with opened(path) as file:
            return _is_ours(file)
    except InputError:
        return False


def write(path: str | Path, events: Events) -> None:
    """Write events to a file that appears whole or not at all.

    Raises:
        InputError: the events are not valid, or there are none, or the folder does not exist.
    """
    with writer(path) as file:
        file.append(events)


@contextmanager
def writer(path: str | Path) -> Iterator["Writer"]:
    """A file to append events to, chunk by chunk; it takes its name only when the block ends well.

    Example:
        >>> import eventspace as es, tempfile, pathlib, numpy as np
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "points.h5"
        >>> with writer(path) as file:
        ...     for _ in range(3):
        ...         file.append(es.Points(values=np.zeros((2, 1))))
        >>> len(read(path))
        6
    """
    with atomic(path) as temporary, h5py.File(temporary, "w") as file:
        written = Writer(file)
        yield written
        if not len(written):
            raise InputError("there are no events to write", file=path)


class Writer:
    """Appends sets of events of one kind to an open file; see :func:`writer`."""

    def __init__(self, file: h5py.File):
        self._file = file

    def append(self, events: Events) -> None:
        """Add events at the end; on an error the file is as it was.

        Raises:
            InputError: the events are not valid, or differ from the first ones in kind, columns, units or grid.
        """
        kind_of(events)
        events.check()
        settings, counts, arrays = _disassemble(events)
        offsets = f"{events.kind}/offsets"
        if "kind" not in self._file.attrs:
            self._start(events, settings, arrays)
            if counts is not None:
                self._create(offsets, np.zeros(1, dtype=np.int64))
        self._compare(events, settings, arrays)
        if counts is not None:
            arrays[offsets] = np.cumsum(counts) + self._file[offsets][-1]
        for name, values in arrays.items():
            dataset = self._file[name]
            dataset.resize(len(dataset) + len(values), axis=0)
            dataset[len(dataset) - len(values) :] = values
        self._file.attrs["count"] = len(self) + len(events)

    def __len__(self) -> int:
        return int(self._file.attrs.get("count", 0))

    def _start(self, events: Events, settings: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
        attributes = self._file.attrs
        texts = {"format": FORMAT, "kind": events.kind, "origin": _shortened(events.origin)}
        texts |= {"settings": json.dumps(settings), "units": json.dumps(dict(events.units))}
        for name, text in texts.items():
            # Names of files, which an origin holds, may be bytes that are not text.
            attributes[name] = np.bytes_(text.encode("utf-8", "backslashreplace") or b" ")
        attributes["version"], attributes["count"] = VERSION, 0
        if events.seed is not None:
            attributes["seed"] = events.seed
        for name, values in arrays.items():
            self._create(name, values[:0])

    def _create(self, name: str, values: NDArray[Any]) -> None:
        row = max(1, values.dtype.itemsize * math.prod(values.shape[1:]))
        self._file.create_dataset(
            name,
            data=values,
            maxshape=(None, *values.shape[1:]),
            chunks=(max(1, _CHUNK_BYTES // row), *values.shape[1:]),
            compression="gzip",
            compression_opts=1,
            shuffle=True,
        )

    def _compare(self, events: Events, settings: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
        """Make sure that the events continue those already in the file."""
        remedy = "write them to a file of their own"
        kind, written = _text(self._file, "kind"), json.loads(_text(self._file, "settings"))
        if (kind, written) != (events.kind, settings):
            raise InputError(
                f"{_described(events.kind, settings)} do not continue {_described(kind, written)}", remedy=remedy
            )
        units = json.loads(_text(self._file, "units"))
        if units != dict(events.units):
            raise InputError(f"units {dict(events.units)} do not continue units {units}", remedy="convert them first")
        names = {f"{group}/{name}" for group in self._file for name in self._file[group]}
        differing = names - {f"{kind}/offsets"} ^ set(arrays)
        if differing:
            raise InputError(
                f"the column {min(differing)} is not in every part", remedy="give every part of a file the same columns"
            )
        for name, values in arrays.items():
            dataset = self._file[name]
            if dataset.shape[1:] != values.shape[1:]:
                shapes = f"{values.shape[1:]} do not continue {dataset.shape[1:]}"
                raise InputError(f"{name}: values of shape {shapes}", remedy=remedy)
            becomes_text = values.dtype.kind != "S" and dataset.dtype.kind == "S"
            if becomes_text or not np.can_cast(values.dtype, dataset.dtype):
                raise InputError(
                    f"{name}: {values.dtype} does not continue {dataset.dtype}", remedy="give every part the same types"
                )


def _disassemble(events: Events) -> tuple[dict[str, Any], NDArray[np.int64] | None, dict[str, NDArray[Any]]]:
    """Settings of the set, entries of each event where it is ragged, and the arrays by the path of their dataset."""
    settings, counts, columns = events.taken_apart()
    arrays = {f"{events.kind}/{_named(name)}": values for name, values in columns.items()}
    for name, values in events.per_event.items():
        stored = _encoded(name, values) if values.dtype.kind == "U" else _in_precision(name, values)
        arrays[f"event/{_named(name)}"] = stored
    return settings, counts, arrays


def _shortened(origin: str) -> str:
    return origin if len(origin) <= _LONGEST_ORIGIN else f"{origin[:_LONGEST_ORIGIN]} ..."


def _encoded(name: str, texts: NDArray[Any]) -> NDArray[Any]:
    try:
        encoded = np.char.encode(texts, "utf-8")
    except UnicodeEncodeError as error:
        raise InputError(f"{name} holds {error.object!r}", remedy="give texts of valid Unicode") from None
    if encoded.dtype.itemsize > _TEXT.itemsize:
        raise InputError(f"{name} holds texts of more than {_TEXT.itemsize} bytes", remedy="give shorter labels")
    return encoded.astype(_TEXT)


def _named(name: str) -> str:
    if not name or "/" in name or name in (".", "offsets"):
        raise InputError(f"{name!r} cannot name a column", remedy="give it another name, without a slash")
    return name


def _load(file: h5py.File, start: int, stop: int) -> Events:
    """The inverse of ``_disassemble`` for a range of events."""
    kind, total = _text(file, "kind"), _number(file, "count")
    settings = json.loads(_text(file, "settings"))
    group = {str(name): plausible(dataset) for name, dataset in file[kind].items()}
    per_event = {str(name): plausible(dataset) for name, dataset in file.get("event", {}).items()}
    for name, dataset in per_event.items():
        _refuse_variable_length(f"event/{name}", dataset.dtype)
        _expect(name, dataset, dataset.dtype.kind in "biufS" and dataset.shape == (total,))
    common: dict[str, Any] = {
        "per_event": {name: _in_precision(name, _values(dataset, start, stop)) for name, dataset in per_event.items()},
        "units": {str(name): str(unit) for name, unit in json.loads(_text(file, "units")).items()},
        "seed": _number(file, "seed") if "seed" in file.attrs else None,
        "origin": _text(file, "origin").strip(),
    }
    counts: NDArray[np.int64] | None = None
    if "offsets" in group:
        offsets, columns = _ragged(group, total, start, stop)
        counts = np.diff(offsets)
        columns = {
            name: values.astype(_COLUMNS.get(name, values.dtype), copy=False) for name, values in columns.items()
        }
    else:
        columns = {name: _rows(name, dataset, total)[start:stop] for name, dataset in group.items()}
    return KINDS[kind].assembled(Parts(settings, counts, columns), common)


def _rows(name: str, dataset: h5py.Dataset, count: int) -> h5py.Dataset:
    _expect(name, dataset, dataset.dtype.kind in "iuf" and len(dataset) == count)
    return dataset


def _ragged(
    group: Mapping[str, h5py.Dataset], count: int, start: int, stop: int
) -> tuple[NDArray[np.int64], dict[str, Any]]:
    """The offsets, from 0, and the entries of a range of events."""
    for name, dataset in group.items():
        _expect(name, dataset, dataset.ndim == 1 and dataset.dtype.kind in "biuf")
    offsets = group["offsets"]
    _expect("offsets", offsets, offsets.dtype.kind in "iu" and len(offsets) == count + 1)
    _expect("offsets", offsets, offsets[0] == 0)
    whole = int(offsets[-1])
    chosen = offsets[start : stop + 1].astype(np.int64)
    first, last = int(chosen[0]), int(chosen[-1])
    columns = {}
    for name, dataset in group.items():
        if name == "offsets":
            continue
        _expect(name, dataset, 0 <= first <= last <= whole == len(dataset))
        columns[name] = dataset[first:last]
    return chosen - first, columns


def _expect(name: str, dataset: h5py.Dataset, holds: bool) -> None:
    if not holds:
        text = f"{name} holds {dataset.dtype} of shape {dataset.shape}, which does not fit the events of the file"
        raise InputError(text, remedy="the file is damaged: make it again")


def _values(dataset: h5py.Dataset, start: int, stop: int) -> NDArray[Any]:
    values = np.asarray(dataset[start:stop])
    return np.char.decode(values, "utf-8") if values.dtype.kind == "S" else values


def _in_precision(name: str, values: NDArray[Any]) -> NDArray[Any]:
    return in_double(values) if name == "incident_energy" and values.dtype.kind in "biuf" else values


def _is_ours(file: h5py.File) -> bool:
    """Whether it says so, or states all that only our files do, in types that are refused where they are read."""
    try:
        return _text(file, "format") == FORMAT
    except InputError:
        return {"format", "version", "kind", "count", "settings", "units"} <= set(file.attrs)


def _described(kind: str, settings: Mapping[str, Any]) -> str:
    stated = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in settings.items())
    return f"{kind} with {stated}" if stated else kind


def _text(file: h5py.File, name: str) -> str:
    return bytes(_stated(file, name, "S")).decode("utf-8")


def _number(file: h5py.File, name: str) -> int:
    number = int(_stated(file, name, "iu"))
    if number < 0 and name != "seed":
        raise InputError(f"its {name} is {number}", remedy="the file is damaged: make it again")
    return number


def _refuse_variable_length(name: str, dtype: np.dtype[Any]) -> None:
    """HDF5 can hang in a damaged file with such texts, so they are not touched even in one that is whole."""
    text = h5py.check_string_dtype(dtype)
    if text is not None and text.length is None:
        raise InputError(
            f"{name} holds text of variable length",
            remedy="write it with fixed length: numpy.bytes_(text), or numpy.char.encode(texts, 'utf-8') for a list",
        )


def _stated(file: h5py.File, name: str, kinds: str) -> Any:
    """What the file states about itself; values of other types are not touched."""
    if name in file.attrs:
        stored = file.attrs.get_id(name)
        _refuse_variable_length(f"the attribute {name}", stored.dtype)
        if stored.shape == () and stored.dtype.kind in kinds:
            return file.attrs[name]
    raise InputError(f"its {name} is not stated", remedy="the file is damaged: make it again")


@contextmanager
def _opened(path: str | Path) -> Iterator[h5py.File]:
    """Open an eventspace file; any error of HDF5 about a damaged one becomes one clear error."""
    path = existing(path)
    shown = shlex.quote(str(path))
    remedy = f"convert it first: eventspace convert {shown} OUT; eventspace inspect {shown} shows what it is"
    foreign = InputError("this is not an eventspace file", file=path, remedy=remedy)
    if path.stat().st_size and not begins_with(path, MAGIC):
        raise foreign
    with opened(path) as file:
        if not _is_ours(file):
            raise foreign
        version, kind = _number(file, "version"), _text(file, "kind")
        if version > VERSION:
            raise InputError(f"the file has version {version}", remedy="install a newer eventspace")
        if kind not in KINDS:
            raise InputError(f"it holds no kind of events: {kind!r}", remedy="the file is damaged: make it again")
        yield file

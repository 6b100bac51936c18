"""numpy archives with one array a column.

Columns of particles are (N, M), filled up with zeros, or flat with the events cut by an array of N + 1 offsets that the
column map names ``offsets``. Columns of events are (N).
"""

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from eventspace.base.errors import InputError
from eventspace.events.formats.clouds import per_row
from eventspace.events.formats.columns import PARTICLE, assemble
from eventspace.events.formats.format import Format, ranges
from eventspace.events.formats.npz_array import NpzArray, archive, names
from eventspace.events.particles import ParticleClouds

__all__ = ["FORMAT", "read"]

_TYPICAL_PARTICLES = 100


def read(path: str | Path, columns: Mapping[str, str]) -> Iterator[ParticleClouds]:
    """Clouds with the coordinates of the file.

    Arguments:
        path: the file.
        columns: our names to the names of the arrays, as from :func:`eventspace.events.formats.columns.parse`.
    """
    with archive(path) as opened:
        if "offsets" in columns:
            yield from _flat(opened, columns)
        else:
            yield from _padded(opened, columns)


def _padded(opened: zipfile.ZipFile, columns: Mapping[str, str]) -> Iterator[ParticleClouds]:
    particles, events = _arrays(opened, columns)
    first = next(iter(particles.values()))
    for name, array in particles.items():
        if len(array.shape) != 2 or array.shape != first.shape:
            remedy = "give arrays (N, M) filled up with zeros, or flat ones and offsets=NAME"
            raise InputError(f"{columns[name]} has the shape {array.shape}", remedy=remedy)
    _one_an_event(columns, events, len(first))
    for start, stop in ranges(len(first), sum(array.row_bytes for array in particles.values())):
        rows = {name: array.next(stop - start) for name, array in particles.items()}
        flat = {name: values.ravel() for name, values in rows.items()}
        per_event = {name: array.next(stop - start) for name, array in events.items()}
        yield assemble(per_row(next(iter(rows.values()))), flat, per_event)


def _flat(opened: zipfile.ZipFile, columns: Mapping[str, str]) -> Iterator[ParticleClouds]:
    particles, events = _arrays(opened, columns)
    offsets = _offsets(opened, columns)
    for name, array in particles.items():
        if array.shape != (int(offsets[-1]),):
            text = f"{columns[name]} has the shape {array.shape} but the offsets end at {offsets[-1]}"
            raise InputError(text, remedy="give one value a particle and N + 1 offsets")
    _one_an_event(columns, events, len(offsets) - 1)
    for start, stop in ranges(len(offsets) - 1, 8 * len(particles) * _TYPICAL_PARTICLES):
        counts = np.diff(offsets[start : stop + 1])
        flat = {name: array.next(int(counts.sum())) for name, array in particles.items()}
        yield assemble(counts, flat, {name: array.next(stop - start) for name, array in events.items()})


def _arrays(opened: zipfile.ZipFile, columns: Mapping[str, str]) -> tuple[dict[str, NpzArray], dict[str, NpzArray]]:
    """The arrays of the particles and of the events, by our names."""
    arrays = {ours: NpzArray(opened, theirs) for ours, theirs in columns.items() if ours != "offsets"}
    particles = {name: array for name, array in arrays.items() if name in PARTICLE}
    for name, array in particles.items():
        if array.dtype.kind not in "biuf":
            raise InputError(f"{columns[name]} holds {array.dtype}", remedy="save numbers")
    return particles, {name: array for name, array in arrays.items() if name not in PARTICLE}


def _offsets(opened: zipfile.ZipFile, columns: Mapping[str, str]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    array = NpzArray(opened, columns["offsets"])
    if len(array.shape) != 1 or not len(array) or array.dtype.kind not in "iu":
        text = f"{columns['offsets']} holds {array.dtype} of shape {array.shape}"
        raise InputError(text, remedy="give N + 1 whole numbers for offsets")
    offsets = array.next(len(array)).astype(np.int64)
    if offsets[0] != 0 or (np.diff(offsets) < 0).any():
        raise InputError("the offsets do not start at 0 or fall", remedy="write offsets that start at 0 and never fall")
    return offsets


def _one_an_event(columns: Mapping[str, str], events: Mapping[str, NpzArray], count: int) -> None:
    for name, array in events.items():
        if array.shape != (count,):
            text = f"{columns[name]} has the shape {array.shape} for {count} events"
            raise InputError(text, remedy="give one value an event")


def _count(path: Path, columns: Mapping[str, str]) -> int:
    with archive(path) as opened:
        if "offsets" in columns:
            return len(NpzArray(opened, columns["offsets"])) - 1
        particles, _ = _arrays(opened, columns)
        return len(next(iter(particles.values())))


def _recognises(path: Path) -> bool:
    try:
        with archive(path) as opened:
            return bool(names(opened))
    except InputError:
        return False


FORMAT = Format("npz", "numpy archive with a column map", _recognises, _count, read, takes_columns=True)

"""Files of the showerdata package (FLC-QU-hep/ShowerData): showers as point clouds, as generators for ILD make them.

HDF5: ``showers`` (N), rows of variable length with four or five numbers for each point: x and y [mm], the number of
the layer, the energy [GeV] and the time; ``shape`` (3): N, the most points of a shower, four or five; ``energies``
(N, 1), the energy of the incident particle [GeV]; ``directions`` (N, 3) and ``pdg`` (N). Schema from the package,
version 0.7.0. Millimetres, layers and GeV of the points are what it computes with; it states no unit for the incident
energy.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.formats.cells import ENERGIES, Shape, fitting, one_an_event
from eventspace.events.formats.format import Format, countable, ranges
from eventspace.events.hdf5 import opened, plausible
from eventspace.events.incident import in_double
from eventspace.events.ragged import offsets_of
from eventspace.events.showers import Showers

__all__ = ["FORMAT", "read"]

_ILD_CELL = 5.0
# Layers are whole numbers in single precision; the package rounds them like this too.
_ROUNDING = 0.1
_REMEDY = "give cells along x and y and layers, and the size of a cell in mm: --shape 80 80 30 --cell-size 5"


class _Points(NamedTuple):
    """Points of some showers that hold energy, in the order of the showers."""

    event: NDArray[np.int64]
    place: NDArray[np.float64]
    energy: NDArray[np.float64]


def read(path: str | Path, *, shape: Shape | None = None, cell_size: float | None = None) -> Iterator[Showers]:
    """Showers in GeV on a grid around x = y = 0 whose z is the layer, with ``incident_energy``, ``pid`` and direction.

    The points in a cell are added up; their times are not kept.

    Arguments:
        path: the file.
        shape: cells along x and y, and layers; by default the smallest grid that holds all points of the file, with as
            many cells along x as along y and an even number of them.
        cell_size: size of a cell along x and y in mm; 5 by default, as in the electromagnetic calorimeter of ILD.
    """
    size = _ILD_CELL if cell_size is None else cell_size
    if not 0 < size < np.inf:
        raise InputError(f"cells of {size:g} mm are impossible", remedy=_REMEDY)
    with opened(path) as file:
        showers = _showers(file)
        energy, pid = one_an_event(file, "energies", len(showers)), one_an_event(file, "pdg", len(showers))
        directions = _directions(file, len(showers))
        grid = fitting(_smallest(file, size) if shape is None else shape, _REMEDY)
        for start, stop in _ranges(file):
            offsets, cell, energies = _added_up(_points(file, start, stop), start, stop, grid, size)
            x, y, z = directions[start:stop].T
            yield Showers(
                shape=grid,
                offsets=offsets,
                cell=cell,
                energy=energies,
                per_event={
                    "incident_energy": in_double(energy[start:stop].reshape(-1)),
                    "pid": pid[start:stop].reshape(-1),
                    "direction_x": x,
                    "direction_y": y,
                    "direction_z": z,
                },
                units=ENERGIES,
                origin=f"{' x '.join(map(str, grid))} cells, {size:g} mm wide along x and y, z is the layer",
            )


def _added_up(
    points: _Points, start: int, stop: int, grid: Shape, size: float
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """Offsets, cell numbers and energies of the showers from ``start`` to ``stop``."""
    middle = np.array([grid[0] / 2, grid[1] / 2, 0.0])
    index = np.floor(_index(points.place, size) + middle)
    nowhere = np.any(~np.isfinite(index), axis=1)
    index[nowhere] = 0
    outside = np.any((index < 0) | (index >= grid), axis=1)
    if outside.any():
        first = int(np.argmax(outside))
        x, y, z = points.place[first]
        text = f"the point x = {x:g} mm, y = {y:g} mm, layer {z:g} is outside the {' x '.join(map(str, grid))} cells"
        remedy = "give a larger --shape or --cell-size; without --shape the grid holds all points from layer 0 on"
        raise InputError(text, event=start + int(points.event[first]), remedy=remedy)
    # A point that lies nowhere makes its shower invalid, as one whose energy is not a number does.
    energy = np.where(nowhere, np.nan, points.energy)
    x, y, z = index.astype(np.int64).T
    key = points.event * math.prod(grid) + (x * grid[1] + y) * grid[2] + z
    order = np.argsort(key, kind="stable")
    filled, first_of = np.unique(key[order], return_index=True)
    sums = np.add.reduceat(energy[order], first_of)
    # Adding up must not hide a negative energy.
    least = np.minimum.reduceat(energy[order], first_of)
    event, cell = np.divmod(filled, math.prod(grid))
    offsets = offsets_of(np.bincount(event, minlength=stop - start))
    return offsets, cell.astype(np.int32), np.where(least < 0, least, sums).astype(np.float32)


def _smallest(file: h5py.File, size: float) -> Shape:
    last = np.zeros(3)
    for start, stop in _ranges(file):
        index = np.floor(np.abs(_index(_points(file, start, stop).place, size)))
        last = np.max(index, axis=0, initial=0.0, where=np.isfinite(index)).clip(min=last)
    half, layers = int(max(last[0], last[1])) + 1, int(last[2]) + 1
    return 2 * half, 2 * half, layers


def _index(place: NDArray[np.float64], size: float) -> NDArray[np.float64]:
    """Places in cells along x and y and in layers, before they are rounded down."""
    return place / [size, size, 1.0] + [0.0, 0.0, _ROUNDING]


def _points(file: h5py.File, start: int, stop: int) -> _Points:
    rows, columns = list(file["showers"][start:stop]), _columns(file)
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    if (lengths % columns).any():
        first = int(np.argmax(lengths % columns != 0))
        text = f"{lengths[first]} numbers are not {columns} for each point"
        raise InputError(text, event=start + first, remedy="make or download the file again")
    with np.errstate(invalid="ignore"):  # a NaN of a damaged file is found where showers are checked
        points = np.concatenate(rows).reshape(-1, columns).astype(np.float64)
    event = np.repeat(np.arange(stop - start), lengths // columns)
    real = points[:, 3] != 0
    return _Points(event[real], points[real, :3], points[real, 3])


def _showers(file: h5py.File) -> h5py.Dataset:
    if not {"showers", "shape", "energies"} <= set(file):
        raise InputError("showers, shape or energies is missing", remedy=f"it has {', '.join(file) or 'nothing'}")
    showers = file["showers"]
    kind = h5py.check_vlen_dtype(plausible(showers).dtype)
    if showers.ndim != 1 or kind is None or np.dtype(kind).kind != "f":
        text = f"showers holds {showers.dtype} of shape {showers.shape}, not rows of numbers for each shower"
        raise InputError(text, remedy="check the format")
    _columns(file)
    return showers


def _columns(file: h5py.File) -> int:
    """How many numbers a point has."""
    shape = plausible(file["shape"])
    if shape.shape != (3,) or shape.dtype.kind not in "iu" or shape[2] not in (4, 5):
        raise InputError("shape does not say that points have four or five numbers", remedy="check the format")
    return int(shape[2])


def _directions(file: h5py.File, count: int) -> h5py.Dataset:
    if "directions" not in file or plausible(file["directions"]).shape != (count, 3):
        raise InputError(f"directions is missing or not ({count}, 3)", remedy="check the format")
    return file["directions"]


def _ranges(file: h5py.File) -> Iterator[tuple[int, int]]:
    # Eight numbers of double precision a point: its own, their sorted copies and its cell.
    yield from ranges(len(file["showers"]), 64 * max(1, int(file["shape"][1])))


def _count(path: Path) -> int:
    with opened(path) as file:
        return len(_showers(file))


FORMAT = Format(
    "showerdata",
    "showers of the showerdata package, HDF5",
    countable(_count),
    _count,
    read,
    options=("shape", "cell_size"),
)

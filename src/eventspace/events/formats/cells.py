"""Showers from the arrays of a file, without the cells that hold nothing."""

import math
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.hdf5 import plausible
from eventspace.events.ragged import offsets_of
from eventspace.events.showers import Showers

__all__ = ["ENERGIES", "Shape", "event_bytes", "fitting", "from_cells", "one_an_event"]

Shape = tuple[int, int, int]

ENERGIES = {"energy": "GeV", "incident_energy": "GeV"}
"""The units of what the cells hold and of what came in."""

_MOST_CELLS = np.iinfo(np.int32).max


def fitting(shape: tuple[int, ...], remedy: str) -> Shape:
    """Return a grid of cells along x, y and z if its cells can be numbered.

    Raises:
        InputError: these are not three positive numbers, or there are more cells than 32 bits can number.
    """
    if len(shape) != 3 or min(shape) < 1 or math.prod(shape) > _MOST_CELLS:
        raise InputError(f"a grid of {' x '.join(map(str, shape))} cells is impossible", remedy=remedy)
    x, y, z = shape
    return x, y, z


def event_bytes(cells: h5py.Dataset) -> int:
    """The memory that a shower needs while it is converted, if all its cells are filled."""
    # The array itself, its copy in another order, and place, event, number and energy of each cell that is filled.
    number = math.prod(int(length) for length in cells.shape[1:])
    return number * (2 * int(cells.dtype.itemsize) + 40)


def from_cells(cells: NDArray[Any], unit: float, **metadata: Any) -> Showers:
    """Showers of the cells that are not zero, valid or not.

    Arguments:
        cells: (n, x, y, z).
        unit: the energy of one unit of the file, in GeV.
        metadata: ``per_event``, ``units`` and ``origin``.
    """
    n, x, y, z = cells.shape
    flat = np.ascontiguousarray(cells).reshape(n, x * y * z)
    filled = np.flatnonzero(flat)
    event, cell = np.divmod(filled, x * y * z)
    # A file in half precision or in integers gets the room that its energies need.
    precision = np.result_type(flat.dtype, np.float32)
    with np.errstate(invalid="ignore"):  # a NaN of a damaged file is found where showers are checked
        energy = flat.ravel()[filled].astype(precision) * unit
    offsets = offsets_of(np.bincount(event, minlength=n))
    return Showers(shape=(x, y, z), offsets=offsets, cell=cell.astype(np.int32), energy=energy, **metadata)


def one_an_event(file: h5py.File, name: str, count: int) -> h5py.Dataset:
    """A dataset with one number an event, (N) or (N, 1).

    Raises:
        InputError: it is missing or holds something else.
    """
    if name not in file:
        raise InputError(f"{name} is missing", remedy=f"it has {', '.join(file) or 'nothing'}")
    dataset = plausible(file[name])
    if dataset.shape not in ((count,), (count, 1)) or dataset.dtype.kind not in "iuf":
        text = f"{name} holds {dataset.dtype} of shape {dataset.shape} for {count} showers"
        raise InputError(text, remedy="give one number a shower")
    return dataset

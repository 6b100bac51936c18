"""3DGAN's electromagnetic showers (Zenodo 3603086, doi:10.1140/epjc/s10052-022-10258-4), and generators' in its schema.

HDF5: ``ECAL`` (N, x, y, z), with z along the beam; networks add an axis of length 1. With variable angles, 51 x 51
x 25 cells, come ``energy`` (N), the energy of the primary particle [GeV], ``theta`` (N) [rad] and ``eta`` (N). With a
fixed angle, 25 x 25 x 25 cells, comes ``target`` (N, 2 or more) with the energy in its second column. Schema as read by
public code for the samples.

The files state no unit for the cells. That code divides the cells of the first kind by 50 for GeV and takes those of
the second as they are. Either way the cells hold about 2% of the energy of the particle, as such a calorimeter of
silicon and tungsten does. So these are the units unless another one is given.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import h5py
import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.formats.cells import ENERGIES, event_bytes, fitting, from_cells, one_an_event
from eventspace.events.formats.format import Format, countable, ranges
from eventspace.events.hdf5 import opened, plausible, rows
from eventspace.events.incident import in_double
from eventspace.events.showers import Showers

__all__ = ["FORMAT", "CellUnit", "read"]

CellUnit = float | Literal["GeV", "MeV", "keV"]

_UNITS = {"GeV": 1.0, "MeV": 1e-3, "keV": 1e-6}
_VARIABLE_ANGLE, _FIXED_ANGLE = 1 / 50, 1.0
_REMEDY = "check the format; it needs ECAL and energy or target"


def read(path: str | Path, *, cell_unit: CellUnit | None = None) -> Iterator[Showers]:
    """Showers in GeV on the grid of the file, with ``incident_energy`` [GeV], and ``theta`` and ``eta`` where known.

    Arguments:
        path: the file.
        cell_unit: the energy of one unit of ``ECAL``, by name or as a number of GeV; by default 1/50 GeV in a file with
            ``energy`` and 1 GeV in one with ``target``.
    """
    with opened(path) as file:
        cells = _cells(file)
        unit = _unit(file, cell_unit)
        for start, stop in ranges(len(cells), event_bytes(cells)):
            yield from_cells(
                rows(cells, start, stop).reshape(stop - start, *_grid(cells)),
                unit,
                per_event=_per_event(file, len(cells), start, stop),
                units=ENERGIES | ({"theta": "rad"} if "theta" in file else {}),
                origin=f"one unit of the cells taken as {unit:g} GeV",
            )


def _cells(file: h5py.File) -> h5py.Dataset:
    if "ECAL" not in file or not {"energy", "target"} & set(file):
        raise InputError("ECAL, energy or target is missing", remedy=f"it has {', '.join(file) or 'nothing'}")
    cells = plausible(file["ECAL"])
    if len(_grid(cells)) != 3 or cells.dtype.kind not in "iuf":
        text = f"ECAL holds {cells.dtype} of shape {cells.shape}, not numbers (N, x, y, z)"
        raise InputError(text, remedy=_REMEDY)
    fitting(_grid(cells), _REMEDY)
    return cells


def _grid(cells: h5py.Dataset) -> tuple[int, ...]:
    """The cells along x, y and z, without the axis for the colours of images."""
    grid = tuple(int(length) for length in cells.shape[1:])
    if len(grid) == 4 and grid[-1] == 1:
        return grid[:-1]
    return grid[1:] if len(grid) == 4 and grid[0] == 1 else grid


def _unit(file: h5py.File, given: CellUnit | None) -> float:
    if given is None:
        return _VARIABLE_ANGLE if "energy" in file else _FIXED_ANGLE
    unit = _UNITS.get(given) if isinstance(given, str) else given
    if unit is None or not 0 < unit < np.inf:
        remedy = f"choose from {', '.join(_UNITS)}, or give a number of GeV: --cell-unit 0.02"
        raise InputError(f"{given} is not the unit of an energy", remedy=remedy)
    return unit


def _per_event(file: h5py.File, count: int, start: int, stop: int) -> dict[str, NDArray[Any]]:
    names = {"incident_energy": "energy", "theta": "theta", "eta": "eta"}
    columns = {
        ours: rows(one_an_event(file, theirs, count), start, stop).reshape(-1)
        for ours, theirs in names.items()
        if theirs in file
    }
    if "incident_energy" not in columns:
        target = plausible(file["target"])
        # Some files have (N, 1, columns).
        if target.ndim < 2 or target.shape[0] != count or target.shape[-1] < 2 or set(target.shape[1:-1]) - {1}:
            raise InputError(f"target has the shape {target.shape}, not ({count}, 2 or more)", remedy=_REMEDY)
        columns["incident_energy"] = rows(target, start, stop)[..., 1].reshape(-1)
    columns["incident_energy"] = in_double(columns["incident_energy"])
    return columns


def _count(path: Path) -> int:
    with opened(path) as file:
        return len(_cells(file))


FORMAT = Format("3dgan", "3DGAN showers, HDF5", countable(_count), _count, read, options=("cell_unit",))

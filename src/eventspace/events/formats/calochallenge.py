"""Datasets 2 and 3 of the CaloChallenge (Zenodo 6366270 and 6366323, arXiv:2410.21611): showers of electrons.

HDF5: ``showers`` (N, cells) and ``incident_energies`` (N, 1), both in MeV. The calorimeter is a cylinder of layers
along the beam, each cut into angles and radii; the numbers of a shower run through the radii first, then the angles,
then the layers. Schema, order and units from the homepage of the challenge. Dataset 1 is not a grid: the numbers of
angles and radii differ from layer to layer.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import h5py

from eventspace.base.errors import InputError
from eventspace.events.formats.cells import ENERGIES, Shape, event_bytes, fitting, from_cells, one_an_event
from eventspace.events.formats.format import Format, countable, ranges
from eventspace.events.hdf5 import opened, plausible, rows
from eventspace.events.incident import in_double
from eventspace.events.showers import Showers

__all__ = ["FORMAT", "read"]

_GEV = 1e-3
_GRIDS: dict[int, Shape] = {6480: (9, 16, 45), 40500: (18, 50, 45)}
_DATASET_1 = {368: "photons", 533: "pions"}


def read(path: str | Path, *, shape: Shape | None = None) -> Iterator[Showers]:
    """Showers in GeV, with ``incident_energy`` [GeV]; x is the radius, y the angle, z the layer.

    Arguments:
        path: the file.
        shape: how many radii, angles and layers there are; by default those of dataset 2 or 3.
    """
    with opened(path) as file:
        showers = _showers(file)
        incident = one_an_event(file, "incident_energies", len(showers))
        radii, angles, layers = _grid(showers.shape[1], shape)
        for start, stop in ranges(len(showers), event_bytes(showers)):
            cells = rows(showers, start, stop).reshape(stop - start, layers, angles, radii).transpose(0, 3, 2, 1)
            yield from_cells(
                cells,
                _GEV,
                per_event={"incident_energy": in_double(rows(incident, start, stop).reshape(-1)) * _GEV},
                units=ENERGIES,
                origin=f"x is the radius ({radii}), y the angle ({angles}), z the layer ({layers})",
            )


def _showers(file: h5py.File) -> h5py.Dataset:
    if not {"showers", "incident_energies"} <= set(file):
        raise InputError("showers or incident_energies is missing", remedy=f"it has {', '.join(file) or 'nothing'}")
    showers = plausible(file["showers"])
    if showers.ndim != 2 or showers.dtype.kind not in "iuf":
        text = f"showers holds {showers.dtype} of shape {showers.shape}, not numbers (N, cells)"
        raise InputError(text, remedy="check the format, or flatten the cells of each shower")
    return showers


def _grid(cells: int, given: Shape | None) -> Shape:
    remedy = "give radii, angles, layers: --shape 9 16 45"
    if given is not None:
        if math.prod(fitting(given, remedy)) != cells:
            raise InputError(f"{' x '.join(map(str, given))} cells are not the {cells} of a shower", remedy=remedy)
        return given
    if cells in _DATASET_1:
        raise InputError(
            f"{cells} cells are those of dataset 1 ({_DATASET_1[cells]}), whose layers differ: they are not a grid",
            remedy=f"use dataset 2 or 3; if this is another file, {remedy}",
        )
    if cells not in _GRIDS:
        known = " nor the ".join(map(str, _GRIDS))
        raise InputError(f"{cells} cells are neither the {known} of dataset 2 or 3", remedy=remedy)
    return _GRIDS[cells]


def _count(path: Path) -> int:
    with opened(path) as file:
        return len(_showers(file))


FORMAT = Format("calochallenge", "CaloChallenge showers, HDF5", countable(_count), _count, read, options=("shape",))

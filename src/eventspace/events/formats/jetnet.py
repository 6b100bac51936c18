"""JetNet and JetNet150 (Zenodo 6975118, arXiv:2106.11535): jets of gluons, light quarks, tops, W and Z.

HDF5: ``particle_features`` (N, 30 or 150, 4): etarel, phirel, ptrel, mask; ``jet_features`` (N, 4): pt [GeV], eta,
mass [GeV], number of particles. etarel and phirel are relative to the jet's axis, ptrel to the jet's pt. The kind of
jet is in the name of the file only: g, q, t, w or z, then 150 where a jet has up to 150 particles. Schema from the
description of the record.
"""

from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.base import Events, Problem, faulty
from eventspace.events.formats.clouds import from_columns, per_row
from eventspace.events.formats.format import Flawed, Format, countable, flawed, ranges
from eventspace.events.hdf5 import opened, plausible, rows

__all__ = ["FORMAT", "read"]

_LABELS = {"g": "gluon", "q": "quark", "t": "top", "w": "w", "z": "z"}


def read(path: str | Path) -> Iterator[Events | Flawed]:
    """Jets relative to their axes, with pt = ptrel times the jet's pt, eta and phi; labelled by the file's name."""
    with opened(path) as file:
        particles, jets = _datasets(file)
        label = _LABELS.get(Path(path).stem.lower().removesuffix("150"))
        for start, stop in ranges(len(particles), particles.dtype.itemsize * particles.shape[1] * 4):
            eta, phi, fraction, mask = np.moveaxis(rows(particles, start, stop).astype(np.float64), -1, 0)
            pt, jet_eta, mass, number = rows(jets, start, stop).astype(np.float64).T
            real, problems = _real(mask, number)
            columns = {"pt": (fraction * pt[:, None]).ravel(), "eta": eta.ravel(), "phi": phi.ravel()}
            per_event = {"jet_pt": pt, "jet_eta": jet_eta, "jet_mass": mass}
            if label:
                per_event["label"] = np.full(stop - start, label)
            units = {"jet_pt": "GeV", "jet_mass": "GeV"}
            clouds = from_columns(per_row(mask), columns, real=real.ravel(), per_event=per_event, units=units)
            yield flawed(clouds, problems)


def _real(mask: NDArray[np.float64], number: NDArray[np.float64]) -> tuple[NDArray[np.bool_], tuple[Problem, ...]]:
    """Which entries are particles, and which jets leave doubt about that.

    A mask has two values: 0 and 1, or -0.5 and 0.5 where a file is normalised, or about these where a network made it.
    """
    low, high = float(np.nanmin(mask, initial=np.inf)), float(np.nanmax(mask, initial=-np.inf))
    middle = (low + high) / 2 if low < high else 0.0
    real = mask > middle
    between = np.any(~(np.abs(mask - middle) >= (high - low) / 4), axis=1)
    problems = (
        *faulty(between, f"a mask is neither near {low:g} nor near {high:g}", "set the masks to 0 and 1"),
        *faulty(
            real.sum(axis=1) != number,
            "the masks leave another number of particles than jet_features states",
            "make the two agree",
        ),
    )
    return real, problems


def _datasets(file: h5py.File) -> tuple[h5py.Dataset, h5py.Dataset]:
    if not {"particle_features", "jet_features"} <= set(file):
        raise InputError(
            "particle_features or jet_features is missing", remedy=f"it has {', '.join(file) or 'nothing'}"
        )
    particles, jets = plausible(file["particle_features"]), plausible(file["jet_features"])
    if particles.ndim != 3 or particles.shape[2] != 4 or jets.shape != (len(particles), 4):
        text = f"particle_features {particles.shape} and jet_features {jets.shape} are not (N, M, 4) and (N, 4)"
        raise InputError(text, remedy="check the format")
    return particles, jets


def _count(path: Path) -> int:
    with opened(path) as file:
        return len(_datasets(file)[0])


FORMAT = Format("jetnet", "JetNet jets, HDF5", countable(_count), _count, read)

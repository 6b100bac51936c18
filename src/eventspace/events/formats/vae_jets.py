"""Jets for anomaly detection (Zenodo 4614656 and 4641460, arXiv:2007.01850): QCD, W, top and Higgs jets.

HDF5: ``objects/jets/constituents`` (N, jets): rows of numbers, five for each particle: E, px, py, pz [GeV] and one that
is not documented and not read. Neither is ``objects/jets/obs``, whose columns are not documented either. Schema as read
by public code for the sample.
"""

from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np

from eventspace.base.errors import InputError
from eventspace.events.formats.clouds import from_momenta, of_jets
from eventspace.events.formats.format import Format, countable, ranges
from eventspace.events.hdf5 import opened, plausible
from eventspace.events.particles import ParticleClouds

__all__ = ["FORMAT", "read"]

_CONSTITUENTS = "objects/jets/constituents"
_NUMBERS = 5
_TYPICAL_PARTICLES = 200


def read(path: str | Path, *, centre: bool = True) -> Iterator[ParticleClouds]:
    """The leading jet of each event relative to its axis, with pt, rapidity, phi and mass; the files have no labels."""
    with opened(path) as file:
        constituents = _constituents(file)
        for start, stop in ranges(len(constituents), 8 * _NUMBERS * _TYPICAL_PARTICLES):
            jets = list(constituents[start:stop, 0])
            lengths = np.array([len(jet) for jet in jets], dtype=np.int64)
            if (lengths % _NUMBERS).any():
                event = int(np.argmax(lengths % _NUMBERS != 0))
                text = f"{lengths[event]} numbers are not five for each particle"
                raise InputError(text, event=start + event, remedy="make or download the file again")
            particles = np.concatenate(jets).reshape(-1, _NUMBERS)
            momenta = {name: particles[:, i] for i, name in enumerate(("E", "px", "py", "pz"))}
            yield of_jets(from_momenta(lengths // _NUMBERS, momenta), centre)


def _constituents(file: h5py.File) -> h5py.Dataset:
    if _CONSTITUENTS not in file:
        raise InputError(f"{_CONSTITUENTS} is missing", remedy=f"it has {', '.join(file) or 'nothing'}")
    dataset = file[_CONSTITUENTS]
    if plausible(dataset).ndim != 2 or dataset.shape[1] < 1 or h5py.check_vlen_dtype(dataset.dtype) is None:
        text = f"{_CONSTITUENTS} holds {dataset.dtype} of shape {dataset.shape}, not rows of numbers for each jet"
        raise InputError(text, remedy="check the format")
    return dataset


def _count(path: Path) -> int:
    with opened(path) as file:
        return len(_constituents(file))


FORMAT = Format(
    "vae-jets",
    "jets for anomaly detection (Zenodo 4614656), HDF5",
    countable(_count),
    _count,
    read,
    options=("centre",),
)

"""EnergyFlow's quark and gluon jets (Zenodo 3164691 and 3066475, arXiv:1810.05165).

npz: ``X`` (N, M, 4): pt [GeV], rapidity, phi [rad], PDG identifier of each particle, filled up with zeros; ``y`` (N):
1 for a quark jet, 0 for a gluon jet. Schema from EnergyFlow's documentation.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from eventspace.base.errors import InputError
from eventspace.events.formats.clouds import from_columns, integers, per_row
from eventspace.events.formats.format import Format, ranges
from eventspace.events.formats.npz_array import NpzArray, archive
from eventspace.events.kinematics import about_axis
from eventspace.events.particles import ParticleClouds

__all__ = ["FORMAT", "read"]


def read(path: str | Path) -> Iterator[ParticleClouds]:
    """Jets relative to their axes, with pt, rapidity, phi and pid; the label is ``quark`` or ``gluon``.

    The axis and the jet's mass take the particles as massless.
    """
    with archive(path) as opened:
        particles, labels = _arrays(opened)
        for start, stop in ranges(len(particles), particles.row_bytes):
            values = particles.next(stop - start)
            columns = {
                name: values[:, :, i].ravel().astype(np.float64) for i, name in enumerate(("pt", "rapidity", "phi"))
            }
            columns["pid"] = integers(values[:, :, 3].ravel(), np.int32)
            label = np.where(labels.next(stop - start) == 1, "quark", "gluon")
            yield about_axis(from_columns(per_row(values[:, :, 0]), columns, per_event={"label": label}))


def _arrays(opened: zipfile.ZipFile) -> tuple[NpzArray, NpzArray]:
    particles, labels = NpzArray(opened, "X"), NpzArray(opened, "y")
    if len(particles.shape) != 3 or particles.shape[2] != 4 or labels.shape != (len(particles),):
        text = f"X {particles.shape} and y {labels.shape} are not (N, M, 4) and (N)"
        raise InputError(text, remedy="check the format; other arrays: --format npz with --columns")
    return particles, labels


def _count(path: Path) -> int:
    with archive(path) as opened:
        return len(_arrays(opened)[0])


def _recognises(path: Path) -> bool:
    try:
        return _count(path) >= 0
    except InputError:
        return False


FORMAT = Format("energyflow", "EnergyFlow quark and gluon jets, npz", _recognises, _count, read)

"""EnergyFlow's quark and gluon jets (Zenodo 3164691 and 3066475, arXiv:1810.05165).

npz: ``X`` (N, M, 4): pt [GeV], rapidity, phi [rad], PDG identifier of each particle, filled up with zeros; ``y`` (N):
1 for a quark jet, 0 for a gluon jet. Schema from EnergyFlow's documentation.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.base import Events, Problem, faulty
from eventspace.events.formats.clouds import from_columns, integers, of_jets, per_row
from eventspace.events.formats.format import Flawed, Format, flawed, ranges
from eventspace.events.formats.labels import named
from eventspace.events.formats.npz_array import NpzArray, archive

__all__ = ["FORMAT", "read"]

_PEEK = 100  # jets
_LARGEST_RAPIDITY = 10.0  # of a pion with the energy of a beam of the LHC
_LARGEST_PHI = 2 * np.pi + 0.01
_LARGEST_PID = 2_000_000_000  # nuclei have ten digits, which jets do not hold


def read(path: str | Path, *, centre: bool = True) -> Iterator[Events | Flawed]:
    """Jets relative to their axes, with pt, rapidity, phi and pid; the label is ``quark`` or ``gluon``.

    The axis and the jet's mass take the particles as massless.
    """
    with archive(path) as opened:
        particles, labels = _arrays(opened)
        for start, stop in ranges(len(particles), particles.row_bytes):
            values = particles.next(stop - start).astype(np.float64)
            columns = {name: values[:, :, i].ravel() for i, name in enumerate(("pt", "rapidity", "phi"))}
            columns["pid"] = integers(values[:, :, 3].ravel(), np.int32)
            label, problems = named("y", labels.next(stop - start), {"0": "gluon", "1": "quark"})
            jets = from_columns(per_row(values[:, :, 0]), columns, per_event={"label": label})
            yield flawed(of_jets(jets, centre), (*_foreign(values), *problems))


def _foreign(values: NDArray[np.float64]) -> Iterator[Problem]:
    """What particles of these jets cannot have: then X holds something else, four-momenta for example."""
    pt, rapidity, phi, pid = np.moveaxis(values, -1, 0)
    real = pt != 0
    remedy = "if X holds other columns, say which: --format npz --columns E=X:0,px=X:1,py=X:2,pz=X:3,label=y"
    with np.errstate(invalid="ignore"):
        no_pid = real & ((pid != np.round(pid)) | (pid == 0) | (np.abs(pid) > _LARGEST_PID))
        far = real & ((np.abs(rapidity) > _LARGEST_RAPIDITY) | (np.abs(phi) > _LARGEST_PHI))
    yield from faulty(no_pid.any(axis=1), "the fourth number of a particle is not a PDG identifier", remedy)
    yield from faulty(far.any(axis=1), "the rapidity or phi of a particle is beyond any detector", remedy)


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
    """Whether the arrays have the shapes of this format and the first jets hold nothing foreign."""
    try:
        with archive(path) as opened:
            particles, _ = _arrays(opened)
            first = particles.next(min(len(particles), _PEEK)).astype(np.float64)
    except InputError:
        return False
    return not any(_foreign(first)) and not (first[:, :, 0] < 0).any()


FORMAT = Format("energyflow", "EnergyFlow quark and gluon jets, npz", _recognises, _count, read, options=("centre",))

"""The top-tagging reference sample (Zenodo 2603256, arXiv:1902.09914): jets from top quarks and from QCD.

pandas HDF5 with the key ``table``: E_i, PX_i, PY_i, PZ_i for i < 200 in GeV, in falling order of pt and filled up with
zeros, and is_signal_new (1 top, 0 QCD). Schema as read by public code for the sample.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from eventspace.base.errors import InputError
from eventspace.events.base import Events
from eventspace.events.formats.clouds import from_momenta, of_jets, per_row
from eventspace.events.formats.format import Flawed, Format, flawed
from eventspace.events.formats.labels import named
from eventspace.events.formats.pandas_table import PandasTable
from eventspace.events.hdf5 import opened

__all__ = ["FORMAT", "read"]

_KEY = "table"
_LABEL = "is_signal_new"


def read(path: str | Path, *, centre: bool = True) -> Iterator[Events | Flawed]:
    """Jets relative to their axes, with pt, rapidity, phi and mass; the label is ``top`` or ``qcd``."""
    with opened(path) as file:
        table = PandasTable(file, _KEY)
        particles = sum(name.startswith("E_") for name in table.names)
        names = [f"{component}_{i}" for component in ("E", "PX", "PY", "PZ") for i in range(particles)]
        for start, stop in table.ranges():
            values = table.read([*names, _LABEL], start, stop)
            energy, px, py, pz = np.split(values[:, :-1], 4, axis=1)
            momenta = {"E": energy.ravel(), "px": px.ravel(), "py": py.ravel(), "pz": pz.ravel()}
            label, problems = named(_LABEL, values[:, -1], {"0": "qcd", "1": "top"})
            jets = from_momenta(per_row(energy), momenta, per_event={"label": label})
            yield flawed(of_jets(jets, centre), problems)


def _count(path: Path) -> int:
    with opened(path) as file:
        return len(PandasTable(file, _KEY))


def _recognises(path: Path) -> bool:
    try:
        with opened(path) as file:
            return {"E_0", "PX_0", "PY_0", "PZ_0", _LABEL} <= set(PandasTable(file, _KEY).names)
    except InputError:
        return False


FORMAT = Format(
    "top-tagging", "top-tagging reference sample, pandas HDF5", _recognises, _count, read, options=("centre",)
)

"""The LHC Olympics 2020 samples (Zenodo 4536377, arXiv:2101.08320): whole events, not jets.

pandas HDF5 with the key ``df``: 700 times (pt [GeV], eta, phi [rad]), filled up with zeros, and in the research and
development sample a last column that is 1 for signal. Schema from the description of the record.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.base import Events, Problem
from eventspace.events.formats.clouds import from_columns, per_row
from eventspace.events.formats.format import Flawed, Format, flawed
from eventspace.events.formats.labels import named
from eventspace.events.formats.pandas_table import PandasTable
from eventspace.events.hdf5 import opened

__all__ = ["FORMAT", "read"]

_KEY = "df"
_PARTICLES = 700


def read(path: str | Path) -> Iterator[Events | Flawed]:
    """Events with absolute pt, eta and phi; the label, where there is one, is ``signal`` or ``background``."""
    with opened(path) as file:
        table = PandasTable(file, _KEY)
        names = _numbered(table)
        if len(names) % 3 == 2 or not names:
            raise InputError(
                f"{len(names)} numbered columns are not pt, eta, phi of particles and a label",
                remedy="check the format; other tables: --format parquet or npz with --columns",
            )
        for start, stop in table.ranges():
            values = table.read(names, start, stop)
            label: dict[str, NDArray[np.str_]] = {}
            problems: tuple[Problem, ...] = ()
            if len(names) % 3:
                label["label"], problems = named("the last column", values[:, -1], {"0": "background", "1": "signal"})
            particles = values[:, : len(names) // 3 * 3].reshape(stop - start, -1, 3)
            columns = {name: particles[:, :, i].ravel() for i, name in enumerate(("pt", "eta", "phi"))}
            yield flawed(from_columns(per_row(particles[:, :, 0]), columns, per_event=label), problems)


def _numbered(table: PandasTable) -> list[str]:
    """The columns that have numbers for names, in the order of the numbers."""
    return sorted((name for name in table.names if name.isdecimal()), key=int)


def _count(path: Path) -> int:
    with opened(path) as file:
        return len(PandasTable(file, _KEY))


def _recognises(path: Path) -> bool:
    try:
        with opened(path) as file:
            return len(_numbered(PandasTable(file, _KEY))) in (3 * _PARTICLES, 3 * _PARTICLES + 1)
    except InputError:
        return False


FORMAT = Format("lhc-olympics", "LHC Olympics 2020 events, pandas HDF5", _recognises, _count, read)

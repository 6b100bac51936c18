"""HDF5 files whose datasets only their makers know: arrays, records, and the columns of pandas tables.

Datasets have their paths for names, ``jets/pt``; fields of records ``PATH.FIELD``; columns of pandas tables
``KEY/COLUMN``. Rows are the events; arrays that are flat are cut by offsets.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.formats.arrays import ArrayTable, Rows, holding
from eventspace.events.formats.pandas_table import PandasTable
from eventspace.events.formats.table_reader import table_format
from eventspace.events.hdf5 import opened, plausible, rows

__all__ = ["FORMAT"]


class _Dataset:
    """A dataset, read from the first row to the last."""

    def __init__(self, dataset: h5py.Dataset):
        if not dataset.shape or dataset.dtype.kind not in "biufSV":
            kind = "texts or rows of variable length" if dataset.dtype.kind == "O" else f"{dataset.dtype}"
            raise InputError(
                f"{dataset.name} holds {kind} {dataset.shape}", remedy="write numbers, or text of fixed length"
            )
        self._dataset = plausible(dataset)
        self.shape: tuple[int, ...] = dataset.shape
        self.dtype: np.dtype[Any] = dataset.dtype
        self._at = 0

    @property
    def row_bytes(self) -> int:
        """The bytes of one row."""
        return int(np.prod(self.shape[1:])) * self.dtype.itemsize

    def next(self, count: int) -> NDArray[Any]:
        """The next ``count`` rows."""
        self._at += count
        return rows(self._dataset, self._at - count, self._at)


class _PandasColumn:
    """A column of a pandas table, read from the first row to the last."""

    def __init__(self, table: PandasTable, name: str):
        self._table, self._name, self._at = table, name, 0
        self.shape: tuple[int, ...] = (len(table),)
        self.dtype = table.column(name, 0, 0).dtype

    @property
    def row_bytes(self) -> int:
        """The bytes of one row of the table, which is read whole."""
        return self._table.row_bytes

    def next(self, count: int) -> NDArray[Any]:
        """The next ``count`` rows."""
        self._at += count
        return self._table.column(self._name, self._at - count, self._at)


@contextmanager
def _opened(path: str | Path) -> Iterator[ArrayTable]:
    with opened(path) as file:
        held, tables = _contents(file)

        def begin(name: str) -> Rows:
            key, _, column = name.rpartition("/")
            return _PandasColumn(tables[key], column) if key in tables else _Dataset(file[name])

        yield ArrayTable(held, begin)


def _contents(file: h5py.File) -> tuple[dict[str, str], dict[str, PandasTable]]:
    """The names of datasets and columns with what they hold, and the pandas tables by their keys."""
    held: dict[str, str] = {}
    tables: dict[str, PandasTable] = {}

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Group) and ("block0_values" in item or "table" in item):
            try:
                tables[name] = PandasTable(file, name)
            except InputError:  # no pandas table after all
                return
            held.update({f"{name}/{column}": f"column of {len(tables[name])}" for column in tables[name].names})
        elif isinstance(item, h5py.Dataset) and not any(name.startswith(f"{key}/") for key in tables):
            held[name] = holding(item.dtype, item.shape)

    file.visititems(visit)
    return held, tables


def _recognises(path: Path) -> bool:
    try:
        with opened(path):
            return True
    except InputError:
        return False


FORMAT = table_format("hdf5", "HDF5 datasets or pandas table with a column map", _recognises, _opened)

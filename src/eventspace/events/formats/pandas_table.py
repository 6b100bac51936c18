"""DataFrames that pandas wrote to HDF5, read without unpickling anything.

pandas stores numbers as plain arrays but the names of columns, in its ``table`` layout, as a pickle. Unpickling runs
any code that the file holds, so the names are taken from the pickle's instructions, of which none is carried out.
"""

import pickletools
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.formats.format import ranges
from eventspace.events.hdf5 import plausible, rows

__all__ = ["PandasTable"]


class _Block(NamedTuple):
    """Columns of one type, stored side by side: a dataset, or one field of it."""

    dataset: h5py.Dataset
    field: str | None
    names: list[str]


class PandasTable:
    """The numeric columns of a stored DataFrame, of either layout (``fixed`` or ``table``).

    Arguments:
        file: an open HDF5 file.
        key: the key under which pandas stored the DataFrame.

    Raises:
        InputError: there is no DataFrame under this key, or its parts do not fit together.
    """

    def __init__(self, file: h5py.File, key: str):
        group = file.get(key)
        if not isinstance(group, h5py.Group) or not ("table" in group or "block0_values" in group):
            raise InputError(f"there is no pandas table {key!r}", remedy=f"it has {', '.join(file) or 'nothing'}")
        self._blocks = _table_blocks(group["table"]) if "table" in group else _fixed_blocks(group)
        lengths = {len(block.dataset) for block in self._blocks}
        if len(lengths) != 1:
            raise InputError(f"the pandas table {key!r} holds no numbers", remedy="check the file")
        self._length = lengths.pop()
        self._range = (0, 0)
        self._kept: dict[int, NDArray[Any]] = {}
        self._homes = {
            name: (number, at) for number, block in enumerate(self._blocks) for at, name in enumerate(block.names)
        }

    def __len__(self) -> int:
        return self._length

    @property
    def names(self) -> list[str]:
        """The names of the numeric columns, in the order of storage."""
        return list(self._homes)

    @property
    def row_bytes(self) -> int:
        """The bytes of one row of all columns."""
        return sum(np.dtype((block.dataset.dtype, block.dataset.shape[1:])).itemsize for block in self._blocks)

    def ranges(self) -> Iterator[tuple[int, int]]:
        """Ranges of rows that fit into memory."""
        return ranges(len(self), self.row_bytes)

    def read(self, names: Sequence[str], start: int, stop: int) -> NDArray[np.float64]:
        """The chosen columns of some rows, (rows, columns)."""
        missing = [name for name in names if name not in self._homes]
        if missing:
            raise InputError(f"there is no column {missing[0]!r}", remedy=f"it has {_few(self.names)}")
        values = np.empty((stop - start, len(names)))
        for number in range(len(self._blocks)):
            chosen = [
                (column, self._homes[name][1]) for column, name in enumerate(names) if self._homes[name][0] == number
            ]
            if chosen:
                targets, sources = zip(*chosen, strict=True)
                values[:, targets] = self._block(number, start, stop)[:, sources]
        return values

    def column(self, name: str, start: int, stop: int) -> NDArray[Any]:
        """Some rows of one column, in the type that the file has."""
        number, at = self._homes[name]
        return np.ascontiguousarray(self._block(number, start, stop)[:, at])

    def _block(self, number: int, start: int, stop: int) -> NDArray[Any]:
        """Some rows of a block; those read last are kept, since columns are read one after the other."""
        if self._range != (start, stop):
            self._range, self._kept = (start, stop), {}
        if number not in self._kept:
            block = self._blocks[number]
            stored = rows(block.dataset, start, stop)
            if block.field is not None:
                stored = stored[block.field].reshape(len(stored), len(block.names))
            self._kept[number] = stored
        return self._kept[number]


def _fixed_blocks(group: h5py.Group) -> list[_Block]:
    blocks = []
    number = 0
    while f"block{number}_values" in group:
        dataset, items = group[f"block{number}_values"], group[f"block{number}_items"]
        if dataset.dtype.kind in "biuf" and dataset.ndim == 2:
            names = [_text(name) for name in rows(plausible(items), 0, len(items))]
            blocks.append(_Block(plausible(dataset), None, names[: dataset.shape[1]]))
        number += 1
    return blocks


def _table_blocks(dataset: h5py.Dataset) -> list[_Block]:
    blocks = []
    for field in plausible(dataset).dtype.names or ():
        base, shape = dataset.dtype[field].subdtype or (dataset.dtype[field], ())
        if field == "index" or base.kind not in "biuf":
            continue
        names = _names_in_pickle(bytes(dataset.attrs.get(f"{field}_kind", b"")))
        if len(names) != int(np.prod(shape)):
            raise InputError(
                f"the names of the columns in {dataset.name} cannot be read safely",
                remedy="rewrite it with pandas: frame.to_hdf(file, key=..., format='fixed')",
            )
        blocks.append(_Block(dataset, field, names))
    return blocks


def _names_in_pickle(stored: bytes) -> list[str]:
    """The texts and numbers in a pickled list of names, in their order."""
    names = []
    for instruction, argument, _ in pickletools.genops(stored):
        if "UNICODE" in instruction.name or "STRING" in instruction.name or "INT" in instruction.name:
            names.append(_text(argument))
    return names


def _text(name: Any) -> str:
    return name.decode("utf-8") if isinstance(name, bytes) else str(name)


def _few(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 8 else f"{', '.join(names[:4])} ... {names[-1]}"

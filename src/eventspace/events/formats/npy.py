"""numpy files with one array: (N, M, K) with K numbers a particle, (N, K) points, or records.

The array is called ``array``: ``E=array:0,px=array:1,py=array:2,pz=array:3``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eventspace.events.formats.arrays import ArrayTable, holding
from eventspace.events.formats.npz_array import NpyArray
from eventspace.events.formats.table_reader import table_format
from eventspace.events.reading import beginning_with, begins_with, reading

__all__ = ["FORMAT"]

_NAME = "array"
_MAGIC = b"\x93NUMPY"


@contextmanager
def _opened(path: str | Path) -> Iterator[ArrayTable]:
    path = beginning_with(path, _MAGIC, "an npy file")
    with reading(path), path.open("rb") as file:

        def rows(name: str) -> NpyArray:
            file.seek(0)
            return NpyArray(file, path.stat().st_size, name)

        array = rows(_NAME)
        yield ArrayTable({_NAME: holding(array.dtype, array.shape)}, rows)


def _recognises(path: Path) -> bool:
    return begins_with(path, _MAGIC)


FORMAT = table_format("npy", "numpy array with a column map", _recognises, _opened)

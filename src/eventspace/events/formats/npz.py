"""numpy archives with one array a column.

Columns of particles are (N, M), filled up with zeros, or flat with the events cut by an array of N + 1 offsets that the
column map names ``offsets``; in arrays (N, M, K), ``NAME:INDEX`` is one of the K numbers. Columns of events are (N).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eventspace.base.errors import InputError
from eventspace.events.formats.arrays import ArrayTable, holding
from eventspace.events.formats.npz_array import NpzArray, archive, names
from eventspace.events.formats.table_reader import table_format

__all__ = ["FORMAT"]


@contextmanager
def _opened(path: str | Path) -> Iterator[ArrayTable]:
    with archive(path) as opened:
        held = {}
        for name in names(opened):
            try:
                array = NpzArray(opened, name)
                held[name] = holding(array.dtype, array.shape)
            except InputError as error:  # it matters only if this array is read
                held[name] = error.problem
        yield ArrayTable(held, lambda name: NpzArray(opened, name))


def _recognises(path: Path) -> bool:
    try:
        with archive(path) as opened:
            return bool(names(opened))
    except InputError:
        return False


FORMAT = table_format("npz", "numpy archive with a column map", _recognises, _opened)

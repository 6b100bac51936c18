"""One array of an npz archive or an npy file, read row by row and without unpickling."""

import math
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.reading import beginning_with, reading

__all__ = ["NpyArray", "NpzArray", "archive", "names"]

_MAGIC = b"PK"
# Deflate cannot shrink data more than 1032 times.
_LARGEST_RATIO = 1100
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


@contextmanager
def archive(path: str | Path) -> Iterator[zipfile.ZipFile]:
    """Open an npz archive; errors inside the block name the file.

    Raises:
        InputError: the file is missing, not a zip archive, or damaged where the block reads it.
    """
    path = beginning_with(path, _MAGIC, "an npz archive")
    if not zipfile.is_zipfile(path):
        raise InputError("this is not a whole npz archive", file=path, remedy="make or download it again")
    with reading(path), path.open("rb") as file, zipfile.ZipFile(file) as opened:
        yield opened


def names(opened: zipfile.ZipFile) -> list[str]:
    """The names of the arrays in an archive."""
    return [name.removesuffix(".npy") for name in opened.namelist() if name.endswith(".npy")]


class NpyArray:
    """An array in the npy format, whose rows are read from the first to the last, so that memory is bounded.

    Arguments:
        stream: its bytes.
        size: how many there are.
        name: what to call it in errors.

    Raises:
        InputError: it holds Python objects, or its bytes do not fit its shape.
    """

    def __init__(self, stream: IO[bytes], size: int, name: str):
        self._stream, self._name = stream, name
        version = np.lib.format.read_magic(stream)
        if version not in _HEADERS:
            raise InputError(f"{name!r} has the npy version {version}", remedy="save it again with numpy")
        self.shape, fortran_order, self.dtype = _HEADERS[version](stream)
        if self.dtype.hasobject:
            text = f"{name!r} holds Python objects, which are not read because they can run code"
            raise InputError(text, remedy="save numbers in arrays of a fixed type")
        if self.dtype.kind not in "biufUSV":
            raise InputError(f"{name!r} holds {self.dtype}", remedy="save numbers, or text for labels")
        values = math.prod(self.shape) * self.dtype.itemsize
        if stream.tell() + values != size:
            raise InputError(f"{name!r} of shape {self.shape} does not fit its bytes", remedy="make it again")
        if not self.shape:
            raise InputError(f"{name!r} is a single value", remedy="give an array with one row an event")
        self._whole = self._read(values).reshape(self.shape[::-1]).T if fortran_order and len(self.shape) > 1 else None
        self._at = 0

    def __len__(self) -> int:
        return int(self.shape[0])

    @property
    def row_bytes(self) -> int:
        """The bytes of one row."""
        return math.prod(self.shape[1:]) * self.dtype.itemsize

    def next(self, count: int) -> NDArray[Any]:
        """The next ``count`` rows."""
        self._at += count
        if self._whole is not None:
            return self._whole[self._at - count : self._at]
        return self._read(count * self.row_bytes).reshape(count, *self.shape[1:])

    def _read(self, size: int) -> NDArray[Any]:
        data = self._stream.read(size)
        if len(data) != size:
            raise InputError(f"{self._name!r} ends too early", remedy="make or download the file again")
        return np.frombuffer(data, dtype=self.dtype)


class NpzArray(NpyArray):
    """An array of an npz archive.

    Arguments:
        opened: the archive.
        name: the name of the array.

    Raises:
        InputError: there is no such array, it holds Python objects, or its bytes do not fit its shape.
    """

    def __init__(self, opened: zipfile.ZipFile, name: str):
        if f"{name}.npy" not in opened.namelist():
            raise InputError(f"there is no array {name!r}", remedy=f"it has {', '.join(names(opened)) or 'nothing'}")
        info = opened.getinfo(f"{name}.npy")
        if info.file_size > _LARGEST_RATIO * info.compress_size:
            raise InputError(f"{name!r} does not fit its compressed bytes", remedy="make it again")
        super().__init__(opened.open(info), info.file_size, name)

"""HDF5 files, read without trusting them."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.filters import decoded, needs_decoding
from eventspace.events.reading import beginning_with, reading

__all__ = ["MAGIC", "opened", "plausible", "rows"]

MAGIC = b"\x89HDF\r\n\x1a\n"
"""What all HDF5 files begin with."""

# Deflate, the tightest of the filters HDF5 has built in, cannot shrink data more than 1032 times.
_LARGEST_RATIO = 1100
_LARGEST_CHUNK = 1 << 30


@contextmanager
def opened(path: str | Path) -> Iterator[h5py.File]:
    """Open an HDF5 file to read; errors inside the block name the file.

    Raises:
        InputError: the file is missing, not an HDF5 file, truncated, or damaged where the block reads it.
    """
    path = beginning_with(path, MAGIC, "an HDF5 file")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise InputError("this is not a whole HDF5 file", file=path, remedy="make or download it again") from error
    with file, reading(path):
        yield file


def plausible(dataset: h5py.Dataset) -> h5py.Dataset:
    """Return the dataset if its stored bytes can hold the values it claims, so that reading allocates what is there.

    Raises:
        InputError: it is not a dataset, claims far more than the file holds, or is compressed in an unknown way.
    """
    if not isinstance(dataset, h5py.Dataset):
        raise InputError(f"{dataset.name} is not a dataset")
    stored = dataset.id.get_storage_size()
    chunk = math.prod(dataset.chunks or ()) * dataset.dtype.itemsize
    if dataset.nbytes > _LARGEST_RATIO * stored or chunk > _LARGEST_CHUNK:
        raise InputError(
            f"{dataset.name} claims {dataset.nbytes:,} bytes but the file holds {stored:,}",
            remedy="make or download the file again",
        )
    needs_decoding(dataset)
    return dataset


def rows(dataset: h5py.Dataset, start: int, stop: int) -> NDArray[Any]:
    """Some rows of a dataset, also of one that is compressed as pandas can and HDF5 itself cannot."""
    if not needs_decoding(dataset):
        return np.asarray(dataset[start:stop])
    stop = min(stop, len(dataset))
    values = np.empty((max(0, stop - start), *dataset.shape[1:]), dtype=dataset.dtype)
    selection = (slice(start, stop), *(slice(0, length) for length in dataset.shape[1:]))
    for part in dataset.iter_chunks(selection) if len(values) else ():
        corner = tuple(
            chosen.start - chosen.start % length for chosen, length in zip(part, dataset.chunks, strict=True)
        )
        inside = tuple(slice(chosen.start - at, chosen.stop - at) for chosen, at in zip(part, corner, strict=True))
        target = (slice(part[0].start - start, part[0].stop - start), *part[1:])
        values[target] = _chunk(dataset, corner)[inside]
    return values


def _chunk(dataset: h5py.Dataset, corner: tuple[int, ...]) -> NDArray[Any]:
    mask, raw = dataset.id.read_direct_chunk(corner)
    raw = decoded(raw, mask, dataset, math.prod(dataset.chunks) * dataset.dtype.itemsize)
    return np.frombuffer(raw, dtype=dataset.dtype).reshape(dataset.chunks)

"""Filters of HDF5 that pandas can choose and HDF5 itself cannot undo: Blosc, Blosc2 and bzip2.

A chunk went through the filters of its dataset one after the other; they are undone here from the last to the first.
"""

import bz2
import math
from collections.abc import Callable
from importlib import import_module
from typing import Any

import h5py
import numpy as np

from eventspace.base.errors import InputError
from eventspace.base.extras import require

__all__ = ["decoded", "needs_decoding"]

_SHUFFLE = 2
_NAMES = {307: "bzip2", 32001: "Blosc", 32004: "LZ4", 32008: "bitshuffle", 32015: "Zstandard", 32026: "Blosc2"}


def needs_decoding(dataset: h5py.Dataset) -> bool:
    """Whether HDF5 cannot read the chunks of a dataset but ``decoded`` can.

    Raises:
        InputError: neither can.
    """
    unknown = [number for number in _filters(dataset) if not _available(number)]
    for number in unknown:
        if number not in _DECODERS:
            name = _NAMES.get(number, "an unknown filter")
            raise InputError(
                f"{dataset.name} is compressed with {name} (HDF5 filter {number}), which needs a plugin",
                remedy="install one with: pip install hdf5plugin, or write the file again with gzip",
            )
    return bool(unknown)


def decoded(raw: bytes, mask: int, dataset: h5py.Dataset, size: int) -> bytes:
    """The bytes of a chunk.

    Arguments:
        raw: as they are stored.
        mask: a bit for each filter that was left out.
        dataset: the dataset of the chunk.
        size: how many bytes there must be.

    Raises:
        InputError: there are others.
    """
    filters = _filters(dataset)
    for place in reversed(range(len(filters))):
        if mask >> place & 1:
            continue
        if filters[place] not in _DECODERS:
            raise InputError(
                f"{dataset.name} went through HDF5 filter {filters[place]} too", remedy="write the file again with gzip"
            )
        raw = _DECODERS[filters[place]](raw, dataset.dtype.itemsize, size)
    if len(raw) != size:
        raise InputError(f"a compressed part of {dataset.name} has the wrong size")
    return raw


def _filters(dataset: h5py.Dataset) -> list[int]:
    creation = dataset.id.get_create_plist()
    return [creation.get_filter(number)[0] for number in range(creation.get_nfilters())]


def _available(number: int) -> bool:
    if not h5py.h5z.filter_avail(number) and number not in _DECODERS:
        try:
            import_module("hdf5plugin")  # registers its filters
        except ImportError:
            return False
    return bool(h5py.h5z.filter_avail(number))


def _blosc2() -> Any:
    with require("formats", "reading HDF5 files compressed with Blosc"):
        return import_module("blosc2")


def _from_blosc(raw: bytes, itemsize: int, size: int) -> bytes:
    if int.from_bytes(raw[4:8], "little") != size:  # what Blosc would allocate
        raise InputError("a part compressed with Blosc has the wrong size", remedy="make or download the file again")
    return bytes(_blosc2().decompress(raw))


def _from_blosc2(raw: bytes, itemsize: int, size: int) -> bytes:
    blosc2 = _blosc2()
    frame = blosc2.schunk_from_cframe(raw)
    if "b2nd" in frame.meta:  # an array of several axes, filled up to whole blocks
        array = blosc2.ndarray_from_cframe(raw)
        values, stored = array, math.prod(array.shape) * array.dtype.itemsize
    else:
        values, stored = frame, frame.nbytes
    if stored != size:  # what Blosc2 would allocate
        raise InputError("a part compressed with Blosc2 has the wrong size", remedy="make or download the file again")
    return np.asarray(values[:]).tobytes()


def _from_bzip2(raw: bytes, itemsize: int, size: int) -> bytes:
    return bz2.BZ2Decompressor().decompress(raw, size + 1)


def _unshuffled(raw: bytes, itemsize: int, size: int) -> bytes:
    """The first bytes of all values stand together, then the second ones; what does not fill a value stays behind."""
    whole = len(raw) // itemsize * itemsize
    values = np.frombuffer(raw[:whole], dtype=np.uint8).reshape(itemsize, -1)
    return values.T.tobytes() + raw[whole:]


_DECODERS: dict[int, Callable[[bytes, int, int], bytes]] = {
    _SHUFFLE: _unshuffled,
    307: _from_bzip2,
    32001: _from_blosc,
    32026: _from_blosc2,
}

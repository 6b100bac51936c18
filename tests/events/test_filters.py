import sys
from contextlib import suppress

import h5py
import numpy as np
import pytest

from eventspace.base.errors import InputError, MissingExtraError
from eventspace.events.hdf5 import opened, plausible, rows

tables = pytest.importorskip("tables")
VALUES = np.repeat(np.arange(50, dtype=np.float32)[:, None], 7, axis=1)
FILTERS = [
    {"complib": name, "complevel": 5, "shuffle": shuffle, "fletcher32": checked}
    for name in ("bzip2", "blosc", "blosc2")
    for shuffle in (True, False)
    for checked in (True, False)
]


def store(path, **filters):
    with tables.open_file(path, "w") as file:
        file.create_carray("/", "x", obj=VALUES, chunkshape=(16, 4), filters=tables.Filters(**filters))
    return path


@pytest.mark.parametrize("filters", FILTERS)
def test_what_pytables_compresses_is_read_or_refused_by_name(tmp_path, filters):
    path = store(tmp_path / "x.h5", **filters)
    with opened(path) as file:
        if filters["fletcher32"]:
            with pytest.raises(InputError, match="went through HDF5 filter 3 too; write the file again with gzip"):
                rows(plausible(file["x"]), 3, 47)
        else:
            np.testing.assert_array_equal(rows(plausible(file["x"]), 3, 47), VALUES[3:47])


def test_a_filter_without_a_plugin_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "hdf5plugin", None)
    with h5py.File(tmp_path / "x.h5", "w") as file:
        creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        creation.set_chunk((10,))
        creation.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, (3,))
        space = h5py.h5s.create_simple((10,))
        dataset = h5py.h5d.create(file.id, b"x", h5py.h5t.NATIVE_FLOAT, space, creation)
        dataset.write_direct_chunk((0,), bytes(40))
    text = r"x\.h5: /x is compressed with Zstandard \(HDF5 filter 32015\), which needs a plugin; .*hdf5plugin"
    with pytest.raises(InputError, match=text), opened(tmp_path / "x.h5") as file:
        plausible(file["x"])


@pytest.mark.parametrize("library", ["blosc", "blosc2"])
def test_blosc_without_its_package_is_named_with_the_extra(tmp_path, monkeypatch, library):
    path = store(tmp_path / "x.h5", complib=library, complevel=5)
    monkeypatch.setitem(sys.modules, "blosc2", None)
    with opened(path) as file, pytest.raises(MissingExtraError, match="compressed with Blosc needs blosc2"):
        rows(file["x"], 0, 5)


@pytest.mark.parametrize("library", ["bzip2", "blosc", "blosc2"])
def test_a_damaged_chunk_is_an_input_error_or_other_numbers(tmp_path, library):
    path = store(tmp_path / "x.h5", complib=library, complevel=5)
    with h5py.File(path) as file:
        chunk = file["x"].id.get_chunk_info(0)
    data = path.read_bytes()
    for place in range(0, chunk.size, 5):
        damaged = bytearray(data)
        damaged[chunk.byte_offset + place] ^= 0xFF
        path.write_bytes(damaged)
        with suppress(InputError), opened(path) as file:
            assert rows(file["x"], 0, 16).shape == (16, 7)

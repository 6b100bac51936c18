import pickle
import warnings

import h5py
import numpy as np
import pandas as pd
import pytest

from eventspace.base.errors import InputError
from eventspace.events.formats import format as sizes
from eventspace.events.formats.pandas_table import PandasTable
from eventspace.events.formats.registry import detect
from eventspace.events.formats.top_tagging import read

COMPRESSIONS = (None, "zlib", "bzip2", "blosc", "blosc2")
LAYOUTS = [(layout, compression) for layout in ("table", "fixed") for compression in COMPRESSIONS]


def frame_of(jets, padded):
    values = padded(jets, 200).astype(np.float32).reshape(len(jets), -1)
    names = [f"{component}_{i}" for i in range(200) for component in ("E", "PX", "PY", "PZ")]
    further = {f"truth{component}": np.zeros(len(jets), np.float32) for component in ("E", "PX", "PY", "PZ")}
    further |= {"ttv": np.ones(len(jets), dtype=int), "is_signal_new": np.arange(len(jets)) % 2}
    return pd.concat([pd.DataFrame(values, columns=names), pd.DataFrame(further)], axis=1)


def store(frame, path, layout="fixed", compression=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pd.errors.PerformanceWarning)
        frame.to_hdf(path, key="table", format=layout, complib=compression, complevel=5 if compression else 0)


@pytest.mark.parametrize(("layout", "compression"), LAYOUTS)
def test_every_layout_of_pandas_gives_the_same_jets(tmp_path, toy_jets, padded, check_relative, layout, compression):
    jets = toy_jets(60)
    store(frame_of(jets, padded), tmp_path / "train.h5", layout, compression)
    (clouds,) = read(tmp_path / "train.h5")
    check_relative(clouds, jets, rtol=1e-4)
    assert clouds.labels.tolist() == ["qcd", "top"] * 30
    assert clouds.check() is clouds
    assert detect(tmp_path / "train.h5").name == "top-tagging"


def test_masses_survive_where_single_precision_can_hold_them(tmp_path, momenta, padded):
    jets = [np.array([[50.0, 30.0, 0.0, 0.0], [25.0, 0.0, 15.0, 0.0]])]
    store(frame_of(jets, padded), tmp_path / "train.h5")
    (clouds,) = read(tmp_path / "train.h5")
    np.testing.assert_allclose(clouds.flat("mass"), [40.0, 20.0])
    np.testing.assert_allclose(clouds.per_event["jet_mass"], momenta(jets[0].sum(axis=0, keepdims=True)).mass)


@pytest.mark.parametrize("compression", [None, "blosc"])
def test_chunks_join_without_a_seam(tmp_path, toy_jets, padded, check_relative, monkeypatch, compression):
    jets = toy_jets(57)
    store(frame_of(jets, padded), tmp_path / "train.h5", compression=compression)
    monkeypatch.setattr(sizes, "EVENTS_AT_ONCE", 13)
    parts = list(read(tmp_path / "train.h5"))
    assert [len(part) for part in parts] == [13, 13, 13, 13, 5]
    for number, part in enumerate(parts):
        check_relative(part, jets[13 * number : 13 * (number + 1)], rtol=1e-4)


@pytest.mark.parametrize("layout", ["table", "fixed"])
def test_nothing_is_unpickled(tmp_path, toy_jets, padded, layout):
    class Bomb:
        def __reduce__(self):
            return (tmp_path.joinpath("exploded").mkdir, ())

    path = tmp_path / "train.h5"
    store(frame_of(toy_jets(3), padded), path, layout)
    with h5py.File(path, "r+") as file:
        for item in (file, file["table"], *file["table"].values()):
            for name in {*item.attrs, "TITLE", "info"} - {"values_block_0_kind", "values_block_1_kind"}:
                item.attrs[name] = np.bytes_(pickle.dumps(Bomb(), protocol=0))
    (clouds,) = read(path)
    assert len(clouds) == 3
    with h5py.File(path, "r+") as file:
        file["table"].attrs["values_block_0_kind"] = np.bytes_(pickle.dumps(Bomb(), protocol=0))
        if layout == "table":
            file["table/table"].attrs["values_block_0_kind"] = np.bytes_(pickle.dumps(Bomb(), protocol=0))
            with pytest.raises(InputError, match="cannot be read safely"):
                PandasTable(file, "table")
    assert not tmp_path.joinpath("exploded").exists()


def test_a_missing_column_is_named(tmp_path, toy_jets, padded):
    store(frame_of(toy_jets(3), padded).drop(columns="is_signal_new"), tmp_path / "train.h5")
    with pytest.raises(InputError, match=r"train\.h5: there is no column 'is_signal_new'; it has "):
        list(read(tmp_path / "train.h5"))


def test_a_missing_key_is_named(tmp_path):
    with h5py.File(tmp_path / "train.h5", "w") as file:
        file["jets"] = np.zeros(3)
    with pytest.raises(InputError, match="there is no pandas table 'table'; it has jets"):
        list(read(tmp_path / "train.h5"))


def test_a_damaged_blosc_chunk_is_an_input_error(tmp_path, toy_jets, padded):
    path = tmp_path / "train.h5"
    store(frame_of(toy_jets(40), padded), path, compression="blosc")
    with h5py.File(path) as file:
        chunk = file["table/block0_values"].id.get_chunk_info(0)
    data = bytearray(path.read_bytes())
    data[chunk.byte_offset : chunk.byte_offset + chunk.size] = bytes(chunk.size)
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"train\.h5: "):
        list(read(path))

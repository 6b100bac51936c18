"""A sample and its copy in single precision hold the same incident energies, in every format that has them."""

import h5py
import numpy as np
import pytest

import eventspace as es
from eventspace.events.incident import in_double
from eventspace.events.native import read
from eventspace.studies.support.energy_bins import in_energy_bins

ENERGIES = np.array([16384.0, 32768.0, 65536.0, 100.1, 0.3])


def calochallenge(file, dtype):
    file["showers"], file["incident_energies"] = np.ones((5, 8), dtype), ENERGIES[:, None].astype(dtype)
    return {"shape": (2, 2, 2)}


def threedgan(file, dtype):
    file["ECAL"], file["energy"] = np.ones((5, 2, 2, 2), dtype), ENERGIES.astype(dtype)
    return {}


def threedgan_target(file, dtype):
    file["ECAL"], file["target"] = np.ones((5, 2, 2, 2), dtype), np.repeat(ENERGIES[:, None], 2, 1).astype(dtype)
    return {}


def showerdata(file, dtype):
    rows = file.create_dataset("showers", (5,), dtype=h5py.vlen_dtype(np.float32))
    for number in range(5):
        rows[number] = np.array([1, 1, 1, 1], np.float32)
    file["shape"], file["energies"] = [5, 1, 4], ENERGIES[:, None].astype(dtype)
    file["directions"], file["pdg"] = np.tile([0, 0, 1.0], (5, 1)), np.full(5, 22)
    return {}


@pytest.mark.parametrize("store", [calochallenge, threedgan, threedgan_target, showerdata])
def test_single_and_double_precision_agree(tmp_path, store):
    converted = []
    for dtype in ("f4", "f8"):
        with h5py.File(tmp_path / f"{dtype}.hdf5", "w") as file:
            options = store(file, dtype)
        es.convert(tmp_path / f"{dtype}.hdf5", tmp_path / f"{dtype}.h5", **options)
        with h5py.File(tmp_path / f"{dtype}.h5") as file:
            assert file["event/incident_energy"].dtype == np.float64
        converted.append(read(tmp_path / f"{dtype}.h5").per_event["incident_energy"])
    assert np.array_equal(*converted)
    unit = 1e-3 if store is calochallenge else 1.0
    assert np.array_equal(converted[0], ENERGIES * unit)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_every_number_keeps_its_value(dtype):
    values = np.exp(np.random.default_rng(1).uniform(-5, 10, 2000)).astype(dtype)
    assert np.array_equal(in_double(values).astype(dtype), values)
    assert in_double(values).dtype == np.float64
    assert np.isnan(in_double(np.array([np.nan], dtype))).all()


def test_native_file_in_single_precision_is_read_in_double(tmp_path):
    es.write(tmp_path / "a.h5", es.Points(values=np.ones((2, 1)), per_event={"incident_energy": np.float32([0.1, 7])}))
    with h5py.File(tmp_path / "a.h5", "a") as file:
        assert file["event/incident_energy"].dtype == np.float64
        del file["event/incident_energy"]
        file["event/incident_energy"] = np.float32([0.1, 7])
    assert read(tmp_path / "a.h5").per_event["incident_energy"].tolist() == [0.1, 7.0]


def test_an_energy_within_rounding_of_an_edge_is_on_it():
    edges = [16.384, 32.768, 65.536]
    # What conversions in single precision once made of 16,384, 32,768 and 65,536 MeV.
    energies = np.repeat(np.array(edges, dtype=np.float32) * (1 + np.float32(1e-7)), 3)
    events = es.Points(values=np.zeros((9, 1)), per_event={"incident_energy": energies})
    bins = in_energy_bins({"reference": events}, edges, least=1)
    assert [len(found["reference"]) for found in bins.values()] == [3, 6]

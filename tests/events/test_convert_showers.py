"""Showers on their way from files of others to eventspace files: the same rules for every format."""

import tracemalloc

import h5py
import numpy as np
import pytest

from eventspace.base.errors import InputError
from eventspace.events import native
from eventspace.events.convert import convert as in_a_child
from eventspace.events.formats import format as sizes
from eventspace.events.inspect import inspect

convert = in_a_child.__wrapped__  # in this process, where the tests change the sizes of chunks

COUNT = 9
SHAPE = (4, 3, 5)


def store_3dgan(path, cells, energy):
    with h5py.File(path, "w") as file:
        file["ECAL"], file["energy"], file["theta"] = cells * 50, energy, np.full(len(cells), 1.5)


def store_calochallenge(path, cells, energy):
    with h5py.File(path, "w") as file:
        file["showers"] = cells.transpose(0, 3, 2, 1).reshape(len(cells), -1) * 1000
        file["incident_energies"] = energy[:, None] * 1000


def store_showerdata(path, cells, energy):
    """One point in the middle of each cell."""
    with h5py.File(path, "w") as file:
        rows = file.create_dataset("showers", (len(cells),), dtype=h5py.vlen_dtype(np.float32))
        for number, shower in enumerate(cells):
            x, y, z = np.nonzero(shower)
            points = [(x + 0.5 - SHAPE[0] / 2) * 5, (y + 0.5 - SHAPE[1] / 2) * 5, z, shower[x, y, z]]
            rows[number] = np.stack(points, axis=1).ravel()
        file["shape"], file["energies"] = [len(cells), cells[0].size, 4], energy[:, None]
        file["directions"], file["pdg"] = np.ones((len(cells), 3)), np.full(len(cells), 11)


FORMATS = {
    "3dgan": (store_3dgan, {}),
    "calochallenge": (store_calochallenge, {"shape": SHAPE}),
    "showerdata": (store_showerdata, {"shape": SHAPE}),
}
every_format = pytest.mark.parametrize("name", FORMATS)


def toy_cells(count=COUNT):
    generator = np.random.default_rng(2)
    cells = generator.exponential(1.0, (count, *SHAPE)) * (generator.random((count, *SHAPE)) < 0.4)
    cells[:, 1, 1, 1] = 1.0
    return cells.astype(np.float32)


@pytest.fixture
def source(tmp_path):
    """A file of nine showers of a format, as a function that damages their cells."""

    def make(name, change=lambda cells: None):
        cells = toy_cells()
        change(cells)
        FORMATS[name][0](tmp_path / "theirs.h5", cells, np.linspace(10.0, 90.0, COUNT))
        return tmp_path / "theirs.h5"

    return make


@every_format
def test_a_whole_file_becomes_native(tmp_path, source, name, monkeypatch):
    monkeypatch.setattr(sizes, "EVENTS_AT_ONCE", 4)
    summary = convert(source(name), tmp_path / "ours.h5", **FORMATS[name][1])
    assert (summary.format, summary.written, summary.dropped, summary.faults) == (name, COUNT, 0, {})
    assert summary.visible == pytest.approx(toy_cells().sum() / np.linspace(10.0, 90.0, COUNT).sum())
    showers = native.read(tmp_path / "ours.h5")
    np.testing.assert_allclose(showers.to_dense(), toy_cells(), rtol=1e-5)
    np.testing.assert_allclose(showers.per_event["incident_energy"], np.linspace(10.0, 90.0, COUNT))
    assert showers.origin == f"theirs.h5, converted from {name}: {summary.remark}"
    assert showers.units["energy"] == "GeV"
    report = inspect(tmp_path / "ours.h5")
    np.testing.assert_allclose(
        report.ranges["energy"], (toy_cells()[toy_cells() > 0].min(), toy_cells().max()), rtol=1e-5
    )
    assert dict(report.rows())["incident_energy"] == "10 to 90 GeV"


@every_format
@pytest.mark.parametrize("limit", [1, 4, 6, 99])
def test_a_limit_reads_the_first_showers(tmp_path, source, name, limit, monkeypatch):
    monkeypatch.setattr(sizes, "EVENTS_AT_ONCE", 4)
    assert convert(source(name), tmp_path / "ours.h5", limit=limit, **FORMATS[name][1]).written == min(limit, COUNT)
    np.testing.assert_allclose(native.read(tmp_path / "ours.h5").to_dense(), toy_cells()[:limit], rtol=1e-5)


def nan(cells):
    cells[6, 1, 1, 1] = np.nan


def negative(cells):
    cells[6, 1, 1, 1] = -1.0


def empty(cells):
    cells[6] = 0.0


faults = pytest.mark.parametrize(
    ("change", "problem"),
    [
        (nan, "a cell energy is NaN or infinite"),
        (negative, "a cell energy is negative"),
        (empty, "the shower is empty"),
    ],
)


@every_format
@faults
def test_an_invalid_shower_is_named_by_its_number_in_the_source(tmp_path, source, name, change, problem, monkeypatch):
    monkeypatch.setattr(sizes, "EVENTS_AT_ONCE", 4)
    with pytest.raises(InputError, match=rf"theirs\.h5, event 6: {problem}; .*--drop-invalid"):
        convert(source(name, change), tmp_path / "ours.h5", **FORMATS[name][1])
    assert [entry.name for entry in tmp_path.iterdir()] == ["theirs.h5"]


@every_format
@faults
def test_invalid_showers_are_left_out_and_counted(tmp_path, source, name, change, problem):
    summary = convert(source(name, change), tmp_path / "ours.h5", drop_invalid=True, **FORMATS[name][1])
    assert (summary.written, summary.faults) == (COUNT - 1, {problem: 1})
    dense = native.read(tmp_path / "ours.h5").to_dense()
    np.testing.assert_allclose(dense, np.delete(toy_cells(), 6, axis=0), rtol=1e-5)


@every_format
def test_an_incident_energy_that_is_no_number(tmp_path, name):
    energy = np.linspace(10.0, 90.0, COUNT)
    energy[3] = np.nan
    FORMATS[name][0](tmp_path / "theirs.h5", toy_cells(), energy)
    with pytest.raises(InputError, match=r"theirs\.h5, event 3: incident_energy is NaN or infinite"):
        convert(tmp_path / "theirs.h5", tmp_path / "ours.h5", **FORMATS[name][1])


@every_format
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_file_is_an_input_error(tmp_path, source, name, share):
    path = source(name)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(InputError, match=r"theirs\.h5: this is not a whole HDF5 file"):
        convert(path, tmp_path / "ours.h5", **FORMATS[name][1])
    assert not (tmp_path / "ours.h5").exists()


# HDF5 itself may never come back from damaged rows of variable length, so showerdata is left out.
@pytest.mark.slow
@pytest.mark.parametrize("name", ["3dgan", "calochallenge"])
def test_no_damaged_byte_ends_in_anything_but_an_input_error_or_showers(tmp_path, source, name):
    path = source(name)
    data = bytearray(path.read_bytes())
    generator = np.random.default_rng(5)
    ended = 0
    for position in generator.choice(len(data), 60, replace=False):
        damaged = bytearray(data)
        damaged[position] ^= 0xFF
        path.write_bytes(damaged)
        try:
            convert(path, tmp_path / "ours.h5", format=name, **FORMATS[name][1])
        except InputError:
            ended += 1
        else:
            assert native.read(tmp_path / "ours.h5").shape == SHAPE
    assert ended < 60


@every_format
def test_a_file_with_no_showers(tmp_path, name):
    cells, energy = toy_cells()[:1], np.ones(1)
    FORMATS[name][0](tmp_path / "theirs.h5", cells, energy)
    with h5py.File(tmp_path / "theirs.h5", "r+") as file:
        for dataset in set(file) - {"shape"}:
            values = file[dataset][:0]
            del file[dataset]
            file.create_dataset(dataset, data=values, dtype=values.dtype)
    with pytest.raises(InputError, match=r"theirs\.h5: it holds no events"):
        convert(tmp_path / "theirs.h5", tmp_path / "ours.h5", **FORMATS[name][1])


@pytest.mark.parametrize(
    ("name", "option", "value"),
    [
        ("3dgan", "shape", SHAPE),
        ("3dgan", "cell_size", 5.0),
        ("calochallenge", "cell_size", 5.0),
        ("calochallenge", "cell_unit", "MeV"),
        ("showerdata", "cell_unit", "MeV"),
        ("showerdata", "columns", "pt=PT,eta=ETA,phi=PHI"),
    ],
)
def test_options_of_other_formats_are_refused(tmp_path, source, name, option, value):
    words = "column map" if option == "columns" else "--" + option.replace("_", "-")
    with pytest.raises(InputError, match=rf"theirs\.h5: files of format {name} take no {words}; leave out --"):
        convert(source(name), tmp_path / "ours.h5", **{option: value})


@pytest.mark.slow
@every_format
def test_memory_does_not_grow_with_the_file(tmp_path, name, monkeypatch):
    monkeypatch.setattr(sizes, "EVENTS_AT_ONCE", 100)
    peaks = []
    for count in (200, 200, 2000):  # the first conversion pays for imports
        FORMATS[name][0](tmp_path / "theirs.h5", np.tile(toy_cells()[:1], (count, 1, 1, 1)), np.full(count, 50.0))
        tracemalloc.start()
        assert convert(tmp_path / "theirs.h5", tmp_path / "ours.h5", **FORMATS[name][1]).written == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < 1.2 * peaks[1]

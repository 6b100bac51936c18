import shlex

import h5py
import numpy as np
import pytest

from eventspace.base.errors import InputError
from eventspace.events import native
from eventspace.events.convert import convert
from eventspace.events.images import Images
from eventspace.events.inspect import inspect
from eventspace.events.particles import ParticleClouds
from eventspace.events.points import Points
from eventspace.events.showers import Showers


@pytest.fixture
def jets(tmp_path):
    generator = np.random.default_rng(1)
    sizes = generator.integers(1, 40, 25_000)
    columns = {name: generator.random(sizes.sum()) + 0.1 for name in ("pt", "rapidity", "phi")}
    per_event = {"label": np.array(["top", "qcd", "qcd", "w", "qcd"] * 5000), "jet_pt": np.linspace(500, 600, 25_000)}
    clouds = ParticleClouds.from_flat(
        sizes, columns, per_event=per_event, units={"jet_pt": "GeV"}, seed=5, origin="made up"
    )
    native.write(tmp_path / "jets.h5", clouds)
    return tmp_path / "jets.h5", clouds


def test_the_numbers_are_those_of_the_whole_file(jets):
    path, clouds = jets
    report = inspect(path)
    assert (report.kind, report.count, report.seed, report.origin) == ("particles", 25_000, 5, "made up")
    assert report.labels == {"qcd": 15_000, "top": 5000, "w": 5000}
    sizes = clouds.multiplicity
    assert report.multiplicity == (sizes.min(), np.median(sizes), pytest.approx(sizes.mean()), sizes.max())
    for name in ("pt", "rapidity", "phi"):
        assert report.ranges[name] == (clouds.flat(name).min(), clouds.flat(name).max())
    assert report.ranges["jet_pt"] == (500, 600)
    assert report.units == {"pt": "GeV", "phi": "rad", "jet_pt": "GeV"}
    assert report.faults == ()


@pytest.mark.parametrize("sizes", [[1], [1, 4], [3, 1, 2], [5, 1, 2, 2], [7, 7, 1, 1, 1, 9]])
def test_the_median_is_that_of_numpy(tmp_path, sizes):
    clouds = ParticleClouds.from_flat(sizes, {name: np.ones(sum(sizes)) for name in ("pt", "eta", "phi")})
    native.write(tmp_path / "jets.h5", clouds)
    assert inspect(tmp_path / "jets.h5").multiplicity.median == np.median(sizes)


def test_all_faults_are_counted_and_ten_events_named(jets):
    path, clouds = jets
    bad = np.arange(9_000, 25_000, 1000)
    with h5py.File(path, "r+") as file:
        pt = file["particles/pt"][:]
        pt[clouds.offsets[bad]] = np.nan
        pt[clouds.offsets[[3, 12_345]]] = -1
        file["particles/pt"][:] = pt
        file["event/jet_pt"][7] = np.inf
    report = inspect(path)
    faults = {fault.text: fault for fault in report.faults}
    assert faults["pt is NaN or infinite"].count == 16
    assert faults["pt is NaN or infinite"].events == tuple(range(9_000, 19_000, 1000))
    assert faults["pt is negative"].events == (3, 12_345)
    assert faults["jet_pt is NaN or infinite"].events == (7,)
    assert report.ranges["pt"][0] == -1
    text = report.text()
    assert "pt is NaN or infinite (16 events: 9000, 10000, 11000" in text
    assert "18000 ...); remove the event or mend the value" in text
    assert "pt is negative (2 events: 3, 12345); remove the event" in text
    assert text.endswith("no")


def test_offsets_that_fall_are_a_fault_of_the_file(jets):
    path, _ = jets
    with h5py.File(path, "r+") as file:
        file["particles/offsets"][100] = 0
    report = inspect(path)
    assert [(fault.text, fault.count) for fault in report.faults] == [("the offsets fall", 0)]
    assert report.count == 25_000
    assert "the offsets fall (the file)" in report.text()


def test_the_text_has_everything(jets):
    rows = dict(inspect(jets[0]).rows())
    assert rows["kind"] == "particles"
    assert rows["events"] == "25,000"
    assert rows["label qcd"] == "15,000"
    assert rows["entries an event"].startswith("1 to 39, median ")
    assert rows["jet_pt"] == "500 to 600 GeV"
    assert rows["seed"] == "5"
    assert rows["valid"] == "yes"


def test_every_kind_is_inspected(tmp_path):
    native.write(tmp_path / "images.h5", Images(values=np.eye(3)[None] * 2.0, half_width=1.0, units={"values": "GeV"}))
    native.write(tmp_path / "showers.h5", Showers.from_dense(np.arange(16.0).reshape(2, 2, 2, 2)))
    native.write(tmp_path / "points.h5", Points(values=np.array([[1.0, 5.0]])))
    images, showers, points = (inspect(tmp_path / f"{kind}.h5") for kind in ("images", "showers", "points"))
    assert images.multiplicity == (3, 3.0, 3.0, 3)
    assert images.ranges["values"] == (0, 2)
    assert showers.multiplicity == (7, 7.5, 7.5, 8)
    assert showers.ranges["energy"] == (1, 15)
    assert points.multiplicity is None
    assert points.ranges["values"] == (1, 5)
    assert dict(points.rows())["seed"] == "none"


def test_foreign_files_come_with_the_command_that_converts_them(tmp_path):
    with h5py.File(tmp_path / "t.hdf5", "w") as file:
        file["particle_features"], file["jet_features"] = np.ones((2, 30, 4)), np.ones((2, 4))
    with pytest.raises(InputError, match=r"this is a file of format jetnet") as error:
        inspect(tmp_path / "t.hdf5")
    assert error.value.remedy == f"convert it: eventspace convert {tmp_path}/t.hdf5 {tmp_path}/t-events.h5"


def test_tables_of_others_come_with_what_they_hold(tmp_path):
    np.savez(
        tmp_path / "t.npz", jet_pt=np.ones((3, 2)), jet_eta=np.ones((3, 2)), jet_phi=np.ones((3, 2)), run=np.ones(3)
    )
    report = inspect(tmp_path / "t.npz")
    assert report.format == "npz"
    assert report.columns["jet_pt"] == "float64 (3, 2)"
    command = f"eventspace convert {tmp_path}/t.npz {tmp_path}/t-events.h5 --columns"
    assert report.commands == (f"{command} pt=jet_pt,eta=jet_eta,phi=jet_phi",)
    assert "run         float64 (3,)" in report.text()


def test_the_command_that_converts_can_be_pasted(tmp_path):
    np.savez(tmp_path / "my jets.npz", run=np.ones(3))
    words = shlex.split(inspect(tmp_path / "my jets.npz").commands[0])
    assert words[2:4] == [f"{tmp_path}/my jets.npz", f"{tmp_path}/my jets-events.h5"]


@pytest.mark.parametrize(("numbers", "maps"), [(2, []), (3, ["pt=X:0,eta=X:1,phi=X:2"]), (4, ["E=X:0", "pt=X:0"])])
def test_each_command_for_an_array_of_numbers_can_be_given_as_it_stands(tmp_path, numbers, maps):
    np.savez(tmp_path / "t.npz", X=np.full((3, 2, numbers), 0.5))
    lines = [line for line in inspect(tmp_path / "t.npz").text().splitlines() if "--columns" in line]
    assert [f"--columns {columns}" in line for columns, line in zip(maps, lines, strict=False)] == [True] * len(maps)
    for line in lines if maps else []:
        options = line.split("--columns ")[1]
        assert convert(tmp_path / "t.npz", tmp_path / "ours.h5", columns=options).written == 3


def test_damaged_and_missing_files_are_input_errors(tmp_path, jets):
    with pytest.raises(InputError, match="there is no such file"):
        inspect(tmp_path / "no.h5")
    path, _ = jets
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(InputError, match=r"jets\.h5: this is not a whole HDF5 file"):
        inspect(path)
    path.write_text("jets")
    with pytest.raises(InputError, match="not recognised"):
        inspect(path)

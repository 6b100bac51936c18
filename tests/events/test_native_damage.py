"""Damaged and hostile files: one InputError that names the file, whatever is wrong."""

import json
from contextlib import suppress

import h5py
import numpy as np
import pytest

from events.formats.examples import EXAMPLES
from eventspace.base.errors import InputError
from eventspace.events import native
from eventspace.events.images import Images
from eventspace.events.inspect import inspect
from eventspace.events.particles import ParticleClouds
from eventspace.events.showers import Showers


@pytest.fixture
def jets(tmp_path):
    path = tmp_path / "jets.h5"
    generator = np.random.default_rng(1)
    columns = {name: generator.random(3000) for name in ("pt", "rapidity", "phi")}
    label = np.array(["qcd", "top"] * 500)
    native.write(path, ParticleClouds.from_flat(np.full(1000, 3), columns, per_event={"label": label}, seed=1))
    return path


def replaced(name, values, **options):
    def change(file):
        del file[name]
        file.create_dataset(name, data=values, **options)

    return change


def claimed(name, shape, dtype):
    def change(file):
        del file[name]
        file.create_dataset(name, shape=shape, dtype=dtype, chunks=tuple(min(length, 1000) for length in shape))

    return change


def attribute(name, value):
    def change(file):
        file.attrs[name] = value

    return change


def deleted(name):
    def change(file):
        del file[name]

    return change


CHANGES = {
    "no kind": lambda file: file.attrs.__delitem__("kind"),
    "no count": lambda file: file.attrs.__delitem__("count"),
    "no version": lambda file: file.attrs.__delitem__("version"),
    "no settings": lambda file: file.attrs.__delitem__("settings"),
    "kind unknown": attribute("kind", np.bytes_(b"jets")),
    "kind a list": attribute("kind", np.arange(3)),
    "kind another": attribute("kind", np.bytes_(b"showers")),
    "version a text": attribute("version", "one"),
    "count negative": attribute("count", -1),
    "count a text": attribute("count", "many"),
    "count too large": attribute("count", 10**15),
    "count too small": attribute("count", 10),
    "seed a list": attribute("seed", np.arange(3)),
    "units a list": attribute("units", np.bytes_(b"[1, 2]")),
    "units no json": attribute("units", np.bytes_(b"{")),
    "units nested": attribute("units", np.bytes_(b"[" * 20_000)),
    "no particles": deleted("particles"),
    "no offsets": deleted("particles/offsets"),
    "no pt": deleted("particles/pt"),
    "pt a group": lambda file: (file.__delitem__("particles/pt"), file.create_group("particles/pt")),
    "pt a text": replaced("particles/pt", ["a"] * 3000, dtype=h5py.string_dtype()),
    "pt square": replaced("particles/pt", np.ones((3000, 2))),
    "pt short": replaced("particles/pt", np.ones(2999)),
    "pt a link": lambda file: (
        file.__delitem__("particles/pt"),
        file["particles"].__setitem__("pt", h5py.SoftLink("/particles/pt")),
    ),
    "offsets floats": replaced("particles/offsets", np.arange(1001.0)),
    "offsets fall": replaced("particles/offsets", np.r_[np.arange(0, 3000, 3), 1]),
    "offsets fall inside": replaced("particles/offsets", np.r_[0, 6, 3, np.arange(9, 3001, 3)]),
    "offsets negative": replaced("particles/offsets", np.arange(-3, 2998, 3)),
    "offsets beyond": replaced("particles/offsets", np.arange(1001) * 10**12),
    "offsets overflow": replaced("particles/offsets", np.full(1001, 2**64 - 1, dtype=np.uint64)),
    "labels short": replaced("event/label", np.full(999, b"qcd")),
    "labels of variable length": replaced("event/label", ["qcd"] * 1000, dtype=h5py.string_dtype()),
    "labels no text": replaced("event/label", np.full(1000, b"\xff\xfe")),
    "origin of variable length": attribute("origin", "made up"),
    "origin no text": attribute("origin", np.bytes_(b"\xff\xfe")),
    "claims 8 TB": claimed("particles/pt", (10**12,), "f8"),
    "claims everywhere": lambda file: [
        claimed(name, (10**12,), "f8" if "offsets" not in name else "i8")(file)
        for name in ("particles/pt", "particles/phi", "particles/rapidity", "particles/offsets")
    ],
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_damaged_file_is_an_input_error(jets, change):
    with h5py.File(jets, "r+") as file:
        CHANGES[change](file)
    with pytest.raises(InputError, match=r"jets\.h5") as error:
        native.read(jets)
    assert len(str(error.value)) < 700
    with pytest.raises(InputError, match=r"jets\.h5"):
        list(native.chunks(jets))


@pytest.mark.parametrize("share", np.linspace(0, 0.999, 25))
def test_a_truncated_file_is_an_input_error(jets, share):
    data = jets.read_bytes()
    jets.write_bytes(data[: int(share * len(data))])
    with pytest.raises(InputError, match=r"jets\.h5: (this is not a whole HDF5 file|the file is empty)"):
        native.read(jets)


def test_damaged_data_are_an_input_error(jets):
    with h5py.File(jets) as file:
        chunk = file["particles/pt"].id.get_chunk_info(0)
    data = bytearray(jets.read_bytes())
    data[chunk.byte_offset + 100 : chunk.byte_offset + 200] = bytes(100)
    jets.write_bytes(data)
    with pytest.raises(InputError, match=r"jets\.h5: the file is damaged"):
        native.read(jets)


def test_other_files_are_told_apart(tmp_path):
    with pytest.raises(InputError, match=r"no\.h5: there is no such file"):
        native.read(tmp_path / "no.h5")
    tmp_path.joinpath("text.h5").write_text("jets")
    with pytest.raises(InputError, match=r"text\.h5: .*eventspace convert .*text\.h5 OUT; eventspace inspect"):
        native.read(tmp_path / "text.h5")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = 1
    with pytest.raises(InputError, match=r"other\.h5: this is not an eventspace file; convert it"):
        native.read(tmp_path / "other.h5")
    with pytest.raises(InputError, match="this is a directory"):
        native.read(tmp_path)


@pytest.mark.parametrize("half_width", ["wide", None, [1, 2], -1.0])
def test_a_field_of_view_that_is_none(tmp_path, half_width):
    path = tmp_path / "images.h5"
    native.write(path, Images(values=np.ones((2, 3, 3)), half_width=1.0))
    with h5py.File(path, "r+") as file:
        file.attrs["settings"] = np.bytes_(json.dumps({"half_width": half_width}).encode())
    with pytest.raises(InputError, match=r"images\.h5"):
        native.read(path)


@pytest.mark.parametrize("shape", [[2, 2], [2, 2, 2, 2], [10**6, 10**6, -1], "cube", [1, 1, 1]])
def test_a_grid_that_is_none(tmp_path, shape):
    path = tmp_path / "showers.h5"
    native.write(path, Showers.from_dense(np.ones((2, 2, 2, 2))))
    with h5py.File(path, "r+") as file:
        file.attrs["settings"] = np.bytes_(json.dumps({"shape": shape}).encode())
    with pytest.raises(InputError, match=r"showers\.h5"):
        native.read(path)


def by_hand(path, **other):
    """Four showers of three cells, written after docs/files.md; ``other`` replaces datasets and attributes."""
    attributes = {
        "format": np.bytes_("eventspace"),
        "version": 1,
        "kind": np.bytes_("showers"),
        "count": 4,
        "settings": np.bytes_(json.dumps({"shape": [2, 2, 2]})),
        "units": np.bytes_(json.dumps({"energy": "GeV"})),
        "origin": np.bytes_(" "),
    }
    datasets = {
        "showers/offsets": np.arange(0, 13, 3),
        "showers/cell": np.tile([0, 4, 7], 4),
        "showers/energy": np.ones(12),
        "event/incident_energy": np.full(4, 100.0),
    }
    with h5py.File(path, "w") as file:
        file.attrs.update(attributes | {name: value for name, value in other.items() if name in attributes})
        for name, values in (datasets | {name: value for name, value in other.items() if "/" in name}).items():
            file[name] = values
    return path


def test_a_file_written_by_hand_is_read(tmp_path):
    showers = native.read(by_hand(tmp_path / "a.h5"))
    assert showers.total_energy.tolist() == [3.0] * 4
    assert inspect(tmp_path / "a.h5").faults == ()


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"format": "eventspace", "kind": "showers"}, r"the attribute kind holds text of variable length; .*bytes_"),
        ({"units": "{}"}, "the attribute units holds text of variable length"),
        ({"event/label": ["a"] * 4}, r"event/label holds text of variable length; write .* numpy\.char\.encode"),
        ({"showers/cell": np.tile([0, 4, 6.5], 4)}, "cell holds float64; give the flat number"),
        ({"showers/cell": np.tile([0, 0, 7], 4)}, "event 0: a cell occurs twice; add its energies up"),
        ({"showers/cell": np.tile([4, 0, 7], 4)}, "event 0: the cells do not rise"),
        ({"showers/offsets": np.r_[1, 3:13:3]}, "offsets holds int64"),
        ({"showers/offsets": np.arange(0, 9, 2)}, "does not fit"),
        ({"event/incident_energy": np.array([b"100"] * 4)}, "incident_energy holds <U3; give one number"),
        ({"event/incident_energy": np.array([1.0, -2.0, 3.0, 4.0])}, "event 1: the incident energy is negative"),
    ],
)
def test_what_does_not_fit_in_a_file_written_by_hand_is_told(tmp_path, other, message):
    path = by_hand(tmp_path / "a.h5", **other)
    with pytest.raises(InputError, match=message):
        native.read(path)
    with suppress(InputError):  # neither does inspect call it valid
        assert inspect(path).faults


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_whole_file_of_another_format_names_the_converter(tmp_path, name):
    path, _ = EXAMPLES[name](tmp_path)
    with pytest.raises(InputError, match=r"not an eventspace file; convert it first: eventspace convert") as error:
        native.read(path)
    assert str(path) in str(error.value)

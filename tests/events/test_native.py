import os
import signal
import subprocess
import sys

import h5py
import numpy as np
import pytest

from eventspace.base.errors import InputError
from eventspace.events import native
from eventspace.events.images import Images
from eventspace.events.kinds import KINDS
from eventspace.events.particles import ParticleClouds
from eventspace.events.points import Points
from eventspace.events.showers import Showers


def sets_of(kind, count=7, seed=1):
    generator = np.random.default_rng(seed)
    common = {
        "per_event": {"label": np.array(["top", "quark-gluon"] * count)[:count], "weight": generator.random(count)},
        "seed": 123,
        "origin": "made up, µ = 1",
    }
    if kind == "images":
        return Images(values=generator.random((count, 5, 4)), half_width=0.7, units={"values": "GeV"}, **common)
    if kind == "points":
        return Points(values=generator.random((count, 3)).astype(np.float32), **common)
    if kind == "showers":
        return Showers.from_dense(
            generator.random((count, 2, 3, 4)) * (generator.random((count, 2, 3, 4)) > 0.5), **common
        )
    sizes = generator.integers(1, 6, count)
    columns = {name: generator.random(sizes.sum()) for name in ("pt", "eta", "phi", "mass")}
    columns |= {"pid": generator.integers(-300, 300, sizes.sum()).astype(np.int32)}
    return ParticleClouds.from_flat(sizes, columns, **common)


def check_equal(one, other):
    assert type(one) is type(other)
    assert len(one) == len(other)
    assert (one.seed, one.origin, dict(one.units)) == (other.seed, other.origin, dict(other.units))
    assert set(one.per_event) == set(other.per_event)
    for name, values in one.per_event.items():
        assert values.dtype.kind == other.per_event[name].dtype.kind
        np.testing.assert_array_equal(values, other.per_event[name])
    if isinstance(one, ParticleClouds):
        assert set(one.columns) == set(other.columns)
        assert one.multiplicity.tolist() == other.multiplicity.tolist()
        for name in one.columns:
            assert one.flat(name).dtype == other.flat(name).dtype
            np.testing.assert_array_equal(one.flat(name), other.flat(name))
    elif isinstance(one, Showers):
        assert one.shape == other.shape
        np.testing.assert_array_equal(one.to_dense(), other.to_dense())
    else:
        assert one.values.dtype == other.values.dtype
        np.testing.assert_array_equal(one.values, other.values)
        assert getattr(one, "half_width", None) == getattr(other, "half_width", None)


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_written_is_read(tmp_path, kind):
    events = sets_of(kind)
    native.write(tmp_path / "events.h5", events)
    check_equal(native.read(tmp_path / "events.h5"), events)


@pytest.mark.parametrize("kind", KINDS)
def test_slices_and_ranges(tmp_path, kind):
    events = sets_of(kind)
    native.write(tmp_path / "part.h5", events[2:6])
    check_equal(native.read(tmp_path / "part.h5"), events[2:6])
    check_equal(native.read(tmp_path / "part.h5", 1, 3), events[3:5])
    check_equal(native.read(tmp_path / "part.h5", 2), events[4:6])
    assert len(native.read(tmp_path / "part.h5", 4)) == 0
    assert len(native.read(tmp_path / "part.h5", 3, 2)) == 0
    assert len(native.read(tmp_path / "part.h5", 3, 99)) == 1
    for start in (-1, 5):
        with pytest.raises(InputError, match=f"there is no event {start}: the file holds 4"):
            native.read(tmp_path / "part.h5", start)


def test_another_kind_than_asked_for_is_refused(tmp_path):
    native.write(tmp_path / "points.h5", Points(values=np.zeros((3, 2))))
    assert native.read(tmp_path / "points.h5", kind=Points).file == tmp_path / "points.h5"
    with pytest.raises(InputError, match="it holds points, not particles; name another file"):
        native.read(tmp_path / "points.h5", kind=ParticleClouds)


@pytest.mark.parametrize("kind", KINDS)
def test_parts_of_any_size_join(tmp_path, kind):
    events = sets_of(kind)
    with native.writer(tmp_path / "events.h5") as file:
        for start, stop in ((0, 0), (0, 3), (3, 3), (3, 4), (4, 7)):
            file.append(events[start:stop])
            assert len(file) == stop
    check_equal(native.read(tmp_path / "events.h5"), events)
    parts = list(native.chunks(tmp_path / "events.h5", size=3))
    assert [len(part) for part in parts] == [3, 3, 1]
    check_equal(parts[1], events[3:6])


def test_every_writer_makes_the_same_bytes(tmp_path):
    for name in ("one.h5", "two.h5"):
        native.write(tmp_path / name, sets_of("particles"))
    assert tmp_path.joinpath("one.h5").read_bytes() == tmp_path.joinpath("two.h5").read_bytes()


def continued(events, **changes):
    names = ("offsets", "columns", "per_event", "units")
    fields = {name: getattr(events, name) for name in names} | changes
    return ParticleClouds(**fields)


UNFIT = [
    (lambda events: sets_of("points"), "points do not continue particles with coordinate eta"),
    (lambda events: continued(events, per_event={}), "the column event/label is not in every part"),
    (lambda events: continued(events, per_event=events.per_event | {"x": np.ones(7)}), "the column event/x"),
    (lambda events: continued(events, per_event=events.per_event | {"weight": np.array(["a"] * 7)}), r"weight: \|S64"),
    (lambda events: continued(events, per_event=events.per_event | {"label": np.arange(7.0)}), "label holds float64"),
    (lambda events: continued(events, columns=events.columns | {"pid": events.flat("pt")}), "pid: float64"),
    (lambda events: continued(events, columns=events.columns | {"a/b": events.flat("pt")}), "'a/b' cannot name"),
    (lambda events: continued(events, units={"pt": "MeV"}), "units {'pt': 'MeV'} do not continue"),
    (lambda events: continued(events, columns=events.columns | {"pt": -events.flat("pt")}), "event 0: pt is negative"),
]


@pytest.mark.parametrize(("change", "problem"), UNFIT)
def test_parts_that_do_not_continue_are_refused_whole(tmp_path, change, problem):
    events = sets_of("particles")
    with native.writer(tmp_path / "events.h5") as file:
        file.append(events)
        with pytest.raises(InputError, match=problem):
            file.append(change(events))
        file.append(events)
    assert native.read(tmp_path / "events.h5").multiplicity.tolist() == 2 * events.multiplicity.tolist()


def test_long_labels_are_refused(tmp_path):
    events = Points(values=np.zeros((1, 1)), per_event={"label": np.array(["µ" * 33])})
    with pytest.raises(InputError, match="label holds texts of more than 64 bytes"):
        native.write(tmp_path / "events.h5", events)


@pytest.mark.parametrize("labels", [["a", "b\0"], np.array(["a", "b\0"], dtype=object), [["a", "b"], ["c", "b\0"]]])
def test_a_label_that_ends_in_nul_is_refused(labels):
    """Numpy and HDF5 would lose it."""
    with pytest.raises(
        InputError, match=r"event 1: label holds 'b\\x00', which ends in NUL; leave it out: text\.rstrip"
    ):
        Points(values=np.zeros((2, 1)), per_event={"label": labels})


def test_a_label_with_nul_inside_comes_back(tmp_path):
    native.write(tmp_path / "a.h5", Points(values=np.zeros((2, 1)), per_event={"label": ["a\0b", "c"]}))
    assert native.read(tmp_path / "a.h5").labels.tolist() == ["a\0b", "c"]


def test_labels_of_all_alphabets_and_lengths_continue(tmp_path):
    labels = ["a", "Z→bb̄", "", "µ" * 32, "quark"]
    with native.writer(tmp_path / "events.h5") as file:
        for label in labels:
            file.append(Points(values=np.zeros((1, 1)), per_event={"label": np.array([label])}))
    assert native.read(tmp_path / "events.h5").labels.tolist() == labels


@pytest.mark.parametrize("origin", ["bad\udcff.root, converted from root", "part; " * 30_000], ids=["bytes", "long"])
def test_any_origin_is_written(tmp_path, origin):
    native.write(tmp_path / "a.h5", Points(values=[[1.0]], origin=origin))
    assert native.read(tmp_path / "a.h5").origin[:3] == origin[:3]


def test_labels_that_are_no_text_are_refused(tmp_path):
    with pytest.raises(InputError, match="label"):
        native.write(tmp_path / "a.h5", Points(values=[[1.0]], per_event={"label": ["\udcff"]}))
    assert not list(tmp_path.iterdir())


def test_other_grids_do_not_continue(tmp_path):
    with native.writer(tmp_path / "points.h5") as file:
        file.append(sets_of("points"))
        with pytest.raises(InputError, match=r"values of shape \(2,\) do not continue \(3,\)"):
            file.append(Points(values=np.ones((1, 2)), per_event=sets_of("points", 1).per_event))


def test_an_empty_file_is_no_file(tmp_path):
    with pytest.raises(InputError, match="there are no events to write"), native.writer(tmp_path / "events.h5"):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_set_without_events_is_not_written(tmp_path, kind):
    with pytest.raises(InputError, match="there are no events to write"):
        native.write(tmp_path / "events.h5", sets_of(kind)[:0])
    assert list(tmp_path.iterdir()) == []


def test_an_invalid_event_is_not_written(tmp_path):
    with pytest.raises(InputError, match="event 1: a coordinate is NaN"):
        native.write(tmp_path / "events.h5", Points(values=np.array([[0.0], [np.nan]])))
    assert list(tmp_path.iterdir()) == []


KILLED = """
import signal, sys, time
import numpy as np
from eventspace.events import native
from eventspace.events.points import Points
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a shell put the tests into the background
with native.writer(sys.argv[1]) as file:
    for _ in range(3):
        file.append(Points(values=np.random.default_rng(1).random((10_000, 4))))
    print("half", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
@pytest.mark.parametrize("before", [False, True])
def test_a_writer_killed_in_the_middle_changes_nothing(tmp_path, how, before):
    path = tmp_path / "events.h5"
    if before:
        native.write(path, sets_of("points"))
    content = path.read_bytes() if before else None
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    with process:
        assert process.stdout.readline() == "half\n"
        os.kill(process.pid, how)
    assert path.exists() == before
    if before:
        assert path.read_bytes() == content
    if how == signal.SIGINT:
        assert [entry.name for entry in tmp_path.iterdir()] == ["events.h5"] * before


def test_files_of_the_future_are_refused(tmp_path):
    path = tmp_path / "events.h5"
    native.write(path, sets_of("points"))
    with h5py.File(path, "r+") as file:
        file.attrs["version"] = 2
    with pytest.raises(InputError, match="the file has version 2; install a newer eventspace"):
        native.read(path)


def test_an_invalid_event_is_named_by_its_number_in_the_file(tmp_path):
    path = tmp_path / "events.h5"
    native.write(path, sets_of("points"))
    with h5py.File(path, "r+") as file:
        file["points/values"][5, 1] = np.nan
    for start in (0, 3, 5):
        with pytest.raises(InputError, match=r"events\.h5, event 5: a coordinate is NaN"):
            native.read(path, start)
    assert len(native.read(path, 0, 5)) == 5
    assert len(native.read(path, check=False)) == 7

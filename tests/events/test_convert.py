import tracemalloc
import warnings

import h5py
import numpy as np
import pandas as pd
import pytest

from eventspace.base.errors import InputError
from eventspace.events import native
from eventspace.events.convert import convert as in_a_child
from eventspace.events.formats import format as sizes
from eventspace.events.formats.registry import FORMATS
from eventspace.events.points import Points

convert = in_a_child.__wrapped__  # in this process, where the tests change the sizes of chunks

COLUMNS = "pt=PT,rapidity=Y,phi=PHI"


@pytest.fixture
def reference(tmp_path, toy_jets, padded):
    """A top-tagging file of 30 toy jets, as a function that damages some rows."""

    def store(change=lambda values: None):
        values = padded(toy_jets(30), 200).astype(np.float32)
        change(values)
        names = [f"{component}_{i}" for i in range(200) for component in ("E", "PX", "PY", "PZ")]
        frame = pd.DataFrame(values.reshape(30, -1), columns=names)
        frame["is_signal_new"] = np.arange(30) % 2
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", pd.errors.PerformanceWarning)
            frame.to_hdf(tmp_path / "train.h5", key="table", mode="w")
        return tmp_path / "train.h5"

    return store


def nan_in(*events):
    def change(values):
        values[list(events), 0, 1] = np.nan

    return change


def test_a_whole_file_becomes_native(tmp_path, reference, toy_jets, check_relative, monkeypatch):
    monkeypatch.setattr(sizes, "EVENTS_AT_ONCE", 7)
    summary = convert(reference(), tmp_path / "jets.h5")
    assert (summary.format, summary.written, summary.dropped, summary.faults) == ("top-tagging", 30, 0, {})
    jets = native.read(tmp_path / "jets.h5")
    check_relative(jets, toy_jets(30), rtol=1e-4)
    assert jets.labels[:2].tolist() == ["qcd", "top"]
    assert jets.origin == f"train.h5, converted from top-tagging: {summary.remark}"
    assert summary.remark == "particles moved to the axis of their jet (--no-centre leaves them)"
    assert jets.units["jet_pt"] == "GeV"


@pytest.mark.parametrize("limit", [1, 7, 10, 30, 99])
def test_a_limit_reads_the_first_events(tmp_path, reference, toy_jets, check_relative, monkeypatch, limit):
    monkeypatch.setattr(sizes, "EVENTS_AT_ONCE", 7)
    assert convert(reference(), tmp_path / "jets.h5", limit=limit).written == min(limit, 30)
    check_relative(native.read(tmp_path / "jets.h5"), toy_jets(30)[:limit], rtol=1e-4)


def test_an_invalid_event_is_named_by_its_number_in_the_source(tmp_path, reference, monkeypatch):
    monkeypatch.setattr(sizes, "EVENTS_AT_ONCE", 7)
    source = reference(nan_in(17, 22))
    with pytest.raises(InputError, match=r"train\.h5, event 17: pt is NaN or infinite; .*--drop-invalid") as error:
        convert(source, tmp_path / "jets.h5")
    assert error.value.event == 17
    assert [entry.name for entry in tmp_path.iterdir()] == ["train.h5"]


def empty(values):
    values[4] = 0


def negative(values):
    values[4, 1, 0] *= -1


@pytest.mark.parametrize(
    ("change", "problem"),
    [(empty, "the event holds no particles"), (negative, "an energy negative"), (nan_in(4), "pt is NaN or infinite")],
)
def test_each_fault_is_named(tmp_path, reference, change, problem):
    with pytest.raises(InputError, match=rf"train\.h5, event 4: .*{problem}"):
        convert(reference(change), tmp_path / "jets.h5")


def test_invalid_events_are_left_out_and_counted(tmp_path, reference, toy_jets, check_relative, monkeypatch):
    monkeypatch.setattr(sizes, "EVENTS_AT_ONCE", 7)

    def change(values):
        nan_in(*range(7, 14), 22)(values)
        empty(values)

    summary = convert(reference(change), tmp_path / "jets.h5", drop_invalid=True)
    assert (summary.written, summary.dropped) == (21, 9)
    assert summary.faults == {"the event holds no particles": 1, "pt is NaN or infinite": 8}
    kept = [jet for number, jet in enumerate(toy_jets(30)) if number not in {4, 22, *range(7, 14)}]
    check_relative(native.read(tmp_path / "jets.h5"), kept, rtol=1e-4)


def test_a_file_without_a_valid_event_makes_no_file(tmp_path, reference):
    with pytest.raises(InputError, match=r"train\.h5: none of its 30 events is valid"):
        convert(reference(nan_in(*range(30))), tmp_path / "jets.h5", drop_invalid=True)
    assert not (tmp_path / "jets.h5").exists()


@pytest.mark.parametrize(
    ("arrays", "problem"),
    [
        ({"PT": -np.ones((2, 2))}, r"jets\.npz, event 0: pt is negative"),
        ({"PT": np.array([[1.0, 2.0], [0.0, 0.0]])}, r"jets\.npz, event 1: the event holds no particles"),
        ({"Y": np.array([[0.0, np.inf], [0.0, 0.0]])}, r"jets\.npz, event 0: rapidity is NaN or infinite"),
    ],
)
def test_faults_of_other_formats(tmp_path, arrays, problem):
    np.savez(tmp_path / "jets.npz", **{"PT": np.ones((2, 2)), "Y": np.zeros((2, 2)), "PHI": np.zeros((2, 2)), **arrays})
    with pytest.raises(InputError, match=problem):
        convert(tmp_path / "jets.npz", tmp_path / "jets.h5", columns=COLUMNS)


def test_a_file_with_no_events(tmp_path):
    np.savez(tmp_path / "jets.npz", PT=np.ones((0, 2)), Y=np.ones((0, 2)), PHI=np.ones((0, 2)))
    with pytest.raises(InputError, match=r"jets\.npz: it holds no events"):
        convert(tmp_path / "jets.npz", tmp_path / "jets.h5", columns=COLUMNS)


def test_an_unknown_format_lists_the_known_ones(tmp_path, reference):
    with pytest.raises(InputError, match="there is no format 'delphes'") as error:
        convert(reference(), tmp_path / "jets.h5", format="delphes")
    assert all(name in error.value.remedy for name in FORMATS)


def test_what_is_not_recognised_lists_the_formats(tmp_path):
    tmp_path.joinpath("jets.h5").write_text("pt eta phi\n1 2 3\n")
    with pytest.raises(InputError, match=r"jets\.h5: its format is not recognised") as error:
        convert(tmp_path / "jets.h5", tmp_path / "out.h5")
    assert all(name in error.value.remedy for name in FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_a_text_named_h5_is_no_file_of_any_format(tmp_path, name):
    tmp_path.joinpath("jets.h5").write_text("pt eta phi\n1 2 3\n")
    columns = COLUMNS if FORMATS[name].takes_columns else None
    with pytest.raises(InputError, match=r"jets\.h5: "):
        convert(tmp_path / "jets.h5", tmp_path / "out.h5", format=name, columns=columns)
    assert not (tmp_path / "out.h5").exists()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_file_is_an_input_error(tmp_path, reference, share):
    source = reference()
    data = source.read_bytes()
    source.write_bytes(data[: int(share * len(data))])
    with pytest.raises(InputError, match=r"train\.h5: this is not a whole HDF5 file"):
        convert(source, tmp_path / "jets.h5")


def test_the_wrong_format_says_what_is_missing(tmp_path, reference):
    with pytest.raises(InputError, match=r"train\.h5: particle_features or jet_features is missing; it has table"):
        convert(reference(), tmp_path / "jets.h5", format="jetnet")


def test_column_maps_are_asked_for_and_refused(tmp_path, reference):
    np.savez(tmp_path / "jets.npz", PT=np.ones((2, 2)))
    with pytest.raises(InputError, match=r"jets\.npz: a file of format npz needs a column map; .*--columns pt="):
        convert(tmp_path / "jets.npz", tmp_path / "jets.h5")
    with pytest.raises(InputError, match="files of format top-tagging take no column map"):
        convert(reference(), tmp_path / "jets.h5", columns=COLUMNS)


def test_source_and_destination_must_differ(tmp_path, reference):
    source = reference()
    before = source.read_bytes()
    with pytest.raises(InputError, match="one of those to read"):
        convert(source, tmp_path / "." / "train.h5")
    assert source.read_bytes() == before


def test_native_files_need_no_conversion(tmp_path):
    native.write(tmp_path / "points.h5", Points(values=np.zeros((1, 1))))
    with pytest.raises(InputError, match="this is an eventspace file already"):
        convert(tmp_path / "points.h5", tmp_path / "out.h5")


def test_missing_places_are_named(tmp_path, reference):
    with pytest.raises(InputError, match=r"no\.h5: there is no such file"):
        convert(tmp_path / "no.h5", tmp_path / "out.h5")
    with pytest.raises(InputError, match="its folder does not exist"):
        convert(reference(), tmp_path / "no" / "out.h5")
    with pytest.raises(InputError, match="a limit of 0 events leaves nothing"):
        convert(reference(), tmp_path / "out.h5", limit=0)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(sizes, "EVENTS_AT_ONCE", 500)
    peaks = []
    for count in (1_000, 1_000, 10_000):  # the first conversion pays for imports
        with h5py.File(tmp_path / "q.h5", "w") as file:
            rows = np.float32([0.1, 0.1, 0.5, 1.0]) * (np.arange(30) < 3)[:, None]
            file.create_dataset("particle_features", data=np.tile(rows, (count, 1, 1)), chunks=(100, 30, 4))
            file["jet_features"] = np.tile(np.float32([500.0, 0.0, 50.0, 3.0]), (count, 1))
        tracemalloc.start()
        assert convert(tmp_path / "q.h5", tmp_path / "jets.h5").written == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < 1.2 * peaks[1]


def test_jets_stay_where_they_are_on_request(tmp_path, reference, toy_jets, momenta):
    summary = convert(reference(), tmp_path / "jets.h5", centre=False)
    assert summary.remark == "particles where the file has them"
    jets, particles = native.read(tmp_path / "jets.h5"), momenta(np.concatenate(toy_jets(30)))
    assert jets.origin.endswith(summary.remark)
    np.testing.assert_allclose(jets.flat("rapidity"), particles.rapidity, atol=1e-3)
    np.testing.assert_allclose(np.cos(jets.flat("phi")), np.cos(particles.phi), atol=1e-3)
    convert(tmp_path / "train.h5", tmp_path / "centred.h5")
    for name, values in native.read(tmp_path / "centred.h5").per_event.items():
        np.testing.assert_array_equal(jets.per_event[name], values)


def test_every_reader_that_moves_jets_says_so_and_can_leave_them():
    moving = {name for name, format_ in FORMATS.items() if "centre" in format_.options}
    assert moving == {"top-tagging", "energyflow", "vae-jets"}


def test_formats_that_move_nothing_take_no_centre(tmp_path):
    np.savez(tmp_path / "jets.npz", PT=np.ones((1, 1)), Y=np.ones((1, 1)), PHI=np.ones((1, 1)))
    with pytest.raises(InputError, match="files of format npz take no --no-centre"):
        convert(tmp_path / "jets.npz", tmp_path / "jets.h5", columns=COLUMNS, centre=False)

import awkward as ak
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from eventspace.base.errors import InputError
from eventspace.events import native
from eventspace.events.convert import convert
from eventspace.events.formats import parquet
from eventspace.events.formats.columns import parse
from eventspace.events.formats.registry import detect

COLUMNS = parse("pt=PT,rapidity=Y,phi=PHI,mass=M,label=kind,weight=w")


def table_of(jets, momenta, kind=pa.list_):
    lists = {
        theirs: pa.array([getattr(momenta(jet), ours).tolist() for jet in jets], type=kind(pa.float32()))
        for ours, theirs in COLUMNS.items()
        if ours in ("pt", "rapidity", "phi", "mass")
    }
    text = pa.array(["top" if i % 2 else "qcd" for i in range(len(jets))]).dictionary_encode()
    return pa.table({**lists, "kind": text, "w": np.linspace(0, 1, len(jets)), "unused": np.zeros(len(jets))})


@pytest.mark.parametrize("kind", [pa.list_, pa.large_list])
def test_list_columns_become_clouds(tmp_path, toy_jets, momenta, monkeypatch, kind):
    jets = toy_jets(30)
    pq.write_table(table_of(jets, momenta, kind), tmp_path / "jets.parquet", row_group_size=7)
    monkeypatch.setattr(parquet, "EVENTS_AT_ONCE", 11)
    parts = list(parquet.FORMAT.read(tmp_path / "jets.parquet", COLUMNS))
    assert sum(len(part) for part in parts) == 30
    assert max(len(part) for part in parts) <= 11
    assert np.concatenate([part.multiplicity for part in parts]).tolist() == [len(jet) for jet in jets]
    particles = momenta(np.concatenate(jets))
    for name in ("pt", "rapidity", "phi"):
        read = np.concatenate([part.flat(name) for part in parts])
        np.testing.assert_array_equal(read, getattr(particles, name).astype(np.float32))
    np.testing.assert_array_equal(np.concatenate([part.per_event["weight"] for part in parts]), np.linspace(0, 1, 30))
    assert np.concatenate([part.labels for part in parts])[:2].tolist() == ["qcd", "top"]
    assert detect(tmp_path / "jets.parquet").name == "parquet"


def test_files_of_awkward_are_read(tmp_path):
    array = ak.Array({"pt": [[3.0, 1.0], [2.0]], "eta": [[0.0, 1.0], [2.0]], "phi": [[0.5, 0.0], [0.0]]})
    ak.to_parquet(array, tmp_path / "jets.parquet")
    (clouds,) = parquet.FORMAT.read(tmp_path / "jets.parquet", parse("pt=pt,eta=eta,phi=phi"))
    assert clouds.multiplicity.tolist() == [2, 1]
    assert clouds.coordinate == "eta"


def test_lists_of_records_are_read_by_field(tmp_path, toy_jets, momenta, monkeypatch):
    jets = toy_jets(9)
    records = ak.zip({name: [getattr(momenta(jet), name) for jet in jets] for name in ("pt", "eta", "phi", "mass")})
    ak.to_parquet(ak.zip({"PFCands": records, "label": np.arange(9) % 2}, depth_limit=1), tmp_path / "jets.parquet")
    monkeypatch.setattr(parquet, "EVENTS_AT_ONCE", 4)
    columns = parse("pt=PFCands.pt,eta=PFCands.eta,phi=PFCands.phi,label=label")
    parts = list(parquet.FORMAT.read(tmp_path / "jets.parquet", columns))
    assert [len(part) for part in parts] == [4, 4, 1]
    for name in ("pt", "eta", "phi"):
        read = np.concatenate([part.flat(name) for part in parts])
        np.testing.assert_array_equal(read, getattr(momenta(np.concatenate(jets)), name))
    assert parts[0].labels.tolist() == ["0", "1", "0", "1"]
    assert parquet.FORMAT.contents(tmp_path / "jets.parquet")["PFCands.mass"] == "list<double>"


def test_a_file_that_is_a_list_of_records(tmp_path):
    ak.to_parquet(ak.Array([[{"pt": 2.0, "eta": 0.1, "phi": 0.2}]]), tmp_path / "jets.parquet")
    (clouds,) = parquet.FORMAT.read(tmp_path / "jets.parquet", parse("pt=.pt,eta=.eta,phi=.phi"))
    assert clouds.flat("phi").tolist() == [0.2]


def store(path, **columns):
    pq.write_table(pa.table({"PT": [[3.0], [1.0]], "Y": [[0.0], [0.0]], "PHI": [[0.0], [0.0]], **columns}), path)


@pytest.mark.parametrize(
    ("column", "problem"),
    [
        ({"PT": [[3.0], None]}, "event 1: Y has 1 particles where another column has 0"),
        ({"PT": [[3.0], [1.0, 2.0]]}, "event 1: Y has 1 particles where another column has 2"),
        ({"PT": [3.0, 1.0]}, "PT holds one value an event, not one a particle"),
        ({"PT": [["a"], ["b"]]}, "PT holds text"),
        ({"Y": [[], []]}, "event 0: Y has 0 particles where another column has 1"),
    ],
)
def test_columns_that_do_not_fit_are_named(tmp_path, column, problem):
    store(tmp_path / "jets.parquet", **column)
    with pytest.raises(InputError, match=problem):
        list(parquet.FORMAT.read(tmp_path / "jets.parquet", parse("pt=PT,rapidity=Y,phi=PHI")))


def test_a_missing_value_is_found_by_event(tmp_path):
    store(tmp_path / "jets.parquet", PT=[[3.0], [None]])
    (clouds,) = parquet.FORMAT.read(tmp_path / "jets.parquet", parse("pt=PT,rapidity=Y,phi=PHI"))
    with pytest.raises(InputError, match="event 1: pt is NaN or infinite"):
        clouds.check()


def test_a_missing_column_lists_those_of_the_file(tmp_path):
    store(tmp_path / "jets.parquet")
    with pytest.raises(InputError, match="there is no column 'PTT'; it has PT, Y, PHI"):
        list(parquet.FORMAT.read(tmp_path / "jets.parquet", parse("pt=PTT,rapidity=Y,phi=PHI")))


def test_a_truncated_file_is_an_input_error(tmp_path):
    path = tmp_path / "jets.parquet"
    store(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match=r"jets\.parquet: the file is damaged"):
        list(parquet.FORMAT.read(path, parse("pt=PT,rapidity=Y,phi=PHI")))


BIG = 2**53 + 1


@pytest.mark.parametrize(
    ("column", "values", "right"),
    [
        ("label", pa.array([0, 1, None, 1]), ["0", "1", "1"]),
        ("label", pa.array(["qcd", "top", None, "w"]), ["qcd", "top", "w"]),
        ("label", pa.array(["qcd", "top", None, "w"]).dictionary_encode(), ["qcd", "top", "w"]),
        ("label", pa.array([0.0, 1.0, None, 1.0]), ["0", "1", "1"]),
        ("label", pa.array([True, False, None, True]), ["True", "False", "True"]),
        ("event", pa.array([BIG, BIG + 1, None, 5]), [BIG, BIG + 1, 5]),
        ("event", pa.array([0.5, 1.5, None, 2.5]), [0.5, 1.5, 2.5]),
    ],
)
def test_what_is_missing_is_refused_or_left_out_and_the_rest_keeps_its_value(tmp_path, column, values, right):
    path, ours = tmp_path / "jets.parquet", tmp_path / "jets.h5"
    lists = {name: [[1.0]] * 4 for name in ("pt", "eta", "phi")}
    pq.write_table(pa.table({**lists, "theirs": values}), path)
    columns = f"pt=pt,eta=eta,phi=phi,{column}=theirs"
    with pytest.raises(InputError, match=rf"jets\.parquet, event 2: {column} is (missing|NaN)"):
        convert(path, ours, columns=columns)
    assert not ours.exists()
    summary = convert(path, ours, columns=columns, drop_invalid=True)
    assert (summary.written, summary.dropped) == (3, 1)
    assert native.read(ours).per_event[column].tolist() == right
    if column == "label":  # what is missing may be what is asked for
        with pytest.raises(InputError, match="event 2: label is missing"):
            convert(path, ours, columns=columns, label=right[0])


def test_an_event_whose_lists_are_missing_has_no_particles(tmp_path):
    path = tmp_path / "jets.parquet"
    pq.write_table(pa.table(dict.fromkeys(("pt", "eta", "phi"), pa.array([[1.0], None]))), path)
    with pytest.raises(InputError, match=r"jets\.parquet, event 1: the event holds no particles"):
        convert(path, tmp_path / "jets.h5", columns="pt=pt,eta=eta,phi=phi")
    assert convert(path, tmp_path / "jets.h5", columns="pt=pt,eta=eta,phi=phi", drop_invalid=True).written == 1


@pytest.mark.parametrize("pid", [[[211], [None]], [[211.0], [211.5]], [[211.0], [None]], [[211.0], [1e30]]])
def test_an_identifier_that_is_no_whole_number_is_refused(tmp_path, pid):
    store(tmp_path / "jets.parquet", pid=pid)
    with pytest.raises(InputError, match=r"jets\.parquet, event 1: a pid is (missing|211\.5|1e\+30)"):
        list(parquet.FORMAT.read(tmp_path / "jets.parquet", parse("pt=PT,rapidity=Y,phi=PHI,pid=pid")))


def test_offsets_are_for_arrays(tmp_path):
    store(tmp_path / "jets.parquet")
    with pytest.raises(InputError, match=r"jets\.parquet: offsets are for flat arrays, of npz or HDF5 files"):
        list(parquet.FORMAT.read(tmp_path / "jets.parquet", parse("pt=PT,rapidity=Y,phi=PHI,offsets=Y")))

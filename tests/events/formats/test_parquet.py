import awkward as ak
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from eventspace.base.errors import InputError
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

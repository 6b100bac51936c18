import awkward as ak
import numpy as np
import pytest
import uproot

from eventspace.base.errors import InputError
from eventspace.events.convert import convert
from eventspace.events.formats import root
from eventspace.events.formats.columns import parse
from eventspace.events.formats.registry import detect

JAGGED = "var * float32"


@pytest.fixture
def jets(toy_jets, momenta):
    rows = [momenta(jet) for jet in toy_jets(10)]
    lists = {
        name: ak.values_astype(ak.Array([getattr(row, name) for row in rows]), np.float32) for name in ("pt", "eta")
    }
    return lists | {"phi": ak.values_astype(ak.Array([row.phi for row in rows]), np.float32)}


def trees(path, **branches):
    """A file of the trees by name: branches with their types and values."""
    with uproot.recreate(path) as file:
        for tree, columns in branches.items():
            file.mktree(tree, {name: kind for name, (kind, _) in columns.items()}).extend(
                {name: values for name, (_, values) in columns.items()}
            )
    return path


def check(parts, jets):
    for name, lists in jets.items():
        assert np.concatenate([part.flat(name) for part in parts]).tolist() == ak.flatten(lists).tolist()
    assert np.concatenate([part.multiplicity for part in parts]).tolist() == ak.num(jets["pt"]).tolist()


@pytest.mark.parametrize("separator", ["_", "."])  # NanoAOD and Delphes
def test_jagged_branches(tmp_path, jets, monkeypatch, separator):
    branches = {f"PFCands{separator}{name}": (JAGGED, lists) for name, lists in jets.items()}
    path = trees(tmp_path / "nano.root", Events=branches | {"isTop": ("int32", np.arange(10) % 2)})
    monkeypatch.setattr(root, "EVENTS_AT_ONCE", 4)
    columns = parse(",".join(f"{name}=PFCands{separator}{name}" for name in jets) + ",label=isTop")
    parts = list(root.FORMAT.read(path, columns))
    assert [len(part) for part in parts] == [4, 4, 2]
    check(parts, jets)
    assert parts[0].labels.tolist() == ["0", "1", "0", "1"]
    assert detect(path).name == "root"
    assert root.FORMAT.contents(path)[f"PFCands{separator}pt"] == "float[]"


def test_records_of_an_rntuple(tmp_path, jets):
    with uproot.recreate(tmp_path / "nano.root") as file:
        file.mkrntuple("Events", {"PFCands": ak.zip(jets), "run": np.arange(10)})
    columns = parse("pt=PFCands.pt,eta=PFCands.eta,phi=PFCands.phi,run=run")
    parts = list(root.FORMAT.read(tmp_path / "nano.root", columns))
    check(parts, jets)
    assert parts[0].per_event["run"].tolist() == list(range(10))


def test_arrays_of_fixed_size(tmp_path, toy_jets, momenta, padded):
    jets = toy_jets(6)
    rows = padded(jets, 15)
    path = trees(tmp_path / "flat.root", jets={"p4": (("f8", (15, 4)), rows), "kind": ("int32", np.arange(6))})
    (clouds,) = root.FORMAT.read(path, parse("E=p4:0,px=p4:1,py=p4:2,pz=p4:3"))
    np.testing.assert_allclose(clouds.flat("pt"), momenta(np.concatenate(jets)).pt)
    assert clouds.multiplicity.tolist() == [len(jet) for jet in jets]
    with pytest.raises(InputError, match=r"flat\.root: p4 has 4 values a particle; say which: p4:0 to p4:3"):
        list(root.FORMAT.read(path, parse("pt=p4,eta=p4,phi=p4")))
    with pytest.raises(InputError, match="p4:7 is not in every event"):
        list(root.FORMAT.read(path, parse("E=p4:7,px=p4:1,py=p4:2,pz=p4:3")))


def test_a_tree_is_chosen_among_several(tmp_path, jets):
    branches = {name: (JAGGED, lists) for name, lists in jets.items()}
    path = trees(tmp_path / "nano.root", Events=branches, Runs={"run": ("int32", np.arange(3))})
    columns = ",".join(f"{name}={name}" for name in jets)
    with pytest.raises(InputError, match=r"nano\.root: it has the trees Events, Runs; choose one with --tree"):
        convert(path, tmp_path / "ours.h5", columns=columns)
    with pytest.raises(InputError, match="there is no tree 'Event'; it has Events, Runs"):
        convert(path, tmp_path / "ours.h5", columns=columns, tree="Event")
    assert convert(path, tmp_path / "ours.h5", columns=columns, tree="Events").written == 10
    assert root.FORMAT.contents(path)["Runs: run"] == "int32_t"


@pytest.mark.slow
def test_branches_that_do_not_fit_are_named(tmp_path, jets):
    branches = {name: (JAGGED, lists) for name, lists in jets.items()} | {"x": ("float64", np.ones(10))}
    path = trees(tmp_path / "nano.root", Events=branches)
    with pytest.raises(InputError, match=r"there is no column 'PT'; it has .*pt"):
        list(root.FORMAT.read(path, parse("pt=PT,eta=eta,phi=phi")))
    with pytest.raises(InputError, match="x holds one value an event, not one a particle"):
        list(root.FORMAT.read(path, parse("pt=x,eta=eta,phi=phi")))
    with pytest.raises(InputError, match="pt has more than one value an event"):
        list(root.FORMAT.read(path, parse("pt=pt,eta=eta,phi=phi,label=pt")))


@pytest.mark.parametrize("share", [0.01, 0.3, 0.7, 0.95])
def test_a_truncated_file_is_an_input_error(tmp_path, jets, share):
    path = trees(tmp_path / "nano.root", Events={name: (JAGGED, lists) for name, lists in jets.items()})
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(InputError, match=r"nano\.root: "):
        list(root.FORMAT.read(path, parse("pt=pt,eta=eta,phi=phi")))


def test_texts_are_labels(tmp_path, jets):
    with uproot.recreate(tmp_path / "nano.root") as file:
        file.mkrntuple("Events", {**jets, "kind": ak.Array(["top", "qcd"] * 5)})
    (clouds,) = root.FORMAT.read(tmp_path / "nano.root", parse("pt=pt,eta=eta,phi=phi,label=kind"))
    assert clouds.labels[:2].tolist() == ["top", "qcd"]

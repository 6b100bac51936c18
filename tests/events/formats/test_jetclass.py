import awkward as ak
import numpy as np
import pytest
import uproot

from eventspace.base.errors import InputError
from eventspace.events.convert import convert
from eventspace.events.formats import jetclass
from eventspace.events.formats.registry import detect

LABELS = ("QCD", "Hbb", "Tbqq")


@pytest.fixture
def branches(toy_jets, momenta):
    """Toy jets as the branches of the tree, in single precision."""
    rows = toy_jets(30)
    axes = momenta(np.array([row.sum(axis=0) for row in rows]))
    sign = np.where(axes.eta > 0, 1, -1)
    flat = {
        "part_px": [row[:, 1] for row in rows],
        "part_py": [row[:, 2] for row in rows],
        "part_pz": [row[:, 3] for row in rows],
        "part_energy": [row[:, 0] for row in rows],
        "part_deta": [s * (momenta(row).eta - axis) for row, axis, s in zip(rows, axes.eta, sign, strict=True)],
        "part_dphi": [momenta(row).deltaphi(axes[i : i + 1]) for i, row in enumerate(rows)],
        "part_charge": [np.arange(len(row)) % 3 - 1 for row in rows],
        "part_d0val": [np.zeros(len(row)) for row in rows],
    }
    tree = {name: ak.values_astype(ak.Array(lists), np.float32) for name, lists in flat.items()}
    tree |= {f"jet_{name}": getattr(axes, name).astype(np.float32) for name in ("pt", "eta", "phi", "energy")}
    tree["jet_sdmass"] = np.zeros(30, np.float32)
    for i, name in enumerate(LABELS):
        tree[f"label_{name}"] = (np.arange(30) % 3 == i).astype(np.int32)
    return rows, axes, tree


def store(path, tree, name="tree"):
    with uproot.recreate(path) as file:
        file[name] = tree


def test_jets_keep_the_directions_of_the_file(tmp_path, branches, momenta, monkeypatch):
    rows, axes, tree = branches
    store(tmp_path / "jets.root", tree)
    (clouds,) = jetclass.read(tmp_path / "jets.root")
    particles = momenta(np.concatenate(rows))
    assert clouds.multiplicity.tolist() == [len(row) for row in rows]
    np.testing.assert_allclose(clouds.flat("pt"), particles.pt, rtol=1e-6)
    np.testing.assert_array_equal(clouds.flat("eta"), ak.flatten(tree["part_deta"]))
    np.testing.assert_array_equal(clouds.flat("phi"), ak.flatten(tree["part_dphi"]))
    assert clouds.flat("charge")[:2].tolist() == [-1, 0]
    np.testing.assert_allclose(clouds.per_event["jet_mass"], axes.mass, rtol=1e-3)
    assert clouds.labels[:4].tolist() == ["QCD", "Hbb", "Tbqq", "QCD"]
    assert clouds.check() is clouds
    assert detect(tmp_path / "jets.root").name == "jetclass"
    monkeypatch.setattr(jetclass, "EVENTS_AT_ONCE", 16)
    parts = list(jetclass.read(tmp_path / "jets.root"))
    assert [len(part) for part in parts] == [16, 14]
    np.testing.assert_array_equal(parts[1].flat("pt"), clouds[16:].flat("pt"))


def test_a_jet_with_two_labels_is_named(tmp_path, branches):
    _, _, tree = branches
    tree["label_QCD"][5] = 1
    tree["label_Hbb"][9] = 2
    store(tmp_path / "jets.root", tree)
    problem = r"jets\.root, event 5: of the columns label_\w+ \.\.\. label_\w+ not one is 1 and the others 0"
    with pytest.raises(InputError, match=problem):
        convert(tmp_path / "jets.root", tmp_path / "jets.h5")
    assert convert(tmp_path / "jets.root", tmp_path / "jets.h5", drop_invalid=True).written == 28


@pytest.mark.parametrize("charge", [0.5, np.nan])
def test_a_charge_that_is_no_number_of_charges_is_named(tmp_path, branches, charge):
    _, _, tree = branches
    counts, flat = ak.num(tree["part_charge"]), ak.to_numpy(ak.flatten(tree["part_charge"])).copy()
    flat[ak.sum(counts[:4])] = charge
    tree["part_charge"] = ak.unflatten(flat, counts)
    store(tmp_path / "jets.root", tree)
    with pytest.raises(InputError, match="event 4: a charge is not a whole number"):
        convert(tmp_path / "jets.root", tmp_path / "jets.h5")


def test_other_trees_are_not_recognised_and_the_missing_branch_is_named(tmp_path, branches):
    _, _, tree = branches
    del tree["part_deta"]
    store(tmp_path / "jets.root", tree)
    with pytest.raises(InputError, match="the tree 'tree' has no branch part_deta"):
        list(jetclass.read(tmp_path / "jets.root"))
    assert detect(tmp_path / "jets.root").name == "root"


def test_a_missing_tree_is_named(tmp_path, branches):
    store(tmp_path / "jets.root", branches[2], name="Events")
    with pytest.raises(InputError, match="there is no tree 'tree'; it has Events;1"):
        list(jetclass.read(tmp_path / "jets.root"))


@pytest.mark.parametrize("share", [0.01, 0.3, 0.7, 0.95])
def test_a_truncated_file_is_an_input_error(tmp_path, branches, share):
    path = tmp_path / "jets.root"
    store(path, branches[2])
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(InputError, match=r"jets\.root: "):
        list(jetclass.read(path))

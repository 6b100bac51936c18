"""Clustered events in the layout of EDM4hep: what uproot and our own reader find in the file."""

from dataclasses import replace

import awkward as ak
import numpy as np
import pytest
import uproot

import eventspace as es
from eventspace.events.formats.edm4hep import read
from eventspace.events.formats.edm4hep_jets import edm4hep_jets_writer, write_edm4hep_jets
from eventspace.events.formats.registry import detect

EXACT = {"rtol": 3e-7, "atol": 1e-6}  # single precision


@pytest.fixture(scope="module")
def events():
    return next(es.simulate("zh", 30, seed=3, processes=1))


def clustered(events, jets=4):
    history = es.durham_history(events)
    return history.labels(jets), history.jets(jets)


def mass(momenta):
    return np.sqrt(np.maximum(momenta[..., 0] ** 2 - (momenta[..., 1:] ** 2).sum(axis=-1), 0))


def test_jets_and_their_particles_come_back(tmp_path, events):
    labels, momenta = clustered(events)
    write_edm4hep_jets(tmp_path / "jets.root", events, labels, momenta)
    assert [path.name for path in tmp_path.iterdir()] == ["jets.root"]
    with uproot.open(tmp_path / "jets.root") as file:
        tree = {name: branch.array() for name, branch in file["events"].items()}
    names = ("energy", "momentum.x", "momentum.y", "momentum.z")
    written = np.stack([ak.to_numpy(tree[f"Jets.{name}"]) for name in names], axis=2)
    np.testing.assert_allclose(written, momenta, rtol=1e-6, atol=1e-4)
    np.testing.assert_allclose(ak.to_numpy(tree["Jets.mass"]), mass(momenta), rtol=1e-6)
    begin, end, index = tree["Jets.particles_begin"], tree["Jets.particles_end"], tree["_Jets_particles.index"]
    assert (tree["_Jets_particles.collectionID"] == 1).tolist() == (index >= 0).tolist()
    energy, charge = tree["ReconstructedParticles.energy"], tree["ReconstructedParticles.charge"]
    cut = events.offsets
    for event in range(len(events)):
        mine = labels[cut[event] : cut[event + 1]]
        assert sorted(index[event].tolist()) == list(range(events.multiplicity[event]))
        for jet in range(4):
            members = index[event][begin[event][jet] : end[event][jet]]
            assert members.tolist() == np.flatnonzero(mine == jet).tolist()
            np.testing.assert_allclose(ak.sum(energy[event][members]), momenta[event, jet, 0], rtol=1e-5)
            np.testing.assert_allclose(ak.sum(charge[event][members]), tree["Jets.charge"][event][jet], atol=1e-5)


def test_our_reader_reads_the_particles_with_their_tracks(tmp_path, events):
    write_edm4hep_jets(tmp_path / "jets.root", events, *clustered(events))
    assert detect(tmp_path / "jets.root").name == "edm4hep"
    es.convert(tmp_path / "jets.root", tmp_path / "ours.h5")
    back = es.read(tmp_path / "ours.h5", kind=es.Collisions)
    assert back.multiplicity.tolist() == events.multiplicity.tolist()
    assert set(back.columns) == set(events.columns) - {"truth_boson", "truth_jet"}
    for name in back.columns:
        np.testing.assert_allclose(back.flat(name), events.flat(name), **EXACT)


def test_blocks_give_the_same_file_as_all_events_at_once(tmp_path, events):
    labels, momenta = clustered(events)
    write_edm4hep_jets(tmp_path / "one.root", events, labels, momenta)
    with edm4hep_jets_writer(tmp_path / "blocks.root") as file:
        for start, stop in ((0, 1), (1, 13), (13, 30)):
            cut = slice(events.offsets[start], events.offsets[stop])
            file.append(events[start:stop], labels[cut], momenta[start:stop])
    with uproot.open(tmp_path / "one.root") as one, uproot.open(tmp_path / "blocks.root") as blocks:
        assert one["events"].keys() == blocks["events"].keys()
        assert blocks["events"].num_entries == 30
        for name, branch in one["events"].items():
            assert branch.array().tolist() == blocks["events"][name].array().tolist()


def few():
    """Three particles, of which one is in no jet; and one particle alone, which makes no two jets."""
    columns = {"px": [9.0, 0.0, 1.0, 0.0], "py": [0.0, 9.0, 8.0, 0.0], "pz": [0.0, 0.0, 0.0, 7.0]}
    events = es.Collisions.from_flat([3, 1], columns | {"E": [9.0, 9.0, 8.5, 7.0], "charge": [1, 0, -1, 0]})
    momenta = np.full((2, 3, 4), np.nan)
    momenta[0, 0], momenta[0, 2] = [9, 9, 0, 0], [9, 0, 9, 0]
    return events, np.array([2, 0, -1, -1]), momenta


def test_events_without_jets_keep_their_place_and_missing_jets_are_left_out(tmp_path):
    write_edm4hep_jets(tmp_path / "jets.root", *few())
    with uproot.open(tmp_path / "jets.root") as file:
        tree = file["events"]
        assert tree["Jets.energy"].array().tolist() == [[9, 9], []]
        assert tree["_Jets_particles.index"].array().tolist() == [[1, 0], []]
        assert tree["Jets.particles_begin"].array().tolist() == [[0, 1], []]
        assert tree["Jets.particles_end"].array().tolist() == [[1, 2], []]
        assert tree["Jets.charge"].array().tolist() == [[0, 1], []]
        assert not {"Tracks.trackStates_begin", "ReconstructedParticles.PDG"} & set(tree.keys())
    (back,) = read(tmp_path / "jets.root")
    np.testing.assert_allclose(back.flat("mass"), mass(few()[0].momenta()), rtol=1e-6)


def test_wrong_jets_leave_no_file(tmp_path):
    events, labels, momenta = few()
    infinite = momenta.copy()
    infinite[1, 0, 0] = np.inf
    for wrong, text in (
        ((events, labels[:2], momenta), r"int64 of shape \(2,\) for 4 particles"),
        ((events, labels * 1.0, momenta), "the labels are float64"),
        ((events, labels, momenta[:1]), r"shape \(1, 3, 4\) for 2 events"),
        ((events, labels, infinite), "event 1: the momentum of a jet is not finite"),
        ((events, np.array([2, 0, 1, -1]), momenta), "event 0: a particle is in jet 1, which has no momentum"),
        ((events, np.array([2, 0, 0, 3]), momenta), "event 1: a particle is in jet 3"),
        ((events, np.array([2, 0, 0, -2]), momenta), "event 1: a particle is in jet -2"),
        ((replace(events, units={"E": "MeV"}), labels, momenta), "MeV"),
    ):
        with pytest.raises(es.InputError, match=text):
            write_edm4hep_jets(tmp_path / "jets.root", *wrong)
    bare = es.Collisions.from_flat([1], {"px": [0.0], "py": [0.0], "pz": [1.0], "E": [1.0]})
    with pytest.raises(es.InputError, match="neither charge nor pid"):
        write_edm4hep_jets(tmp_path / "jets.root", bare, [0], bare.momenta()[None])
    points = es.Points(values=np.ones((1, 4)))
    with pytest.raises(es.InputError, match="these are points, not collisions"):
        write_edm4hep_jets(tmp_path / "jets.root", points, [0], bare.momenta()[None])
    with pytest.raises(es.InputError, match="no events to write"), edm4hep_jets_writer(tmp_path / "jets.root"):
        pass
    assert not list(tmp_path.iterdir())


def test_blocks_with_other_columns_are_refused(tmp_path, events):
    with edm4hep_jets_writer(tmp_path / "jets.root") as file:
        file.append(*few())
        with pytest.raises(es.InputError, match="other columns than those before"):
            file.append(events, *clustered(events))
        assert len(file) == 2
    with uproot.open(tmp_path / "jets.root") as back:
        assert back["events"].num_entries == 2

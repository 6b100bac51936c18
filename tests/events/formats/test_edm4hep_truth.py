"""Truth labels of reconstructed particles of EDM4hep through their links; TTrees and RNTuples."""

import awkward as ak
import numpy as np
import pytest
import uproot

import eventspace as es
from eventspace.events.formats.edm4hep import read
from eventspace.events.formats.registry import detect

WHOLE = ("PDG", "generatorStatus", "_begin", "_end", ".index", ".collectionID")
NUMBERS = {"PandoraPFOs": 3_000_000_001, "MCParticles": 17, "Others": 5}


def typed(columns):
    whole = {name: name.endswith(WHOLE) for name in columns}
    return {
        name: ak.values_astype(ak.Array(values), "int64" if whole[name] else "float64")
        for name, values in columns.items()
    }


def tree(path, columns, numbers=None):
    arrays = typed(columns)
    with uproot.recreate(path) as file:
        kinds = {name: f"var * {'int64' if name.endswith(WHOLE) else 'float64'}" for name in arrays}
        file.mktree("events", kinds).extend(arrays)
        _metadata(file, numbers)
    return path


def ntuple(path, columns, numbers=None):
    """Fields of records, as podio makes them: ``PandoraPFOs.momentum.x`` is in momentum, in PandoraPFOs."""
    collections = {}
    for name, values in typed(columns).items():
        collection, *members = name.split(".")
        inside = collections.setdefault(collection, {})
        for member in members[:-1]:
            inside = inside.setdefault(member, {})
        inside[members[-1]] = values
    with uproot.recreate(path) as file:
        file.mkrntuple("events", {name: _zipped(members) for name, members in collections.items()})
        _metadata(file, numbers)
    return path


def _zipped(members):
    return ak.zip({name: _zipped(value) if isinstance(value, dict) else value for name, value in members.items()})


def _metadata(file, numbers):
    if numbers:
        ids = ak.values_astype(ak.Array([list(numbers.values())]), np.uint32)
        file.mkrntuple("podio_metadata", {"events_collectionNames": ak.Array([list(numbers)]), "events___idTable": ids})


@pytest.fixture(scope="module")
def events():
    return next(es.simulate("zh", 12, seed=5, processes=1))


def lists(events, values):
    return ak.unflatten(values, events.multiplicity)


def generator(events, name="MCParticles"):
    """A Z and a Higgs boson, and the particles of the events as their daughters."""
    count = len(events)

    def column(bosons, particles):
        return ak.concatenate([ak.Array(np.tile(bosons, (count, 1))), lists(events, particles)], axis=1)

    still = np.zeros(len(events.flat("E")))
    parent = lists(events, events.flat("truth_boson").astype(np.int64))
    place = ak.local_index(parent, axis=1)
    none = np.zeros((count, 2), dtype=np.int64)
    columns = {
        "PDG": column([23, 25], events.flat("pid")),
        "generatorStatus": column([2, 2], np.ones(len(still), dtype=np.int64)),
        "mass": column([91.2, 125.0], events.flat("mass")),
        "parents_begin": ak.concatenate([none, place], axis=1),
        "parents_end": ak.concatenate([none, place + 1], axis=1),
    }
    columns |= {f"momentum.{axis}": column([1.0, -1.0], events.flat(f"p{axis}")) for axis in "xyz"}
    columns |= {f"vertex.{axis}": column([0.0, 0.0], still) for axis in "xyz"}
    return {f"{name}.{member}": values for member, values in columns.items()} | {f"_{name}_parents.index": parent}


def reconstructed(events, name="PandoraPFOs"):
    columns = {"energy": "E", "momentum.x": "px", "momentum.y": "py", "momentum.z": "pz"}
    columns |= {"mass": "mass", "charge": "charge", "PDG": "pid"}
    return {f"{name}.{theirs}": lists(events, events.flat(ours)) for theirs, ours in columns.items()}


def links(events, name="RecoMCTruthLink", ends=("_{}_from", "_{}_to"), numbers=None):
    """One link of each particle to its own entry, after the two bosons, and a weaker one to the first entry."""
    place = ak.local_index(lists(events, events.flat("E")), axis=1)
    one, other = (end.format(name) for end in ends)
    columns = {
        f"{one}.index": ak.concatenate([place, place], axis=1),
        f"{other}.index": ak.concatenate([0 * place, place + 2], axis=1),
        f"{name}.weight": ak.concatenate([0 * place + 0.2, 0 * place + 0.8], axis=1),
    }
    if numbers:
        columns |= {
            f"{end}.collectionID": 0 * columns[f"{one}.index"] + numbers[i] for i, end in enumerate((one, other))
        }
    return columns


def whole(path, **options):
    return es.concatenate(list(read(path, **options)))


def same_truth(found, events):
    for name in ("truth_boson", "truth_jet"):
        assert found.flat(name).tolist() == events.flat(name).tolist()


@pytest.mark.slow
@pytest.mark.parametrize("write", [tree, ntuple])
@pytest.mark.parametrize(
    ("name", "ends"),
    [
        ("RecoMCTruthLink", ("_{}_from", "_{}_to")),
        ("MCRecoAssociations", ("_{}_rec", "_{}_sim")),
        ("MCRecoAssociations", ("{}#0", "{}#1")),
    ],
)
def test_reconstructed_particles_get_the_truth_of_those_of_the_generator(tmp_path, events, write, name, ends):
    columns = reconstructed(events) | generator(events) | links(events, name, ends)
    path = write(tmp_path / "reco.root", columns)
    assert detect(path).name == "edm4hep"
    es.convert(path, tmp_path / "ours.h5", truth=True)
    found = es.read(tmp_path / "ours.h5", kind=es.Collisions)
    same_truth(found, events)
    same_truth(whole(path), events)
    same_truth(whole(path, generated=True), events)
    assert not {"truth_boson", "truth_jet"} & set(whole(path, truth=False).columns)


@pytest.mark.parametrize("write", [tree, ntuple])
def test_rntuples_hold_what_trees_hold(tmp_path, events, write):
    path = write(tmp_path / "mc.root", generator(events, "Particle"))
    assert detect(path).name == "edm4hep-mc"
    found = whole(path, generated=True)
    for column in ("px", "py", "pz", "pid", "mass"):
        np.testing.assert_array_equal(found.flat(column), events.flat(column))
    same_truth(found, events)


@pytest.mark.slow
def test_links_of_other_collections_are_not_taken(tmp_path, events):
    ours, others = (NUMBERS["PandoraPFOs"], NUMBERS["MCParticles"]), (NUMBERS["Others"], NUMBERS["MCParticles"])
    columns = reconstructed(events) | generator(events)
    path = tree(tmp_path / "a.root", columns | links(events, numbers=ours), NUMBERS)
    same_truth(whole(path, truth=True), events)
    more = links(events, "MCRecoAssociations", numbers=ours)
    path = tree(tmp_path / "b.root", columns | links(events, numbers=others) | more, NUMBERS)
    same_truth(whole(path, truth=True), events)
    signed = links(events, numbers=(ours[0] - 2**32, ours[1]))
    same_truth(whole(tree(tmp_path / "c.root", columns | signed, NUMBERS), truth=True), events)
    path = tree(tmp_path / "d.root", columns | links(events, numbers=others), NUMBERS)
    assert "truth_jet" not in whole(path).columns
    with pytest.raises(es.InputError, match=r"d\.root: no links lead from PandoraPFOs"):
        whole(path, truth=True)


@pytest.mark.slow
def test_the_record_is_the_one_that_links_lead_to(tmp_path, events):
    """The file has MCParticles too, with nothing of use, and the links lead to the skimmed ones."""
    numbers = NUMBERS | {"MCParticlesSkimmed": 99}
    empty = {name: ak.Array([[]] * len(events)) for name in generator(events)}
    columns = reconstructed(events) | empty | generator(events, "MCParticlesSkimmed")
    path = tree(tmp_path / "dst.root", columns | links(events, numbers=(numbers["PandoraPFOs"], 99)), numbers)
    same_truth(whole(path, truth=True), events)


def test_weights_of_tracks_and_clusters_in_one_number(tmp_path, events):
    """The track decides for charged particles, the cluster for others, each against the larger number."""
    charged = lists(events, events.flat("charge")) != 0
    track, cluster = 600 + 10_000 * 100, 100 + 10_000 * 900
    columns = links(events)
    mine, wrong = ak.where(charged, track, cluster), ak.where(charged, cluster, track)
    columns["RecoMCTruthLink.weight"] = ak.concatenate([wrong, mine], axis=1)
    path = tree(tmp_path / "ild.root", reconstructed(events) | generator(events) | columns)
    same_truth(whole(path), events)


def test_particles_without_a_link_have_no_truth(tmp_path, events):
    columns = links(events)
    columns["RecoMCTruthLink.weight"] = columns["RecoMCTruthLink.weight"] * 0
    found = whole(tree(tmp_path / "reco.root", reconstructed(events) | generator(events) | columns))
    assert set(found.flat("truth_boson")) == set(found.flat("truth_jet")) == {-1}


@pytest.mark.slow
def test_what_truth_needs_is_said(tmp_path, events):
    path = tree(tmp_path / "reco.root", reconstructed(events) | generator(events))
    with pytest.raises(
        es.InputError, match=r"reco\.root: no links lead from PandoraPFOs to particles of the generator"
    ):
        es.convert(path, tmp_path / "ours.h5", truth=True)
    path = tree(tmp_path / "reco.root", reconstructed(events) | links(events))
    with pytest.raises(es.InputError, match=r"leave truth out with --no-truth"):
        es.convert(path, tmp_path / "ours.h5", truth=True)
    columns = links(events)
    columns["_RecoMCTruthLink_to.index"] = columns["_RecoMCTruthLink_to.index"] + 1
    path = tree(tmp_path / "reco.root", reconstructed(events) | generator(events) | columns)
    with pytest.raises(es.InputError, match="event 0: RecoMCTruthLink leads to a particle that is not there"):
        whole(path)
    with pytest.raises(es.InputError, match="files of format edm4hep-mc take no --truth"):
        es.convert(path, tmp_path / "ours.h5", format="edm4hep-mc", truth=True)
    assert not (tmp_path / "ours.h5").exists()


def test_an_old_uproot_is_told_apart_from_a_damaged_file(tmp_path, events, monkeypatch):
    path = ntuple(tmp_path / "mc.root", generator(events))
    monkeypatch.setattr(uproot, "__version__", "5.3.1")
    with pytest.raises(es.InputError, match=r"mc\.root: 'events' is an RNTuple, which uproot 5\.3\.1 does not read"):
        whole(path, generated=True)

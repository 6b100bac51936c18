"""e+e- events of other programs: Les Houches files, HepMC and EDM4hep, with names that changed over time."""

import awkward as ak
import numpy as np
import pyhepmc
import pytest
import uproot

import eventspace as es
from eventspace.events.charge import charge_from_pid
from eventspace.events.formats.registry import detect
from eventspace.events.simulate.les_houches_file import write_lhe
from eventspace.events.simulate.pythia import charges, load_pythia


def converted(path, tmp_path, **options):
    es.convert(path, tmp_path / "ours.h5", **options)
    return es.read(tmp_path / "ours.h5", kind=es.Collisions)


def test_our_own_les_houches_events_come_back_with_labels(tmp_path):
    write_lhe(tmp_path / "zhh.lhe", "zhh", 30, seed=2)
    assert detect(tmp_path / "zhh.lhe").name == "lhe-ee"
    events = converted(tmp_path / "zhh.lhe", tmp_path)
    assert events.multiplicity.tolist() == [4] * 30
    np.testing.assert_allclose(events.visible_energy, 500)
    assert events.flat("pid").reshape(30, 4)[:, :2].tolist() == [[25, 25]] * 30
    # The bosons are numbered in the order of the record, Z, H, H, and the Higgs bosons stand before the quarks.
    assert events.flat("truth_boson").reshape(30, 4).tolist() == [[1, 2, 0, 0]] * 30
    assert events.flat("truth_jet").reshape(30, 4).tolist() == [[2, 4, 0, 1]] * 30
    np.testing.assert_allclose(np.abs(events.flat("charge").reshape(30, 4)[:, 2] * 3).round() % 3 != 0, True)
    clouds = es.convert(tmp_path / "zhh.lhe", tmp_path / "clouds.h5", format="lhe")
    assert es.read(clouds.destination).kind == "particles"


def test_proton_events_stay_particle_clouds(tmp_path):
    write_lhe(tmp_path / "zhh.lhe", "zhh", 3, seed=2)
    text = (tmp_path / "zhh.lhe").read_text().replace("11 -11 2.5", "2212 2212 2.5")
    (tmp_path / "pp.lhe").write_text(text)
    assert detect(tmp_path / "pp.lhe").name == "lhe"


def write_hepmc(path, length=pyhepmc.Units.MM):
    """Z -> nu nubar and H -> b bbar; b -> K+ pi- and a neutrino at (0, 0.3, 1) mm, bbar -> photon."""
    scale = {pyhepmc.Units.MM: 1.0, pyhepmc.Units.CM: 0.1}[length]
    event = pyhepmc.GenEvent(pyhepmc.Units.GEV, length)
    hard, higgs, b, anti, z = (pyhepmc.GenVertex(place) for place in ((0, 0, 0, 0), *[(0, 0, 0, 0)] * 4))
    for sign in (1, -1):
        hard.add_particle_in(pyhepmc.GenParticle((0, 0, 125.0 * sign, 125.0), 11 * sign, 4))
    boson, other = pyhepmc.GenParticle((0, 0, 60, 110), 23, 22), pyhepmc.GenParticle((0, 0, -60, 140), 25, 22)
    quark, antiquark = pyhepmc.GenParticle((60, 0, -30, 70), 5, 2), pyhepmc.GenParticle((-60, 0, -30, 70), -5, 2)
    for vertex, into, out in ((hard, [], [boson, other]), (z, [boson], []), (higgs, [other], [quark, antiquark])):
        for particle in into:
            vertex.add_particle_in(particle)
        for particle in out:
            vertex.add_particle_out(particle)
    for sign in (1, -1):
        z.add_particle_out(pyhepmc.GenParticle((30.0 * sign, 0, 30, 55), 12 * sign, 1))
    b = pyhepmc.GenVertex((0, 0.3 * scale, 1.0 * scale, 0))
    b.add_particle_in(quark)
    for momentum, pid in (((30, 0, -15, 34), 321), ((20, 0, -10, 23), -211), ((10, 0, -5, 13), 14)):
        b.add_particle_out(pyhepmc.GenParticle(momentum, pid, 1))
    anti = pyhepmc.GenVertex()
    anti.add_particle_in(antiquark)
    anti.add_particle_out(pyhepmc.GenParticle((-60, 0, -30, 70), 22, 1))
    for vertex in (hard, z, higgs, b, anti):
        event.add_vertex(vertex)
    event.weights = [2.5]
    with pyhepmc.open(path, "w", format="hepmc3") as file:
        file.write(event)


@pytest.mark.parametrize("length", [pyhepmc.Units.MM, pyhepmc.Units.CM])
def test_hepmc_events_have_tracks_and_labels(tmp_path, length):
    write_hepmc(tmp_path / "zh.hepmc", length)
    assert detect(tmp_path / "zh.hepmc").name == "hepmc-ee"
    events = converted(tmp_path / "zh.hepmc", tmp_path)
    assert events.flat("pid").tolist() == [321, -211, 22]
    assert events.flat("charge").tolist() == [1, -1, 0]
    np.testing.assert_allclose(events.flat("d0"), [0.3, 0.3, 0])  # to the left of +x: (-sin 0, cos 0) d0
    np.testing.assert_allclose(events.flat("z0"), [1.0, 1.0, 0])
    assert events.flat("truth_boson").tolist() == [1, 1, 1]
    assert events.flat("truth_jet").tolist() == [2, 2, 3]
    assert events.per_event["weight"].tolist() == [2.5]


def write_tree(path, columns):
    arrays = {name: ak.Array(values) for name, values in columns.items()}
    whole = {
        name: ak.type(array.layout).content.content.primitive in ("int64", "int32") for name, array in arrays.items()
    }
    arrays = {name: ak.values_astype(a, np.int32 if whole[name] else np.float32) for name, a in arrays.items()}
    with uproot.recreate(path) as file:
        tree = file.mktree("events", {name: f"var * {'int32' if whole[name] else 'float32'}" for name in arrays})
        tree.extend(arrays)
    return path


def generator(name="MCParticles", parents="_MCParticles_parents.index"):
    """An event H -> b bbar -> (pi+ at y = 0.2 mm) (gamma), and one of a photon alone."""
    return {
        f"{name}.PDG": [[25, 5, -5, 211, 22, 12], [22]],
        f"{name}.generatorStatus": [[2, 2, 2, 1, 1, 1], [1]],
        f"{name}.momentum.x": [[0.0, 60.0, -60.0, 60.0, -60.0, 1.0], [5.0]],
        f"{name}.momentum.y": [[0.0] * 6, [0.0]],
        f"{name}.momentum.z": [[0.0] * 6, [0.0]],
        f"{name}.mass": [[125.0, 4.8, 4.8, 0.13957, 0.0, 0.0], [0.0]],
        f"{name}.vertex.x": [[0.0] * 6, [0.0]],
        f"{name}.vertex.y": [[0.0, 0.0, 0.0, 0.2, 0.0, 0.0], [0.0]],
        f"{name}.vertex.z": [[0.0] * 6, [0.0]],
        f"{name}.parents_begin": [[0, 0, 1, 2, 3, 4], [0]],
        f"{name}.parents_end": [[0, 1, 2, 3, 4, 5], [0]],
        parents: [[0, 0, 1, 2, 1], []],
    }


@pytest.mark.parametrize(
    ("name", "parents"),
    [
        ("MCParticles", "_MCParticles_parents.index"),
        ("MCParticle", "_MCParticle_parents.index"),
        ("Particle", "Particle#0.index"),
    ],
)
def test_generated_particles_of_edm4hep_whatever_they_are_called(tmp_path, name, parents):
    columns = generator(name, parents)
    path = write_tree(tmp_path / "mc.root", columns)
    assert detect(path).name == "edm4hep-mc"
    events = converted(path, tmp_path)
    assert events.multiplicity.tolist() == [2, 1]
    assert events.flat("pid").tolist() == [211, 22, 22]
    np.testing.assert_allclose(events.flat("E"), [np.hypot(60, 0.13957), 60, 5])
    assert events.flat("truth_boson").tolist() == [0, 0, -1]
    assert events.flat("truth_jet").tolist() == [0, 1, -1]
    np.testing.assert_allclose(events.flat("d0"), [0.2, 0, 0], rtol=1e-6)


def reconstructed(name="PandoraPFOs", identifier="PDG"):
    """Two particles, of which the first has the second of two tracks; and one without a track."""
    return {
        f"{name}.{identifier}": [[211, 22], [22]],
        f"{name}.energy": [[50.0, 20.0], [5.0]],
        f"{name}.momentum.x": [[50.0, 0.0], [5.0]],
        f"{name}.momentum.y": [[0.0, 20.0], [0.0]],
        f"{name}.momentum.z": [[0.0, 0.0], [0.0]],
        f"{name}.mass": [[0.13957, 0.0], [0.0]],
        f"{name}.charge": [[1.0, 0.0], [0.0]],
        f"{name}.tracks_begin": [[0, 1], [0]],
        f"{name}.tracks_end": [[1, 1], [0]],
    }


TRACKS = {
    "_PandoraPFOs_tracks.index": [[1], []],
    "SiTracks_Refitted.trackStates_begin": [[0, 4], [0]],
    "_SiTracks_Refitted_trackStates.D0": [[9.0, 9.0, 9.0, 9.0, -0.05, 9.0, 9.0, 9.0], [7.0]],
    "_SiTracks_Refitted_trackStates.Z0": [[9.0, 9.0, 9.0, 9.0, 0.25, 9.0, 9.0, 9.0], [7.0]],
}


@pytest.mark.parametrize("name", ["PandoraPFOs", "ReconstructedParticles", "RecoParticles"])
@pytest.mark.parametrize("identifier", ["PDG", "type"])
def test_reconstructed_particles_of_edm4hep_whatever_they_are_called(tmp_path, name, identifier):
    path = write_tree(tmp_path / "reco.root", reconstructed(name, identifier) | generator())
    assert detect(path).name == "edm4hep"
    events = converted(path, tmp_path)
    assert events.multiplicity.tolist() == [2, 1]
    assert events.flat("pid").tolist() == [211, 22, 22]
    assert events.charged.tolist() == [True, False, False]
    assert "d0" not in events.columns
    assert len(converted(path, tmp_path, format="edm4hep-mc").flat("truth_jet")) == 3


def test_tracks_of_reconstructed_particles_are_read_through_their_relations(tmp_path):
    events = converted(write_tree(tmp_path / "reco.root", reconstructed() | TRACKS), tmp_path)
    np.testing.assert_allclose(events.flat("d0"), [-0.05, 0, 0])
    np.testing.assert_allclose(events.flat("z0"), [0.25, 0, 0])


def test_other_trees_are_no_edm4hep(tmp_path):
    path = write_tree(tmp_path / "mine.root", {"pt": [[1.0]], "eta": [[0.0]]})
    assert detect(path).name == "root"
    with pytest.raises(es.InputError, match=r"mine\.root: it has none of the collections PandoraPFOs"):
        es.convert(path, tmp_path / "ours.h5", format="edm4hep")
    columns = reconstructed()
    del columns["PandoraPFOs.charge"]
    with pytest.raises(es.InputError, match=r"no branch PandoraPFOs\.charge"):
        es.convert(write_tree(tmp_path / "half.root", columns), tmp_path / "ours.h5")


def test_charges_are_those_of_pythia():
    pythia = load_pythia().Pythia("", False)
    known = [11, -13, 22, 23, -24, 25, 1, -2, 3, 4, -5, 6, 21, 111, 211, -321, 310, 411, 421, -431, 511, 521, 531, 541]
    known += [
        443,
        553,
        113,
        -323,
        2212,
        2112,
        -3112,
        3122,
        3222,
        -3312,
        3334,
        4122,
        -5122,
        5232,
        2224,
        1114,
        2101,
        -3203,
    ]
    whole = np.array([pid for pid in known if abs(pythia.particleData.charge(pid)) % 1 == 0], np.int32)
    np.testing.assert_array_equal(charge_from_pid(whole), charges(pythia, whole))
    np.testing.assert_allclose(
        charge_from_pid(np.array(known)), [pythia.particleData.charge(pid) for pid in known], atol=1e-12
    )
    assert charge_from_pid(np.array([1000020040, -1000010020, 99, 0])).tolist() == [2, -1, 0, 0]

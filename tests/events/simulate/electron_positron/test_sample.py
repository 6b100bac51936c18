"""Labelled e+e- events from Pythia: kinematics, labels, tracks, and the Les Houches file of the matrix element."""

import numpy as np
import pytest

import eventspace as es
from eventspace.cli import main
from eventspace.events.descent import boson_of_entry, truth_jets
from eventspace.events.durham.history import durham_history
from eventspace.events.ragged import event_of_entry
from eventspace.events.simulate import electron_positron, simulate
from eventspace.events.simulate.blocks import cut
from eventspace.events.simulate.les_houches_file import write_lhe
from eventspace.events.tracks import displaced_tracks
from eventspace.statistics.right_jet import energy_in_right_jet

KINDS = ("zhh", "zh", "ww", "zz")
N = 150
BOSONS = {"zhh": (23, 25, 25), "zh": (25, 23), "ww": (24, 24), "zz": (23, 23)}
MASSES = {23: 91.2, 24: 80.4, 25: 125.0}


@pytest.fixture(scope="module")
def samples():
    return {kind: next(simulate(kind, N, seed=4, processes=1)).check() for kind in KINDS}


@pytest.fixture(params=KINDS)
def sample(request, samples):
    return samples[request.param]


def summed(sample, by, number):
    """The sum of the momenta of the particles of each boson or jet, (n, number, 4)."""
    label = event_of_entry(sample.offsets) * number + sample.flat(by)
    sums = [np.bincount(label, weights=p, minlength=len(sample) * number) for p in sample.momenta().T]
    return np.stack(sums, axis=1).reshape(len(sample), number, 4)


def test_columns_units_label_and_origin(samples):
    for kind, sample in samples.items():
        assert {"px", "py", "pz", "E", "mass", "pid", "charge", "d0", "z0", "truth_boson", "truth_jet"} == set(
            sample.columns
        )
        assert {sample.units[name] for name in ("px", "E", "mass")} == {"GeV"}
        assert {sample.units[name] for name in ("d0", "z0")} == {"mm"}
        assert set(sample.labels) == {kind}
        assert all(text in sample.origin for text in (kind, "Pythia 8.", "no radiation", "energy="))
        bosons = [abs(sample.per_event[f"boson_{number}"]) for number in range(len(BOSONS[kind]))]
        assert [set(values.tolist()) for values in bosons] == [{pid} for pid in BOSONS[kind]]
        assert not np.isin(abs(sample.flat("pid")), (12, 14, 16)).any()


def test_energy_is_that_of_the_beams_less_neutrinos(samples):
    for kind, sample in samples.items():
        energy = 500.0 if kind == "zhh" else 250.0
        assert sample.visible_energy.max() == pytest.approx(energy, abs=0.01)
        assert sample.visible_energy.mean() > 0.9 * energy
        total = sample.visible_energy > energy - 1e-6
        assert total.any()
        sums = np.stack([np.bincount(event_of_entry(sample.offsets), weights=p) for p in sample.momenta().T], axis=1)
        np.testing.assert_allclose(sums[total][:, 1:], 0, atol=1e-5)


def test_every_particle_has_a_boson_and_two_jets_make_one(samples):
    for kind, sample in samples.items():
        count = len(BOSONS[kind])
        jet, boson = sample.flat("truth_jet"), sample.flat("truth_boson")
        np.testing.assert_array_equal(jet // 2, boson)
        assert set(boson.tolist()) == set(range(count))
        momenta = summed(sample, "truth_boson", count)
        mass = np.sqrt(np.maximum(momenta[..., 0] ** 2 - (momenta[..., 1:] ** 2).sum(axis=2), 0))
        for number, pid in enumerate(BOSONS[kind]):
            # Neutrinos of b and c decays are lost, so the largest masses tell.
            assert np.percentile(mass[:, number], 75) == pytest.approx(MASSES[pid], rel=0.03)


def test_impact_parameters_are_those_of_heavy_hadrons_and_smearing(samples):
    sample = samples["zhh"]
    track = sample.charged
    assert not sample.flat("d0")[~track].any()
    assert not sample.flat("z0")[~track].any()
    displaced = displaced_tracks(sample)
    higgs = (sample.flat("truth_boson") > 0) & displaced
    assert higgs.sum() / 2 > 2 * (displaced & ~higgs).sum()  # b bbar, against all flavours of the Z


def test_displaced_information_can_be_switched_off_and_changes_nothing_else(samples):
    bare = next(simulate("zhh", 20, seed=4, processes=1, displaced=False))
    assert not {"d0", "z0"} & set(bare.columns)
    for name in bare.columns:
        np.testing.assert_array_equal(bare.flat(name), samples["zhh"][:20].flat(name))
    with pytest.raises(es.InputError, match="no column d0; give events with displaced tracks"):
        displaced_tracks(bare)


def test_durham_clustering_is_mostly_right(sample):
    jets = 2 * (int(sample.flat("truth_boson").max()) + 1)
    fraction = energy_in_right_jet(sample, durham_history(sample).labels(jets))
    assert 0.88 < fraction.mean() < 0.99
    np.testing.assert_allclose(energy_in_right_jet(sample, sample.flat("truth_jet").astype(np.int64)), 1.0)


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("zhh", {"electron_polarisation": 1.0, "positron_polarisation": 1.0}, "do not annihilate"),
        ("zhh", {"energy": 250.0}, "greater than or equal to 360"),
        ("ww", {"energy": 160.0}, "greater than or equal to 170"),
        ("zh", {"kappa_lambda": 2.0}, "zh has no option kappa_lambda; choose from energy, displaced"),
        ("zhh", {"kappa_lambda": 50.0}, "less than or equal to 20"),
    ],
)
def test_options_are_checked(kind, options, said):
    with pytest.raises(es.InputError, match=said):
        simulate(kind, 1, **options)


def test_options_reach_the_sample():
    sample = next(simulate("zh", 10, seed=1, processes=1, energy=350.0))
    assert sample.visible_energy.max() == pytest.approx(350, abs=0.01)


def test_the_les_houches_file_has_the_events_of_the_sample(tmp_path, samples):
    simulation = electron_positron.SIMULATIONS["zhh"]
    options = simulation.options()
    text = "\n".join(simulation.lhe(options, 4, cut(N, 1000)))
    (tmp_path / "zhh.lhe").write_text(text)
    assert text.count("<event>") == N
    partons = es.read(es.convert(tmp_path / "zhh.lhe", tmp_path / "partons.h5", format="lhe").destination)
    assert len(partons) == N
    assert partons.multiplicity.tolist() == [4] * N
    header = text.split("<init>")[1].split("</init>")[0].split()
    assert header[:2] == ["11", "-11"]
    assert float(header[10]) * 1000 == pytest.approx(0.148, abs=0.001)
    # The energies of the Higgs bosons are those of the particles that descend from them, where no neutrino is lost.
    lines = [line.split() for line in text.splitlines()]
    higgs = np.array([float(line[9]) for line in lines if line[:2] == ["25", "1"]]).reshape(N, 2)
    found = summed(samples["zhh"], "truth_boson", 3)[:, 1:, 0]
    assert (found < higgs + 1e-3).all()
    assert (np.abs(found - higgs) < 1e-3).mean() > 0.1


def test_descent_follows_first_mothers():
    offsets, mother = np.array([0, 6, 8]), np.array([-1, 0, 1, 1, 3, 0, -1, 0])
    pid = np.array([11, 25, 24, -24, 5, 23, 23, 5])
    assert boson_of_entry(offsets, pid, mother).tolist() == [-1, 0, 0, 0, 0, 1, 0, 0]


def test_truth_jets_are_exclusive_durham_jets_of_each_boson(samples):
    sample = samples["zh"]
    one = sample.flat("truth_boson") == 1
    counts = np.bincount(event_of_entry(sample.offsets)[one], minlength=len(sample))
    alone = es.Collisions.from_flat(counts, {name: sample.flat(name)[one] for name in ("px", "py", "pz", "E")})
    np.testing.assert_array_equal(durham_history(alone).labels(2) + 2, sample.flat("truth_jet")[one])
    nothing = truth_jets(np.array([0, 2]), np.ones((2, 4)), np.array([-1, -1]))
    assert nothing.tolist() == [-1, -1]


@pytest.mark.slow
def test_the_command_writes_both_files(tmp_path):
    out, lhe = tmp_path / "zhh.h5", tmp_path / "zhh.lhe"
    arguments = ["-n", "5", "--seed", "3", "--energy", "600", "--kappa-lambda", "0.5", "--no-displaced"]
    assert main(["simulate", "zhh", *arguments, "--lhe", str(lhe), str(out)]) == 0
    events = es.read(out, kind=es.Collisions)
    assert (len(events), lhe.read_text().count("<event>")) == (5, 5)
    assert "kappa_lambda=0.5" in events.origin
    assert "d0" not in events.columns
    assert main(["simulate", "ww", "-n", "5", "--lhe", str(lhe), str(tmp_path / "ww.h5")]) == 2
    with pytest.raises(es.InputError, match="ww has no Les Houches events; choose from zhh"):
        write_lhe(tmp_path / "ww.lhe", "ww", 5)

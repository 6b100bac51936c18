"""The physics of simulated jets, on one sample of each kind."""

import awkward as ak
import numpy as np
import pytest

from eventspace.base.errors import InputError
from eventspace.events.ragged import event_of_entry
from eventspace.events.simulate import jets, simulate
from eventspace.events.simulate.clustering import leading_jets
from eventspace.events.simulate.jets import JetOptions
from eventspace.events.simulate.pythia import generator

pytestmark = pytest.mark.slow  # all rest on one training or simulation

N = 120
LABELS = {"qcd-jets": "qcd", "top-jets": "top", "w-jets": "w"}


@pytest.fixture(scope="module")
def samples(qcd_jets):
    others = {kind: next(simulate(kind, N, seed=11, processes=1)) for kind in LABELS if kind != "qcd-jets"}
    return {kind: sample.check() for kind, sample in {"qcd-jets": qcd_jets, **others}.items()}


@pytest.fixture(params=list(LABELS))
def sample(request, samples):
    return samples[request.param]


def absolute(sample):
    """The particles as momenta in the laboratory."""
    jet = event_of_entry(sample.offsets)
    return sample.replace_columns(
        rapidity=sample.flat("rapidity") + sample.per_event["jet_rapidity"][jet],
        phi=sample.flat("phi") + sample.per_event["jet_phi"][jet],
    ).to_awkward()


def median_error(values):
    """The statistical error of a median, for values that are near normal in the middle."""
    low, high = np.percentile(values, [16, 84])
    return 1.25 * (high - low) / 2 / np.sqrt(len(values))


def test_jets_carry_columns_labels_units_seed_and_origin(samples):
    for kind, sample in samples.items():
        assert list(sample.columns) == ["pt", "rapidity", "phi", "mass", "pid", "charge"]
        assert (sample.columns["pid"].dtype, sample.columns["charge"].dtype) == (np.int32, np.int8)
        assert set(sample.labels) == {LABELS[kind]}
        assert {sample.units[name] for name in ("pt", "mass", "jet_pt", "jet_mass")} == {"GeV"}
        assert {sample.units[name] for name in ("phi", "jet_phi")} == {"rad"}
        assert sample.seed == 11
        for said in (kind, "Pythia 8.", "anti-kt", "pt_min=500.0", "mpi=False"):
            assert said in sample.origin


def test_jets_lie_in_the_window(sample):
    jet_pt = sample.per_event["jet_pt"]
    assert jet_pt.min() > 500 - 1e-9
    assert jet_pt.max() < 550
    assert jet_pt.max() - jet_pt.min() > 45
    total = ak.sum(absolute(sample), axis=1)
    assert ak.max(abs(total.eta)) < 2
    assert ak.max(abs(total.eta)) > 1.5


def test_the_options_of_the_selection_are_obeyed():
    options = {"pt_min": 600.0, "pt_max": 800.0, "eta_max": 0.5, "R": 0.4, "match_radius": 0.3}
    sample = next(simulate("w-jets", 20, seed=2, processes=1, **options))
    assert sample.per_event["jet_pt"].min() > 600 - 1e-9
    assert sample.per_event["jet_pt"].max() < 800
    assert abs(ak.to_numpy(ak.sum(absolute(sample), axis=1).eta)).max() < 0.5
    assert np.hypot(sample.flat("rapidity"), sample.flat("phi")).max() < 0.6


def test_the_particles_add_up_to_the_jet(sample):
    total = ak.sum(absolute(sample), axis=1)
    for name in ("pt", "rapidity", "mass"):
        np.testing.assert_allclose(ak.to_numpy(getattr(total, name)), sample.per_event[f"jet_{name}"], rtol=1e-6)
    assert (
        ak.max(
            abs(total.deltaphi(ak.zip({"pt": total.pt, "phi": sample.per_event["jet_phi"]}, with_name="Momentum2D")))
        )
        < 1e-9
    )


def test_the_axis_is_the_origin(sample):
    pt, phi, jet = sample.flat("pt"), sample.flat("phi"), event_of_entry(sample.offsets)
    assert abs(np.bincount(jet, weights=pt * np.sin(phi))).max() < 1e-9 * 550
    np.testing.assert_allclose(np.bincount(jet, weights=pt * np.cos(phi)), sample.per_event["jet_pt"], rtol=1e-9)
    transverse_mass = np.hypot(pt, sample.flat("mass"))
    assert abs(np.bincount(jet, weights=transverse_mass * np.sinh(sample.flat("rapidity")))).max() < 1e-9 * 550


def test_particles_fall_in_pt_and_are_visible_and_stable(sample):
    jet = event_of_entry(sample.offsets)
    steps = np.diff(sample.flat("pt"))
    assert (steps[np.diff(jet) == 0] <= 0).all()
    assert not np.isin(abs(sample.flat("pid")), [12, 14, 16]).any()
    assert set(np.unique(abs(sample.flat("pid")))) <= {11, 13, 22, 130, 211, 321, 2112, 2212}


def test_charge_and_mass_belong_to_the_particle(sample):
    known = {
        22: (0, 0.0),
        11: (-1, 0.000511),
        13: (-1, 0.10566),
        211: (1, 0.13957),
        321: (1, 0.49368),
        2212: (1, 0.93827),
    }
    pid = sample.flat("pid")
    for kind, (charge, mass) in known.items():
        for sign in (1, -1):
            of_kind = pid == sign * kind
            assert (sample.flat("charge")[of_kind] == sign * charge).all()
            assert sample.flat("mass")[of_kind] == pytest.approx(mass, abs=1e-5)


def test_particles_cluster_into_the_one_jet_again(sample):
    again, constituents = leading_jets(absolute(sample), R=1.0, pt_min=1.0)
    leading = again[:, 0]
    np.testing.assert_allclose(ak.to_numpy(leading.pt), sample.per_event["jet_pt"], rtol=1e-6)
    np.testing.assert_allclose(ak.to_numpy(leading.mass), sample.per_event["jet_mass"], rtol=1e-6)
    assert ak.to_list(ak.num(constituents, axis=2)[:, 0]) == sample.multiplicity.tolist()


@pytest.mark.parametrize(("kind", "mass"), [("top-jets", 173.0), ("w-jets", 80.4)])
def test_heavy_jets_peak_at_the_mass(samples, kind, mass):
    # Radiation from the initial state inside R = 1 lifts the median by a few GeV.
    measured = samples[kind].per_event["jet_mass"]
    assert mass - 3 < np.median(measured) < mass + 8
    assert np.mean(abs(measured - mass) < 0.12 * mass) > 0.5


def test_qcd_jets_are_lighter_than_top_jets(samples):
    qcd, top = (samples[kind].per_event["jet_mass"] for kind in ("qcd-jets", "top-jets"))
    assert np.mean(abs(qcd - 173) < 20) < 0.25
    assert np.median(qcd) + 5 * median_error(qcd) < np.median(top)


@pytest.mark.parametrize(("kind", "mean"), [("qcd-jets", 67), ("top-jets", 77), ("w-jets", 47)])
def test_multiplicities(samples, kind, mean):
    """Measured with an independent script without multi-parton interactions, in a wider window of pt."""
    multiplicity = samples[kind].multiplicity
    assert multiplicity.mean() == pytest.approx(mean, abs=3 * multiplicity.std() / np.sqrt(N) + 3)


@pytest.mark.slow
def test_multi_parton_interactions_add_particles(samples):
    with_mpi = next(simulate("w-jets", 40, seed=11, processes=1, mpi=True))
    assert with_mpi.multiplicity.mean() > samples["w-jets"].multiplicity.mean() + 4


def test_batch_size_changes_no_event(monkeypatch):
    first = jets.block("qcd-jets", JetOptions(), 4, 0, 12)
    monkeypatch.setattr(jets, "_BATCH", 17)
    second = jets.block("qcd-jets", JetOptions(), 4, 0, 12)
    for name in first.columns:
        assert np.array_equal(first.flat(name), second.flat(name))


def test_hopeless_options_are_given_up(monkeypatch):
    monkeypatch.setattr(jets, "_PATIENCE", 200)
    with pytest.raises(InputError, match=r"w-jets: 200 events gave 0 jets; widen the window"):
        next(simulate("w-jets", 1, seed=1, processes=1, pt_max=500.0001))


def test_errors_cross_from_another_process(monkeypatch):
    monkeypatch.setattr(jets, "BLOCK", 1)
    with pytest.raises(InputError, match="lower pt_min, or raise beam_energy"):
        next(simulate("top-jets", 2, seed=1, processes=2, pt_min=80, pt_max=90, beam_energy=200))


def test_pythia_that_cannot_start_says_what_to_change():
    settings = ["Top:gg2ttbar = on", "Beams:eCM = 14000.", "PhaseSpace:pTHatMin = 6999."]
    with pytest.raises(InputError, match="lower pt_min, or raise beam_energy"):
        generator(settings, seed=1)


def test_an_unknown_setting_of_pythia_is_named():
    with pytest.raises(InputError, match="does not accept the setting 'Jets:all = on'"):
        generator(["Jets:all = on"], seed=1)

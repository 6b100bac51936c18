"""Energy in the right jet, efficiency and purity of jets, against loops and a search over all matchings."""

from itertools import permutations

import numpy as np
import pytest

import eventspace as es
from eventspace.statistics.right_jet import energy_in_right_jet, matched_jets, shared_energy


def random_events(n=40, seed=1):
    rng = np.random.default_rng(seed)
    counts = rng.integers(5, 20, n)
    momenta = rng.normal(size=(counts.sum(), 3))
    columns = dict(zip(("px", "py", "pz"), momenta.T, strict=True)) | {"E": np.linalg.norm(momenta, axis=1)}
    events = es.Collisions.from_flat(counts, columns | {"truth_jet": rng.integers(-1, 4, counts.sum())})
    return events, rng.integers(-1, 4, counts.sum())


def test_it_is_the_best_of_all_matchings():
    events, labels = random_events()
    shared = shared_energy(events, labels)
    best = [max(sum(m[k, t] for k, t in enumerate(order)) for order in permutations(range(4))) for m in shared]
    np.testing.assert_allclose(energy_in_right_jet(events, labels), np.array(best) / shared.sum(axis=(1, 2)))


def test_names_of_jets_do_not_matter_and_perfect_is_one():
    events, labels = random_events()
    truth = events.flat("truth_jet")
    np.testing.assert_allclose(energy_in_right_jet(events, truth), 1)
    renamed = np.where(labels >= 0, np.array([2, 0, 3, 1])[labels], -1)
    np.testing.assert_allclose(energy_in_right_jet(events, renamed), energy_in_right_jet(events, labels))
    assert energy_in_right_jet(events[3:5], labels[events.offsets[3] : events.offsets[5]]).tolist() == (
        energy_in_right_jet(events, labels)[3:5].tolist()
    )


def test_efficiency_and_purity_are_those_of_the_matched_truth_jet():
    events, labels = random_events()
    found = matched_jets(events, labels)
    energy, truth, shared = events.flat("E"), events.flat("truth_jet"), shared_energy(events, labels)
    for event in range(len(events)):
        some = slice(events.offsets[event], events.offsets[event + 1])
        matched = found.truth[event][found.truth[event] >= 0]
        assert len(set(matched)) == len(matched)
        common = 0.0
        for jet, true in enumerate(found.truth[event]):
            if true < 0:
                assert np.isnan(found.efficiency[event, jet])
                assert np.isnan(found.purity[event, jet])
                continue
            common += shared[event, jet, true]
            of_jet, of_true = (energy[some][values[some] == k].sum() for values, k in ((labels, jet), (truth, true)))
            assert found.efficiency[event, jet] == pytest.approx(shared[event, jet, true] / of_true)
            assert found.purity[event, jet] == pytest.approx(shared[event, jet, true] / of_jet)
        assert common / shared[event].sum() == pytest.approx(energy_in_right_jet(events, labels)[event])


def test_perfect_jets_are_whole_and_pure_and_left_over_ones_have_no_truth():
    events, _ = random_events()
    truth = events.flat("truth_jet")
    found = matched_jets(events, truth)
    there = shared_energy(events, truth).sum(axis=2) > 0
    np.testing.assert_array_equal(found.truth, np.where(there, np.arange(4), -1))
    np.testing.assert_allclose(found.efficiency[there], 1)
    np.testing.assert_allclose(found.purity[there], 1)
    # One particle of each event becomes a jet of its own: the rest of its jet stays pure and loses efficiency.
    split = truth.copy()
    split[events.offsets[:-1]] = 4
    found = matched_jets(events, split)
    rest = found.purity[:, :4]
    np.testing.assert_allclose(rest[~np.isnan(rest)], 1)
    assert (np.nan_to_num(found.efficiency, nan=1.0) <= 1 + 1e-12).all()
    assert (found.truth[:, 4] == -1).any()


def test_energy_of_bosons():
    events, labels = random_events()
    boson = np.where(events.flat("truth_jet") >= 0, events.flat("truth_jet") // 2, -1)
    columns = {name: events.flat(name) for name in events.columns} | {"truth_boson": boson}
    shared = shared_energy(es.Collisions.from_flat(events.multiplicity, columns), labels, "truth_boson")
    np.testing.assert_allclose(shared, shared_energy(events, labels).reshape(40, 4, 2, 2).sum(axis=3))


def test_what_is_missing_is_named():
    events, labels = random_events()
    with pytest.raises(es.InputError, match="give one label a particle"):
        energy_in_right_jet(events, labels[1:])
    bare = es.Collisions.from_flat([1], {"px": [1.0], "py": [0.0], "pz": [0.0], "E": [1.0]})
    with pytest.raises(es.InputError, match="no column truth_jet"):
        energy_in_right_jet(bare, np.array([0]))

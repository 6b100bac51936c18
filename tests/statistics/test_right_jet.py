"""The fraction of energy in the right jet against a search over all matchings."""

from itertools import permutations

import numpy as np
import pytest

import eventspace as es
from eventspace.statistics.right_jet import energy_in_right_jet, shared_energy


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


def test_what_is_missing_is_named():
    events, labels = random_events()
    with pytest.raises(es.InputError, match="give one label a particle"):
        energy_in_right_jet(events, labels[1:])
    bare = es.Collisions.from_flat([1], {"px": [1.0], "py": [0.0], "pz": [0.0], "E": [1.0]})
    with pytest.raises(es.InputError, match="no column truth_jet"):
        energy_in_right_jet(bare, np.array([0]))

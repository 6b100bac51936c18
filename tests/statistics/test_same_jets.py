"""Jets before and after a change: against comparisons of pairs of particles, and of all matchings."""

from itertools import permutations

import numpy as np
import pytest

import eventspace as es
from eventspace.events.durham.history import durham_history
from eventspace.events.soft_and_collinear import with_soft_particle, with_split_particle
from eventspace.statistics.same_jets import energy_moved, same_jets


def some_events(n=60, seed=1, particles=(6, 12)):
    rng = np.random.default_rng(seed)
    counts = rng.integers(*particles, n)
    momenta = rng.normal(0, 10, (counts.sum(), 3))
    columns = dict(zip(("px", "py", "pz"), momenta.T, strict=True)) | {"E": np.linalg.norm(momenta, axis=1)}
    return es.Collisions.from_flat(counts, columns)


def both(seed=1):
    """A soft and a split particle."""
    events = some_events(seed=seed)
    return [with_soft_particle(events, 1e-9, seed), with_split_particle(events, seed)]


@pytest.mark.parametrize("modified", both())
def test_all_pairs_of_particles_decide(modified):
    rng = np.random.default_rng(2)
    old = modified.parent.max() + 1
    before = rng.integers(-1, 3, old)
    after = np.where(modified.parent >= 0, before[modified.parent], 5)
    # Jets get other numbers, and in about half of the events one particle another jet.
    after = np.where(after >= 0, np.array([4, 0, 2, 0, 0, 1])[np.maximum(after, 0)], -1)
    other = modified.events.offsets[:-1] + rng.integers(modified.events.multiplicity)
    after[other] = rng.integers(-1, 5, len(other))
    found = same_jets(modified, before, after)
    for event in range(len(modified.events)):
        some = slice(modified.events.offsets[event], modified.events.offsets[event + 1])
        known = modified.parent[some] >= 0
        a, b = before[modified.parent[some]][known], after[some][known]
        together = ((a[:, None] == a) == (b[:, None] == b)).all()
        assert found[event] == (together and ((a == -1) == (b == -1)).all())
    assert 0.1 < found.mean() < 0.9
    np.testing.assert_array_equal(found, energy_moved(modified, before, after) == 0)


@pytest.mark.parametrize("modified", both())
def test_energy_that_moved_is_the_least_of_all_matchings(modified):
    rng = np.random.default_rng(3)
    before, after = rng.integers(-1, 3, modified.parent.max() + 1), rng.integers(-1, 3, len(modified.parent))
    found = energy_moved(modified, before, after)
    for event in range(len(modified.events)):
        some = slice(modified.events.offsets[event], modified.events.offsets[event + 1])
        known = modified.parent[some] >= 0
        energy = modified.events.flat("E")[some][known]
        a, b = before[modified.parent[some]][known], after[some][known]
        stays = [energy[b == np.array([*order, -1])[a]].sum() for order in permutations(range(3))]  # [-1] is the last
        assert found[event] == pytest.approx(1 - max(stays) / energy.sum(), abs=1e-12)


def test_a_soft_particle_may_be_in_any_jet_or_be_one():
    soft = with_soft_particle(some_events(), 1e-9, 1)
    before = np.arange(soft.parent.max() + 1) % 3
    for jet in (-1, 0, 7):
        after = np.where(soft.parent >= 0, before[soft.parent], jet)
        assert same_jets(soft, before, after).all()
        assert not energy_moved(soft, before, after).any()


def test_parts_of_a_particle_in_two_jets_are_a_change():
    events = es.Collisions.from_flat([2], {"px": [3.0, -1.0], "py": [0.0] * 2, "pz": [0.0] * 2, "E": [3.0, 1.0]})
    split = with_split_particle(events, 1)
    after = np.array([0, 1, 1 - split.parent[-1]])
    assert not same_jets(split, [0, 1], after)[0]
    assert energy_moved(split, [0, 1], after)[0] == pytest.approx(split.events.flat("E")[2] / 4)


def test_durham_jets_are_safe():
    events = some_events(100, particles=(20, 40))
    before = durham_history(events).labels(4)
    for modified in (with_soft_particle(events, 1e-9, 1), with_split_particle(events, 1)):
        after = durham_history(modified.events).labels(4)
        assert same_jets(modified, before, after).all()
        assert not energy_moved(modified, before, after).any()


def test_labels_that_do_not_fit():
    soft, _ = both()
    with pytest.raises(es.InputError, match="give one label a particle"):
        same_jets(soft, np.zeros(3, int), np.zeros(len(soft.parent), int))
    with pytest.raises(es.InputError, match="give one label a particle"):
        energy_moved(soft, np.zeros(soft.parent.max() + 1, int), [0])

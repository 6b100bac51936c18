"""Di-jets of events whose truth is known: perfect jets, exchanged particles in closed form, empty jets, and loops."""

from itertools import permutations

import numpy as np
import pytest

import eventspace as es
from eventspace.statistics.dijets import REGIONS, dijets, in_regions, right_pairing
from eventspace.statistics.pairings import ZHH, Boson

MASSES = (88.0, 113.0, 113.0)


def at_rest(masses, directions):
    """One event: each boson decays at rest to two massless particles."""
    momenta = np.concatenate([[m / 2 * d, -m / 2 * d] for m, d in zip(masses, directions, strict=True)])
    columns = dict(zip(("px", "py", "pz"), momenta.T, strict=True)) | {"E": np.linalg.norm(momenta, axis=1)}
    truth = {"truth_boson": np.repeat(np.arange(len(masses)), 2), "truth_jet": np.arange(2 * len(masses))}
    return es.Collisions.from_flat([2 * len(masses)], columns | truth)


def random_events(n=25, seed=1, particles=(10, 25)):
    """Particles of random momenta, bosons and jets; some without a jet or a boson."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(*particles, n)
    momenta = rng.normal(0, 20, (counts.sum(), 3))
    columns = dict(zip(("px", "py", "pz"), momenta.T, strict=True)) | {"E": np.linalg.norm(momenta, axis=1)}
    events = es.Collisions.from_flat(counts, columns | {"truth_boson": rng.integers(-1, 3, counts.sum())})
    return events, rng.integers(-1, 6, counts.sum())


@pytest.mark.parametrize("by", ["truth", "chi2"])
def test_perfect_jets_give_the_masses_of_the_bosons(by):
    events = at_rest(MASSES, np.eye(3))
    order = np.array([3, 5, 0, 2, 4, 1])  # the numbers of jets mean nothing
    found = dijets(events, order, ZHH, by)
    np.testing.assert_allclose(found.mass, [MASSES])
    assert [set(pair) for pair in found.jets[0].tolist()] == [{3, 5}, {0, 2}, {1, 4}]
    assert found.in_right_boson.tolist() == [1.0]
    assert found.efficiency.tolist() == found.purity.tolist() == [[1.0, 1.0, 1.0]]
    assert in_regions(found.efficiency, found.purity)[0].tolist() == [[True, False, False, False]] * 3


def test_energy_that_moves_to_another_boson_in_closed_form():
    events = at_rest((80.0, 120.0), np.eye(3)[:2])
    # The second half of boson 0, 40 GeV, is taken into a jet of boson 1, which has 60 GeV; one jet is empty.
    found = dijets(events, np.array([0, 2, 1, 2]), (Boson(80.0, 1.0), Boson(120.0, 1.0)), "truth")
    assert found.in_right_boson.tolist() == pytest.approx([160 / 200])
    assert found.efficiency.tolist() == [[0.5, 1.0]]
    np.testing.assert_allclose(found.purity, [[1.0, 120 / 160]])
    assert [[REGIONS[i] for i in row.argmax(axis=1)] for row in in_regions(found.efficiency, found.purity)] == [
        ["C", "B"]
    ]
    # Boson 0 keeps one massless particle and the empty jet; the other one has E = 160 and p = 40.
    np.testing.assert_allclose(found.mass, [[0.0, np.sqrt(160**2 - 40**2)]], atol=1e-6)


@pytest.mark.slow
def test_all_measures_equal_those_of_plain_loops():
    events, labels = random_events(particles=(25, 40))
    found = dijets(events, labels, ZHH, "truth")
    for event in range(len(events)):
        some = slice(events.offsets[event], events.offsets[event + 1])
        energy, boson = events.flat("E")[some], events.flat("truth_boson")[some]
        jet, momenta = labels[some], events.momenta()[some]
        right = [
            sum(energy[(jet == j) & (boson == place // 2)].sum() for place, j in enumerate(order))
            for order in permutations(range(6))
        ]
        known = energy[(jet >= 0) & (boson >= 0)].sum()
        assert found.in_right_boson[event] == pytest.approx(max(right) / known)
        for b, pair in enumerate(found.jets[event]):
            inside = np.isin(jet, pair)
            common = energy[inside & (boson == b)].sum()
            assert found.efficiency[event, b] == pytest.approx(common / energy[boson == b].sum())
            assert found.purity[event, b] == pytest.approx(common / energy[inside].sum())
            total = momenta[inside].sum(axis=0)
            square = total[0] ** 2 - (total[1:] ** 2).sum()
            assert found.mass[event, b] ** 2 == pytest.approx(square, abs=1e-9)


def test_the_truth_is_never_worse_and_the_right_pairing_is_the_same_pairs():
    events, labels = random_events(200, particles=(60, 80))  # no two pairings are equally good
    true, chosen = (dijets(events, labels, ZHH, by) for by in ("truth", "chi2"))
    assert (true.in_right_boson >= chosen.in_right_boson - 1e-12).all()
    same = [
        {frozenset(pair) for pair in a[1:]} == {frozenset(pair) for pair in b[1:]} and set(a[0]) == set(b[0])
        for a, b in zip(true.jets.tolist(), chosen.jets.tolist(), strict=True)
    ]
    assert right_pairing(chosen, true).tolist() == same
    assert right_pairing(true, true).all()


def test_a_slice_gives_what_all_give():
    events, labels = random_events()
    some = slice(events.offsets[7], events.offsets[9])
    for whole, part in zip(dijets(events, labels, ZHH), dijets(events[7:9], labels[some], ZHH), strict=True):
        np.testing.assert_array_equal(whole[7:9], part)


def test_empty_jets_are_paired_and_events_without_jets_are_nan():
    events, labels = random_events(2)
    labels = np.where(labels == 4, 3, labels)
    labels[events.offsets[1] :] = -1
    for by in ("truth", "chi2"):
        found = dijets(events, labels, ZHH, by)
        assert found.in_right_boson[0] > 0
        assert np.isnan(found.in_right_boson[1])
        assert found.mass[1].tolist() == [0.0, 0.0, 0.0]
        assert found.efficiency[1].tolist() == [0.0, 0.0, 0.0]
        assert np.isnan(found.purity[1]).all()
        assert not right_pairing(found, found)[1]
        assert in_regions(found.efficiency, found.purity)[1].tolist() == [[False, False, False, True]] * 3


def test_two_empty_jets_can_be_exchanged():
    events = at_rest(MASSES, np.eye(3))
    true, chosen = (dijets(events, np.array([0, 0, 2, 2, 4, 5]), ZHH, by) for by in ("truth", "chi2"))
    exchanged = true._replace(jets=true.jets[:, :, ::-1])
    assert right_pairing(exchanged, true).all()
    # The jets of the first two bosons are whole, at rest, and each is paired with an empty one.
    np.testing.assert_allclose(chosen.mass, [MASSES])
    assert right_pairing(chosen, true).all()


@pytest.mark.parametrize(
    ("columns", "labels", "bosons", "by", "said"),
    [
        ({}, [0, 1], ZHH[:1], "chi2", "no column truth_boson"),
        ({"truth_boson": [0, 1]}, [0, 1], ZHH[:1], "chi2", "have 2 bosons, not 1"),
        ({"truth_boson": [0, 0]}, [0, 2], ZHH[:1], "chi2", "the jet of a particle is 2 where an event has 2 jets"),
        ({"truth_boson": [0, 0]}, [0, -2], ZHH[:1], "chi2", "the jet of a particle is -2"),
        ({"truth_boson": [0, 0]}, [0], ZHH[:1], "chi2", "give one label a particle"),
        ({"truth_boson": [0, 0]}, [0, 1], ZHH[:1], "mass", "choose from truth, chi2"),
        ({"truth_boson": [0, 0]}, [0, 1], [Boson(91.0, -1.0)], "chi2", "width"),
        ({"truth_boson": [0, 0]}, [0, 1], [], "chi2", "bosons"),
    ],
)
def test_what_does_not_fit_is_named(columns, labels, bosons, by, said):
    rows = {"px": [1.0, -1.0], "py": [0.0, 0.0], "pz": [0.0, 0.0], "E": [1.0, 1.0]}
    with pytest.raises(es.InputError, match=said):
        dijets(es.Collisions.from_flat([2], rows | columns), np.array(labels), bosons, by)

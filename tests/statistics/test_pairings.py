"""Pairings of jets to bosons: their numbers, their symmetry, and the best one against a search with plain loops."""

from itertools import permutations
from math import factorial

import numpy as np
import pytest

from eventspace import InputError
from eventspace.statistics.pairings import ZHH, Boson, chi2_pairing, named_by_truth, pairings, truth_pairing


def unordered(pairing, kinds):
    """A pairing as a set, in which identical bosons have no names."""
    return frozenset((kind, frozenset(pair)) for kind, pair in zip(kinds, pairing, strict=True))


@pytest.mark.parametrize(
    ("kinds", "exchanges"),
    [("Z", 1), ("ZH", 1), ("HH", 2), ("ZHH", 2), ("HZH", 2), ("HHH", 6), ("ZWH", 1), ("ZZHH", 4), ("HHHH", 24)],
)
def test_all_pairings_are_there_once(kinds, exchanges):
    rows, jets = pairings(kinds), 2 * len(kinds)
    assert len(rows) == factorial(jets) // 2 ** len(kinds) // exchanges
    assert (np.sort(rows.reshape(len(rows), -1), axis=1) == np.arange(jets)).all()
    assert len({unordered(row.tolist(), kinds) for row in rows}) == len(rows)
    assert rows.tolist() == sorted(rows.tolist())


def test_numbers_of_pairings_that_cannot_be():
    with pytest.raises(InputError, match="0 bosons"):
        pairings([])
    with pytest.raises(InputError, match="give 1 to 4"):
        pairings("ABCDE")


def random_jets(n, jets, seed=1):
    """Massive jets of about 80 GeV."""
    rng = np.random.default_rng(seed)
    momenta = rng.normal(0, 45, (n, jets, 3))
    energy = np.sqrt((momenta**2).sum(axis=2) + rng.uniform(5, 20, (n, jets)) ** 2)
    return np.concatenate([energy[:, :, None], momenta], axis=2)


def chi2(jets, order, bosons):
    """Of jets in this order, the first two of them for the first boson."""
    total = 0.0
    for number, boson in enumerate(bosons):
        p = jets[order[2 * number]] + jets[order[2 * number + 1]]
        total += ((np.sqrt(p[0] ** 2 - p[1] ** 2 - p[2] ** 2 - p[3] ** 2) - boson.mass) / boson.width) ** 2
    return total


@pytest.mark.parametrize("bosons", [ZHH, (Boson(91.0, 5.0), Boson(80.0, 4.0), Boson(125.0, 8.0)), ZHH[1:]])
def test_chi2_is_the_smallest_of_all_orders_of_the_jets(bosons):
    momenta = random_jets(4, 2 * len(bosons))
    found = chi2_pairing(momenta, bosons)
    for jets, pairing in zip(momenta, found, strict=True):
        best = min(permutations(range(2 * len(bosons))), key=lambda order, jets=jets: chi2(jets, order, bosons))
        assert unordered(pairing.tolist(), bosons) == unordered(np.reshape(best, (-1, 2)).tolist(), bosons)


def test_numbers_of_jets_do_not_matter():
    momenta, rng = random_jets(50, 6), np.random.default_rng(2)
    order = rng.permuted(np.tile(np.arange(6), (50, 1)), axis=1)
    found = chi2_pairing(momenta, ZHH)
    again = np.take_along_axis(order[:, None], chi2_pairing(np.take_along_axis(momenta, order[:, :, None], 1), ZHH), 2)
    for one, other in zip(found.tolist(), again.tolist(), strict=True):
        assert unordered(one, ZHH) == unordered(other, ZHH)


def test_many_events_give_what_each_gives_alone():
    momenta = random_jets(2500, 4)
    bosons = ZHH[:2]
    found = chi2_pairing(momenta, bosons)
    assert found[1234].tolist() == chi2_pairing(momenta[1234:1235], bosons)[0].tolist()
    assert found[2499].tolist() == chi2_pairing(momenta[2499:], bosons)[0].tolist()


def test_truth_pairing_has_the_most_energy_in_the_right_boson():
    shared = np.random.default_rng(3).random((20, 6, 3))
    found = truth_pairing(shared)
    for energy, pairing in zip(shared, found, strict=True):
        orders = permutations(range(6))
        best = max(sum(energy[jet, place // 2] for place, jet in enumerate(order)) for order in orders)
        assert sum(energy[pair, boson].sum() for boson, pair in enumerate(pairing)) == pytest.approx(best)


def test_identical_bosons_are_exchanged_and_others_not():
    shared = np.random.default_rng(4).random((40, 6, 3))
    truth = truth_pairing(shared)
    exchanged = truth[:, [0, 2, 1]]
    np.testing.assert_array_equal(named_by_truth(exchanged, shared, ZHH), truth)
    np.testing.assert_array_equal(named_by_truth(truth, shared, ZHH), truth)
    different = (ZHH[0], ZHH[1], Boson(90.0, 10.0))
    np.testing.assert_array_equal(named_by_truth(exchanged, shared, different), exchanged)


def test_what_does_not_fit_is_refused():
    with pytest.raises(InputError, match=r"give \(events, 6, 4\)"):
        chi2_pairing(random_jets(1, 5), ZHH)
    with pytest.raises(InputError, match="width of a boson"):
        chi2_pairing(random_jets(1, 2), [Boson(91.0, 0.0)])
    with pytest.raises(InputError, match=r"give \(events, 4, 2\)"):
        truth_pairing(np.ones((1, 3, 2)))

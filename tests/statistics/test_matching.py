"""Energies that two divisions have in common, and the best matching, against loops over all."""

from itertools import permutations

import numpy as np

from eventspace.statistics.matching import energy_in_common, energy_of_parts, partners


def test_sums_are_those_of_a_loop_and_a_slice_gives_the_same():
    rng = np.random.default_rng(1)
    offsets = np.array([4, 10, 10, 17])  # as of a slice, with an empty event
    energy, first, second = rng.random(13), rng.integers(-1, 3, 13), rng.integers(-1, 2, 13)
    expected, of_first = np.zeros((3, 3, 2)), np.zeros((3, 3))
    for particle, event in enumerate([0] * 6 + [2] * 7):
        if first[particle] >= 0:
            of_first[event, first[particle]] += energy[particle]
            if second[particle] >= 0:
                expected[event, first[particle], second[particle]] += energy[particle]
    np.testing.assert_allclose(energy_in_common(offsets, energy, first, second, (3, 2)), expected)
    np.testing.assert_allclose(energy_of_parts(offsets, energy, first, 3), of_first)


def test_partners_share_the_most_energy_of_all_matchings():
    common = np.random.default_rng(2).random((30, 4, 4))
    found = partners(common)
    assert (np.sort(found, axis=1) == np.arange(4)).all()
    shared = np.take_along_axis(common, found[:, :, None], axis=2).sum(axis=(1, 2))
    best = [max(sum(m[k, t] for k, t in enumerate(order)) for order in permutations(range(4))) for m in common]
    np.testing.assert_allclose(shared, best)


def test_what_shares_nothing_has_no_partner():
    assert partners(np.zeros((1, 2, 3))).tolist() == [[-1, -1]]
    assert partners(np.array([[[1.0], [2.0]]])).tolist() == [[-1, 0]]

"""Some of the pairs of a set: the same numbers as in the matrix."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventspace as es
from eventspace import InputError
from eventspace.distances.engine.pairs import largest, listed, pairs_within, random_pairs


def jets(n=30, seed=1):
    rng = np.random.default_rng(seed)
    return es.ParticleClouds.from_lists(
        [np.column_stack([rng.exponential(size=8), rng.normal(0, 0.3, (8, 2))]) for _ in range(n)]
    )


@pytest.mark.parametrize("metric", [es.Transport(), es.EnergyDifference()])
@pytest.mark.parametrize("threads", [1, 2])
def test_listed_distances_are_those_of_the_matrix(metric, threads, monkeypatch):
    monkeypatch.setattr("eventspace.distances.engine.pairs._PIECE", 7)
    events, rng = jets(), np.random.default_rng(2)
    i, j = rng.integers(0, 30, (2, 100))
    assert np.array_equal(listed(metric, events, i, j, threads=threads), es.matrix(metric, events)[i, j])
    assert len(listed(metric, events, [], [])) == 0


@pytest.mark.parametrize("block", [4, 256])
def test_pairs_within_a_threshold_and_the_largest_are_those_of_the_matrix(block):
    events, metric = jets(), es.Transport()
    full = es.matrix(metric, events)
    threshold = np.quantile(full, 0.4)
    i, j, distance = pairs_within(metric, events, threshold, block=block, threads=2)
    assert np.array_equal(np.stack((i, j), axis=1), np.argwhere(np.triu(full < threshold, k=1)))
    assert np.array_equal(distance, full[i, j])
    assert largest(metric, events, block=block) == full.max()
    assert len(pairs_within(metric, events, 0.0)[0]) == 0


@pytest.mark.parametrize("block", [4, 256])
def test_pairs_between_two_sets_are_those_of_the_matrix(block, monkeypatch):
    monkeypatch.setattr("eventspace.distances.engine.pairs._PIECE", 7)
    events, others, metric = jets(), jets(25, seed=3), es.Transport()
    full = es.matrix(metric, events, others)
    i, j, distance = pairs_within(metric, events, np.quantile(full, 0.4), others, block=block, threads=2)
    assert np.array_equal(np.stack((i, j), axis=1), np.argwhere(full < np.quantile(full, 0.4)))
    assert np.array_equal(distance, full[i, j])
    assert np.array_equal(listed(metric, events, i[::-1], j[::-1], others, threads=2), distance[::-1])
    with pytest.raises(InputError, match="one of 25 events"):
        listed(metric, events, [0], [25], others)


@given(st.integers(2, 60), st.integers(1, 2000), st.integers(0, 2**32 - 1))
def test_random_pairs_are_different_pairs(n, count, seed):
    i, j = random_pairs(n, count, np.random.default_rng(seed))
    assert len(i) == min(count, n * (n - 1) // 2)
    assert (i >= 0).all()
    assert (i < j).all()
    assert (j < n).all()
    assert len(set(zip(i.tolist(), j.tolist(), strict=True))) == len(i)


def test_random_pairs_are_uniform():
    counts = np.zeros((6, 6))
    for seed in range(3000):
        np.add.at(counts, random_pairs(6, 5, np.random.default_rng(seed)), 1)
    expected = 3000 * 5 / 15
    assert np.all(np.abs(counts[np.triu_indices(6, 1)] - expected) < 5 * np.sqrt(expected))


def test_pair_numbers_are_exact_for_large_sets():
    n = 3_000_000
    i, j = random_pairs(n, 1000, np.random.default_rng(1))
    assert (i < j).all()
    assert j.max() < n
    assert np.abs(j / n).mean() == pytest.approx(2 / 3, abs=0.03)


def test_bad_input():
    with pytest.raises(InputError, match="same length"):
        listed(es.Transport(), jets(), [1, 2], [1])
    with pytest.raises(InputError, match="30 events"):
        listed(es.Transport(), jets(), [0], [30])

"""Landmarks and the distance to the measure against brute force."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from eventspace import InputError
from eventspace.statistics.distance_to_measure import Neighbours, landmarks

RNG = np.random.default_rng(1)


def test_each_landmark_is_the_farthest_from_those_before_it():
    points = RNG.normal(size=(40, 2))
    distances = cdist(points, points)
    chosen = landmarks(distances, 10, first=7)
    assert chosen.number[0] == 7
    for k in range(1, 10):
        reach = distances[chosen.number[:k]].min(axis=0)
        assert reach[chosen.number[k]] == reach.max()
    assert chosen.radius == distances[chosen.number].min(axis=0).max()


def test_radius_is_at_most_twice_the_best():
    points = RNG.normal(size=(12, 2))
    distances = cdist(points, points)
    best = min(distances[list(some)].min(axis=0).max() for some in combinations(range(12), 3))
    assert best <= landmarks(distances, 3).radius <= 2 * best


def test_equal_events_are_no_further_landmarks():
    points = np.repeat(RNG.normal(size=(3, 2)), 5, axis=0)
    chosen = landmarks(cdist(points, points), 10)
    assert len(chosen.number) == 3
    assert chosen.radius == 0


@given(st.lists(st.integers(0, 3), min_size=8, max_size=8), st.integers(1, 6))
def test_weights_are_repeated_events(weights, mass):
    distances = np.random.default_rng(3).uniform(size=(5, 8))
    around = Neighbours(distances)
    if sum(weights) < mass:
        with pytest.raises(InputError, match="fewer neighbours"):
            around.distance_to_measure(np.array(weights), mass)
        return
    repeated = np.sort(np.repeat(distances, weights, axis=1), axis=1)[:, :mass]
    expected = np.sqrt((repeated**2).mean(axis=1))
    assert around.distance_to_measure(np.array(weights), mass) == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_part_of_an_event_counts_in_part():
    around = Neighbours(np.array([[1.0, 2.0, 3.0]]))
    assert around.distance_to_measure(np.ones(3), 1.5)[0] == pytest.approx(np.sqrt((1 + 0.5 * 4) / 1.5))


def test_nearest_ones_are_enough_and_too_few_are_told():
    distances = RNG.uniform(size=(6, 50))
    few, ones = Neighbours(distances, 10), np.ones(50)
    assert np.array_equal(few.distance_to_measure(ones, 10), Neighbours(distances).distance_to_measure(ones, 10))
    with pytest.raises(InputError, match="below 11"):
        few.distance_to_measure(ones, 11)
    with pytest.raises(InputError, match="not positive"):
        few.distance_to_measure(ones, 0)


def test_landmark_without_weight_nearby_looks_farther():
    distances = np.sort(RNG.uniform(size=(3, 1000)), axis=1)
    distances[0] = distances[0, ::-1]  # only this landmark has the weight among its nearest
    weights = np.repeat([0.0, 1.0], 500)
    found = Neighbours(distances).distance_to_measure(weights, 5)
    expected = np.sort(distances[:, 500:], axis=1)[:, :5]
    assert found == pytest.approx(np.sqrt((expected**2).mean(axis=1)), rel=1e-12)


def test_wrong_numbers_of_landmarks_are_told():
    with pytest.raises(InputError, match="0 landmarks"):
        landmarks(np.zeros((3, 3)), 0)
    with pytest.raises(InputError, match="of 0 events"):
        landmarks(np.zeros((0, 0)), 2)

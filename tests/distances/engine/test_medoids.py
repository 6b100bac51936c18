from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from eventspace.base.errors import InputError
from eventspace.distances.engine.medoids import k_medoids


def cost_of(distances, index):
    return distances[np.asarray(index)].min(axis=0).sum()


def optimum(distances, k):
    return min(cost_of(distances, index) for index in combinations(range(len(distances)), k))


@st.composite
def problems(draw):
    """Distances on a small grid, so that duplicates and ties abound, or of generic points; and k."""
    n = draw(st.integers(1, 14))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    points = rng.integers(4, size=(n, 2)) if draw(st.booleans()) else rng.normal(size=(n, 2))
    order = draw(st.sampled_from(["cityblock", "euclidean", "sqeuclidean"]))  # the last is no metric
    return cdist(points, points, order), draw(st.integers(1, n)), draw(st.integers(0, 5))


@pytest.mark.slow
@settings(deadline=None)
@given(problems())
def test_no_single_swap_lowers_the_cost(problem):
    distances, k, seed = problem
    medoids = k_medoids(distances, k, seed=seed)
    others = np.setdiff1d(np.arange(len(distances)), medoids.index)
    for position in range(k):
        for other in others:
            swapped = medoids.index.copy()
            swapped[position] = other
            assert cost_of(distances, swapped) >= medoids.cost * (1 - 1e-12) - 1e-12


@settings(deadline=None)
@given(problems())
def test_the_parts_of_the_result_agree(problem):
    distances, k, seed = problem
    medoids = k_medoids(distances, k, seed=seed)
    n = len(distances)
    assert medoids.index.shape == (k,)
    assert (np.diff(medoids.index) > 0).all()
    assert medoids.labels.shape == (n,)
    np.testing.assert_array_equal(medoids.labels[medoids.index], np.arange(k))
    to_medoids = distances[:, medoids.index]
    np.testing.assert_array_equal(to_medoids[np.arange(n), medoids.labels], to_medoids.min(axis=1))
    assert medoids.cost == pytest.approx(cost_of(distances, medoids.index))
    assert medoids.cost >= optimum(distances, k) * (1 - 1e-12) if n <= 9 else medoids.cost >= 0


@settings(deadline=None)
@given(problems())
def test_one_medoid_has_the_least_sum_of_distances(problem):
    distances, _, seed = problem
    medoids = k_medoids(distances, 1, seed=seed)
    assert medoids.index.tolist() == [np.argmin(distances.sum(axis=1))]
    assert medoids.cost == pytest.approx(distances.sum(axis=1).min())


@settings(deadline=None)
@given(problems())
def test_all_events_as_medoids_cost_nothing(problem):
    distances, _, seed = problem
    medoids = k_medoids(distances, len(distances), seed=seed)
    np.testing.assert_array_equal(medoids.index, np.arange(len(distances)))
    np.testing.assert_array_equal(medoids.labels, np.arange(len(distances)))
    assert medoids.cost == 0


def test_random_problems_are_solved_to_the_optimum_or_nearly():
    excess = []
    for toy in range(150):
        points = np.random.default_rng(toy).normal(size=(13, 2))
        distances = cdist(points, points)
        excess.append(k_medoids(distances, 3, seed=toy).cost / optimum(distances, 3) - 1)
    assert min(excess) > -1e-12
    assert np.mean(np.array(excess) < 1e-12) > 0.7
    assert np.mean(excess) < 0.02
    assert max(excess) < 0.25


def test_clusters_far_apart_get_one_medoid_each():
    rng = np.random.default_rng(1)
    cluster = np.repeat(np.arange(8), 30)
    points = 100 * np.eye(8)[cluster] + rng.normal(size=(240, 8))
    distances = cdist(points, points)
    for seed in range(10):
        medoids = k_medoids(distances, 8, seed=seed)
        np.testing.assert_array_equal(medoids.labels, cluster)
        by_cluster = [np.flatnonzero(cluster == c) for c in range(8)]
        best = [own[np.argmin(distances[np.ix_(own, own)].sum(axis=1))] for own in by_cluster]
        np.testing.assert_array_equal(medoids.index, best)


def test_duplicates():
    points = np.repeat([[0.0], [1.0], [5.0]], [4, 3, 2], axis=0)
    distances = cdist(points, points)
    for seed in range(20):
        for k in range(3, 10):
            medoids = k_medoids(distances, k, seed=seed)
            assert medoids.cost == 0
            assert len(set(medoids.index.tolist())) == k
    assert k_medoids(np.zeros((6, 6)), 2, seed=1).cost == 0


def test_equidistant_events_are_all_alike():
    distances = 1.0 - np.eye(20)
    for k in (1, 2, 10, 19):
        assert k_medoids(distances, k, seed=1).cost == 20 - k


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_the_unit_does_not_matter(scale):
    points = np.random.default_rng(2).normal(size=(60, 2))
    distances = cdist(points, points)
    one, other = (k_medoids(matrix, 5, seed=3) for matrix in (distances, distances * scale))
    np.testing.assert_array_equal(one.index, other.index)


def test_the_same_seed_gives_the_same_medoids_and_leaves_the_input_alone():
    points = np.random.default_rng(3).normal(size=(200, 2))
    distances = cdist(points, points)
    before = distances.copy()
    one = k_medoids(distances, 7, seed=5)
    other = k_medoids(distances, 7, seed=np.random.default_rng(5))
    np.testing.assert_array_equal(one.index, other.index)
    np.testing.assert_array_equal(one.labels, other.labels)
    assert one.cost == other.cost
    np.testing.assert_array_equal(distances, before)
    read_only = distances.copy()
    read_only.flags.writeable = False
    np.testing.assert_array_equal(k_medoids(read_only, 7, seed=5).index, one.index)


def test_other_types_and_layouts_are_read():
    points = np.random.default_rng(4).integers(50, size=(40, 2))
    distances = cdist(points, points, "cityblock")
    expected = k_medoids(distances, 4, seed=1)
    for same in (distances.astype(np.float32), np.asfortranarray(distances), distances.astype(int), distances.tolist()):
        np.testing.assert_array_equal(k_medoids(same, 4, seed=1).index, expected.index)


def changed(entries):
    distances = 1.0 - np.eye(300)
    for (i, j), value in entries.items():
        distances[i, j] = value
    return distances


@pytest.mark.parametrize(
    ("distances", "k", "problem"),
    [
        (np.zeros((3, 3)), 0, "0 medoids of 3 events; choose k between 1 and 3"),
        (np.zeros((3, 3)), 4, "4 medoids of 3 events"),
        (np.zeros((3, 4)), 1, r"shape \(3, 4\)"),
        (np.zeros(9), 1, r"shape \(9,\)"),
        (np.zeros((0, 0)), 1, r"shape \(0, 0\)"),
        (changed({(280, 3): np.nan}), 2, "event 280: a distance is not finite"),
        (changed({(7, 7): np.nan}), 2, "event 7: a distance is not finite"),
        (changed({(280, 3): np.inf, (3, 280): np.inf}), 2, "event 3: a distance is not finite"),
        (changed({(280, 3): -1, (3, 280): -1}), 2, "event 3: a distance is negative"),
        (changed({(270, 290): 2}), 2, "event 270: the distances there and back differ"),
        (changed({(290, 290): 0.5}), 2, "event 290: the distance to itself is not 0"),
    ],
)
def test_bad_input(distances, k, problem):
    with pytest.raises(InputError, match=problem):
        k_medoids(distances, k, seed=1)


def test_rounding_of_a_symmetric_matrix_is_forgiven():
    distances = changed({(3, 280): 1 + 1e-12, (5, 5): 1e-12})
    assert k_medoids(distances, 2, seed=1).cost == pytest.approx(298)

"""Persistence diagrams against the reduction of the boundary matrix; distances and images of diagrams."""

import sys
from itertools import combinations

import numpy as np
import pytest
from scipy.cluster.hierarchy import linkage
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist, squareform

from eventspace import InputError
from eventspace.base.errors import MissingExtraError
from eventspace.statistics.mapper import mapper
from eventspace.statistics.persistence import bottleneck, diagrams, persistence, persistence_image, wasserstein


def reduced(births, distances, dimensions):
    """The textbook: all simplices in order of their scale, and the boundary matrix reduced column by column."""
    points = range(len(births))
    simplices = []
    for size in range(1, dimensions + 3):
        for simplex in combinations(points, size):
            edges = [distances[i, j] / 2 for i, j in combinations(simplex, 2)]
            simplices.append((max([*births[list(simplex)], *edges]), size, simplex))
    simplices.sort()
    number = {simplex: k for k, (_, _, simplex) in enumerate(simplices)}
    lowest, found, paired = {}, [[] for _ in range(dimensions + 1)], set()
    for k, (scale, size, simplex) in enumerate(simplices):
        column = {number[face] for face in combinations(simplex, size - 1)} if size > 1 else set()
        while column and max(column) in lowest:
            column ^= lowest[max(column)]
        if column:
            lowest[max(column)] = column
            paired |= {k, max(column)}
            if size - 2 <= dimensions:
                found[size - 2].append((simplices[max(column)][0], scale))
    for k, (scale, size, _) in enumerate(simplices):
        if k not in paired and size <= dimensions + 1:
            found[size - 1].append((scale, np.inf))
    return [np.array(sorted(pair for pair in each if pair[1] > pair[0])).reshape(-1, 2) for each in found]


@pytest.mark.parametrize("seed", range(6))
def test_diagrams_are_those_of_the_boundary_matrix(seed):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(11, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True) if seed % 2 else 1.0
    distances, births = cdist(points, points), rng.uniform(0.05, 0.6, 11)
    found, expected = diagrams(births, distances, 2), reduced(births, distances, 2)
    for mine, theirs in zip(found, expected, strict=True):
        assert np.allclose(mine[np.lexsort((mine[:, 1], mine[:, 0]))], theirs)
        assert (np.diff(persistence(mine)[np.isfinite(mine[:, 1])]) <= 1e-12).all()


def test_components_die_where_single_linkage_joins():
    points = np.random.default_rng(7).normal(size=(60, 2))
    distances = cdist(points, points)
    components = diagrams(np.full(60, 1e-6), distances, 0)[0]
    assert np.sort(components[:, 1])[:-1] == pytest.approx(linkage(squareform(distances), "single")[:, 2] / 2)
    assert np.isinf(components[0, 1])


def test_change_of_scales_changes_diagrams_by_no_more():
    rng = np.random.default_rng(8)
    points = rng.normal(size=(50, 2))
    distances, births = cdist(points, points), rng.uniform(0.2, 1.0, 50)
    before = diagrams(births, distances)
    for factor in (1.02, 1.3):
        after = diagrams(births * factor ** rng.uniform(-1, 1, 50), distances)
        assert all(bottleneck(a, b) <= np.log(factor) + 1e-12 for a, b in zip(before, after, strict=True))


def costs(a, b):
    """Of every match, also with none."""
    a, b = np.log(a), np.log(b)
    size = len(a) + len(b)
    cost = np.zeros((size, size))
    cost[: len(a), : len(b)] = np.abs(a[:, None] - b).max(axis=2)
    cost[: len(a), len(b) :] = (np.diff(a, axis=1) / 2).reshape(-1, 1)
    cost[len(a) :, : len(b)] = (np.diff(b, axis=1) / 2).reshape(1, -1)
    return cost


def matched(a, b):
    """The least largest cost, by assignments in which only pairs below a limit are allowed."""
    cost = costs(a, b)
    for limit in np.unique(cost):
        row, column = linear_sum_assignment(cost > limit)
        if (cost[row, column] <= limit).all():
            return limit
    raise AssertionError


def some(count, rng):
    births = rng.uniform(0.5, 1, count)
    return np.column_stack((births, births * rng.uniform(1.01, 2, count)))


@pytest.mark.parametrize("seed", range(5))
def test_bottleneck_is_the_best_matching(seed):
    rng = np.random.default_rng(seed)
    a, b = some(5, rng), some(seed + 1, rng)
    assert bottleneck(a, b) == pytest.approx(matched(a, b), rel=1e-9)
    endless, later = (np.array([[birth, np.inf]]) for birth in (0.1, 0.7))
    both = bottleneck(np.vstack((a, endless)), np.vstack((later, b)))
    assert both == pytest.approx(max(np.log(7), bottleneck(a, b)))
    assert bottleneck(np.vstack((a, endless)), b) == np.inf
    assert bottleneck(a, np.empty((0, 2))) == pytest.approx(np.log(persistence(a)).max() / 2)
    assert bottleneck(np.empty((0, 2)), np.empty((0, 2))) == 0


@pytest.mark.parametrize("sizes", [(5, 3), (60, 90), (4, 0), (0, 0)])
def test_wasserstein_is_the_cheapest_matching(sizes):
    rng = np.random.default_rng(1)
    a, b = (some(size, rng) for size in sizes)
    cost = costs(a, b)
    expected = np.sqrt((cost[linear_sum_assignment(cost**2)] ** 2).sum())
    assert wasserstein(a, b) == pytest.approx(expected, rel=1e-5)
    assert wasserstein(b, a) == pytest.approx(expected, rel=1e-5)
    endless, later = (np.array([[birth, np.inf]]) for birth in (0.1, 0.7))
    both = wasserstein(np.vstack((a, endless)), np.vstack((later, b)))
    assert both == pytest.approx(np.hypot(expected, np.log(7)), rel=1e-5)
    assert wasserstein(np.vstack((a, endless)), b) == np.inf


def test_image_is_a_sum_of_weighted_gaussians():
    diagram = np.array([[1.0, 2.0], [1.5, 6.0], [1.0, np.inf]])
    image = persistence_image(diagram, (0.5, 4.0), 8.0, pixels=40, width=0.2)
    x = np.linspace(np.log(0.5), np.log(4.0), 40)
    y = np.linspace(0, np.log(8.0), 40)
    expected = sum(
        np.log(d / b) * np.exp(-((x - np.log(b)) ** 2 + (y[:, None] - np.log(d / b)) ** 2) / 0.08)
        for b, d in diagram[:2]
    ) / (2 * np.pi * 0.04)
    assert np.corrcoef(image.ravel(), expected.ravel())[0, 1] > 0.99
    assert not persistence_image(np.empty((0, 2)), (0.5, 4.0), 8.0).any()


@pytest.mark.parametrize(
    ("births", "distances", "message"),
    [
        ([1.0], np.zeros((2, 2)), "do not fit"),
        ([0.0, 1.0], np.zeros((2, 2)), "positive"),
        ([1.0, 1.0], np.full((2, 2), np.nan), "finite"),
    ],
)
def test_wrong_input_is_told(births, distances, message):
    with pytest.raises(InputError, match=message):
        diagrams(births, distances)


def test_missing_library_is_told(monkeypatch):
    for module in ("gudhi", "gudhi.sklearn.rips_persistence", "gudhi.hera", "gudhi.representations", "kmapper"):
        monkeypatch.setitem(sys.modules, module, None)
    one = np.array([[1.0, 2.0]])
    apart, options = np.ones((3, 3)) - np.eye(3), {"clusterer": "dbscan", "eps": 1.0, "min_samples": 1}
    for work in (
        lambda: diagrams([1.0, 1.0], np.ones((2, 2))),
        lambda: bottleneck(one, one),
        lambda: wasserstein(one, one),
        lambda: persistence_image(one, (0.5, 2.0), 3.0),
        lambda: mapper(apart, np.arange(3.0), intervals=2, overlap=0.3, **options),
    ):
        with pytest.raises(MissingExtraError, match=r"eventspace\[topology\]"):
            work()

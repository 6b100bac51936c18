"""Mapper graphs against an own construction, and of samples whose graph is known."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import cdist, squareform

from eventspace import InputError
from eventspace.statistics.mapper import MapperGraph, mapper, principal_coordinate

RNG = np.random.default_rng(1)
OPTIONS = {"clusterer": "single-linkage", "eps": 0.3, "min_samples": 1}


def test_nodes_are_the_clusters_of_intervals_and_edges_their_common_events():
    points = RNG.normal(size=(150, 2))
    distances, values = cdist(points, points), points[:, 0]
    graph = mapper(distances, values, intervals=6, overlap=0.3, **OPTIONS)
    low, width = values.min(), np.ptp(values) / 6
    half = width / (2 * 0.7)  # half of an interval, such that 30% of it are shared with the next
    expected = set()
    for k in range(6):
        inside = np.flatnonzero(np.abs(values - (low + (k + 0.5) * width)) <= half + 1e-12)
        if len(inside) < 2:
            expected |= {frozenset(inside)} - {frozenset()}
            continue
        chained = fcluster(linkage(squareform(distances[np.ix_(inside, inside)]), "single"), 0.3, "distance")
        expected |= {frozenset(inside[chained == label]) for label in np.unique(chained)}
    assert {frozenset(node) for node in graph.nodes} == expected
    shared = [
        [a, b]
        for a in range(len(graph.nodes))
        for b in range(a + 1, len(graph.nodes))
        if set(graph.nodes[a]) & set(graph.nodes[b])
    ]
    assert graph.edges.tolist() == shared


def test_loops_are_edges_less_nodes_plus_components():
    nodes = [np.array([k]) for k in range(7)]
    edges = np.array([[0, 1], [1, 2], [0, 2], [3, 4], [4, 5], [3, 5], [3, 6], [5, 6]])
    graph = MapperGraph(nodes, edges)
    assert (graph.components, graph.loops) == (2, 3)
    lonely = MapperGraph(nodes, np.empty((0, 2), dtype=np.int64))
    assert (lonely.components, lonely.loops) == (7, 0)


def test_small_clusters_make_no_node():
    points = np.vstack((RNG.normal(size=(100, 1)), [[50.0]]))
    distances = cdist(points, points)
    all_ = mapper(distances, points[:, 0], intervals=8, overlap=0.2, **OPTIONS | {"eps": 2.0})
    few = mapper(distances, points[:, 0], intervals=8, overlap=0.2, **OPTIONS | {"eps": 2.0, "min_samples": 5})
    noise = mapper(distances, points[:, 0], intervals=8, overlap=0.2, clusterer="dbscan", eps=2.0, min_samples=5)
    assert all(len(node) >= 5 for node in few.nodes)
    assert all(100 not in node for node in [*few.nodes, *noise.nodes])
    assert all_.components >= few.components == noise.components == 1


@pytest.mark.parametrize("clusterer", ["single-linkage", "dbscan"])
def test_an_event_that_is_alone_in_its_interval_is_a_component(clusterer):
    line = np.concatenate((np.linspace(0, 1, 30), [2.5], np.linspace(4, 5, 30)))
    distances = np.abs(line[:, None] - line)
    graph = mapper(distances, line, intervals=10, overlap=0.3, clusterer=clusterer, eps=0.2, min_samples=1)
    assert graph.components == 3
    assert len(np.unique(np.concatenate(graph.nodes))) == 61


def test_principal_coordinate_is_the_first_component():
    points = RNG.normal(size=(300, 3)) * [3.0, 1.0, 0.5]
    found = principal_coordinate(cdist(points, points))
    centred = points - points.mean(axis=0)
    expected = centred @ np.linalg.svd(centred, full_matrices=False)[2][0]
    assert np.abs(found) == pytest.approx(np.abs(expected), abs=1e-8)
    assert found[np.abs(found).argmax()] > 0


@pytest.mark.parametrize(
    ("values", "overlap", "message"), [(np.ones(9), 0.3, "one value"), (np.arange(9.0), 0.5, "between 0 and 0.5")]
)
def test_wrong_input_is_told(values, overlap, message):
    with pytest.raises(InputError, match=message):
        mapper(np.ones((9, 9)) - np.eye(9), values, intervals=3, overlap=overlap, **OPTIONS)

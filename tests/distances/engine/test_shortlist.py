"""Neighbours of a shortlist are those of brute force where they are on it, with the exact distances."""

from pathlib import Path

import numpy as np
import pytest

import eventspace as es
from eventspace.distances.engine.shortlist import nearest_of_shortlist
from eventspace.distances.transport.scan import nearest_points

FILE = Path(__file__).parents[1] / "embedding.safetensors"


def jets(n: int, seed: int) -> es.ParticleClouds:
    rng = np.random.default_rng(seed)
    lists = [np.column_stack([rng.exponential(size=k), *rng.normal(0, 0.3, (2, k))]) for k in rng.integers(1, 9, n)]
    return es.ParticleClouds.from_lists(lists)


BY = [es.LearnedTransport(FILE), es.QuantileTransport(), es.SlicedTransport()]


@pytest.mark.parametrize("by", BY, ids=lambda by: by.name)
@pytest.mark.parametrize("k", [1, 4])
def test_with_all_on_the_shortlist_it_is_the_search_itself(by: es.SlicedTransport, k: int) -> None:
    events, others, metric = jets(20, 1), jets(30, 2), es.Transport()
    for references in (others, None):
        found = nearest_of_shortlist(metric, events, references, k, by=by, shortlist=1000, threads=1)
        for one, other in zip(found, es.nearest(metric, events, references, k), strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("by", BY, ids=lambda by: by.name)
def test_neighbours_are_the_nearest_of_those_on_the_shortlist(by: es.SlicedTransport) -> None:
    events, others, metric = jets(20, 1), jets(30, 2), es.Transport()
    exact, cheap = es.matrix(metric, events, others), es.matrix(by, events, others)
    index, distance = nearest_of_shortlist(metric, events, others, 3, by=by, shortlist=6)
    for row in range(20):
        listed = np.sort(np.argsort(cheap[row], kind="stable")[:6])
        best = listed[np.argsort(exact[row, listed], kind="stable")[:3]]
        np.testing.assert_array_equal(index[row], best)
        np.testing.assert_array_equal(distance[row], exact[row, best])


def test_threads_and_parts_change_no_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    events, metric = jets(40, 3), es.Transport()
    expected = nearest_of_shortlist(metric, events, None, 3, by=BY[0], shortlist=8, threads=1)
    monkeypatch.setattr("eventspace.distances.engine.shortlist._PAIRS", 50)
    found = nearest_of_shortlist(metric, events, None, 3, by=BY[0], shortlist=8, threads=3, show_progress=False)
    for one, other in zip(found, expected, strict=True):
        assert one.tobytes() == other.tobytes()


@pytest.mark.slow
@pytest.mark.parametrize(("within", "power"), [(False, 2), (True, 2), (False, 1), (True, 3)])
def test_a_search_among_points_is_that_of_all_distances(within: bool, power: float) -> None:
    rng = np.random.default_rng(4)
    points = rng.integers(0, 12, (2500, 3)).astype(np.float32)  # many are equally near
    queries = points if within else rng.integers(0, 12, (30, 3)).astype(np.float32)
    found = nearest_points(queries, points, 7, power=power, within=within, threads=2)
    sums = (np.abs(queries[:, None] - points) ** power).sum(axis=2)
    if within:
        np.fill_diagonal(sums, np.inf)
    np.testing.assert_array_equal(found, np.argsort(sums, axis=1, kind="stable")[:, :7])


def test_wrong_requests_are_refused() -> None:
    events, metric = jets(5, 5), es.Transport()
    for k, shortlist, words in (
        (0, 3, "k = 0 neighbours of 4"),
        (5, 9, "k = 5 neighbours of 4"),
        (3, 2, "a shortlist of 2"),
    ):
        with pytest.raises(es.InputError, match=words):
            nearest_of_shortlist(metric, events, None, k, by=BY[0], shortlist=shortlist)
    with pytest.raises(TypeError, match="did you mean 'threads'"):
        nearest_of_shortlist(metric, events, by=BY[0], shortlist=2, thread=1)

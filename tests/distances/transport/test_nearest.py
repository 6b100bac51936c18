"""Neighbours by pruning are those of brute force, to the last bit, and need few full solves."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventspace import Images, ParticleClouds, Transport, counts, matrix, nearest
from eventspace.distances.engine.pairwise import BLOCKS_WIDE
from eventspace.distances.transport import simplex
from eventspace.distances.transport.exact import SolverError
from eventspace.distances.transport.nearest import bounds_and_order
from eventspace.distances.transport.sliced import profiles, sliced
from eventspace.events.preprocess import centre

METRICS = [Transport(R=2.0, p=p, normalise=normalise) for p in (0.5, 1.0, 2.0) for normalise in (True, False)]

coordinates = st.floats(-0.6, 0.6)
clouds = st.lists(st.lists(st.tuples(st.floats(0.01, 5), coordinates, coordinates), min_size=1, max_size=6), min_size=2)


@pytest.fixture(scope="module")
def jets(qcd_jets: ParticleClouds) -> ParticleClouds:
    return centre(qcd_jets)


def hardest(jets: ParticleClouds, count: int) -> ParticleClouds:
    parts = np.split(np.column_stack([jets.flat(name) for name in ("pt", jets.coordinate, "phi")]), jets.offsets[1:-1])
    return ParticleClouds.from_lists([part[np.argsort(-part[:, 0])][:count].tolist() for part in parts])


def brute_force(metric, events, references, k):
    """Of equally near references, a stable sort takes that of the lower index first."""
    full = matrix(metric, events, references)
    if references is None:
        np.fill_diagonal(full, np.inf)
    index = np.argsort(full, axis=1, kind="stable")[:, :k]
    return index, np.take_along_axis(full, index, axis=1)


def check(metric, events, references, k, **how) -> None:
    index, distance = nearest(metric, events, references, k, **how)
    expected_index, expected = brute_force(metric, events, references, k)
    assert np.array_equal(index.reshape(-1, k), expected_index)
    assert np.array_equal(distance.reshape(-1, k), expected)


@pytest.mark.filterwarnings("ignore::eventspace.base.errors.TriangleInequalityWarning")
@pytest.mark.parametrize("p", [0.5, 1.0])
def test_pruning_does_not_rest_on_the_triangle_inequality(jets, p) -> None:
    few, metric = hardest(jets, 8), Transport(R=0.05, p=p, normalise=False)
    check(metric, few[:40], few[40:80], 3, threads=1)
    full = matrix(metric, few[:40], few[40:80])
    edges = np.quantile(full, [0.2, 0.5, 0.8])
    assert np.array_equal(counts(metric, few[:40], edges, few[40:80]), (full[..., None] < edges).sum(axis=1))


@pytest.mark.parametrize("metric", METRICS, ids=str)
@pytest.mark.parametrize("k", [1, 3])
def test_neighbours_of_jets_are_those_of_brute_force(metric, jets, k) -> None:
    few = hardest(jets, 25)
    check(metric, few[:60], few[60:100], k, threads=1)
    check(metric, few[:60], None, k, threads=2, block=13)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("block", [1, 2, 64])
def test_threads_and_blocks_change_nothing(jets, threads, block) -> None:
    few = hardest(jets, 10)
    assert len(few) > 2 * BLOCKS_WIDE * 2, "several wide tiles"
    check(Transport(), few[:15], few, 2, threads=threads, block=block)
    check(Transport(p=0.5), few[:15], None, 2, threads=threads, block=block)


def test_dask_changes_nothing(jets) -> None:
    distributed = pytest.importorskip("distributed")
    few = hardest(jets, 10)
    with distributed.Client(processes=False, n_workers=1, threads_per_worker=2, dashboard_address=":0") as client:
        check(Transport(), few[:15], few, 2, scheduler=client, block=3)
        check(Transport(), few[:15], None, 2, scheduler=client, block=3)


def test_search_continues_from_a_checkpoint(jets, tmp_path, monkeypatch) -> None:
    """After a failure in the middle, what the finished tiles know is a limit for the rest."""
    few, calls, whole = hardest(jets, 10), [], Transport._near
    monkeypatch.setattr("eventspace.distances.engine.checkpoint._EVERY_SECONDS", 0.0)
    monkeypatch.setattr("eventspace.distances.engine.checkpoint._SHARE_OF_TIME", 1e9)

    def fails_later(*arguments):
        calls.append(arguments[4])
        if len(calls) == 7:
            raise SolverError("in the middle")
        return whole(*arguments)

    how = {"checkpoint": tmp_path / "state.npz", "block": 10, "threads": 1}
    monkeypatch.setattr(Transport, "_near", fails_later)
    with pytest.raises(SolverError, match="in the middle"):
        nearest(Transport(), few[:50], **how)
    check(Transport(), few[:50], None, 1, **how)
    assert 15 <= len(calls) < 7 + 15
    assert np.isfinite(calls[7]).any()


@pytest.mark.parametrize("metric", METRICS, ids=str)
def test_ties_go_to_the_lower_index(metric, jets) -> None:
    few = hardest(jets, 8)
    copies = few[np.tile(np.arange(12), 4)]
    check(metric, few[:30], copies, 5, block=7)
    check(metric, copies, None, 5, block=7)
    index, distance = nearest(metric, few[:12], copies)
    assert index.tolist() == list(range(12))
    assert not distance.any()


@pytest.mark.parametrize("p", [0.5, 1.0, 2.0])
def test_mirror_images_are_equally_near(p) -> None:
    """Ties between different events whose distances are equal, or differ by rounding only."""
    events = ParticleClouds.from_lists([[(1.0, 0.0, 0.0), (0.5, 0.0, 0.0)]])
    ring = [
        [(1.0, 0.3 * math.cos(angle), 0.3 * math.sin(angle)), (0.5, 0.3 * math.cos(angle), 0.3 * math.sin(angle))]
        for angle in np.arange(32) * math.pi / 16
    ]
    for normalise in (True, False):
        check(Transport(p=p, normalise=normalise), events, ParticleClouds.from_lists(ring), 7)


@pytest.mark.slow
@given(lists=clouds, p=st.sampled_from([0.5, 1.0, 1.7, 2.0]), normalise=st.booleans(), k=st.integers(1, 3))
@settings(max_examples=60)
def test_neighbours_of_arbitrary_clouds_are_those_of_brute_force(lists, p, normalise, k) -> None:
    events = ParticleClouds.from_lists(lists)
    metric = Transport(R=2.0, p=p, normalise=normalise)
    check(metric, events, None, min(k, len(events) - 1), block=3, threads=1)
    check(metric, events, events, min(k, len(events)), block=3, threads=1)


@pytest.mark.parametrize("shift", [0.0, 3.0, math.pi])
@pytest.mark.parametrize("p", [0.5, 1.0])
def test_where_phi_turns_over_makes_no_difference(jets, shift, p) -> None:
    few = hardest(jets, 10)
    columns = {"pt": few.flat("pt"), few.coordinate: few.flat(few.coordinate), "phi": few.flat("phi") + shift}
    turned = ParticleClouds.from_flat(few.multiplicity, columns)
    check(Transport(p=p), turned[:40], turned[40:], 1)


def test_neighbours_of_images_are_those_of_brute_force() -> None:
    values = np.random.default_rng(1).exponential(size=(20, 5, 5)) ** 3
    images = Images(values=values, half_width=0.5)
    check(Transport(), images[:8], images[8:], 2)


@pytest.mark.slow
@given(lists=clouds, p=st.sampled_from([0.5, 1.0, 1.7, 2.0]), R=st.floats(0.2, 5), normalise=st.booleans())
@settings(max_examples=100)
def test_no_bound_is_above_its_distance(lists, p, R, normalise) -> None:
    events = ParticleClouds.from_lists(lists)
    metric = Transport(R=R if normalise else 2.0, p=p, normalise=normalise)
    ready, _ = metric.prepare(events, events)
    bounds, order = bounds_and_order(ready, ready, metric.R, p, normalise)
    full = matrix(metric, events)
    assert (bounds <= (full**p * (1 + 1e-14) if normalise and p > 1 else full)).all()
    assert np.array_equal(np.sort(order), np.arange(len(events) ** 2))


@pytest.mark.slow
@given(lists=clouds)
def test_sliced_bound_is_symmetric_and_at_most_the_distance(lists) -> None:
    events = ParticleClouds.from_lists(lists)
    ready, _ = Transport().prepare(events, events)
    shapes = profiles(ready.offsets, ready.particles)
    bound = sliced(shapes, shapes)
    assert np.allclose(bound, bound.T, rtol=0, atol=1e-15)
    assert (bound <= matrix(Transport(), events) + 1e-13).all()


def test_sliced_bound_is_the_distance_where_an_event_is_shifted_along_an_axis() -> None:
    a = [(2.0, -0.3, 0.0), (1.0, 0.1, 0.0), (1.0, 0.2, 0.0)]
    events = ParticleClouds.from_lists([a, [(pt, y + 0.5, 0.0) for pt, y, _ in a]])
    ready, _ = Transport().prepare(events, events)
    shapes = profiles(ready.offsets, ready.particles)
    assert sliced(shapes, shapes)[0, 1] == pytest.approx(0.5, rel=1e-12)
    # The entries along the axis of y add up to the mean y.
    assert shapes[0, 0].sum() == pytest.approx(-0.3 / 2 + 0.1 / 4 + 0.2 / 4, rel=1e-12)


def test_slices_are_not_used_where_the_way_round_may_be_shorter() -> None:
    """Two particles on either side of phi = pi are near to each other, though far apart in the plane."""
    events = ParticleClouds.from_lists([[(1.0, 0.0, 3.1)], [(1.0, 0.0, -3.1)], [(1.0, 0.0, 2.9)]])
    metric = Transport(p=1.0)
    ready, _ = metric.prepare(events, events)
    assert not bounds_and_order(ready, ready, 1.0, 1.0, True)[0].any()
    assert nearest(metric, events)[0].tolist() == [1, 0, 0]


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("normalise", [True, False])
def test_early_bound_of_a_solve_is_at_most_the_optimum(jets, power, normalise) -> None:
    """A solve that stops because of its limit is always right: the distance is above it."""
    ready, _ = Transport(R=2.0, p=power, normalise=normalise).prepare(jets, jets)
    memory = simplex.reserve(300, 300)
    early = 0
    for number in range(40):
        a, b = (simplex.event_of(ready.offsets, ready.particles, event) for event in (number, number + 40))
        optimum = simplex.solve(memory, a, b, 2.0, power, normalise, simplex.Wanted(np.empty(0), True, 0.0), 1000).value
        for part in (0.3, 0.6, 0.9, 1.0, 1.1):
            limit = simplex.Wanted(np.array([part * optimum]), True, 0.0)
            solution = simplex.solve(memory, a, b, 2.0, power, normalise, limit, 1000)
            if solution.status == simplex.PROVEN:
                assert part < 1
                early += solution.value == np.inf
            else:
                assert solution.value == optimum
    assert early > 20


@pytest.mark.parametrize(("p", "begun"), [(1.0, 0.3), (0.5, 1.0)])
def test_few_pairs_are_solved_to_the_end(jets, p, begun) -> None:
    effort = Transport(R=2.0, p=p).effort(jets[:60], jets[60:], k=1)
    assert effort.pairs == 60 * 60
    assert 60 <= effort.finished < 0.08 * effort.pairs
    assert effort.finished <= effort.begun <= begun * effort.pairs
    assert 0 < effort.pivots < Transport(R=2.0, p=p).effort(jets[:60], jets[60:]).pivots / 3


def test_what_is_known_before_spares_solves(jets) -> None:
    metric = Transport(R=2.0)
    queries, references = metric.prepare(jets[:60], jets[60:])
    values = metric.near(queries, references, False, np.zeros((60, 1)), None)
    assert np.isinf(values).all()


def test_unsolved_pair_is_an_error(jets, monkeypatch) -> None:
    monkeypatch.setattr("eventspace.distances.transport.exact._PIVOTS_A_NODE", 0)
    with pytest.raises(SolverError, match="not solved"):
        nearest(Transport(), jets[:5], jets[5:10])

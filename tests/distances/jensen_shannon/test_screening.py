"""Pairs below a divergence: the same as from the full matrix, and the bounds that make the search fast."""

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventspace as es
from eventspace.distances.jensen_shannon import screening
from eventspace.distances.jensen_shannon.divergence import JensenShannon
from eventspace.distances.jensen_shannon.hellinger import near, still_near
from eventspace.distances.jensen_shannon.screening import pairs_below


def profiles(n, seed=0, bins=13, spread=0.2):
    """Profiles around a common one, from nearly equal to disjoint, with equal ones among them."""
    rng = np.random.default_rng(seed)
    values = rng.gamma(1 / spread, size=(n, bins)) * (rng.random((n, bins)) < 0.9) * rng.lognormal(0, 0.3, (n, 1))
    values[:, 0] += 1e-3
    values[n // 2] = values[0]
    values[-1] = 0
    values[-1, -1] = 1.0
    return es.Points(values=values)


def showers(n, seed=0, shape=(7, 6, 9)):
    """Showers around a common one."""
    rng = np.random.default_rng(seed)
    common = np.random.default_rng(99).exponential(size=shape)
    return es.Showers.from_dense(common * rng.gamma(2, size=(n, *shape)) * (rng.random((n, *shape)) < 0.3))


@pytest.mark.parametrize("normalise", [True, False])
@pytest.mark.parametrize("scale", [1e-20, 1.0, 1e30])
@pytest.mark.parametrize("share", [0.001, 0.05, 0.5, 2.0])
def test_pairs_are_those_of_the_matrix(normalise, scale, share, monkeypatch):
    monkeypatch.setattr(screening, "_BLOCK", 17)
    metric = JensenShannon(normalise=normalise)
    events, others = (es.Points(values=scale * profiles(n, seed).values) for n, seed in ((60, 0), (45, 1)))
    full, cross = es.matrix(metric, events), es.matrix(metric, events, others)
    threshold = np.quantile(full[np.triu_indices(60, 1)], share) if share < 1 else 2 * full.max()
    i, j, divergence = pairs_below(metric, events, threshold, threads=2)
    expected = np.argwhere(np.triu(full < threshold, k=1))
    assert np.array_equal(np.stack([i, j], axis=1), expected)
    assert np.array_equal(divergence, full[i, j])
    i, j, divergence = pairs_below(metric, events, threshold, others, threads=2)
    assert np.array_equal(np.stack([i, j], axis=1), np.argwhere(cross < threshold))
    assert np.array_equal(divergence, cross[i, j])


@pytest.mark.parametrize("normalise", [True, False])
@pytest.mark.parametrize("shares", [(0.3, 0.3, 0.3), (0.05, 0.6, 0.9), (0.9, 0.1, 0.6)])
def test_pairs_below_several_thresholds_are_those_of_the_matrices(normalise, shares, monkeypatch):
    monkeypatch.setattr(screening, "_BLOCK", 17)
    metrics = [JensenShannon(axis, normalise) for axis in "xyz"]
    events, others = showers(50), showers(35, seed=1)
    for right in (None, others):
        full = np.stack([es.matrix(metric, events, right) for metric in metrics], axis=2)
        thresholds = [np.quantile(values, share) for values, share in zip(np.moveaxis(full, 2, 0), shares, strict=True)]
        below = (full < thresholds).all(axis=2)
        expected = np.argwhere(np.triu(below, k=1) if right is None else below)
        assert len(expected) > 3
        for threads in (1, 2):
            i, j, divergence = pairs_below(metrics, events, thresholds, right, threads=threads)
            assert np.array_equal(np.stack([i, j], axis=1), expected)
            assert np.array_equal(divergence, full[i, j])


def test_threshold_itself_is_not_below():
    metric, events = JensenShannon(), profiles(30)
    full = es.matrix(metric, events)
    edge = np.sort(full[np.triu_indices(30, 1)])[10]
    assert (pairs_below(metric, events, edge)[2] < edge).all()
    assert len(pairs_below(metric, events, edge)[2]) == 10
    assert len(pairs_below(metric, events, np.nextafter(edge, 1))[2]) == 11


@given(
    st.lists(st.tuples(st.floats(0, 10), st.floats(0, 10)), min_size=1, max_size=20).filter(
        lambda bins: min(np.sum(bins, axis=0)) > 1e-3
    )
)
def test_bounds_hold_for_any_totals(bins):
    p, q = np.array(bins).T
    hellinger = (p.sum() + q.sum()) / 2 - np.sqrt(p * q).sum()
    divergence = JensenShannon(normalise=False).between(es.Points(values=p[None]), es.Points(values=q[None]))
    rounding = 1e-14 * (p.sum() + q.sum())
    assert math.log(2) * hellinger - rounding <= divergence <= hellinger + rounding


@given(
    st.lists(st.tuples(st.floats(0, 10), st.floats(-1, 1) | st.floats(-1e-3, 1e-3)), min_size=1, max_size=60).filter(
        lambda bins: sum(content for content, _ in bins) > 1e-3
    ),
    st.floats(1, 1e6),
)
def test_rounding_rules_out_no_pair(bins, total):
    """Pairs just below the limit, with H to forty digits; other profiles may have far larger sums."""
    p = np.array([content for content, _ in bins])
    values = np.stack([p, p * [1 + change for _, change in bins]])
    scale = total * max(values.sum(axis=1))
    padded = np.pad(values, ((0, 0), (0, -values.shape[1] % 8)))
    prepared = screening._roots(padded, scale)
    with localcontext() as context:
        context.prec = 40
        differences = (Decimal(a).sqrt() - Decimal(b).sqrt() for a, b in values.T)
        hellinger = float(sum(difference**2 for difference in differences) / 2)
    limit = screening._limit(max(hellinger, 1e-300) * math.log(2) * (1 + 1e-14) / scale, padded.shape[1])
    halves, transposed = prepared.halves, np.ascontiguousarray(prepared.roots.T)
    kept = near(prepared.roots, transposed, halves, halves, limit, True)
    assert kept.tolist() == [1]
    assert still_near(prepared.roots, prepared.roots, halves, halves, limit, kept).tolist() == [1]


def test_bounds_are_reached():
    """Disjoint profiles reach the lower one; nearly equal profiles come close to the upper one."""
    p, q = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    assert JensenShannon().between(es.Points(values=p[None]), es.Points(values=q[None])) == math.log(2)
    p, q = np.array([0.501, 0.499]), np.array([0.499, 0.501])
    hellinger = 1 - np.sqrt(p * q).sum()
    ratio = JensenShannon().between(es.Points(values=p[None]), es.Points(values=q[None])) / hellinger
    assert 1 - 1e-5 < ratio < 1


def test_few_pairs_are_computed(monkeypatch):
    computed = []

    def counting(left, right, pairs, divergences):
        computed.append(len(pairs))
        return fill_pairs(left, right, pairs, divergences)

    fill_pairs = screening.fill_pairs
    monkeypatch.setattr(screening, "fill_pairs", counting)
    events = profiles(400, bins=40, spread=0.5)
    threshold = np.quantile(es.matrix(JensenShannon(), events)[np.triu_indices(400, 1)], 0.01)
    assert len(pairs_below(JensenShannon(), events, threshold)[0]) == pytest.approx(0.01 * 400 * 399 / 2, abs=2)
    assert sum(computed) < 0.3 * 400 * 399 / 2


def test_dask_finds_the_same_pairs():
    distributed = pytest.importorskip("distributed")
    metrics, thresholds, events = [JensenShannon(axis) for axis in "xyz"], [0.2, 0.2, 0.2], showers(30)
    with distributed.Client(processes=False, n_workers=1, threads_per_worker=2, dashboard_address=":0") as client:
        there = pairs_below(metrics, events, thresholds, scheduler=client)
    here = pairs_below(metrics, events, thresholds)
    assert len(here[0]) > 3
    for ours, theirs in zip(here, there, strict=True):
        assert np.array_equal(ours, theirs)


def test_one_event_has_no_pairs():
    i, j, divergence = pairs_below(JensenShannon(), profiles(3)[:1], 1.0)
    assert len(i) == len(j) == len(divergence) == 0


@pytest.mark.parametrize(
    ("metric", "threshold", "message"),
    [
        *((JensenShannon(), threshold, "give a positive number") for threshold in (0.0, -1.0, np.nan, np.inf)),
        ([JensenShannon(), JensenShannon()], [1.0, 0.0], "the threshold is 0"),
        ([JensenShannon(), JensenShannon()], [1.0], "1 thresholds for 2 metrics; give one for each"),
        ([JensenShannon(), JensenShannon()], 1.0, "1 thresholds for 2 metrics"),
        ([], [], "0 thresholds for 0 metrics"),
    ],
)
def test_each_metric_has_a_positive_threshold(metric, threshold, message):
    with pytest.raises(es.InputError, match=message):
        pairs_below(metric, profiles(3), threshold)

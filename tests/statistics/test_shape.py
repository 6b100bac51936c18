"""The shape of samples whose shape is known, and whether the threshold holds its level."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import binom

from eventspace import InputError
from eventspace.events.simulate.toys import circles, ring, shell
from eventspace.statistics.shape import Features, _quantile_ends


def found(points, neighbours, seed=1, **options):
    return Features.of(cdist(points, points), neighbours, np.random.default_rng(seed), **options)


@pytest.mark.slow
def test_two_circles_have_two_components_and_two_loops():
    points, _ = circles(4000, np.random.default_rng(2))
    assert found(points, 50).betti == [2, 2]


def test_sphere_has_a_void_and_no_loop():
    points, _ = shell(1500, np.random.default_rng(3), dimension=3)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    points *= 1 + 0.03 * np.random.default_rng(4).normal(size=(1500, 1))
    assert found(points, 10, count=150, dimensions=2, replicas=20).betti == [1, 0, 1]


def test_blob_has_no_features_but_chance_in_nearly_all_samples():
    wrong = 0
    for seed in range(40):
        points = np.random.default_rng(seed).normal(size=(300, 2))
        wrong += found(points, 10, seed, count=60, replicas=40).betti != [1, 0]
    assert wrong <= binom.ppf(0.999, 40, 0.05)


@pytest.mark.slow
def test_scales_of_the_source_lie_within_the_shift():
    """The truth at the landmarks comes from many more events; the shift covers the largest deviation of all."""
    many, _ = ring(40_000, np.random.default_rng(5))
    kept = 0
    for seed in range(40):
        points, _ = ring(800, np.random.default_rng(100 + seed))
        features = found(points, 40, seed, count=40)
        distances = cdist(points[features.shape.marks.number], many)
        nearest = np.partition(distances, 2000, axis=1)[:, :2000]  # the same fraction of all events
        truth = np.maximum(np.sqrt((nearest**2).mean(axis=1)), features.shape.floor)
        kept += np.exp(np.abs(np.log(truth / features.scales)).max()) <= features.shift
    assert kept >= binom.ppf(0.001, 40, 0.95)


def test_interval_of_the_threshold_holds_the_quantile():
    rng = np.random.default_rng(1)
    ends = [_quantile_ends(rng.uniform(size=200), 0.95) for _ in range(2000)]
    held = sum(low <= 0.95 <= high for low, high in ends)
    assert binom.ppf(0.001, 2000, 0.95) <= held < 1980
    assert _quantile_ends(rng.uniform(size=20), 0.95)[1] is None


@pytest.mark.parametrize("kinds", [2, 5])
@pytest.mark.parametrize("jitter", [0.0, 1e-9])
def test_copies_are_components_of_their_own(kinds, jitter):
    """A generator that makes a few events only, each many times."""
    rng = np.random.default_rng(1)
    points = np.repeat(10 * rng.normal(size=(kinds, 2)), 60, axis=0)
    points += jitter * rng.normal(size=points.shape)
    assert found(points, 10, count=60, replicas=20).betti == [kinds, 0]


def test_copies_beside_other_events_are_components_too():
    rng = np.random.default_rng(2)
    points = np.concatenate((np.repeat([[50.0, 0.0], [80.0, 0.0]], 60, axis=0), rng.normal(size=(120, 2))))
    assert found(points, 10, count=125, replicas=20).betti == [3, 0]


def test_nothing_lives_below_the_resolution():
    points, _ = ring(600, np.random.default_rng(7))
    features = found(points, 5, count=30)
    assert features.shape.floor == features.shape.marks.radius
    assert min(diagram[:, 0].min(initial=np.inf) for diagram in features.diagrams) >= features.shape.floor


def test_equal_events_make_no_shape():
    with pytest.raises(InputError, match="all events are equal"):
        found(np.ones((30, 2)), 5)


def test_many_copies_of_few_events_have_a_scale():
    points = np.repeat(np.array([[0.0, 0.0], [1.0, 0.0], [50.0, 0.0]]), 40, axis=0)
    features = found(points, 20)
    assert features.shape.floor == pytest.approx(1e-3)  # of the smallest distance between others
    assert features.betti == [3, 0]

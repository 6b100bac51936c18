"""Second opinions on a generated sample: closed forms, brute force, and what each can and cannot see."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from eventspace import InputError
from eventspace.statistics.agreement import classifier_auc, frechet_distance, neighbourhoods


def test_frechet_distance_is_the_formula():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(400, 4)) @ rng.normal(size=(4, 4)), rng.normal(size=(300, 4)) @ rng.normal(size=(4, 4))
    spread = a.std(axis=0)
    x, y = a / spread, b / spread
    c, d = np.cov(x.T, bias=True), np.cov(y.T, bias=True)
    expected = np.sum((x.mean(axis=0) - y.mean(axis=0)) ** 2) + np.trace(c + d - 2 * sqrtm(c @ d).real)
    assert frechet_distance(a, b, seed=1, replicas=10).value == pytest.approx(expected, rel=1e-6)


def test_frechet_interval_holds_the_truth():
    """The truth is 0 for one source, and the square of the shift."""
    rng = np.random.default_rng(3)
    zero = shifted = 0
    for seed in range(50):
        a, b = rng.normal(size=(200, 3)), rng.normal(size=(200, 3))
        zero += frechet_distance(a, b, seed=seed).low == 0
        found = frechet_distance(a, b + np.array([1, 0, 0]), seed=seed)
        assert found.low < found.value < found.high
        shifted += found.low < 1 < found.high
    assert zero >= 45
    assert shifted >= 45


def test_frechet_distance_of_a_shift_and_of_a_width():
    rng = np.random.default_rng(2)
    reference = rng.normal(size=(20_000, 1))
    shifted, wide = 5 + reference, 3 * reference
    assert frechet_distance(reference, shifted, seed=1, replicas=10).value == pytest.approx(25, rel=0.02)
    assert frechet_distance(reference, wide, seed=1, replicas=10).value == pytest.approx(4, rel=0.02)
    assert frechet_distance(reference, reference, seed=1, replicas=10).value == pytest.approx(0, abs=1e-12)


def test_neighbourhoods_are_those_of_brute_force():
    rng = np.random.default_rng(3)
    a, b, k = rng.normal(size=(60, 2)), rng.normal(0.5, 0.7, size=(50, 2)), 3
    x, y = ((table - a.mean(axis=0)) / a.std(axis=0) for table in (a, b))

    def reach(table):
        return np.sort(np.linalg.norm(table[:, None] - table, axis=2), axis=1)[:, k]

    between = np.linalg.norm(x[:, None] - y, axis=2)
    in_real, in_made = between <= reach(x)[:, None], between <= reach(y)
    found = neighbourhoods(a, b, k, seed=1)
    assert found.precision.value == pytest.approx(in_real.any(axis=0).mean())
    assert found.recall.value == pytest.approx(in_made.any(axis=1).mean())
    assert found.density.value == pytest.approx(in_real.sum() / (k * len(b)))
    assert found.coverage.value == pytest.approx(in_real.any(axis=1).mean())


def test_a_sample_of_the_same_source_passes_all():
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=(1000, 3)), rng.normal(size=(1000, 3))
    found = neighbourhoods(a, b, seed=1)
    assert found.density.low < 1 < found.density.high
    assert min(found.precision.value, found.recall.value, found.coverage.value) > 0.9
    area = classifier_auc(a, b, seed=1)
    assert area.low < 0.52
    assert area.high > 0.48


def test_a_generator_that_lost_a_mode_has_precision_but_no_recall():
    rng = np.random.default_rng(5)
    reference = np.vstack((rng.normal(-4, 1, (300, 2)), rng.normal(4, 1, (300, 2))))
    found = neighbourhoods(reference, rng.normal(4, 1, (600, 2)), seed=1)
    assert found.precision.value > 0.9
    assert found.recall.value < 0.6
    assert found.coverage.value < 0.6


def test_classifier_has_the_area_of_the_likelihood_ratio():
    """Two unit Gaussians a distance 1 apart: no score does better than Phi(1 / sqrt 2) = 0.760."""
    rng = np.random.default_rng(6)
    area = classifier_auc(rng.normal(0, 1, (3000, 1)), rng.normal(1, 1, (3000, 1)), seed=1)
    assert 0.73 < area.value < 0.77


def test_same_seed_gives_the_same_numbers():
    rng = np.random.default_rng(7)
    a, b = rng.normal(size=(100, 2)), rng.normal(size=(100, 2))
    for measure in (classifier_auc, frechet_distance, neighbourhoods):
        assert measure(a, b, seed=3) == measure(a, b, seed=3)


@pytest.mark.parametrize("measure", [classifier_auc, frechet_distance, neighbourhoods])
@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (np.zeros((10, 2)), np.zeros((10, 3)), "cannot be compared"),
        (np.zeros(10), np.zeros((10, 1)), "shape"),
        (np.full((10, 2), np.nan), np.zeros((10, 2)), "NaN"),
    ],
)
def test_bad_input(measure, a, b, message):
    with pytest.raises(InputError, match=message):
        measure(a, b, seed=1)


def test_too_few_events():
    with pytest.raises(InputError, match="neighbour"):
        neighbourhoods(np.zeros((4, 1)), np.zeros((10, 1)), seed=1)
    with pytest.raises(InputError, match="folds"):
        classifier_auc(np.zeros((4, 1)), np.zeros((10, 1)), seed=1)

"""Distances between two samples of a number: against scipy, closed forms, and what intervals promise."""

import math

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import ks_2samp, norm, wasserstein_distance

from eventspace import InputError
from eventspace.statistics.two_samples import divergence, two_samples


@pytest.mark.parametrize("round_to", [8, 0])
def test_distances_are_those_of_scipy(round_to):
    rng = np.random.default_rng(1)
    a, b = rng.normal(10, 3, 230).round(round_to), rng.normal(11, 4, 170).round(round_to)
    found = two_samples(a, b, seed=1, replicas=50)
    assert found.kolmogorov_smirnov.value == pytest.approx(ks_2samp(a, b).statistic, abs=1e-12)
    assert found.p_value.value == ks_2samp(a, b, method="asymp").pvalue
    assert found.wasserstein.value == pytest.approx(wasserstein_distance(a, b) / a.std())
    cuts = np.unique(np.quantile(a, np.arange(1, 20) / 20))
    edges = np.concatenate(([-np.inf], np.nextafter(cuts, np.inf), [np.inf]))
    p, q = (np.histogram(values, edges)[0] for values in (a, b))
    assert found.divergence.value == pytest.approx(jensenshannon(p, q) ** 2)


def test_equal_samples_are_at_distance_0():
    values = np.random.default_rng(2).normal(size=100)
    found = two_samples(values, values[::-1], seed=1, replicas=50)
    for number in (found.kolmogorov_smirnov, found.wasserstein, found.divergence):
        assert number.value == pytest.approx(0, abs=1e-12)
        assert number.low == 0
    assert found.p_value.value == 1


def test_shifted_sample_is_at_the_shift():
    values = np.random.default_rng(3).normal(5, 2, size=400)
    found = two_samples(values, values + 1.5, seed=1, replicas=50).wasserstein
    assert found.value == pytest.approx(1.5 / values.std())


def test_disjoint_samples_are_as_far_as_can_be():
    found = two_samples(np.arange(50.0), np.arange(50.0) + 1000, seed=1, replicas=50)
    assert found.kolmogorov_smirnov.value == pytest.approx(1)
    assert found.kolmogorov_smirnov.high == 1
    assert found.divergence.high == math.log(2)


@pytest.mark.parametrize("shift", [3.0, 10.0])
def test_wasserstein_interval_contains_that_the_unit_is_that_of_the_sample(shift):
    rng, held = np.random.default_rng(6), 0
    for seed in range(80):
        found = two_samples(rng.normal(size=60), rng.normal(shift, 1, 60), seed=seed, replicas=100).wasserstein
        held += found.low <= shift <= found.high
    assert held / 80 > 0.92


@pytest.mark.parametrize("n", [60, 300])
@pytest.mark.parametrize("value", [2.0, 0.1, 65.536, 100.1])
def test_reference_that_does_not_vary_leaves_the_unit(value, n):
    found = two_samples(np.full(n, value), np.full(n, 1.01 * value), seed=1, replicas=20).wasserstein
    assert found.value == pytest.approx(0.01 * value)
    assert "does not vary" in found.note


def test_reference_without_width():
    found = two_samples(np.full(20, 3.0), np.full(30, 5.0), seed=1, replicas=20)
    assert found.wasserstein.value == pytest.approx(2)
    assert found.kolmogorov_smirnov.value == pytest.approx(1)
    assert found.divergence.value >= 0


@pytest.mark.parametrize("shift", [0.0, 0.2, 1.0])
def test_intervals_hold_the_truth(shift):
    rng, held = np.random.default_rng(4), np.zeros(3)
    quantiles = norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    truth = (
        2 * norm.cdf(shift / 2) - 1,
        shift,
        two_samples(quantiles, quantiles + shift, seed=1, replicas=2).divergence.value,
    )
    for seed in range(100):
        found = two_samples(rng.normal(size=150), rng.normal(shift, 1, 150), seed=seed, replicas=100, level=0.9)
        numbers = (found.kolmogorov_smirnov, found.wasserstein, found.divergence)
        held += [n.low <= true + 1e-9 and true - 1e-9 <= n.high for n, true in zip(numbers, truth, strict=True)]
    assert (held >= 83).all()


def test_seed_decides():
    a, b = np.random.default_rng(5).normal(size=(2, 60))
    one, again, other = (two_samples(a, b, seed=seed, replicas=50) for seed in (1, 1, 2))
    assert one == again
    assert one != other


def test_empty_histogram_has_nothing_in_common():
    full, empty = np.ones((5, 3)), np.zeros((5, 3))
    assert divergence(full, empty).value == math.log(2)
    some = np.vstack((np.ones((1, 3)), np.zeros((4, 3))))  # in the replicas alone
    found = divergence(full, some)
    assert (found.value, found.low) == (0, 0)
    assert found.high > 0


@pytest.mark.parametrize(
    ("reference", "generated", "message"),
    [([1.0], [1.0, 2.0], "reference"), ([[1.0, 2.0]], [1.0, 2.0], "reference"), ([1.0, 2.0], [0.0, np.nan], "event 1")],
)
def test_what_is_no_sample(reference, generated, message):
    with pytest.raises(InputError, match=message):
        two_samples(reference, generated, seed=1)

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import ttest_1samp

from eventspace.base.errors import InputError
from eventspace.statistics.bootstrap import (
    interval,
    interval_of_norm,
    jackknife_covariance,
    means,
    multiplicities,
    percentiles,
    student_interval,
)


def test_a_replica_draws_each_event_as_the_multinomial_law_says():
    [[a, b]] = multiplicities([50, 20], 8000, np.random.default_rng(1))
    for weights, size in ((a, 50), (b, 20)):
        assert weights.shape == (8000, size)
        assert (weights.sum(axis=1) == size).all()
        # Mean 1, variance 1 - 1/n, covariance of two events -1/n: 5 standard errors.
        assert weights.mean(axis=0) == pytest.approx(1, abs=5 / np.sqrt(8000))
        covariance = np.cov(weights, rowvar=False)
        assert covariance == pytest.approx(np.eye(size) - 1 / size, abs=5 * np.sqrt(3 / 8000))


def test_the_samples_are_resampled_independently():
    [[a, b]] = multiplicities([30, 30], 5000, np.random.default_rng(2))
    correlation = np.corrcoef(a, b, rowvar=False)[:30, 30:]
    assert np.abs(correlation).max() < 5.5 / np.sqrt(5000)


def test_large_samples_come_in_chunks_of_bounded_memory():
    chunks = list(multiplicities([300_000, 100_000], 5, np.random.default_rng(3)))
    assert [len(a) for a, _ in chunks] == [2, 2, 1]
    assert all((a.sum(axis=1) == 300_000).all() and (b.sum(axis=1) == 100_000).all() for a, b in chunks)
    assert max(a.size + b.size for a, b in chunks) <= 1 << 20


def test_pair_statistics_need_events_resampled():
    """The mean |x - y| of n normal numbers: the bootstrap by event finds its spread, one by pair would not."""
    rng = np.random.default_rng(4)
    size = 60

    def mean_distance(x):
        return np.abs(x[:, None] - x).sum() / (size * (size - 1))

    spread = np.std([mean_distance(rng.normal(size=size)) for _ in range(2000)])
    by_event = []
    for _ in range(20):
        x = rng.normal(size=size)
        distances = np.abs(x[:, None] - x)
        [[weights]] = multiplicities([size], 400, rng)
        pairs = size**2 - (weights**2).sum(axis=1)
        by_event.append(np.std(np.einsum("ri,ij,rj->r", weights, distances, weights) / pairs))
    by_pair = np.std(distances[np.triu_indices(size, 1)]) / np.sqrt(size * (size - 1) / 2)
    assert np.mean(by_event) == pytest.approx(spread, rel=0.1)
    assert by_pair < spread / 3


def test_interval_of_normal_replicas():
    samples = np.random.default_rng(5).normal(10, 2, 200_000)
    number = interval(samples, 10.1, 0.6827, "GeV")
    assert (number.low, number.high) == pytest.approx((8, 12), abs=0.03)
    assert (number.value, number.level, number.unit) == (10.1, 0.6827, "GeV")


def test_percentiles_of_many_statistics_at_once():
    samples = np.linspace(0, 1, 1001)[:, None] * [1, 10]
    assert percentiles(samples, 0.9) == pytest.approx(np.array([[0.05, 0.5], [0.95, 9.5]]))


@settings(deadline=None)
@given(arrays(float, st.tuples(st.integers(2, 30), st.integers(1, 3)), elements=st.floats(-100, 100)))
def test_the_jackknife_of_means_is_their_textbook_covariance(x):
    n = len(x)
    expected = np.atleast_2d(np.cov(x, rowvar=False)) / n
    assert jackknife_covariance((x.sum(axis=0) - x) / (n - 1)) == pytest.approx(expected, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda: next(multiplicities([5, 0], 10, np.random.default_rng(1))), "without events"),
        (lambda: next(multiplicities([5], 1, np.random.default_rng(1))), "1 bootstrap replicas"),
        (lambda: interval([], 1.0), "not finite numbers"),
        (lambda: interval([1.0, np.nan], 1.0), "not finite numbers"),
        (lambda: interval([1.0, np.inf], 1.0), "not finite numbers"),
        (lambda: interval([1.0, 2.0], 1.0, level=68), "level 68"),
        (lambda: jackknife_covariance(np.ones(5)), r"shape \(5,\)"),
        (lambda: jackknife_covariance(np.ones((1, 5))), "at least 2 events"),
    ],
)
def test_bad_input(call, problem):
    with pytest.raises(InputError, match=problem):
        call()


def test_means_are_those_of_the_replicas():
    """The same replicas by multiplicities, whatever the shape of a quantity."""
    rng = np.random.default_rng(6)
    first = {"a": rng.normal(size=40), "b": rng.normal(size=(40, 3, 2))}
    second = {"a": rng.normal(size=25)}
    found = means([first, second], 200, np.random.default_rng(7))
    [weights] = multiplicities([40, 25], 200, np.random.default_rng(7))
    assert found[0]["b"].shape == (201, 3, 2)
    np.testing.assert_allclose(found[0]["b"][0], first["b"].mean(axis=0))
    for sample, some, values in zip((first, second), weights, found, strict=True):
        for name, quantity in sample.items():
            expected = np.einsum("re,e...->r...", some, quantity) / len(quantity)
            np.testing.assert_allclose(values[name][1:], expected, atol=1e-12)


@pytest.mark.slow
def test_interval_of_the_ratio_of_two_means_holds_the_truth():
    rng, held = np.random.default_rng(8), 0
    for _ in range(200):
        a, b = means([{"x": rng.gamma(4, 1, 80)}, {"x": rng.gamma(4, 1.3, 60)}], 300, rng)
        ratios = b["x"] / a["x"]
        number = interval(ratios[1:], ratios[0], 0.9)
        held += number.low <= 1.3 <= number.high
    assert 0.84 <= held / 200 <= 0.95  # three binomial standard deviations, and a little short as bootstraps are


@pytest.mark.slow
def test_interval_of_a_norm_holds_the_truth_near_0_and_far():
    """The distance between the means of two normal samples in the plane."""
    for distance in (0.0, 0.1, 1.0):
        rng, held = np.random.default_rng(9), 0
        for _ in range(100):
            samples = [{"x": rng.normal(size=(100, 2))}, {"x": rng.normal((distance, 0), 1, (100, 2))}]
            a, b = means(samples, 200, rng)
            difference = b["x"] - a["x"]
            noise = np.linalg.norm(difference[1:] - difference[0], axis=1)
            number = interval_of_norm(noise, np.linalg.norm(difference[0]), 0.9)
            held += number.low <= distance <= number.high
        assert held >= 83


def test_interval_of_a_norm_refuses_what_is_no_number():
    with pytest.raises(InputError, match="finite"):
        interval_of_norm([np.nan, 1.0], 0.5)
    with pytest.raises(InputError, match="level"):
        interval_of_norm([0.1, 1.0], 0.5, level=1.0)


def test_student_interval_is_the_textbooks_for_a_mean():
    x = np.random.default_rng(9).normal(100, 2, 12)
    rng = np.random.default_rng(10)
    replicas = [rng.choice(x, 12).mean() for _ in range(20_000)]
    expected = ttest_1samp(x, 0).confidence_interval(0.9)
    for positive in (False, True):  # far from 0 the logarithm makes no difference
        found = student_interval(replicas, x.mean(), 12, 0.9, positive=positive)
        assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.03)


def test_resolution_of_few_events_is_held():
    rng, held = np.random.default_rng(11), 0
    for _ in range(300):
        x = rng.normal(1, 0.1, 20)
        again = x[rng.integers(20, size=(300, 20))]
        found = student_interval(again.std(axis=1), x.std(), 20, positive=True)
        held += found.low <= 0.1 <= found.high
    assert held / 300 > 0.9  # percentiles: 0.83


def test_statistic_of_0_keeps_its_percentiles():
    found = student_interval([0.0, 0.0, 1.0], 0.0, 5, positive=True)
    assert (found.low, found.value) == (0, 0)
    assert found.high > 0.9

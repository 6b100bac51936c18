"""Correlations of distances beside numpy's and scipy's, and how often their intervals hold the truth."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform
from scipy.stats import pearsonr, spearmanr

import eventspace as es
from eventspace.statistics.distance_correlation import correlation_of_distances, difference_of_correlations


def matrices(n: int, seed: int, noise: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    return squareform(pdist(x)), squareform(pdist(x + noise * rng.normal(size=(n, 3))))


def test_the_coefficients_are_those_of_scipy_over_all_pairs() -> None:
    one, other = matrices(40, 1)
    pairs = np.triu_indices(40, 1)
    found = correlation_of_distances(one, other)
    assert found.pearson.value == pytest.approx(pearsonr(one[pairs], other[pairs]).statistic, rel=1e-12)
    assert found.spearman.value == pytest.approx(spearmanr(one[pairs], other[pairs]).statistic, rel=1e-12)


def test_the_jackknife_leaves_out_events_with_all_of_their_pairs() -> None:
    one, other = matrices(20, 2)
    each = []
    for k in range(20):
        kept = np.delete(np.arange(20), k)
        pairs = np.triu_indices(19, 1)
        a, b = (matrix[np.ix_(kept, kept)][pairs] for matrix in (one, other))
        each.append(np.arctanh(np.corrcoef(a, b)[0, 1]))
    error = np.sqrt(19 / 20 * np.sum((np.array(each) - np.mean(each)) ** 2))
    found = correlation_of_distances(one, other, level=0.6826894921370859).pearson
    assert found.low is not None
    assert found.high is not None
    half = (np.arctanh(found.high) - np.arctanh(found.low)) / 2
    assert half == pytest.approx(error * 1.028, rel=0.01)  # Student's quantile of 19 degrees of freedom


def test_the_difference_is_that_of_the_coefficients_and_its_interval_is_paired() -> None:
    held = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(30, 4))
        exact, one, another = (squareform(pdist(x[:, :k])) for k in (4, 3, 2))
        found = difference_of_correlations(one, another, exact)
        a, b = (correlation_of_distances(each, exact).pearson for each in (one, another))
        assert found.value == pytest.approx(a.value - b.value, rel=1e-12)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.1657 <= found.high  # of 4e6 pairs without a common event
        less = difference_of_correlations(another, one, exact)
        assert (less.value, less.low, less.high) == pytest.approx((-found.value, -found.high, -found.low))
        nothing = difference_of_correlations(one, one, exact)
        assert (nothing.value, nothing.low, nothing.high) == (0, 0, 0)
    assert held >= 34


def test_other_distances_of_independent_events_do_not_correlate() -> None:
    held = 0
    for seed in range(40):
        one, other = matrices(30, seed)[0], matrices(30, seed + 1000)[0]
        found = correlation_of_distances(one, other).pearson
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0 <= found.high
    assert held >= 34


def test_distances_of_one_event_alone_have_no_correlation() -> None:
    one, _ = matrices(15, 1)
    alone = np.zeros((15, 15))
    alone[3, :] = alone[:, 3] = 1.0
    alone[3, 3] = 0.0
    for other in (alone, np.zeros((15, 15))):
        with pytest.raises(es.InputError, match="the same distance, or all but those of one event"):
            correlation_of_distances(one, other)


def test_equal_distances_have_the_coefficient_1() -> None:
    one, _ = matrices(15, 1)
    found = correlation_of_distances(one, 3 * one)
    assert found.pearson.low is not None
    assert found.pearson.high is not None
    assert "too short" in found.pearson.note
    assert found.pearson.low <= found.pearson.value <= found.pearson.high
    assert found.pearson.value == pytest.approx(1)
    assert found.spearman.value == pytest.approx(1)


@pytest.mark.parametrize(
    ("one", "other", "problem"),
    [
        (np.zeros((12, 11)), np.zeros((12, 11)), "two square ones"),
        (np.zeros((12, 12)), np.zeros((13, 13)), "two square ones"),
        (np.zeros((5, 5)), np.zeros((5, 5)), "5 events are too few"),
        (np.full((12, 12), np.nan), np.zeros((12, 12)), "not finite"),
        (np.ones((12, 12)) - np.eye(12), np.ones((12, 12)) - np.eye(12), "the same distance"),
    ],
)
def test_what_has_no_correlation_is_refused(one: np.ndarray, other: np.ndarray, problem: str) -> None:
    with pytest.raises(es.InputError, match=problem):
        correlation_of_distances(one, other)

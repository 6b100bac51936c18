"""The birthday experiment: the curve of independent subsets, s50 with what makes it uncertain, its inversion."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import gammaln
from scipy.stats import rayleigh

from eventspace.statistics.birthdays import corrected_support, first_collisions, half_size, half_size_of, outcomes
from eventspace.statistics.collisions import Collisions


def pairs_of(outcome):
    """The pairs of events with equal outcome."""
    return np.nonzero(np.triu(outcome[:, None] == outcome, 1))


@pytest.mark.slow
@pytest.mark.parametrize(("alpha", "expected"), [(0.02, 9), (0.05, 6)])
def test_single_feature_needs_no_physics(alpha, expected):
    """Of points on a line the alpha-quantile of all distances makes a pair a duplicate with probability alpha."""
    rng = np.random.default_rng(5)
    points = rng.normal(size=(1000, 30))
    i, j = np.triu_indices(1000, 1)
    distance = np.linalg.norm(points[i] - points[j], axis=1)
    close = distance < np.quantile(distance, alpha)
    first = first_collisions(1000, i[close], j[close], 1000, rng)
    assert abs(np.median(first) - expected) <= 1
    independent = rng.random(len(i)) < alpha
    assert np.median(first_collisions(1000, i[independent], j[independent], 4000, rng)) == expected


def test_closed_form_for_independent_features():
    """s50 of k features at alpha = 0.02; there rounded."""
    assert [round(half_size_of(0.02**k)) for k in range(1, 6)] == [9, 59, 417, 2944, 20814]


def brute_force(events, i, j, order):
    rank = np.argsort(order)
    return min((max(rank[a], rank[b]) + 1 for a, b in zip(i, j, strict=True)), default=events + 1)


@given(st.integers(3, 30), st.integers(0, 40), st.integers(0, 2**32 - 1))
def test_first_collision_is_that_of_brute_force(events, pairs, seed):
    rng = np.random.default_rng(seed)
    i, j = np.triu_indices(events, 1)
    chosen = rng.permutation(len(i))[:pairs]
    i, j = i[chosen], j[chosen]
    found = first_collisions(events, i, j, 20, np.random.default_rng(seed))
    again = np.random.default_rng(seed)
    assert found.tolist() == [brute_force(events, i, j, again.permutation(events)) for _ in range(20)]


@pytest.mark.slow
def test_curve_is_that_of_independent_subsets():
    """The subsets of one replication are nested; each by itself is a random subset."""
    rng = np.random.default_rng(6)
    i, j = pairs_of(rng.integers(300, size=200))
    first = first_collisions(200, i, j, 20_000, rng)
    for size in (10, 20, 40):
        chosen = np.array([np.isin(np.arange(200), rng.choice(200, size, replace=False)) for _ in range(5000)])
        share = np.mean((chosen[:, i] & chosen[:, j]).any(axis=1))
        assert np.mean(first <= size) == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / 5000) + 0.01)


def test_sample_without_duplicates_has_no_half_size():
    first = first_collisions(50, [], [], 10, np.random.default_rng(1))
    assert (first == 51).all()
    half = half_size(first, Collisions.of(50, [], []))
    assert half.high is None
    assert half.low == half.value == half_size_of(Collisions.of(50, [], []).probability().high)
    assert corrected_support(half).low == outcomes(half.value)


def true_half_size(outcomes):
    """The smallest subset of equally likely outcomes with a duplicate in more than half of the cases."""
    different = np.cumprod(1 - np.arange(outcomes) / outcomes)
    return int(np.argmax(different < 0.5)) + 1


@pytest.mark.parametrize(("many", "expected"), [(365, 23), (424, 25), (3, 3), (6, 4)])
def test_inversion_of_the_birthday_problem(many, expected):
    assert true_half_size(many) == expected
    assert outcomes(expected - 1) < many <= outcomes(expected)


@pytest.mark.parametrize("size", [3, 10, 24.5, 300])
def test_inversion_agrees_with_the_product(size):
    def excess(many):
        return gammaln(many + 1) - gammaln(many - size + 1) - size * np.log(many) + np.log(2)

    assert outcomes(size) == pytest.approx(brentq(excess, size, size**2 + 10), abs=0.2)


@pytest.mark.slow
@pytest.mark.parametrize(("many", "events", "replications"), [(100, 1000, 1000), (424, 1000, 100)])
def test_the_scatter_of_the_replications_is_in_the_intervals(many, events, replications):
    """Toys of equally likely outcomes; the sample alone explains a tenth of the scatter of s50."""
    rng, toys = np.random.default_rng(7), 60
    truth, held = true_half_size(many), {"s50": 0, "corrected": 0}
    for _ in range(toys):
        pairs = pairs_of(rng.integers(many, size=events))
        half = half_size(first_collisions(events, *pairs, replications, rng), Collisions.of(events, *pairs))
        corrected = corrected_support(half)
        held["s50"] += half.low <= truth <= half.high
        held["corrected"] += corrected.low <= many <= corrected.high
    assert min(held.values()) >= 0.93 * toys


def test_the_interval_of_the_replications_is_that_of_a_median():
    """Where the sample is as good as infinite, its width is that of the median of Rayleigh's law."""
    first = rayleigh.rvs(scale=1e4, size=1000, random_state=8)
    half = half_size(np.sort(first), Collisions(10**6, 10**10, 1.0))
    # The density at the median m is ln 2 / m: a standard deviation of m / (2 ln 2 sqrt(1000)).
    assert (half.high - half.low) / half.value == pytest.approx(2 * 1.96 / (2 * np.log(2) * np.sqrt(1000)), rel=0.15)

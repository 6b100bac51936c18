"""Collisions: the birthday experiment, intervals with the coverage that they state, limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventspace import InputError
from eventspace.statistics.collisions import Collisions, first_collisions, half_size, half_size_of, ratio


def pairs_of(outcome):
    """The pairs of events with equal outcome."""
    order = np.argsort(outcome, kind="stable")
    outcome, found = outcome[order], [np.empty((2, 0), dtype=np.int64)]
    for lag in range(1, len(order)):
        same = outcome[lag:] == outcome[:-lag]
        if not same.any():
            break
        found.append(np.array((order[:-lag][same], order[lag:][same])))
    return np.hstack(found)


UNIFORM = np.full(1000, 1 / 1000)
SKEWED = (1 / np.arange(1, 1001)) / (1 / np.arange(1, 1001)).sum()


@pytest.mark.parametrize("size", [500, 1000, 2000])
@pytest.mark.parametrize("p", [UNIFORM, SKEWED], ids=["uniform", "skewed"])
def test_interval_covers_the_truth(p, size):
    """1,000 samples of a source with known collision probability."""
    rng = np.random.default_rng(size)
    truth = float(np.sum(p**2))
    covered = 0
    for _ in range(1000):
        found = Collisions.of(size, *pairs_of(rng.choice(len(p), size, p=p)))
        q, support = found.probability(), found.support()
        inside = q.low <= truth <= q.high
        assert inside == (support.low <= 1 / truth <= support.high)
        covered += inside
    assert 930 <= covered <= 970


def test_limit_covers_the_truth():
    """A source so large that most samples hold no duplicate: the limit is wrong in at most 5% of those that do not."""
    rng = np.random.default_rng(1)
    events, outcomes = 100, 1650  # three duplicates expected, where the limit is exact
    wrong = 0
    for _ in range(2000):
        found = Collisions.of(events, *pairs_of(rng.integers(outcomes, size=events)))
        if found.pairs == 0:
            wrong += found.support().low > outcomes
    assert wrong <= 0.06 * 2000


def test_estimate_is_without_bias():
    rng = np.random.default_rng(2)
    found = [Collisions.of(100, *pairs_of(rng.choice(1000, 100, p=SKEWED))).pairs for _ in range(2000)]
    expected = np.sum(SKEWED**2) * 100 * 99 / 2
    assert np.mean(found) == pytest.approx(expected, abs=4 * np.std(found) / np.sqrt(2000))


def test_spread_is_the_variance_of_the_number_of_duplicates():
    rng = np.random.default_rng(3)
    for p in (UNIFORM, SKEWED):
        found = [Collisions.of(400, *pairs_of(rng.choice(1000, 400, p=p))) for _ in range(1000)]
        pairs = np.array([one.pairs for one in found])
        assert np.mean([one.spread for one in found]) == pytest.approx(pairs.var() / pairs.mean(), rel=0.15)


def test_uncertain_definition_widens_the_interval():
    some = Collisions(500, 40, 1.0)
    wide = some.blurred([20, 30, 40, 50, 60])
    assert wide.spread == pytest.approx(1 + 250 / 40)
    assert wide.support().value == some.support().value
    assert wide.support().low < some.support().low < some.support().high < wide.support().high
    assert Collisions(500, 0, 1.0).blurred([0, 0, 1]) == Collisions(500, 0, 1.0)


def test_ratio_covers_the_truth():
    rng = np.random.default_rng(4)
    q, other = np.sum(SKEWED**2), 1 / 250
    covered = 0
    for _ in range(1000):
        generated = Collisions.of(300, *pairs_of(rng.choice(1000, 300, p=SKEWED)))
        reference = Collisions.of(500, *pairs_of(rng.integers(250, size=500)))
        found = ratio(generated, reference)
        covered += found.low <= other / q <= found.high
    assert 930 <= covered <= 970


def test_ratio_with_an_empty_sample_is_a_limit():
    some, none = Collisions(500, 40, 1.0), Collisions(500, 0, 1.0)
    below, above = ratio(some, none), ratio(none, some)
    assert below.low is None
    assert below.high == below.value
    assert above.high is None
    assert above.low == above.value == pytest.approx(1 / below.value)
    assert ratio(none, none) is None
    # Without an event in one sample, 3 stand for it; the other's 40 are known to a few.
    assert 8 < above.value < 40 / 3


# The birthday experiment


@pytest.mark.parametrize(("alpha", "expected"), [(0.02, 9), (0.05, 6)])
def test_single_feature_needs_no_physics(alpha, expected):
    """Of points on a line the alpha-quantile of all distances makes a pair a duplicate with probability alpha."""
    rng = np.random.default_rng(5)
    points = rng.normal(size=(1000, 30))
    i, j = np.triu_indices(1000, 1)
    distance = np.linalg.norm(points[i] - points[j], axis=1)
    close = distance < np.quantile(distance, alpha)
    first = first_collisions(1000, i[close], j[close], 1000, rng)
    assert abs(half_size(first, 1000) - expected) <= 1
    independent = rng.random(len(i)) < alpha
    assert half_size(first_collisions(1000, i[independent], j[independent], 4000, rng), 1000) == expected


def test_closed_form_for_independent_features():
    """The table of the recipe, k features at alpha = 0.02; there rounded."""
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
    assert half_size(first, 50) is None


@pytest.mark.parametrize(
    ("events", "i", "j", "message"),
    [
        (2, [0], [1], "at least 3"),
        (10, [0, 1], [1], "same length"),
        (10, [3], [3], "two different"),
        (10, [0], [10], "two different"),
        (10, [-1], [4], "two different"),
    ],
)
def test_bad_input(events, i, j, message):
    with pytest.raises(InputError, match=message):
        Collisions.of(events, i, j)

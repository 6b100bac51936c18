"""Collisions: intervals with the coverage that they state, limits for any source."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from eventspace import InputError
from eventspace.statistics.collisions import Collisions, limit_without_duplicates, ratio


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


@pytest.mark.slow
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


def test_limit_of_even_outcomes_covers_the_truth():
    """A source so large that most samples hold no duplicate: the limit is wrong in at most 5% of those that do not."""
    rng = np.random.default_rng(1)
    events, outcomes = 100, 1650  # three duplicates expected, where the limit is exact
    wrong = 0
    for _ in range(2000):
        found = Collisions.of(events, *pairs_of(rng.integers(outcomes, size=events)))
        if found.pairs == 0:
            wrong += found.support_if_even().low > outcomes
    assert wrong <= 0.06 * 2000


def no_duplicate(p, events):
    """The probability that so many events are different: n! times the elementary symmetric polynomial, in closed form.

    What the outcomes leave to 1 never repeats.
    """
    ways = np.zeros(events + 1)  # of k events that are different outcomes of those listed
    ways[0] = 1.0
    for number in range(len(p)):
        ways[1:] += p[number] * ways[:-1].copy()
    rest = max(1 - p.sum(), 0.0)
    k = np.arange(events + 1)
    falling = np.cumprod(np.concatenate(([1.0], events - k[:-1].astype(float))))  # n! / (n - k)!
    return float(np.sum(ways * falling * rest ** (events - k)))


@settings(deadline=None)
@given(st.integers(5, 60), st.integers(1, 12), st.floats(0.02, 1.0), st.integers(0, 2**32 - 1))
def test_no_source_hides_its_duplicates_better_than_one_common_outcome(events, outcomes, part, seed):
    p = part * np.random.default_rng(seed).dirichlet(np.full(outcomes, 0.5))
    level = 1 - no_duplicate(p, events)  # at which the limit would be just this q, were the source the worst one
    if 1e-6 < level < 1 - 1e-6:
        assert float(p @ p) <= limit_without_duplicates(events, level) * (1 + 1e-6)


@pytest.mark.parametrize("events", [30, 1000, 15_701])
def test_limit_is_that_of_one_common_outcome(events):
    def unseen(p):
        return (1 - p) ** events + events * p * (1 - p) ** (events - 1) - 0.05

    p = brentq(unseen, 1e-9, 0.9, xtol=1e-15)
    support = Collisions(events, 0, 1.0).support()
    assert support.low == support.value == pytest.approx(1 / p**2, rel=1e-6)
    assert support.high is None
    assert support.note == "for any source"


@pytest.mark.parametrize("expected", [4.75, 6.0])
def test_a_collapsed_mode_is_covered_with_and_without_duplicates(expected):
    """One outcome that is made too often, and else none twice: its events are Poisson."""
    events, toys = 1000, 2000
    p, held = expected / events, 0
    for seen in np.random.default_rng(6).binomial(events, p, toys):
        found = Collisions.of(events, *np.triu_indices(seen, 1)).support()
        held += (found.low or 0) <= 1 / p**2 <= (found.high or np.inf)
    # The limit is wrong in 5%, and the interval in 2.5% on one side: where either is given, both add.
    assert held >= 0.91 * toys


def test_estimate_is_without_bias():
    rng = np.random.default_rng(2)
    found = [Collisions.of(100, *pairs_of(rng.choice(1000, 100, p=SKEWED))).pairs for _ in range(2000)]
    expected = np.sum(SKEWED**2) * 100 * 99 / 2
    assert np.mean(found) == pytest.approx(expected, abs=4 * np.std(found) / np.sqrt(2000))


@pytest.mark.slow
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


@pytest.mark.slow
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
    # Without a duplicate in one sample, 11.2 stand for it for any source; the other's 40 are known to a few.
    assert 2 < above.value < 40 / 11.2


def test_ratio_reaches_as_far_as_the_support_of_either():
    few, many = Collisions.of(1000, [0], [1]), Collisions.of(1000, *np.triu_indices(60, 1))
    found = ratio(few, many)
    assert found.low == pytest.approx(many.probability().value / few.probability().high)
    assert ratio(many, few).high == pytest.approx(1 / found.low)


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

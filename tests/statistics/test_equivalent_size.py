"""Quantile error and equivalent sample size, against the closed form and against samples whose size is known."""

import numpy as np
import pytest
from scipy.stats import norm

import eventspace as es
from eventspace.statistics.bins import Tree
from eventspace.statistics.equivalent_size import (
    equivalent_events,
    equivalent_size,
    expected_error,
    quantile_error,
    spread_error,
)


@pytest.mark.parametrize("bins", [2, 10, 50])
@pytest.mark.parametrize("events", [100, 1000])
def test_mean_error_of_true_events_is_the_closed_form(bins: int, events: int) -> None:
    counts = np.random.default_rng(1).multinomial(events, np.full(bins, 1 / bins), size=4000)
    errors = quantile_error(counts)
    # The error times a constant is close to chi^2 with q - 1 degrees of freedom: its mean is known to this.
    tolerance = 5 * np.sqrt(2 / (bins - 1) / 4000)
    assert errors.mean() == pytest.approx(float(expected_error(events, bins)), rel=tolerance)
    assert equivalent_events(errors.mean(), bins) == pytest.approx(events, rel=1.5 * tolerance)


def test_perfect_fractions_are_equivalent_to_any_number() -> None:
    assert equivalent_events(quantile_error([5, 5]), 2) == np.inf


def source(bins: int, size: float) -> np.ndarray:
    """Fractions of bins with the quantile error of so many true events, in a random direction."""
    rng = np.random.default_rng(7)
    away = rng.normal(size=bins)
    away -= away.mean()
    return 1 / bins + away * np.sqrt(bins * expected_error(size, bins) / (away**2).sum())


def holdout_fractions(bins: int, holdout: int, rng: np.random.Generator) -> np.ndarray:
    """True probabilities of the bins that a hold-out is cut into: spacings of order statistics."""
    return rng.dirichlet(np.full(bins, holdout / bins))


@pytest.mark.parametrize(("events", "holdout"), [(2_000, 100_000), (100_000, 2_000), (5_000, 5_000)])
def test_interval_of_the_equivalent_size_covers_it(events: int, holdout: int) -> None:
    rng, bins, size = np.random.default_rng(8), 20, 1500.0
    ratio = source(bins, size) * bins  # density of the source over that of the truth, in each bin
    covered, replicas = 0, 300
    for _ in range(replicas):
        fractions = holdout_fractions(bins, holdout, rng) * ratio
        found = equivalent_size(rng.multinomial(events, fractions / fractions.sum()), holdout, level=0.9).source
        covered += (found.low or 0) <= size and (found.high is None or size <= found.high)
    assert 0.84 < covered / replicas < 0.96  # 0.9 within three standard deviations and the approximations


# Shift and width of a normal source beside a standard normal truth; events of hold-out and sample; bins.
STRONG = [
    (-0.4, 0.37, 2000, 2000, 64),
    (0.0, 0.37, 1000, 10_000, 100),
    (1.0, 1.0, 2000, 5000, 50),
    (1.0, 1.0, 500, 250, 10),
]


@pytest.mark.parametrize(("shift", "width", "holdout", "events", "bins"), STRONG)
def test_equivalent_size_of_a_strongly_wrong_source_has_no_bias_and_its_interval_covers(
    shift: float, width: float, holdout: int, events: int, bins: int
) -> None:
    edges = norm.cdf((norm.ppf(np.arange(1, bins) / bins) - shift) / width)
    away = np.diff(edges, prepend=0, append=1) - 1 / bins
    truth, found = (1 - 1 / bins) / (away @ away), []
    for toy in range(120):
        rng = np.random.default_rng((toy, bins))
        tree = Tree.of(rng.normal(size=(holdout, 1)), bins, rng)
        counts = tree.counts(rng.normal(shift, width, (events, 1)), rng)
        found.append(equivalent_size(counts, tree.events).source)
    held = np.mean([(number.low or 0) <= truth <= (number.high or np.inf) for number in found])
    assert held > 0.89  # three errors below 95%; as noncentral chi^2 0.2 to 0.84
    # The inverse is what has no bias; it was too large by q/M.
    assert 1 / np.mean([1 / number.value for number in found]) == pytest.approx(truth, rel=0.02)


def test_equivalent_size_of_true_events_says_that_its_upper_end_is_no_evidence() -> None:
    even, uneven = equivalent_size([100] * 10, 5000), equivalent_size([600, 400], 5000)
    assert (even.sample.value, even.sample.high) == (1000, 1000)
    assert "only the lower end is evidence" in even.sample.note
    assert uneven.sample.note == ""


def test_limit_of_a_perfect_source_is_rarely_wrong_and_never_above_the_noise() -> None:
    rng, bins, events, holdout = np.random.default_rng(9), 10, 1000, 4000
    found = [
        equivalent_size(rng.multinomial(events, holdout_fractions(bins, holdout, rng)), holdout) for _ in range(200)
    ]
    assert all(size.source.high is None for size in found if size.source.value == size.source.low)
    # A true source has no bound; an upper end at 95% two-sided is wrong in 2.5%.
    assert sum(size.source.high is not None for size in found) < 0.06 * 200
    assert all(size.sample.value <= events for size in found)
    probabilities = np.array([size.probability for size in found])
    assert probabilities.mean() == pytest.approx(0.5, abs=0.1)


def test_events_of_a_poor_source_are_limited_by_both() -> None:
    counts = 1_000_000 * source(10, 200.0)
    found = equivalent_size(counts, holdout=10**9)
    assert found.source.value == pytest.approx(200, rel=0.01)
    assert 1 / found.sample.value == pytest.approx(1 / 1_000_000 + 1 / found.source.value)


@pytest.mark.parametrize(
    ("counts", "holdout", "message"), [([3], 10, "two bins"), ([0, 0], 10, "empty"), ([3, 4, 5], 2, "cannot be cut")]
)
def test_wrong_counts_are_told(counts: list[int], holdout: int, message: str) -> None:
    with pytest.raises(es.InputError, match=message):
        equivalent_size(counts, holdout)


@pytest.mark.slow
def test_spread_of_true_samples_is_their_error() -> None:
    # Members that repeat n events each are equivalent to n, however often they repeat them.
    rng, bins, events = np.random.default_rng(10), 8, 200
    spreads = []
    for _ in range(60):
        members = [rng.choice(rng.normal(size=(events, 2)), 5000) for _ in range(5)]
        spreads.append(spread_error(members, bins, rng))
    assert np.mean(spreads) == pytest.approx(float(expected_error(events, bins)), rel=0.15)


def test_equal_members_have_no_spread() -> None:
    rng = np.random.default_rng(11)
    spreads = [spread_error([rng.normal(size=(2000, 1)) for _ in range(4)], 10, rng) for _ in range(50)]
    assert abs(np.mean(spreads)) < 0.2 * float(expected_error(2000, 10))


def test_one_member_has_no_spread() -> None:
    with pytest.raises(es.InputError, match="1 member"):
        spread_error([np.zeros((5, 1))], 2, np.random.default_rng(1))

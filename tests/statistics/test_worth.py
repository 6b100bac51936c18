"""Quantile error and worth, against the closed form, and against samples whose worth is known."""

import numpy as np
import pytest
from scipy.stats import norm

import eventspace as es
from eventspace.statistics.cells import Tree
from eventspace.statistics.worth import equivalent_events, expected_error, measured_worth, quantile_error, spread_error


@pytest.mark.parametrize("cells", [2, 10, 50])
@pytest.mark.parametrize("events", [100, 1000])
def test_mean_error_of_true_events_is_the_closed_form(cells: int, events: int) -> None:
    counts = np.random.default_rng(1).multinomial(events, np.full(cells, 1 / cells), size=4000)
    errors = quantile_error(counts)
    # The error times a constant is close to chi^2 with q - 1 degrees of freedom: its mean is known to this.
    tolerance = 5 * np.sqrt(2 / (cells - 1) / 4000)
    assert errors.mean() == pytest.approx(float(expected_error(events, cells)), rel=tolerance)
    assert equivalent_events(errors.mean(), cells) == pytest.approx(events, rel=1.5 * tolerance)


def test_perfect_shares_are_worth_any_number() -> None:
    assert equivalent_events(quantile_error([5, 5]), 2) == np.inf


def source(cells: int, worth: float) -> np.ndarray:
    """Shares of cells with the quantile error of so many true events, in a random direction."""
    rng = np.random.default_rng(7)
    away = rng.normal(size=cells)
    away -= away.mean()
    return 1 / cells + away * np.sqrt(cells * expected_error(worth, cells) / (away**2).sum())


def holdout_shares(cells: int, holdout: int, rng: np.random.Generator) -> np.ndarray:
    """True probabilities of the cells that a hold-out is cut into: spacings of order statistics."""
    return rng.dirichlet(np.full(cells, holdout / cells))


@pytest.mark.parametrize(("events", "holdout"), [(2_000, 100_000), (100_000, 2_000), (5_000, 5_000)])
def test_interval_of_the_worth_covers_it(events: int, holdout: int) -> None:
    rng, cells, worth = np.random.default_rng(8), 20, 1500.0
    ratio = source(cells, worth) * cells  # density of the source over that of the truth, in each cell
    covered, replicas = 0, 300
    for _ in range(replicas):
        shares = holdout_shares(cells, holdout, rng) * ratio
        found = measured_worth(rng.multinomial(events, shares / shares.sum()), holdout, level=0.9).source
        covered += (found.low or 0) <= worth and (found.high is None or worth <= found.high)
    assert 0.84 < covered / replicas < 0.96  # 0.9 within three standard deviations and the approximations


# Shift and width of a normal source beside a standard normal truth; events of hold-out and sample; cells.
STRONG = [
    (-0.4, 0.37, 2000, 2000, 64),
    (0.0, 0.37, 1000, 10_000, 100),
    (1.0, 1.0, 2000, 5000, 50),
    (1.0, 1.0, 500, 250, 10),
]


@pytest.mark.parametrize(("shift", "width", "holdout", "events", "cells"), STRONG)
def test_worth_of_a_strongly_wrong_source_has_no_bias_and_its_interval_covers(
    shift: float, width: float, holdout: int, events: int, cells: int
) -> None:
    edges = norm.cdf((norm.ppf(np.arange(1, cells) / cells) - shift) / width)
    away = np.diff(edges, prepend=0, append=1) - 1 / cells
    truth, found = (1 - 1 / cells) / (away @ away), []
    for toy in range(120):
        rng = np.random.default_rng((toy, cells))
        tree = Tree.of(rng.normal(size=(holdout, 1)), cells, rng)
        counts = tree.counts(rng.normal(shift, width, (events, 1)), rng)
        found.append(measured_worth(counts, tree.events).source)
    held = np.mean([(number.low or 0) <= truth <= (number.high or np.inf) for number in found])
    assert held > 0.89  # three errors below 95%; as noncentral chi^2 0.2 to 0.84
    # The inverse is what has no bias; it was too large by q/M.
    assert 1 / np.mean([1 / number.value for number in found]) == pytest.approx(truth, rel=0.02)


def test_worth_of_true_events_says_that_its_upper_end_is_no_evidence() -> None:
    even, uneven = measured_worth([100] * 10, 5000), measured_worth([600, 400], 5000)
    assert (even.sample.value, even.sample.high) == (1000, 1000)
    assert "only the lower end is evidence" in even.sample.note
    assert uneven.sample.note == ""


def test_limit_of_a_perfect_source_is_rarely_wrong_and_never_above_the_noise() -> None:
    rng, cells, events, holdout = np.random.default_rng(9), 10, 1000, 4000
    found = [measured_worth(rng.multinomial(events, holdout_shares(cells, holdout, rng)), holdout) for _ in range(200)]
    assert all(worth.source.high is None for worth in found if worth.source.value == worth.source.low)
    # A true source has no bound; an upper end at 95% two-sided is wrong in 2.5%.
    assert sum(worth.source.high is not None for worth in found) < 0.06 * 200
    assert all(worth.sample.value <= events for worth in found)
    probabilities = np.array([worth.probability for worth in found])
    assert probabilities.mean() == pytest.approx(0.5, abs=0.1)


def test_events_of_a_poor_source_are_worth_what_both_allow() -> None:
    counts = 1_000_000 * source(10, 200.0)
    found = measured_worth(counts, holdout=10**9)
    assert found.source.value == pytest.approx(200, rel=0.01)
    assert 1 / found.sample.value == pytest.approx(1 / 1_000_000 + 1 / found.source.value)


@pytest.mark.parametrize(
    ("counts", "holdout", "message"), [([3], 10, "two cells"), ([0, 0], 10, "empty"), ([3, 4, 5], 2, "cannot be cut")]
)
def test_wrong_counts_are_told(counts: list[int], holdout: int, message: str) -> None:
    with pytest.raises(es.InputError, match=message):
        measured_worth(counts, holdout)


def test_spread_of_true_samples_is_their_error() -> None:
    # Members that repeat n events each are worth n, however many they make of them.
    rng, cells, events = np.random.default_rng(10), 8, 200
    spreads = []
    for _ in range(60):
        members = [rng.choice(rng.normal(size=(events, 2)), 5000) for _ in range(5)]
        spreads.append(spread_error(members, cells, rng))
    assert np.mean(spreads) == pytest.approx(float(expected_error(events, cells)), rel=0.15)


def test_equal_members_have_no_spread() -> None:
    rng = np.random.default_rng(11)
    spreads = [spread_error([rng.normal(size=(2000, 1)) for _ in range(4)], 10, rng) for _ in range(50)]
    assert abs(np.mean(spreads)) < 0.2 * float(expected_error(2000, 10))


def test_one_member_has_no_spread() -> None:
    with pytest.raises(es.InputError, match="1 member"):
        spread_error([np.zeros((5, 1))], 2, np.random.default_rng(1))

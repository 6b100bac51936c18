"""Widths of peaks: closed forms, plain searches, and what changes nothing."""

import numpy as np
import pytest
from scipy.stats import norm

from eventspace import InputError
from eventspace.statistics.narrowest import narrowest, narrowest_width, narrowest_widths


def test_of_a_normal_distribution_it_is_nearly_sigma():
    found = narrowest_width(np.random.default_rng(1).normal(90, 8, 200_000))
    assert found.width == pytest.approx(8 * norm.ppf(0.84), rel=0.01)
    assert found.position == pytest.approx(90, abs=0.3)


def test_of_an_exponential_it_begins_at_zero():
    found = narrowest_width(np.random.default_rng(2).exponential(1.0, 200_000), 0.5)
    assert found.width == pytest.approx(np.log(2) / 2, rel=0.01)
    assert found.position == pytest.approx(-np.log(0.75), rel=0.02)


@pytest.mark.parametrize("n", [10, 25, 75, 100, 311])
def test_it_is_the_shortest_of_all_intervals_between_two_values(n):
    values = np.random.default_rng(n).gamma(3, 1, n)
    enough = -(-68 * n // 100)  # in whole numbers, rounded up
    lengths = [b - a for a in values for b in values if np.count_nonzero((values >= a) & (values <= b)) >= enough]
    assert narrowest_width(values).width == pytest.approx(min(lengths) / 2)
    assert len(narrowest(np.sort(values), 0.68)) == enough


def test_tails_do_not_matter_and_units_do():
    values = np.random.default_rng(3).normal(90, 8, 1000)
    found = narrowest_width(values)
    tail = values.copy()
    tail[values > found.position + 2 * found.width] += 1e6
    assert narrowest_width(tail) == found
    assert narrowest_width(values.reshape(500, 2)) == found
    scaled = narrowest_width(1000 * values + 5)
    assert scaled.width == pytest.approx(1000 * found.width)
    assert scaled.position == pytest.approx(1000 * found.position + 5)


def test_replicas_draw_events():
    rng = np.random.default_rng(4)
    values = rng.normal(113, 10, 300)
    once, twice = (
        narrowest_widths(table, replicas=50, rng=np.random.default_rng(5))
        for table in (values, np.stack([values, values], axis=1))
    )
    np.testing.assert_allclose(once[0], narrowest_width(values))
    # Two equal values an event are no more than one: their replicas scatter as much.
    np.testing.assert_allclose(twice[1:, 0], once[1:, 0], atol=0.5)
    assert twice[1:, 0].std() == pytest.approx(once[1:, 0].std(), rel=0.2)


def test_generators_of_one_seed_pair_the_replicas():
    values = np.random.default_rng(6).normal(113, 10, 500)
    first, second = (narrowest_widths(v, replicas=50, rng=np.random.default_rng(7)) for v in (values, 2 * values))
    np.testing.assert_allclose(second, 2 * first)


def test_a_replica_is_the_width_of_the_drawn_values():
    values = np.random.default_rng(8).normal(0, 1, (40, 2))
    found = narrowest_widths(values, replicas=3, rng=np.random.default_rng(9))
    drawn = np.random.default_rng(9).integers(40, size=(3, 40))
    expected = [narrowest_width(values[row]) for row in drawn]
    np.testing.assert_allclose(found[1:], expected)


@pytest.mark.parametrize(
    ("values", "fraction", "said"),
    [
        ([], 0.68, "0 values have no width; give at least 10"),
        (np.arange(9.0), 0.68, "9 values"),
        (5.0, 0.68, "1 values"),
        (np.r_[np.arange(10.0), np.nan], 0.68, "event 10: a value is NaN or infinite"),
        (np.r_[np.inf, np.arange(10.0)], 0.68, "event 0: a value"),
        (np.arange(10.0), 1.0, "not between 0 and 1"),
        (np.arange(10.0), 68, "write 0.68 for 68%"),
    ],
)
def test_what_has_no_width_is_refused(values, fraction, said):
    with pytest.raises(InputError, match=said):
        narrowest_width(values, fraction)
    with pytest.raises(InputError, match=said):
        narrowest_widths(values, fraction, replicas=10, rng=np.random.default_rng(1))

"""Means over pairs of events: the value, the coverage of the interval, and what is refused."""

import numpy as np
import pytest

import eventspace as es
from eventspace.statistics.pair_means import mean_over_pairs


def test_the_value_is_the_mean_of_the_pairs_that_are_known() -> None:
    found = mean_over_pairs([[1.0, np.nan, 3.0], [2.0, 4.0, 5.0]])
    assert found.value == 3.0
    assert found.low < 3.0 < found.high
    assert mean_over_pairs(np.zeros((3, 3))).high is None


@pytest.mark.parametrize(("n", "m", "tail"), [(12, 40, False), (60, 20, False), (60, 60, True)])
def test_intervals_hold_the_mean_of_the_source(n: int, m: int, tail: bool) -> None:
    """Pairs share events: a bootstrap of the pairs would hold it in about half of the cases."""
    rng = np.random.default_rng(1)
    truth = np.mean(np.abs(rng.normal(size=10**6) - rng.normal(size=10**6))) * (np.exp(0.5) if tail else 1)
    held = 0
    for _ in range(400):
        x, y = rng.normal(size=n), rng.normal(size=m)
        factor = rng.lognormal(size=n)[:, None] if tail else 1
        found = mean_over_pairs(np.abs(x[:, None] - y) * factor)
        held += found.low <= truth <= found.high
    assert 0.90 <= held / 400 <= (0.99 if not tail else 1)


@pytest.mark.parametrize("values", [[1.0], [[1.0, 2.0]], [[1.0, -1.0], [1.0, 1.0]], [[np.nan, np.nan], [1.0, 2.0]]])
def test_what_is_no_value_of_pairs_is_refused(values: object) -> None:
    with pytest.raises(es.InputError, match="not values of pairs"):
        mean_over_pairs(values)

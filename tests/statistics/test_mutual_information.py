"""Mutual information: closed forms, what it must not depend on, and how often chance exceeds the threshold."""

import math

import numpy as np
import pytest
from scipy.stats import entropy, norm

from eventspace import InputError
from eventspace.statistics.mutual_information import mutual_information


def correlated(n, r, seed):
    """Two columns (n, 1) of a Gaussian with correlation r."""
    a, b = np.random.default_rng(seed).normal(size=(2, n, 1))
    return a, r * a + math.sqrt(1 - r**2) * b


@pytest.mark.parametrize("r", [0.0, 0.5, -0.8, 0.95])
def test_a_gaussian_with_a_correlation(r):
    found = mutual_information(*correlated(4000, r, seed=1), seed=1)
    assert found.values[0, 0] == pytest.approx(-0.5 * math.log(1 - r**2), abs=0.04)
    assert (found.values > found.threshold).all() == (r != 0)
    assert 0 < found.threshold[0] < 0.06


def test_each_latent_with_each_observable():
    z = np.random.default_rng(1).normal(size=(1000, 3))
    x = np.column_stack([z[:, 2], z[:, 0] + z[:, 1]]) + 0.3 * np.random.default_rng(2).normal(size=(1000, 2))
    found = mutual_information(z, x, seed=1)
    assert found.values.shape == (3, 2)
    assert found.threshold.shape == (2,)
    assert (found.values > found.threshold).tolist() == [[False, True], [False, True], [True, False]]
    assert (found.values >= 0).all()


def test_what_is_not_a_correlation():
    """A latent that tells the square root of an observable up to a sign is not correlated with it."""
    z = np.random.default_rng(1).normal(size=(1000, 1))
    assert mutual_information(z, z**2, seed=1).values[0, 0] > 2


def test_rising_and_falling_maps_of_a_column():
    z, x = correlated(500, 0.7, seed=3)
    expected = mutual_information(z, x, seed=1)
    rising = mutual_information(np.exp(3 * z), 1e6 + 1e3 * x**3, seed=1)
    np.testing.assert_array_equal(rising.values, expected.values)
    np.testing.assert_array_equal(rising.threshold, expected.threshold)
    falling = mutual_information(z, -x, seed=1)
    np.testing.assert_allclose(falling.values, expected.values, atol=2e-3)  # noise of 1e-10 decides equal distances


@pytest.mark.parametrize("step", [3.0, 0.8, 0.05])
def test_integers_against_the_sum_over_them(step):
    """x = round((z + noise) / step), I = H(x) - H(x | z), from about three values to more than a hundred."""
    z, noise = np.random.default_rng(5).normal(size=(2, 3000, 1))
    found = mutual_information(z, np.round((z + noise) / step), seed=1).values[0, 0]
    edges = (np.arange(-200, 201) - 0.5) * step
    at = np.linspace(-6, 6, 1201)
    given = np.diff(norm.cdf(edges[None] - at[:, None]), axis=1)
    weight = norm.pdf(at) / norm.pdf(at).sum()
    assert found == pytest.approx(entropy(weight @ given) - weight @ entropy(given, axis=1), abs=0.04)


def test_a_constant_tells_nothing():
    rng = np.random.default_rng(1)
    z = np.column_stack([np.full(400, 0.1), rng.normal(size=400)])
    found = mutual_information(z, np.column_stack([rng.normal(size=400), np.ones(400)]), seed=2)
    assert (found.values < 0.1).all()


@pytest.mark.slow
def test_half_of_all_independent_samples_are_above_the_level_of_one_half():
    """Exact for any distribution: 1 - k / (m + 1), k = 2 of m = 3; the largest of five latents is rarely 0."""
    rng = np.random.default_rng(7)
    above = 0
    for seed in range(100):
        z = rng.standard_cauchy(size=(40, 5))
        found = mutual_information(z, rng.poisson(3, size=(40, 1)), permutations=3, level=0.5, seed=seed)
        above += int((found.values > found.threshold).any())
    assert 38 <= above <= 62  # 50 +- 5


@pytest.mark.slow
def test_what_tells_nothing_is_rarely_above_the_threshold():
    """At most one in 21 with 20 permutations, also beside a latent that tells all."""
    rng = np.random.default_rng(8)
    above = 0
    for seed in range(40):
        z, x = rng.normal(size=(40, 2)), rng.normal(size=(40, 1))
        found = mutual_information(np.hstack([z, x]), x, seed=seed)
        assert found.values[2, 0] > found.threshold[0]
        above += int((found.values[:2] > found.threshold).any())
    assert above <= 6  # 1.9 +- 1.3 at most


def test_the_same_seed_gives_the_same():
    z, x = correlated(200, 0.5, seed=1)
    x = np.round(x)
    one, again, other = (mutual_information(z, x, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.values, again.values)
    np.testing.assert_array_equal(one.threshold, again.threshold)
    assert one.threshold[0] != other.threshold[0]


def test_the_order_of_events_is_none_of_its_business():
    z, x = correlated(200, 0.5, seed=1)
    order = np.random.default_rng(1).permutation(200)
    moved = mutual_information(z[order], x[order], seed=1).values
    np.testing.assert_allclose(moved, mutual_information(z, x, seed=1).values, atol=5e-3)


@pytest.mark.parametrize("role", ["latents", "observables"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table[:, 0], r"have the shape \(30,\); give \(events, "),
        (lambda table: table[:, :0], r"have the shape \(30, 0\); give \(events, "),
        (lambda table: table[:19], "19 events with .*; give at least 20"),
        (lambda table: table[:25], "; give the same events"),
        (lambda table: np.where(np.arange(30)[:, None] == 4, np.nan, table), "event 4: .* NaN or infinite; remove"),
        (lambda table: np.where(np.arange(30)[:, None] == 7, np.inf, table), "event 7: .* NaN or infinite; remove"),
    ],
)
def test_bad_tables(role, change, message):
    tables = {"latents": np.zeros((30, 2)), "observables": np.ones((30, 1))}
    tables[role] = change(tables[role])
    with pytest.raises(InputError, match=message):
        mutual_information(**tables, seed=1)


def test_bad_options():
    z, x = correlated(30, 0.5, seed=1)
    for level in (0, 1, -0.5, math.nan):
        with pytest.raises(InputError, match="not between 0 and 1; write 0"):
            mutual_information(z, x, seed=1, level=level)
    for permutations, level, needed in ((18, 0.95, 19), (0, 0.5, 1), (20, 0.99, 99)):
        with pytest.raises(InputError, match=f"cannot reach the level .*; take at least {needed}, or"):
            mutual_information(z, x, seed=1, permutations=permutations, level=level)
        mutual_information(z, x, seed=1, permutations=needed, level=level)

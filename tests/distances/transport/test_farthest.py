"""The largest angle between particles."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventspace.distances.transport.farthest import largest_theta


def brute_force(y, phi):
    turn = np.abs(phi[:, None] - phi)
    return np.hypot(y[:, None] - y, np.minimum(turn, 2 * np.pi - turn)).max()


@pytest.mark.slow
@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 2, 30, 2100, 2600]), st.sampled_from([0.01, 1.0, 3.0]))
def test_largest_theta_is_exact(seed, count, spread):
    rng = np.random.default_rng(seed)
    y = rng.normal(0, spread, count)
    phi = (rng.normal(rng.uniform(-3, 3), spread, count) + np.pi) % (2 * np.pi) - np.pi
    assert largest_theta(y, phi) == pytest.approx(brute_force(y, phi), rel=1e-14)


def test_repeated_particles_and_single_points():
    assert largest_theta(np.full(10_000, 1.5), np.full(10_000, -2.0)) == 0
    y, phi = np.tile([0.0, 3.0, 1.0], 5_000), np.tile([0.0, 4.0 - 2 * np.pi, 1.0], 5_000)
    assert largest_theta(y, phi) == pytest.approx(np.hypot(3.0, 2 * np.pi - 4.0), rel=1e-14)


@pytest.mark.slow
def test_ring_of_particles_gets_a_tight_upper_bound():
    phi = np.random.default_rng(1).uniform(-np.pi, np.pi, 50_000)
    assert np.pi <= largest_theta(np.zeros_like(phi), phi) < 1.01 * np.pi


def test_a_million_particles_take_a_moment_only():
    rng = np.random.default_rng(2)
    y, phi = rng.normal(size=10**6), rng.uniform(-np.pi, np.pi, 10**6)
    low, high = np.argmin(y), np.argmax(y)
    theta = largest_theta(y, phi)
    assert y[high] - y[low] <= theta <= np.hypot(y[high] - y[low], np.pi)

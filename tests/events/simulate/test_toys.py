import math

import numpy as np
import pytest
from numpy.random import default_rng
from scipy.stats import kstest, norm

from eventspace.events.simulate import simulate
from eventspace.events.simulate.toys import banana, camelback, circles, ring, shell

N = 40_000


def assert_mean(values, expected):
    """The mean is the closed form within its statistical error."""
    error = np.std(values) / math.sqrt(len(values))
    assert abs(np.mean(values) - expected) < 4.5 * error


def assert_follows(values, cumulative):
    assert kstest(values, cumulative).pvalue > 1e-4


def folded(radius):
    """The cumulative distribution of |r| with r from N(4, 1)."""
    return norm.cdf(radius, 4, 1) - norm.cdf(-radius, 4, 1)


def test_camelback_has_two_equal_humps():
    values, labels = camelback(N, default_rng(1))
    assert values.shape == (N, 1)
    assert set(labels) == {"left", "right"}
    assert_mean(labels == "left", 0.5)
    assert_mean(values[:, 0] ** 2, 17.0)
    assert_follows(values[labels == "left", 0], norm(-4, 1).cdf)
    assert_follows(values[labels == "right", 0], norm(4, 1).cdf)


@pytest.mark.parametrize("dimension", [1, 2, 5, 12])
def test_shell_is_isotropic_with_the_given_radius(dimension):
    values, _ = shell(N, default_rng(2), dimension)
    assert values.shape == (N, dimension)
    radius = np.linalg.norm(values, axis=1)
    assert_follows(radius, folded)
    for axis in range(dimension):
        assert_mean(values[:, axis], 0.0)
        assert ((values[:, axis] / radius) ** 2).mean() == pytest.approx(1 / dimension, abs=4.5 / math.sqrt(N))


def test_ring_is_uniform_in_angle_at_every_radius():
    values, _ = ring(N, default_rng(3))
    radius, angle = np.hypot(*values.T), np.arctan2(*values.T)
    assert_follows(radius, folded)
    for half in (angle[radius < 4], angle[radius >= 4]):
        assert_follows(half, lambda phi: (phi + np.pi) / (2 * np.pi))


def test_circles_have_their_radii_and_noise():
    values, labels = circles(N, default_rng(4))
    assert_mean(labels == "outer", 0.5)
    for name, radius in (("outer", 1.0), ("inner", 0.3)):
        squares = (values[labels == name] ** 2).sum(axis=1)
        # |c + noise|^2 has the mean radius^2 + 2 sigma^2 and the variance 4 radius^2 sigma^2 + 4 sigma^4.
        assert_mean(squares, radius**2 + 2 * 0.05**2)
        assert np.std(squares) == pytest.approx(math.sqrt(4 * radius**2 * 0.05**2 + 4 * 0.05**4), rel=0.03)


def test_banana_has_its_widths_along_and_across_the_arc():
    values, _ = banana(N, default_rng(5))
    x, y = values.T
    along, across = 2.0 * np.arctan2(x, y + 2.0), np.hypot(x, y + 2.0) - 2.0
    # An arc of 2 pi comes back to its beginning: beyond 6.28 widths, never.
    assert_follows(along, norm(0, 1).cdf)
    assert_follows(across, norm(0, 0.1).cdf)
    assert_mean(along * across, 0.0)
    assert_mean(y, 2.0 * math.exp(-1 / 8) - 2.0)


def test_points_carry_labels_where_there_are_components():
    assert set(next(simulate("camelback", 100, seed=1)).labels) == {"left", "right"}
    assert set(next(simulate("circles", 100, seed=1)).labels) == {"outer", "inner"}
    assert next(simulate("banana", 100, seed=1)).labels is None
    sample = next(simulate("shell", 100, seed=1, dimension=3)).check()
    assert sample.values.shape == (100, 3)
    assert "dimension=3" in sample.origin

"""Impact parameters of straight tracks in closed form, and their smearing."""

import numpy as np
import pytest
from numpy.random import default_rng

import eventspace as es
from eventspace.events.tracks import displaced_tracks, impact_parameters, resolution, smeared


@pytest.mark.slow
def test_impact_parameters_are_those_of_the_nearest_point():
    """The distance of a line from the axis, found by a search along the line."""
    rng = default_rng(1)
    momenta, vertices = rng.normal(size=(200, 3)), rng.normal(size=(200, 3))
    d0, z0 = impact_parameters(momenta, vertices)
    steps = np.linspace(-400, 400, 2_000_001)[:, None]
    for p, v, d, z in zip(momenta[:8], vertices[:8], d0, z0, strict=False):
        transverse = (v + steps * p)[:, :2]
        nearest = np.argmin((transverse**2).sum(axis=1))
        x, y = transverse[nearest]
        assert abs(d) == pytest.approx(np.hypot(x, y), abs=1e-3)
        assert z == pytest.approx((v + steps[nearest] * p)[2], abs=1e-3)
        # d0 is positive where the nearest point is to the left of the momentum: (-sin phi, cos phi) d0.
        phi = np.arctan2(p[1], p[0])
        np.testing.assert_allclose([-np.sin(phi) * d, np.cos(phi) * d], [x, y], atol=1e-3)


def test_vertices_along_the_flight_give_none():
    momenta = default_rng(2).normal(size=(50, 3))
    d0, _ = impact_parameters(momenta, 3.0 * momenta)
    np.testing.assert_allclose(d0, 0, atol=1e-13)
    assert impact_parameters(np.array([[0.0, 0, 1]]), np.array([[1.0, 2, 3]])) == (0.0, 0.0)


def test_the_resolution_is_as_stated():
    at_90_degrees = resolution(np.array([[1.0, 0, 0], [100.0, 0, 0]]))
    np.testing.assert_allclose(at_90_degrees, [np.hypot(5e-3, 10e-3), np.hypot(5e-3, 1e-4)])
    at_30_degrees = resolution(np.array([[0.5, 0, np.sqrt(0.75)]]))
    np.testing.assert_allclose(at_30_degrees, np.hypot(5e-3, 10e-3 / 0.5**1.5))


def test_pulls_are_normal():
    momenta = default_rng(3).normal(size=(20_000, 3))
    none = np.zeros(len(momenta))
    d0, z0 = smeared(none, none, momenta, default_rng(4))
    sine = np.hypot(momenta[:, 0], momenta[:, 1]) / np.linalg.norm(momenta, axis=1)
    for pull in (d0 / resolution(momenta), z0 * sine / resolution(momenta)):
        assert pull.mean() == pytest.approx(0, abs=4 / np.sqrt(len(pull)))
        assert pull.std() == pytest.approx(1, abs=4 / np.sqrt(2 * len(pull)))
    first, _ = smeared(none[:100], none[:100], momenta[:100], default_rng(4))
    np.testing.assert_array_equal(first, d0[:100])


def test_displaced_tracks_are_charged_far_and_not_too_far():
    rows = {"px": [9.0] * 5, "py": [0.0] * 5, "pz": [0.0] * 5, "E": [9.0] * 5}
    tracks = {"charge": [1, 1, 0, -1, 1], "d0": [0.001, 0.1, 0.1, 20.0, 0.0], "z0": [0.0, 0.0, 0.0, 0.0, -0.1]}
    events = es.Collisions.from_flat([5], rows | tracks)
    assert displaced_tracks(events).tolist() == [False, True, False, False, True]

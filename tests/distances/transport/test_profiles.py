"""Transport between profiles against scipy, and what it promises."""

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

import eventspace as es
from eventspace import InputError
from eventspace.distances.transport.profiles import ProfileTransport


def showers(n, seed=1):
    rng = np.random.default_rng(seed)
    return es.Showers.from_dense(rng.exponential(size=(n, 4, 6, 9)) * (rng.random((n, 4, 6, 9)) < 0.4))


@pytest.mark.parametrize("axis", ["x", "y", "z"])
def test_distances_are_those_of_scipy(axis):
    a, b = showers(7), showers(5, seed=2)
    found = es.matrix(ProfileTransport(axis), a, b, block=3)
    place = np.arange(a.profile(axis).shape[1])
    for i, p in enumerate(a.profile(axis)):
        for j, q in enumerate(b.profile(axis)):
            assert found[i, j] == pytest.approx(wasserstein_distance(place, place, p, q), rel=1e-12)


def test_metric_axioms():
    d = es.matrix(ProfileTransport("z"), showers(12))
    assert np.array_equal(d, d.T)
    assert (np.diag(d) == 0).all()
    assert (d[:, :, None] <= d[:, None, :] + d.T[None] + 1e-12).all()


def test_energy_does_not_matter_and_a_shift_counts_its_cells():
    dense = np.zeros((2, 3, 3, 9))
    dense[0, 1, 1, 2:5] = 1.0, 2.0, 1.0
    dense[1, 1, 1, 5:8] = 10.0, 20.0, 10.0
    pair = es.Showers.from_dense(dense)
    assert ProfileTransport("z").between(pair[0:1], pair[1:2]) == pytest.approx(3)
    assert ProfileTransport("x").between(pair[0:1], pair[1:2]) == 0


def test_bad_input():
    with pytest.raises(InputError, match="axis"):
        ProfileTransport("r")
    with pytest.raises(InputError, match="points"):
        es.matrix(ProfileTransport("z"), es.Points(values=np.ones((2, 3))))
    with pytest.raises(InputError, match="9 and 4"):
        es.matrix(ProfileTransport("z"), showers(2), es.Showers.from_dense(np.ones((2, 4, 6, 4))))

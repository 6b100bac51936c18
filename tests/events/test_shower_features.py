"""Features of showers against dense arithmetic."""

import numpy as np
import pytest

from eventspace import InputError, Showers
from eventspace.events.shower_features import SHOWER_FEATURES, shower_features


def test_features_are_those_of_the_dense_array():
    rng = np.random.default_rng(1)
    dense = rng.exponential(size=(7, 6, 5, 4)) * (rng.random((7, 6, 5, 4)) < 0.3)
    dense[:, 0, 0, 0] = 0.5
    showers = Showers.from_dense(dense)
    found = dict(zip(SHOWER_FEATURES, shower_features(showers, threshold=0.4).T, strict=True))
    np.testing.assert_allclose(found["total energy"], dense.sum((1, 2, 3)))
    np.testing.assert_allclose(found["largest cell"], dense.max((1, 2, 3)))
    np.testing.assert_array_equal(found["hit cells"], (dense > 0.4).sum((1, 2, 3)))
    np.testing.assert_array_equal(found["maximum z"], dense.sum((1, 2)).argmax(1))
    for number, axis in enumerate("xyz"):
        profile = dense.sum(tuple(k + 1 for k in range(3) if k != number))
        place = np.arange(profile.shape[1])
        mean = profile @ place / profile.sum(1)
        np.testing.assert_allclose(found[f"mean {axis}"], mean)
        np.testing.assert_allclose(found[f"width {axis}"], np.sqrt(profile @ place**2 / profile.sum(1) - mean**2))


def test_a_slice_has_the_features_of_its_showers():
    rng = np.random.default_rng(2)
    showers = Showers.from_dense(rng.exponential(size=(9, 3, 3, 3)))
    np.testing.assert_allclose(shower_features(showers[4:7]), shower_features(showers)[4:7])


def test_r90_is_that_of_a_search_over_all_radii(monkeypatch):
    rng = np.random.default_rng(3)
    dense = rng.exponential(size=(11, 7, 5, 3)) ** 4 * (rng.random((11, 7, 5, 3)) < 0.5)
    dense[:, 3, 2, 1] += 1
    expected = []
    for front in dense.sum(axis=3):
        x, y = np.indices(front.shape)
        radius = np.hypot(x - np.average(x, weights=front), y - np.average(y, weights=front))
        expected.append(min(r for r in radius.ravel() if front[radius <= r].sum() >= 0.9 * front.sum()))
    column = list(SHOWER_FEATURES).index("R90")
    found = shower_features(Showers.from_dense(dense))
    np.testing.assert_allclose(found[:, column], expected)
    monkeypatch.setattr("eventspace.events.shower_features._AT_ONCE", 80)  # two showers at once
    np.testing.assert_array_equal(shower_features(Showers.from_dense(dense)), found)


def test_r90_of_a_single_cell_and_of_a_ring():
    dense = np.zeros((2, 9, 9, 1))
    dense[0, 4, 4, 0] = 5.0
    dense[1, [0, 8, 4, 4], [4, 4, 0, 8], 0] = 1.0
    np.testing.assert_allclose(
        shower_features(Showers.from_dense(dense))[:, list(SHOWER_FEATURES).index("R90")], [0, 4]
    )


def test_negative_threshold():
    with pytest.raises(InputError, match="threshold"):
        shower_features(Showers.from_dense(np.ones((1, 2, 2, 2))), threshold=-1.0)

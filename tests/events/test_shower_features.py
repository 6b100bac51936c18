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


def test_negative_threshold():
    with pytest.raises(InputError, match="threshold"):
        shower_features(Showers.from_dense(np.ones((1, 2, 2, 2))), threshold=-1.0)

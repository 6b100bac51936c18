"""Distances of quantile functions: beside numpy, and beside the distance along lines."""

import numpy as np
import pytest

import eventspace as es
from eventspace.distances.transport.encoder import AXES, BINS
from eventspace.distances.transport.quantile import seen_of


def test_the_quantile_functions_are_those_of_the_cumulative_pt() -> None:
    """Beside numpy: the inverse of the cumulative pt along each axis, on a fine grid."""
    rng = np.random.default_rng(1)
    lists = [np.column_stack([rng.exponential(size=k), *rng.normal(0, 0.3, (2, k))]) for k in rng.integers(1, 40, 5)]
    found = seen_of(es.ParticleClouds.from_lists(lists)).reshape(5, AXES, BINS)
    fraction = (np.arange(BINS * 4000) + 0.5) / (BINS * 4000)
    for jet, seen in zip(lists, found, strict=True):
        for axis in range(AXES):
            x = jet[:, 1] * np.cos(np.pi * axis / AXES) + jet[:, 2] * np.sin(np.pi * axis / AXES)
            order = np.argsort(x)
            reached = np.cumsum(jet[order, 0]) / jet[:, 0].sum()
            quantile = x[order][np.minimum(np.searchsorted(reached, fraction), len(x) - 1)]
            np.testing.assert_allclose(quantile.reshape(BINS, -1).mean(axis=1), seen[axis], atol=3e-3)


@pytest.mark.parametrize("p", [1, 2, 3.5])
def test_it_is_the_distance_along_lines_where_a_mean_is_one_particle(p: float) -> None:
    rng = np.random.default_rng(2)
    jets = es.ParticleClouds.from_lists(
        [np.column_stack([np.ones(BINS), *rng.normal(0, 0.3, (2, BINS))]) for _ in range(9)]
    )
    expected = es.matrix(es.SlicedTransport(p=p, R=0.4, directions=AXES), jets)
    np.testing.assert_allclose(es.matrix(es.QuantileTransport(p=p, R=0.4), jets), expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("p", [1, 2])
def test_it_is_never_larger_and_not_much_smaller(p: float) -> None:
    rng = np.random.default_rng(3)
    lists = [np.column_stack([rng.exponential(size=k), *rng.normal(0, 0.3, (2, k))]) for k in rng.integers(20, 60, 12)]
    jets = es.ParticleClouds.from_lists(lists)
    coarse, lines = (es.matrix(metric, jets) for metric in (es.QuantileTransport(p=p), es.SlicedTransport(p=p)))
    assert (coarse <= lines + 1e-6).all()
    pairs = np.triu_indices(12, 1)
    assert (coarse[pairs] > 0.8 * lines[pairs]).all()


def test_order_empty_particles_and_turns_do_not_matter() -> None:
    jet = np.array([[3.0, 0.1, 0.2], [1.0, -0.4, 0.3], [0.0, 2.0, 2.0]])
    expected = seen_of(es.ParticleClouds.from_lists([jet]))
    for other in (jet[::-1], jet[:2], jet + np.array([0, 0, 4 * np.pi])):
        np.testing.assert_allclose(seen_of(es.ParticleClouds.from_lists([other])), expected, atol=1e-6)


def test_small_powers_are_refused() -> None:
    with pytest.raises(es.InputError, match=r"p is 0\.5; give p of at least 1"):
        es.QuantileTransport(p=0.5)
    eta = es.ParticleClouds.from_flat([1], {"pt": [1.0], "eta": [0.0], "phi": [0.0]})
    with pytest.raises(es.InputError, match="one set has rapidity"):
        es.QuantileTransport().prepare(eta, es.ParticleClouds.from_lists([[(1.0, 0.0, 0.0)]]))

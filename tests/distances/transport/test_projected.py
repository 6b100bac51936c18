"""Transport on lines, beside scipy's and POT's, and below the exact distance in the plane."""

import math

import numpy as np
import ot
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

import eventspace as es


def jets(n: int, seed: int, particles: int = 12) -> es.ParticleClouds:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, particles, n)
    return es.ParticleClouds.from_lists(
        [np.column_stack([rng.exponential(5, k), rng.normal(0, 0.3, (k, 2))]) for k in sizes]
    )


def projected(jet: es.ParticleClouds, angle: float) -> np.ndarray:
    return jet.flat("rapidity") * math.cos(angle) + jet.flat("phi") * math.sin(angle)


def test_for_p_1_it_is_the_mean_of_scipys_distances_on_lines() -> None:
    events, L = jets(6, 1), 7
    found = es.matrix(es.SlicedTransport(directions=L), events[:3], events[3:])
    for i in range(3):
        for j in range(3):
            a, b = events[i : i + 1], events[3 + j : 4 + j]
            each = [
                wasserstein_distance(projected(a, angle), projected(b, angle), a.flat("pt"), b.flat("pt"))
                for angle in np.pi * np.arange(L) / L
            ]
            assert found[i, j] == pytest.approx(np.pi / 2 * np.mean(each), rel=1e-12)


@pytest.mark.parametrize(("p", "mean_power"), [(2.0, 1 / 2), (3.0, 4 / (3 * np.pi))])
def test_for_other_powers_it_is_that_of_pot(p: float, mean_power: float) -> None:
    a, b, R, L = jets(1, 1), jets(1, 2), 0.7, 5
    each = [
        ot.emd2_1d(
            projected(a, angle) / R,
            projected(b, angle) / R,
            a.flat("pt") / a.flat("pt").sum(),
            b.flat("pt") / b.flat("pt").sum(),
            metric="minkowski",
            p=p,
        )
        for angle in np.pi * np.arange(L) / L
    ]
    expected = (np.mean(each) / mean_power) ** (1 / p)
    assert es.SlicedTransport(R=R, p=p, directions=L).between(a, b) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("p", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("angle", [0.0, 0.3, 1.0, 2.2])
def test_single_particles_are_as_far_apart_as_their_angle(p: float, angle: float) -> None:
    a = es.ParticleClouds.from_lists([[(3.0, 0.1, 0.2)]])
    b = es.ParticleClouds.from_lists([[(1.0, 0.1 + 0.5 * math.cos(angle), 0.2 + 0.5 * math.sin(angle))]])
    assert es.SlicedTransport(p=p, directions=64).between(a, b) == pytest.approx(0.5, rel=1e-3)
    assert es.SlicedTransport(p=p).between(a, b) == pytest.approx(0.5, rel=0.004)


@pytest.mark.parametrize("p", [1.0, 2.0])
def test_it_is_below_the_exact_distance_and_far_from_0(p: float) -> None:
    events = jets(40, 3, 30)
    exact = es.matrix(es.Transport(p=p), events)
    sliced = es.matrix(es.SlicedTransport(p=p), events)
    some = np.triu_indices(40, 1)
    ratio = sliced[some] / exact[some]
    assert (ratio < 1.004).all()
    assert ratio.mean() > 0.7
    assert np.corrcoef(sliced[some], exact[some])[0, 1] > 0.9


@given(st.integers(0, 10_000), st.integers(1, 6))
@settings(max_examples=30, deadline=None)
def test_order_splitting_scale_and_empty_particles_do_not_matter(seed: int, particles: int) -> None:
    rng = np.random.default_rng(seed)
    rows = np.column_stack([rng.exponential(1, particles), rng.normal(0, 0.3, (particles, 2))])
    other = jets(1, seed + 1)
    metric = es.SlicedTransport(p=1.5)
    expected = metric.between(es.ParticleClouds.from_lists([rows]), other)
    shuffled = es.ParticleClouds.from_lists([rng.permutation(rows)])
    assert metric.between(shuffled, other) == expected
    split = np.vstack([rows * [0.25, 1, 1], rows * [0.75, 1, 1], [[0.0, 1.0, 1.0]]])
    assert metric.between(es.ParticleClouds.from_lists([split]), other) == pytest.approx(expected, abs=1e-12)
    scaled = es.ParticleClouds.from_lists([rows * [7.0, 1, 1]])
    assert metric.between(scaled, other) == pytest.approx(expected, abs=1e-12)


def test_images_are_taken_as_their_pixels() -> None:
    values = np.random.default_rng(1).exponential(size=(2, 6, 6))
    images = es.Images(values=values, half_width=0.8)
    clouds = images.to_particles()
    metric = es.SlicedTransport()
    assert metric.between(images[0:1], images[1:2]) == metric.between(clouds[0:1], clouds[1:2])


def test_what_it_cannot_do_is_refused() -> None:
    with pytest.raises(es.InputError, match=r"p is 0\.5"):
        es.SlicedTransport(p=0.5)
    with pytest.raises(es.InputError, match="0 directions"):
        es.SlicedTransport(directions=0)
    far = es.ParticleClouds.from_lists([[(1.0, 0.0, 0.1)], [(1.0, 0.0, 3.0)]])
    with pytest.raises(es.InputError, match="event 1: a particle has phi = 3, and phi is not periodic here"):
        es.matrix(es.SlicedTransport(), far)
    eta = es.ParticleClouds.from_lists([[(1.0, 0.0, 0.1)]], coordinate="eta")
    with pytest.raises(es.InputError, match="one set has rapidity, the other eta"):
        es.matrix(es.SlicedTransport(), far[0:1], eta)

"""The mean squared error against scikit-learn, and what it shares with the Euclidean distance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import mean_squared_error

import eventspace as es

METRICS = [es.Euclidean(), es.MeanSquaredError()]


def points(n, d=3, seed=0):
    return es.Points(values=np.random.default_rng(seed).normal(size=(n, d)))


def images(n, size=4, seed=0):
    return es.Images(values=np.random.default_rng(seed).exponential(size=(n, size, size)), half_width=1.0)


@pytest.mark.slow
@given(arrays(np.float64, st.tuples(st.integers(1, 5), st.integers(1, 20)), elements=st.floats(-1e6, 1e6)))
def test_values_are_those_of_scikit_learn(values):
    expected = [[mean_squared_error(a, b) for b in values] for a in values]
    ours = es.matrix(es.MeanSquaredError(), es.Points(values=values), threads=1)
    np.testing.assert_allclose(ours, expected, rtol=1e-13, atol=1e-300)


def test_images_are_compared_pixel_by_pixel():
    a, b = images(5), images(4, seed=1)
    ours = es.matrix(es.MeanSquaredError(), a, b)
    expected = ((a.values[:, None] - b.values) ** 2).mean(axis=(2, 3))
    np.testing.assert_allclose(ours, expected, rtol=1e-14)
    np.testing.assert_allclose(ours, es.matrix(es.Euclidean(), a, b) ** 2 / 16, rtol=1e-14)


def test_single_precision_is_read_as_it_is():
    """Squares of the differences are taken in double precision."""
    values = np.array([[1e4 + 1, 2.0], [1e4, 2.0]], dtype=np.float32)
    assert es.MeanSquaredError().between(*(es.Points(values=values[i : i + 1]) for i in (0, 1))) == 0.5


def test_it_is_no_metric():
    d = es.matrix(es.MeanSquaredError(), es.Points(values=np.array([[0.0], [1.0], [2.0]])))
    assert d[0, 2] > d[0, 1] + d[1, 2]
    assert not es.MeanSquaredError().is_metric
    assert es.MeanSquaredError().unit == "coordinate^2"


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("left", "right", "message"),
    [
        (points(2), points(2, d=4), "3 and 4 coordinates cannot be compared"),
        (points(2), es.Points(values=np.array([[0.0, 1.0, np.nan]])), "event 0: a coordinate is NaN"),
        (images(2), es.Images(values=-images(2).values, half_width=1.0), "event 0: a pixel is negative"),
        (images(2), es.Images(values=images(2).values, half_width=1.0, units={"values": "MeV"}), "GeV .* MeV"),
        (points(2), es.ParticleClouds.from_lists([[(1.0, 0.0, 0.0)]]), "not defined for particles"),
    ],
)
def test_wrong_input_ends_with_one_message(metric, left, right, message):
    with pytest.raises(es.InputError, match=message):
        es.matrix(metric, left, right)


def test_points_without_coordinates_have_no_mean():
    with pytest.raises(es.InputError, match="at least one coordinate"):
        es.matrix(es.MeanSquaredError(), points(2, d=0))

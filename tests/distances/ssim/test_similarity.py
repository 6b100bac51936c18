"""The structural similarity against dense filters of scipy, against the definition, and against closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

import eventspace as es


def dense_distance(x, y, L, sigma=1.5, K1=0.01, K2=0.03):
    """As scikit-image computes it: Gaussian filters with reflecting borders, and a border cut away."""
    radius = [min(int(3.5 * sigma + 0.5), (size - 1) // 2) for size in x.shape]  # windows fit into the grid

    def smooth(values):
        return gaussian_filter(values.astype(float), sigma, radius=radius, mode="reflect")

    mx, my = smooth(x), smooth(y)
    vx, vy, covariance = smooth(x * x) - mx * mx, smooth(y * y) - my * my, smooth(x * y) - mx * my
    c1, c2 = (K1 * L) ** 2, (K2 * L) ** 2
    similarity = (2 * mx * my + c1) * (2 * covariance + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))
    return 1 - similarity[tuple(slice(cut, size - cut) for cut, size in zip(radius, x.shape, strict=True))].mean()


def dense_matrix(left, right, **options):
    return np.array([[dense_distance(x, y, **options) for y in right] for x in left])


def sparse(shape, n, seed=0, share=0.3):
    """Grids with few cells, one of which is never empty."""
    rng = np.random.default_rng(seed)
    values = rng.exponential(size=(n, *shape)) * (rng.random((n, *shape)) < share)
    values.reshape(n, -1)[:, 0] += 0.1
    return values


SMALL = [(9, 16), (3, 2), (9, 16, 45), (10, 1, 12), (2, 5, 4)]  # no window of 11 cells fits into these grids


def events_of(values):
    return es.Images(values=values, half_width=1.0) if values.ndim == 3 else es.Showers.from_dense(values)


@pytest.mark.parametrize("shape", [(11, 11), (17, 23), (30, 12), (11, 11, 11), (12, 19, 14), (21, 13, 11), *SMALL])
@pytest.mark.parametrize("options", [{"L": 5.0}, {"L": 0.5, "K1": 0.05, "K2": 0.2}, {"L": 20.0, "sigma": 0.8}])
def test_distances_are_those_of_dense_filters(shape, options):
    left, right = sparse(shape, 4), sparse(shape, 3, seed=1, share=0.05)
    ours = es.matrix(es.SSIM(**options), events_of(left), events_of(right))
    np.testing.assert_allclose(ours, dense_matrix(left, right, **options), atol=1e-12)


@given(
    shape=st.lists(st.integers(5, 13), min_size=2, max_size=3),
    share=st.sampled_from([0.0, 0.01, 0.05, 0.5, 1.0]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=60)
def test_gaps_in_the_grid_lose_nothing(shape, share, seed):
    """Windows of 5 cells, so that many hold no cell, one, or cells of one event only."""
    values = sparse(shape, 3, seed, share)
    options = {"L": 3.0, "sigma": 0.5}
    metric, events = es.SSIM(**options), events_of(values)
    ours = es.matrix(metric, events, events)
    np.testing.assert_allclose(ours, dense_matrix(values, values, **options), atol=1e-12)
    assert (np.diagonal(ours) == 0).all()
    assert np.array_equal(ours, ours.T)
    assert ((ours >= 0) & (ours <= 2)).all()


def test_definition_window_by_window():
    x, y = sparse((10, 12), 2, seed=3)
    sigma, L = 1.0, 2.0
    weights = np.exp(-0.5 * np.arange(-4, 5) ** 2)  # 3.5 sigma, to the nearest cell
    window = np.outer(weights, weights) / weights.sum() ** 2
    similarities = []
    for row in range(10 - 8):
        for column in range(12 - 8):
            a, b = (values[row : row + 9, column : column + 9] for values in (x, y))
            mean_a, mean_b = (window * a).sum(), (window * b).sum()
            variance_a, variance_b = (window * (a - mean_a) ** 2).sum(), (window * (b - mean_b) ** 2).sum()
            covariance = (window * (a - mean_a) * (b - mean_b)).sum()
            luminance = (2 * mean_a * mean_b + (0.01 * L) ** 2) / (mean_a**2 + mean_b**2 + (0.01 * L) ** 2)
            similarities.append(
                luminance * (2 * covariance + (0.03 * L) ** 2) / (variance_a + variance_b + (0.03 * L) ** 2)
            )
    ours = es.SSIM(L=L, sigma=sigma).between(events_of(x[None]), events_of(y[None]))
    assert ours == pytest.approx(1 - np.mean(similarities), abs=1e-13)


@pytest.mark.parametrize("shape", [(12, 13), (11, 12, 13)])
def test_constant_grids_have_a_closed_form_and_break_the_triangle(shape):
    content = np.array([1.0, 2.0, 4.0])
    constant = events_of(np.ones((3, *shape)) * content.reshape(3, *[1] * len(shape)))
    L = 4.0
    a, b, c1 = content[:, None], content, (0.01 * L) ** 2
    d = es.matrix(es.SSIM(L=L), constant)
    np.testing.assert_allclose(d, 1 - (2 * a * b + c1) / (a * a + b * b + c1), atol=1e-12)
    assert d[0, 2] > d[0, 1] + d[1, 2]
    assert not es.SSIM(L=L).is_metric
    assert es.SSIM(L=L).unit == ""


def test_only_the_ratio_to_the_dynamic_range_matters():
    values = sparse((12, 11, 13), 4)
    d = es.matrix(es.SSIM(L=2.0), events_of(values))
    assert np.array_equal(es.matrix(es.SSIM(L=16.0), events_of(8 * values)), d)
    assert not np.allclose(es.matrix(es.SSIM(L=16.0), events_of(values)), d, rtol=0.05)


def test_axes_and_directions_are_alike():
    values = sparse((12, 11, 15), 4)
    d = es.matrix(es.SSIM(L=2.0), events_of(values))
    for turned in (values.transpose(0, 3, 1, 2), values[:, ::-1], values[:, :, :, ::-1]):
        np.testing.assert_allclose(es.matrix(es.SSIM(L=2.0), events_of(turned)), d, atol=1e-13)


def test_it_is_said_where_the_window_shrinks():
    showers = events_of(sparse((9, 16, 45), 2))
    assert "from 11 x 11 x 11 to 9 x 11 x 11 cells" in es.SSIM(L=1).remark(showers)
    assert es.SSIM(L=1, sigma=1).remark(showers) == ""
    assert es.SSIM(L=1).remark(images()) == ""


def images(size=12, factor=1.0, half_width=1.0):
    return es.Images(values=factor * sparse((size, size), 2), half_width=half_width)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: es.SSIM(L=0), "L is 0; give a positive number"),
        (lambda: es.SSIM(L=1, sigma=np.inf), "sigma is inf"),
        (lambda: es.SSIM(L=1, K2=-1), "K2 is -1"),
        (lambda: es.matrix(es.SSIM(L=1), images(), images(13)), "12 x 12 .* 13 x 13"),
        (lambda: es.matrix(es.SSIM(L=1), images(), images(half_width=2.0)), "half width 1 .* half width 2"),
        (lambda: es.matrix(es.SSIM(L=1), images(), events_of(sparse((12, 12, 12), 2))), "pixels.* 12 x 12 x 12 cells"),
        (lambda: es.matrix(es.SSIM(L=1), images(factor=1e4)), "times the dynamic range L = 1; give an L"),
        (lambda: es.matrix(es.SSIM(L=1), images(factor=-1)), "a pixel is negative"),
        (lambda: es.matrix(es.SSIM(L=1), es.Points(values=np.ones((2, 2)))), "give images or showers"),
    ],
)
def test_wrong_input_ends_with_one_message(call, message):
    with pytest.raises(es.InputError, match=message):
        call()

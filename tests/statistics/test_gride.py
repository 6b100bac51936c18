from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.spatial import cKDTree
from scipy.special import betaln

from eventspace.base.errors import InputError
from eventspace.statistics.gride import FEWEST_EVENTS, gride, maximum_likelihood, neighbours_needed


def near(points, largest, box=None):
    """The neighbours of points, on a torus where there is a box."""
    known = min(len(points) - 1, neighbours_needed(largest))
    distances, index = cKDTree(points, boxsize=box).query(points, known + 1)
    return index[:, 1:], distances[:, 1:]


def torus(seed, n, d, largest):
    return near(np.random.default_rng(seed).uniform(size=(n, d)), largest, box=1.0)


def log_density(mu, d, n1, n2):
    """As it is printed, without any rearrangement."""
    above = (n2 - n1 - 1) * np.log(mu**d - 1)
    return np.log(d) + above - betaln(n2 - n1, n1) - (d * (n2 - 1) + 1) * np.log(mu)


@pytest.mark.parametrize(("n1", "n2"), [(1, 2), (2, 4), (4, 8), (1, 3), (3, 10), (32, 64)])
@pytest.mark.parametrize("d", [0.7, 3.0, 12.0])
def test_it_is_where_the_likelihood_of_the_formula_is_largest(n1, n2, d):
    rng = np.random.default_rng(n2)
    mu = rng.beta(n1, n2 - n1, size=40) ** (-1 / d)
    found = maximum_likelihood(np.log(mu), n1, n2)
    brute = minimize_scalar(
        lambda log_d: -log_density(mu, np.exp(log_d), n1, n2).sum(),
        bounds=(-4, 5),
        method="bounded",
        options={"xatol": 1e-10},
    )
    assert found == pytest.approx(np.exp(brute.x), rel=1e-6)
    grid = np.geomspace(found / 2, found * 2, 1001)
    assert abs(np.argmax([log_density(mu, d, n1, n2).sum() for d in grid]) - 500) <= 1


@pytest.mark.parametrize(("n1", "n2", "d"), [(1, 2, 1.5), (2, 4, 3.0), (3, 10, 5.0)])
def test_the_density_is_one(n1, n2, d):
    """What the oracle above maximises is normalised, so that it is the density of ratios."""
    mu = 1 + np.geomspace(1e-9, 1e9, 400_001)
    assert np.trapezoid(np.exp(log_density(mu, d, n1, n2)), mu) == pytest.approx(1, abs=2e-3)


def test_the_first_order_is_twonn_in_closed_form():
    index, distances = torus(1, 60, 3, 2)
    found = gride(index, distances, seed=1)
    assert found.orders.tolist() == [2]
    assert found.values[0] == pytest.approx(60 / np.log(distances[:, 1] / distances[:, 0]).sum(), rel=1e-12)


@pytest.mark.parametrize("d", [1, 2, 5])
def test_uniform_points_on_a_torus_have_its_dimension_at_every_order(d):
    found = gride(*torus(d, 1000, d, 16), seed=1)
    assert found.orders.tolist() == [2, 4, 8, 16]
    assert found.values == pytest.approx(d, rel=0.1)
    assert (found.low < found.values).all()
    assert (found.values < found.high).all()
    assert (np.diff(found.scales) > 0).all()


def test_a_sphere_has_two_dimensions_by_its_chords():
    """The area of a cap is pi times the square of its chord, so the ratios are those of a plane at all orders."""
    points = np.random.default_rng(3).normal(size=(1000, 3))
    found = gride(*near(points / np.linalg.norm(points, axis=1, keepdims=True), 32), seed=1)
    assert found.values == pytest.approx(2, rel=0.1)


def test_a_thick_line_is_a_plane_near_by_and_a_line_from_afar():
    points = np.random.default_rng(4).uniform(size=(1000, 2)) * [1, 0.01]
    found = gride(*near(points, 64), seed=1)
    assert found.values[0] == pytest.approx(2, abs=0.25)
    assert found.at(0.02).value == pytest.approx(1, abs=0.1)


SOURCES = {
    "torus": (lambda rng: near(rng.uniform(size=(100, 2)), 8, box=1.0), 2.0),
    "line": (lambda rng: near(rng.uniform(size=(100, 1)), 8, box=1.0), 1.0),
    # Half of the events on a line and half in a cube: the composition of the sample matters, too.
    "line and cube": (
        lambda rng: near(
            np.where(rng.random((100, 1)) < 0.5, [9, 0, 0] + rng.random((100, 1)) * [9, 0, 0], rng.random((100, 3))), 8
        ),
        None,
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SOURCES)
def test_coverage_of_the_interval(name):
    """Where the truth is no formula it is the mean of the toys; intervals of the likelihood alone would fail."""
    source, truth = SOURCES[name]
    found = [gride(*source(np.random.default_rng((5, toy))), seed=toy) for toy in range(100)]
    values = np.log([each.values for each in found])
    expected = values.mean(axis=0) if truth is None else np.log(truth)
    held = (np.log([each.low for each in found]) <= expected) & (expected <= np.log([each.high for each in found]))
    assert (held.mean(axis=0) >= 0.88).all()
    alone = np.abs(values - expected) <= 1.96 * np.sqrt([each.independent for each in found])
    assert alone.mean(axis=0)[-1] < 0.9
    variance = np.mean([np.diagonal(each.covariance) for each in found], axis=0)
    assert variance == pytest.approx(values.var(axis=0, ddof=1), rel=0.5)


@pytest.mark.slow
def test_coverage_between_clumps_where_a_half_looks_different_at_the_same_order():
    """Of 5 events a clump the 16 nearest lie in three clumps, and in a half in six: its variance is another."""
    centres = np.random.default_rng(1).uniform(size=(20, 2))

    def clumps(rng):
        return near(centres[rng.integers(20, size=100)] + rng.uniform(-0.01, 0.01, (100, 2)), 16)

    found = [gride(*clumps(np.random.default_rng((6, toy))), seed=toy) for toy in range(100)]
    logarithms = np.log([each.values[-1] for each in found])
    expected = logarithms.mean()
    assert np.mean([np.log(f.low[-1]) <= expected <= np.log(f.high[-1]) for f in found]) >= 0.9
    alone = np.sqrt([each.covariance[-1, -1] for each in found])
    assert np.mean(np.abs(logarithms - expected) <= 1.96 * alone) < 0.88


def test_at_the_scale_of_an_order_is_its_value_and_between_two_lies_between():
    found = gride(*torus(6, 300, 3, 16), seed=2, level=0.68)
    for k, scale in enumerate(found.scales):
        number = found.at(scale * (1 + 1e-15))
        assert (number.value, number.low, number.high) == pytest.approx((found.values[k], found.low[k], found.high[k]))
        assert number.level == 0.68
    for (a, b), (v, w) in zip(pairwise(found.scales), pairwise(found.values), strict=True):
        assert found.at(np.sqrt(a * b)).value == pytest.approx(np.sqrt(v * w))
    for Q in (found.scales[0] / 2, found.scales[-1] * 2, 0.0, np.nan):
        with pytest.raises(InputError, match=r"no neighbour order has the scale .*choose it between 0\."):
            found.at(Q)


@settings(max_examples=20, deadline=None)
@given(scale=st.floats(1e-3, 1e3), seed=st.integers(0, 1000))
def test_the_dimension_depends_neither_on_the_unit_nor_on_the_order_of_events(scale, seed):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(40, 2))
    one = gride(*near(points, 4), seed=1)
    scaled = gride(*near(points * scale, 4), seed=1)
    assert scaled.values == pytest.approx(one.values)
    assert scaled.high == pytest.approx(one.high)
    assert scaled.scales == pytest.approx(one.scales * scale)
    permuted = gride(*near(rng.permutation(points), 4), seed=1)
    assert permuted.values == pytest.approx(one.values)
    assert permuted.scales == pytest.approx(one.scales)


def test_the_fewest_events_have_a_wide_interval():
    found = gride(*torus(7, FEWEST_EVENTS, 2, 2), seed=1)
    assert found.orders.tolist() == [2]
    assert found.high[0] / found.low[0] > 2


def test_neighbours_that_are_equally_far_are_told():
    """On a grid most events have two nearest at the same distance, and the ratios are not those of a density."""
    numbers = np.arange(40)
    left, right = (numbers - 1) % 40, (numbers + 1) % 40
    index = np.stack([left, right, (numbers - 2) % 40, (numbers + 2) % 40], axis=1)
    index = np.concatenate([index, (numbers[:, None] + np.arange(3, 12)) % 40], axis=1)
    distances = np.tile(np.array([1.0, 1, 2, 2, *range(3, 12)]), (40, 1))
    every = gride(index, distances, seed=1)
    assert every.ties.tolist() == [1.0]
    assert np.isnan(every.values).all()
    with pytest.raises(InputError, match="give events that differ"):
        every.at(1.0)
    distances[::2, 0] = 0.5
    some = gride(index, distances, seed=1)
    assert some.at(float(some.scales[0])).note == ("50% of the neighbours are equally far: the dimension is too large")


good = torus(8, 20, 2, 2)


@pytest.mark.parametrize(
    ("index", "distances", "problem"),
    [
        (good[0].astype(float), good[1], "float64"),
        (good[0][:, :-1], good[1], "one row an event"),
        (good[0][:, :5], good[1][:, :5], "5 neighbours are too few; give 13"),
        (good[0][:8, :7] % 8, good[1][:8, :7], "not other events"),
        (good[0][:, ::-1], good[1][:, ::-1], "event 0: its neighbours are not"),
        (good[0] * 0, good[1], "event 0: its neighbours are not"),
        (good[0] + 20, good[1], "event 0: its neighbours are not"),
        (good[0], good[1] * np.where(np.arange(20) == 4, np.nan, 1)[:, None], "event 4: its neighbours are not"),
        (good[0], good[1] * (np.arange(20) != 7)[:, None], "event 7: another event is equal.*keep one of each"),
        (good[0][:3, :2] % 3, good[1][:3, :2], "not other events|too few for ratios"),
        (np.tile(np.arange(20), (20, 1)), np.ones((20, 20)), "20 neighbours of 20 events"),
    ],
)
def test_bad_input(index, distances, problem):
    with pytest.raises(InputError, match=problem):
        gride(index, distances, seed=1)


def test_too_few_events_and_a_wrong_level_are_refused():
    with pytest.raises(InputError, match=r"7 events are too few.*at least 8"):
        gride(*torus(9, 7, 2, 2), seed=1)
    with pytest.raises(InputError, match="level 95"):
        gride(*good, seed=1, level=95)

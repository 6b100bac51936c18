import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from scipy.stats import chi2

from eventspace.base.errors import InputError
from eventspace.statistics.dimension import correlation_dimension


def torus(rng, n, sides):
    """Distances of n uniform points on a flat torus: no boundary, so C(Q) is a ball's volume over the torus's."""
    difference = np.abs([np.subtract.outer(x, x) for x in rng.uniform(size=(len(sides), n))])
    difference = np.minimum(difference, 1 - difference) * np.reshape(sides, (-1, 1, 1))
    return np.sqrt((difference**2).sum(axis=0))


def normal(rng, n, d):
    """Distances of n standard normal points: Q^2/2 follows chi^2 with d degrees of freedom."""
    points = rng.normal(size=(n, d))
    return cdist(points, points)


def count(distances, thresholds):
    others = distances + np.diag(np.full(len(distances), np.inf))
    return np.stack([(others < Q).sum(axis=1) for Q in thresholds], axis=1)


def slopes(share, thresholds):
    return np.diff(np.log(share)) / np.diff(np.log(thresholds))


def standard_deviations(dimension, expected):
    sigma = np.sqrt(np.maximum(np.diagonal(dimension.jackknife) - dimension.pair_variance, dimension.pair_variance))
    return (dimension.values - expected) / sigma


@pytest.mark.parametrize("d", [1, 2, 3, 5])
def test_uniform_points_on_a_torus_have_its_dimension(d):
    thresholds = np.geomspace(0.02 if d < 3 else 0.15, 0.48, 6)
    distances = torus(np.random.default_rng(d), 1000, np.ones(d))
    dimension = correlation_dimension(count(distances, thresholds), thresholds)
    assert np.isfinite(dimension.values).sum() >= 4
    assert np.nanmax(np.abs(standard_deviations(dimension, d))) < 3.5
    number = dimension.at(0.3)
    assert number.low <= d <= number.high
    assert number.high - number.low < 0.2


@pytest.mark.parametrize("d", [1, 2, 3, 5])
def test_normal_points_follow_the_closed_form_at_every_distance(d):
    thresholds = np.geomspace(0.5, 5, 9)
    dimension = correlation_dimension(count(normal(np.random.default_rng(d), 1000, d), thresholds), thresholds)
    expected = slopes(chi2.cdf(thresholds**2 / 2, d), thresholds)
    assert np.isfinite(dimension.values).all()
    assert np.abs(standard_deviations(dimension, expected)).max() < 3.5
    assert dimension.values == pytest.approx(expected, abs=0.5)


def test_a_thick_line_is_a_plane_near_by_and_a_line_from_afar():
    thresholds = np.array([0.0025, 0.005, 0.02, 0.12, 0.24])
    dimension = correlation_dimension(count(torus(np.random.default_rng(4), 2000, [1, 0.01]), thresholds), thresholds)
    near, far = dimension.at(np.sqrt(0.0025 * 0.005)), dimension.at(np.sqrt(0.12 * 0.24))
    assert near.low <= 2 <= near.high
    assert near.high - near.low < 0.3
    assert far.low <= 1 <= far.high
    assert far.high - far.low < 0.1


def test_the_jackknife_is_what_leaving_out_each_event_gives():
    thresholds = np.array([0.3, 0.6, 1.2, 2.4])
    distances = normal(np.random.default_rng(5), 80, 2)
    dimension = correlation_dimension(count(distances, thresholds), thresholds)
    without = []
    for event in range(80):
        rest = np.delete(np.arange(80), event)
        pairs = count(distances[np.ix_(rest, rest)], thresholds).sum(axis=0) / 2
        without.append(slopes(pairs, thresholds))
    by_hand = 79 / 80 * 79 * np.cov(without, rowvar=False)
    assert dimension.jackknife == pytest.approx(by_hand, rel=1e-9)


def interval_share(Q):
    return 2 * Q - Q**2


SAMPLES = {
    # Every point of a torus sees the same: the plain jackknife would give twice the variance here.
    "torus": (
        lambda rng: torus(rng, 200, [1, 1]),
        np.array([0.05, 0.1, 0.2, 0.3, 0.45]),
        lambda Q: np.pi * Q**2,
    ),
    "interval": (
        lambda rng: np.abs(np.subtract.outer(x := rng.uniform(size=200), x)),
        np.array([0.05, 0.1, 0.2, 0.4, 0.8]),
        interval_share,
    ),
    # Here points in the middle see more than those outside, and that dominates.
    "normal": (
        lambda rng: normal(rng, 200, 2),
        np.array([0.2, 0.4, 0.8, 1.6, 2.4, 3.2]),
        lambda Q: chi2.cdf(Q**2 / 2, 2),
    ),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_coverage_of_the_band(name):
    sample, thresholds, share = SAMPLES[name]
    expected = slopes(share(thresholds), thresholds)
    toys = 300
    hits, at_hits, values, variances = np.zeros(len(expected)), 0, [], []
    for toy in range(toys):
        dimension = correlation_dimension(count(sample(np.random.default_rng(toy)), thresholds), thresholds)
        hits += (dimension.low <= expected) & (expected <= dimension.high)
        log = np.log(dimension.midpoints)
        number = dimension.at(np.exp(0.3 * log[1] + 0.7 * log[2]))
        at_hits += number.low <= 0.3 * expected[1] + 0.7 * expected[2] <= number.high
        values.append(dimension.values)
        variances.append(((dimension.high - dimension.low) / (2 * 1.959964)) ** 2)
    assert (np.append(hits, at_hits) / toys >= 0.88).all()
    assert (np.append(hits, at_hits) / toys <= 0.99).all()
    assert np.mean(variances, axis=0) == pytest.approx(np.var(values, axis=0, ddof=1), rel=0.35)


def test_what_is_not_measured_is_masked():
    thresholds = np.array([1e-6, 1e-5, 0.1, 0.2, 0.4, 2.0, 4.0])
    distances = torus(np.random.default_rng(6), 200, [1, 1])
    dimension = correlation_dimension(count(distances, thresholds), thresholds)
    measured = [False, False, True, True, True, False]
    for array in (dimension.values, dimension.low, dimension.high, dimension.pair_variance):
        np.testing.assert_array_equal(np.isfinite(array), measured)
    assert dimension.pairs[0] == 0
    assert dimension.pairs[-1] == 200 * 199 / 2
    assert np.isfinite(dimension.at(0.2).value)
    for Q in (1e-7, 1e-5, 0.05, 1.0, 5.0, 0.0, -1.0, np.inf, np.nan):
        with pytest.raises(InputError, match=r"not measured.*between 0\.14\d* and 0\.89"):
            dimension.at(Q)


def test_pairs_of_a_single_event_measure_nothing():
    """A hub and its spokes: all near pairs share the hub, so without it there is nothing left."""
    counts = np.zeros((30, 3), dtype=int)
    counts[0] = 10, 20, 29
    counts[1:11, 0] = counts[1:21, 1] = counts[1:, 2] = 1
    dimension = correlation_dimension(counts, [1.0, 2.0, 3.0])
    assert np.isnan(dimension.values).all()
    with pytest.raises(InputError, match="give more events"):
        dimension.at(1.5)


def test_at_a_midpoint_is_the_value_and_its_band():
    thresholds = np.geomspace(0.05, 0.45, 5)
    distances = torus(np.random.default_rng(7), 300, [1, 1])
    dimension = correlation_dimension(count(distances, thresholds), thresholds, level=0.68)
    for k, Q in enumerate(dimension.midpoints):
        number = dimension.at(Q * (1 + 1e-15))
        expected = dimension.values[k], dimension.low[k], dimension.high[k]
        assert (number.value, number.low, number.high) == pytest.approx(expected)
        assert number.level == 0.68


@settings(max_examples=30, deadline=None)
@given(scale=st.floats(1e-3, 1e3), seed=st.integers(0, 1000))
def test_the_dimension_depends_neither_on_the_unit_nor_on_the_order_of_events(scale, seed):
    rng = np.random.default_rng(seed)
    thresholds = np.array([0.2, 0.4, 0.9])
    counts = count(normal(rng, 60, 2), thresholds)
    one = correlation_dimension(counts, thresholds)
    other = correlation_dimension(rng.permutation(counts), thresholds * scale)
    assert other.values == pytest.approx(one.values, nan_ok=True)
    assert other.high == pytest.approx(one.high, nan_ok=True)
    assert (one.values[np.isfinite(one.values)] >= 0).all()
    assert (one.low[np.isfinite(one.low)] >= 0).all()


good = np.array([[2, 3], [2, 3], [2, 3], [2, 4], [2, 3]])


@pytest.mark.parametrize(
    ("counts", "thresholds", "problem"),
    [
        (good, [1.0, 2.0, 3.0], "do not fit 3 thresholds"),
        (good[0], [1.0, 2.0], "do not fit 2 thresholds"),
        (good.astype(float), [1.0, 2.0], "float64 do not fit"),
        (good[:, :1], [1.0], "at least two"),
        (good, [2.0, 1.0], "not positive and rising"),
        (good, [1.0, 1.0], "not positive and rising"),
        (good, [0.0, 1.0], "not positive and rising"),
        (good, [1.0, np.nan], "not positive and rising"),
        (good, [1.0, np.inf], "not positive and rising"),
        (good[:2], [1.0, 2.0], "2 events are too few"),
        (good + np.array([0, 1]), [1.0, 2.0], "event 3: the counts do not rise from 0 or more to at most 4"),
        (good - 3, [1.0, 2.0], "event 0: the counts do not rise"),
        (good[:, ::-1], [1.0, 2.0], "event 0: the counts do not rise"),
        (good + np.eye(5, 2, 1, dtype=int), [1.0, 2.0], "odd number"),
    ],
)
def test_bad_input(counts, thresholds, problem):
    with pytest.raises(InputError, match=problem):
        correlation_dimension(counts, thresholds)


def test_a_level_outside_0_and_1_is_refused():
    with pytest.raises(InputError, match="level 95"):
        correlation_dimension(good, [1.0, 2.0], level=95)


def test_few_pairs_between_the_thresholds_are_told():
    thresholds = np.array([0.05, 0.1, 0.2])
    few, many = (
        correlation_dimension(count(torus(np.random.default_rng(1), n, np.ones(2)), thresholds), thresholds).at(0.1)
        for n in (80, 400)
    )
    assert few.note.startswith("from ")
    assert many.note == ""

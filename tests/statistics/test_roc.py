import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, norm
from sklearn.metrics import roc_auc_score, roc_curve

from eventspace.base.errors import InputError
from eventspace.statistics.roc import auc, auc_difference, background_efficiency, rejection

# Few distinct integers: ties within and between the classes.
tied = st.lists(st.integers(0, 6), min_size=2, max_size=25)


def mann_whitney(background, signal):
    difference = np.subtract.outer(np.asarray(signal, float), np.asarray(background, float))
    return np.mean((difference > 0) + 0.5 * (difference == 0))


def truth(background, signal):
    return np.repeat([0, 1], [len(background), len(signal)]), np.concatenate([background, signal])


def delong_variance(background, signal):
    """The variance of the AUC from placement values (DeLong, DeLong, Clarke-Pearson, Biometrics 44 (1988) 837)."""
    difference = np.subtract.outer(signal, background)
    wins = (difference > 0) + 0.5 * (difference == 0)
    return wins.mean(axis=1).var(ddof=1) / len(signal) + wins.mean(axis=0).var(ddof=1) / len(background)


@settings(deadline=None)
@given(background=tied, signal=tied)
def test_the_area_agrees_with_scikit_learn_and_mann_whitney(background, signal):
    area = auc(background, signal).value
    for other in (roc_auc_score(*truth(background, signal)), mann_whitney(background, signal)):
        assert area == pytest.approx(other, abs=1e-12)


@settings(deadline=None)
@given(background=tied, signal=tied)
def test_only_the_order_of_the_scores_matters(background, signal):
    b, s = np.array(background), np.array(signal)
    assert auc(b, s) == auc(np.exp(b), np.exp(s))
    assert auc(b, s).value == pytest.approx(1 - auc(s, b).value)
    assert auc(b, s).value == pytest.approx(auc(-s, -b).value)


def curve(background, signal):
    """Background and signal efficiency of scikit-learn, all points of the ROC curve."""
    return roc_curve(*truth(background, signal), drop_intermediate=False)[:2]


def on_the_curve(points, efficiency):
    """The lowest background efficiency of the polyline at a signal efficiency."""
    of_background, of_signal = points
    at_point = of_signal == efficiency
    return of_background[at_point].min() if at_point.any() else np.interp(efficiency, of_signal, of_background)


@pytest.mark.slow
@settings(deadline=None)
@given(background=tied, signal=tied, share=st.floats(0.01, 1))
def test_background_efficiency_lies_on_the_curve(background, signal, share):
    steps = np.arange(1, len(signal) + 1) / len(signal)
    efficiencies = np.append(steps, share)
    band = background_efficiency(background, signal, efficiencies)
    expected = [on_the_curve(curve(background, signal), e) for e in efficiencies]
    assert band.background_efficiency == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("decimals", [12, 0])
@pytest.mark.parametrize(("n", "m"), [(300, 300), (500, 1000), (1000, 500)])
def test_the_spread_of_the_area_is_delongs_away_from_the_edge(n, m, decimals):
    rng = np.random.default_rng(n + decimals)
    background, signal = rng.normal(0, 1, n).round(decimals), rng.normal(1, 1, m).round(decimals)
    number = auc(background, signal)
    reach = norm.ppf(0.975) * np.sqrt(delong_variance(background, signal))
    assert (number.high - number.low) / 2 == pytest.approx(reach, rel=0.1)


# Classes of known area: normal ones a distance apart, and signal of which a part is below all background.
def apart(distance):
    return lambda rng, n, m: (rng.normal(0, 1, n), rng.normal(distance, 1, m)), norm.cdf(distance / np.sqrt(2))


def partly_lost(part):
    return lambda rng, n, m: (rng.normal(0, 1, n), np.where(rng.random(m) < part, -50, 50)), 1 - part


@pytest.mark.parametrize(("n", "m"), [(30, 30), (100, 100), (200, 30)])
@pytest.mark.parametrize("source", [apart(2), apart(3.5), apart(4.5), partly_lost(0.05)])
def test_the_area_near_1_is_held(source, n, m):
    draw, area = source
    rng = np.random.default_rng(n)
    found = [auc(*draw(rng, n, m)) for _ in range(400)]
    assert all(number.low < number.high for number in found)
    assert np.mean([number.low <= area <= number.high for number in found]) > 0.93  # a bootstrap: 0.23 to 0.93


def test_perfect_order_has_the_limit_that_no_distribution_exceeds():
    perfect = auc(np.arange(30.0), np.arange(100.0, 140.0))
    # 30 pairs without an event in common are all in order with the probability area^30 at most.
    assert perfect.low**30 == pytest.approx(0.025)
    assert (perfect.value, perfect.high) == (1, 1)
    inverse = auc(np.arange(100.0, 140.0), np.arange(30.0))
    assert (inverse.low, inverse.high) == pytest.approx((0, 1 - perfect.low))


def test_the_spread_of_a_difference_is_that_of_other_events():
    rng = np.random.default_rng(3)

    def both(shift, n):
        first = rng.normal(shift, 1, n)
        return first, first + rng.normal(0, 1, n)

    number = auc_difference(both(0, 400), both(1, 300))
    others = [auc_difference(both(0, 400), both(1, 300)).value for _ in range(300)]
    assert (number.high - number.low) / 2 == pytest.approx(norm.ppf(0.975) * np.std(others), rel=0.15)


def test_a_difference_of_scores_that_order_all_events_has_a_width():
    background, signal = np.arange(30.0), np.arange(100.0, 130.0)
    number = auc_difference((background, background), (signal, signal))
    assert number.value == 0
    assert number.high == -number.low > 0.05
    swapped = auc_difference((background, -background), (signal, -signal))
    assert swapped.value == 1


def test_equal_scores_tell_nothing():
    number = auc(np.ones(40), np.ones(40))
    assert number.value == 0.5
    assert number.low < 0.4
    assert number.high > 0.6


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "m", "distance"), [(50, 10, 1.45), (50, 20, 1.5), (200, 10, 2.0), (1000, 10, 2.8), (300, 200, 1.0)]
)
def test_the_rejection_is_held_though_the_cut_scatters(n, m, distance):
    rng, truth, held, limits, wrong = np.random.default_rng(n), 1 / norm.sf(distance), 0, 0, 0
    for _ in range(300):
        found = rejection(rng.normal(0, 1, n), rng.normal(distance, 1, m), 0.5)
        inside = found.low <= truth and (found.high is None or truth <= found.high)
        held += inside
        limits += found.value == found.low
        wrong += found.value == found.low and not inside
    assert held / 300 > 0.93
    assert wrong <= 0.05 * 300
    assert limits > 0.05 * 300 or m > 20


@pytest.mark.slow
@pytest.mark.parametrize("source", ["smooth", "tied"])
def test_the_band_holds_the_curve_everywhere(source):
    rng = np.random.default_rng(3)
    grid = np.array([0.02, 0.3, 0.5, 0.9, 0.98, 1.0])

    def scores(n, m):
        background, signal = rng.normal(0, 1, n), rng.normal(1.5, 1, m)
        return (np.floor(background), np.floor(signal)) if source == "tied" else (background, signal)

    if source == "tied":
        points = curve(*scores(2_000_000, 2_000_000))
        truth = np.array([on_the_curve(points, efficiency) for efficiency in grid])
    else:
        truth = norm.sf(1.5 + norm.isf(grid))
    held = np.zeros(len(grid))
    for _ in range(150):
        band = background_efficiency(*scores(60, 40), grid)
        held += (band.low <= truth) & (truth <= band.high)
    assert (held / 150 > 0.92).all()


def test_the_spread_at_a_fixed_cut_is_binomial():
    """With very many signal events the cut stands still, and only the background's counting noise is left."""
    rng = np.random.default_rng(6)
    background = rng.normal(0, 1, 400)
    band = background_efficiency(background, rng.normal(1, 1, 100_000), [0.5], level=0.6827)
    share = band.background_efficiency[0]
    assert (band.high - band.low)[0] / 2 == pytest.approx(np.sqrt(share * (1 - share) / 400), rel=0.15)


def test_the_band_rises_and_holds_the_rejections():
    rng = np.random.default_rng(8)
    background, signal = rng.normal(0, 1, 1000), rng.normal(1.5, 1, 1000)
    grid = np.linspace(0.01, 1, 100)
    band = background_efficiency(background, signal, grid)
    for edge in (band.low, band.background_efficiency, band.high):
        assert (np.diff(edge) >= 0).all()
    assert (band.low <= band.background_efficiency).all()
    assert (band.background_efficiency <= band.high).all()
    for efficiency in (0.3, 0.5):
        number = rejection(background, signal, efficiency)
        point = np.argmin(np.abs(grid - efficiency))
        inverse = [1 / edge[point] for edge in (band.background_efficiency, band.high, band.low)]
        assert [number.value, number.low, number.high] == pytest.approx(inverse)


@pytest.mark.parametrize("level", [0.68, 0.95])
def test_without_passing_background_the_rejection_is_a_limit(level):
    number = rejection(np.zeros(500), np.ones(200), 0.3, level=level)
    assert number.low == number.value
    assert number.high is None
    # At a background efficiency just as large as the limit says, seeing none of 500 has probability 1 - level.
    # The cut itself cannot be anywhere that background passes: only counting matters.
    assert (1 - 1 / number.value) ** 500 == pytest.approx(1 - level)
    assert json.dumps(number.as_dict(), allow_nan=False)


def test_with_one_passing_the_rejection_has_the_ends_of_counting_one():
    background = np.concatenate([np.zeros(99), [2.0]])
    number = rejection(background, np.ones(500), 0.5)
    assert number.value == pytest.approx(100)
    ends = binomtest(1, 100).proportion_ci(0.95)
    assert (number.low, number.high) == pytest.approx((1 / ends.high, 1 / ends.low))


def test_where_the_cut_may_lie_above_all_background_the_rejection_is_unbounded_above():
    number = rejection(np.arange(20.0), np.arange(10.0, 30.0), 0.6)
    assert number.value == 10
    assert number.low > 1
    assert number.high is None


good = [0.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda: auc([0.0, np.nan], good), "event 1: the background score is nan"),
        (lambda: auc(good, [np.nan, 0.0]), "event 0: the signal score is nan"),
        (lambda: rejection(good, [0.0, np.inf], 0.5), "event 1: the signal score is inf"),
        (lambda: auc([1.0], good), "1 background events are too few"),
        (lambda: auc(good, []), "0 signal events are too few"),
        (lambda: auc(np.ones((3, 2)), good), r"shape \(3, 2\)"),
        (lambda: rejection(good, good, 0.0), "signal efficiency"),
        (lambda: rejection(good, good, 30), "signal efficiency"),
        (lambda: background_efficiency(good, good, [0.5, np.nan]), "signal efficiency"),
        (lambda: auc(good, good, level=95), "level 95"),
        (lambda: rejection([0.0, 0.0], good, 0.1, level=1.5), "level 1.5"),
        (lambda: auc_difference((good, good[:2]), (good, good)), "3 and 2 background scores"),
        (lambda: auc_difference((good, good), (good, [0.0, np.nan, 1.0])), "event 1: the signal score is nan"),
    ],
)
def test_bad_input(call, problem):
    with pytest.raises(InputError, match=problem):
        call()

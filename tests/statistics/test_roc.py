import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import roc_auc_score, roc_curve

from eventspace.base.errors import InputError
from eventspace.statistics.bootstrap import multiplicities
from eventspace.statistics.roc import auc, background_efficiency, rejection, roc

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
def test_curve_and_area_agree_with_scikit_learn_and_mann_whitney(background, signal):
    curve = roc(background, signal)
    false_positive, true_positive, _ = roc_curve(*truth(background, signal), drop_intermediate=False)
    np.testing.assert_array_equal(curve.background_efficiency, false_positive)
    np.testing.assert_array_equal(curve.signal_efficiency, true_positive)
    area = auc(background, signal, replicas=2, seed=1).value
    for other in (curve.area, roc_auc_score(*truth(background, signal)), mann_whitney(background, signal)):
        assert area == pytest.approx(other, abs=1e-12)


@settings(deadline=None)
@given(background=tied, signal=tied, seed=st.integers(0, 99))
def test_only_the_order_of_the_scores_matters(background, signal, seed):
    b, s = np.array(background), np.array(signal)
    assert auc(b, s, replicas=20, seed=seed) == auc(np.exp(b), np.exp(s), replicas=20, seed=seed)
    assert auc(b, s, replicas=2, seed=1).value == pytest.approx(1 - auc(s, b, replicas=2, seed=1).value)
    assert auc(b, s, replicas=2, seed=1).value == pytest.approx(auc(-s, -b, replicas=2, seed=1).value)


def on_the_curve(curve, efficiency):
    """The lowest background efficiency of the polyline at a signal efficiency."""
    at_point = curve.signal_efficiency == efficiency
    if at_point.any():
        return curve.background_efficiency[at_point].min()
    return np.interp(efficiency, curve.signal_efficiency, curve.background_efficiency)


@settings(deadline=None)
@given(background=tied, signal=tied, share=st.floats(0.01, 1))
def test_background_efficiency_lies_on_the_curve(background, signal, share):
    steps = np.arange(1, len(signal) + 1) / len(signal)
    efficiencies = np.append(steps, share)
    band = background_efficiency(background, signal, efficiencies, replicas=2, seed=1)
    curve = roc(background, signal)
    assert band.background_efficiency == pytest.approx([on_the_curve(curve, e) for e in efficiencies], abs=1e-12)


@pytest.mark.parametrize("distinct", [7, 10**9])
def test_replicas_are_samples_drawn_again(distinct):
    """Every replica by hand: repeat the events, then ask scikit-learn and the curve."""
    rng = np.random.default_rng(1)
    background = np.sort(rng.integers(distinct, size=60))[::-1]
    signal = np.sort(rng.integers(distinct, size=40) + distinct // 3)[::-1]
    [[b, s]] = multiplicities([60, 40], 50, np.random.default_rng(7))
    again = [(np.repeat(background, i), np.repeat(signal, j)) for i, j in zip(b, s, strict=True)]

    number = auc(background, signal, replicas=50, seed=7)
    areas = [roc_auc_score(*truth(*sample)) for sample in again]
    assert (number.low, number.high) == pytest.approx(np.quantile(areas, [0.025, 0.975]))

    grid = np.array([0.1, 0.33, 0.5, 0.9, 1.0])
    band = background_efficiency(background, signal, grid, replicas=50, seed=7)
    by_hand = np.quantile([[on_the_curve(roc(*sample), e) for e in grid] for sample in again], [0.025, 0.975], axis=0)
    assert np.stack([band.low, band.high]) == pytest.approx(by_hand)


@pytest.mark.parametrize("decimals", [12, 0])
@pytest.mark.parametrize(("n", "m"), [(300, 300), (100, 1000), (1000, 100)])
def test_the_bootstrap_spread_of_the_area_is_delongs(n, m, decimals):
    rng = np.random.default_rng(n + decimals)
    background, signal = rng.normal(0, 1, n).round(decimals), rng.normal(1, 1, m).round(decimals)
    number = auc(background, signal, level=0.6827, replicas=2000, seed=3)
    assert (number.high - number.low) / 2 == pytest.approx(np.sqrt(delong_variance(background, signal)), rel=0.1)


def test_intervals_cover_the_closed_forms():
    rng = np.random.default_rng(5)
    toys = 200
    area, efficiency, limits = norm.cdf(1 / np.sqrt(2)), norm.cdf(-1), np.zeros(2)
    for toy in range(toys):
        background, signal = rng.normal(0, 1, 300), rng.normal(1, 1, 200)
        number = auc(background, signal, replicas=300, seed=toy)
        reject = rejection(background, signal, 0.5, replicas=300, seed=toy)
        limits += [number.low <= area <= number.high, reject.low <= 1 / efficiency <= reject.high]
    assert (limits / toys > 0.89).all()
    assert (limits / toys < 0.99).all()


def test_the_spread_at_a_fixed_cut_is_binomial():
    """With very many signal events the cut stands still, and only the background's counting noise is left."""
    rng = np.random.default_rng(6)
    background = rng.normal(0, 1, 400)
    band = background_efficiency(background, rng.normal(1, 1, 100_000), [0.5], level=0.6827, replicas=800, seed=1)
    share = band.background_efficiency[0]
    assert (band.high - band.low)[0] / 2 == pytest.approx(np.sqrt(share * (1 - share) / 400), rel=0.15)


def test_the_band_rises_and_holds_the_rejections():
    rng = np.random.default_rng(8)
    background, signal = rng.normal(0, 1, 1000), rng.normal(1.5, 1, 1000)
    grid = np.linspace(0.01, 1, 100)
    band = background_efficiency(background, signal, grid, replicas=200, seed=2)
    for edge in (band.low, band.background_efficiency, band.high):
        assert (np.diff(edge) >= 0).all()
    assert (band.low <= band.background_efficiency).all()
    assert (band.background_efficiency <= band.high).all()
    for efficiency in (0.3, 0.5):
        number = rejection(background, signal, efficiency, replicas=200, seed=2)
        point = np.argmin(np.abs(grid - efficiency))
        inverse = [1 / edge[point] for edge in (band.background_efficiency, band.high, band.low)]
        assert [number.value, number.low, number.high] == pytest.approx(inverse)


@pytest.mark.parametrize("level", [0.68, 0.95])
def test_without_passing_background_the_rejection_is_a_limit(level):
    number = rejection(np.zeros(500), np.ones(20), 0.3, level=level, replicas=10, seed=1)
    assert number.low == number.value
    assert number.high is None
    # At a background efficiency just as large as the limit says, seeing none of 500 has probability 1 - level.
    assert (1 - 1 / number.value) ** 500 == pytest.approx(1 - level)
    assert json.dumps(number.as_dict(), allow_nan=False)


def test_with_few_passing_the_rejection_is_unbounded_above():
    background = np.concatenate([np.zeros(99), [2.0]])
    number = rejection(background, np.ones(50), 0.5, replicas=500, seed=1)
    assert number.value == pytest.approx(100)
    assert number.low < 100
    assert number.high is None


def test_the_same_seed_gives_the_same_numbers():
    rng = np.random.default_rng(10)
    background, signal = rng.normal(0, 1, 100), rng.normal(1, 1, 100)
    assert auc(background, signal, seed=1) == auc(background, signal, seed=np.random.default_rng(1))
    assert auc(background, signal, seed=1) != auc(background, signal, seed=2)


good = [0.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda: roc([0.0, np.nan], good), "event 1: the background score is nan"),
        (lambda: auc(good, [np.nan, 0.0], seed=1), "event 0: the signal score is nan"),
        (lambda: rejection(good, [0.0, np.inf], 0.5, seed=1), "event 1: the signal score is inf"),
        (lambda: roc([1.0], good), "1 background events are too few"),
        (lambda: auc(good, [], seed=1), "0 signal events are too few"),
        (lambda: roc(np.ones((3, 2)), good), r"shape \(3, 2\)"),
        (lambda: rejection(good, good, 0.0, seed=1), "signal efficiency"),
        (lambda: rejection(good, good, 30, seed=1), "signal efficiency"),
        (lambda: background_efficiency(good, good, [0.5, np.nan], seed=1), "signal efficiency"),
        (lambda: auc(good, good, level=95, seed=1), "level 95"),
        (lambda: rejection([0.0, 0.0], good, 0.1, level=1.5, seed=1), "level 1.5"),
        (lambda: auc(good, good, replicas=0, seed=1), "0 bootstrap replicas"),
    ],
)
def test_bad_input(call, problem):
    with pytest.raises(InputError, match=problem):
        call()

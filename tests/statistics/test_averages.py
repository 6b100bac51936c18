"""Mean and median of few values: how often their intervals hold the truth, and where there is none."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import ttest_1samp

import eventspace as es
from eventspace.statistics.averages import mean, median, ratio_of_means

TOYS = 600
Draw = Callable[[np.random.Generator, int], np.ndarray]
# Skewed to the right, as the errors of trainings are; the mean is 1.
SOURCES: dict[str, Draw] = {
    "lognormal": lambda rng, n: rng.lognormal(-(0.6**2) / 2, 0.6, n),
    "chi2": lambda rng, n: rng.chisquare(9, n) / 9,
}


@pytest.mark.parametrize("n", [4, 8, 12])
@pytest.mark.parametrize("source", SOURCES)
def test_mean_of_few_holds_the_truth(source: str, n: int) -> None:
    rng = np.random.default_rng(n)
    found = [mean(SOURCES[source](rng, n)) for _ in range(TOYS)]
    assert np.mean([number.low <= 1 <= number.high for number in found]) > 0.915  # the bootstrap: 0.79 to 0.90


def test_mean_of_many_has_the_interval_of_student() -> None:
    x = np.random.default_rng(1).normal(100, 1, 120)
    ends = ttest_1samp(x, 0).confidence_interval(0.95)
    found = mean(x)
    assert (found.low, found.value, found.high) == pytest.approx((ends.low, x.mean(), ends.high), rel=1e-5)
    assert found.note == ""
    assert "99 only" in mean(x[:99]).note


@pytest.mark.parametrize("n", [6, 8, 12, 30])
@pytest.mark.parametrize("source", [lambda rng, n: rng.lognormal(0, 0.6, n), lambda rng, n: rng.integers(-1, 2, n) + 1])
def test_median_of_few_holds_the_truth(source: Draw, n: int) -> None:
    rng = np.random.default_rng(n)
    found = [median(source(rng, n)) for _ in range(TOYS)]
    assert np.mean([number.low <= 1 <= number.high for number in found]) > 0.935


def test_median_is_between_the_values_that_the_binomial_law_says() -> None:
    # Of 20 values fewer than 6 are below the median in 2.07%, fewer than 7 in 5.8%.
    found = median(np.arange(20.0))
    assert (found.low, found.value, found.high) == (5, 9.5, 14)
    assert median(np.arange(6.0)).low == 0
    assert median(np.arange(5.0)).low is None
    assert median(np.arange(5.0), level=0.9).low == 0


def test_ratio_of_means_that_belong_together_is_sharp() -> None:
    rng, held = np.random.default_rng(2), 0
    for _ in range(TOYS):
        size = rng.lognormal(0, 0.6, 10)  # of both, which the ratio does not feel
        number = ratio_of_means(2 * size * rng.normal(1, 0.05, 10), size * rng.normal(1, 0.05, 10))
        held += number.low <= 2 <= number.high
        assert number.high / number.low < 1.3
    assert held / TOYS > 0.92


@pytest.mark.parametrize(
    "call", [lambda: mean([1.0]), lambda: mean([1.0, 0.0]), lambda: ratio_of_means([1, 2], [1, -2])]
)
def test_what_has_no_mean_is_told(call: Callable[[], object]) -> None:
    with pytest.raises(es.InputError, match="positive"):
        call()


def test_nothing_has_no_median() -> None:
    with pytest.raises(es.InputError, match="no values"):
        median([])

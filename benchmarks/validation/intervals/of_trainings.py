"""Errors of trainings, skewed as they are: are mean and median of few held, and the fractions of trainings?"""

from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.stats import chi2

from benchmarks.validation.intervals.case import Case, Toy
from eventspace.statistics.averages import mean, median, ratio_of_means
from eventspace.statistics.fraction import fraction

Draw = Callable[[np.random.Generator, int], np.ndarray]

RARE, LARGE = 0.15, 10.0  # failed trainings, and how many times larger their error is


def bins(rng: np.random.Generator, n: int) -> np.ndarray:
    """The errors of true samples in 10 bins, over their mean."""
    return rng.chisquare(9, n) / 9


def lognormal(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.lognormal(0, 0.6, n)


def failing(rng: np.random.Generator, n: int) -> np.ndarray:
    return bins(rng, n) * np.where(rng.random(n) < RARE, LARGE, 1.0)


def of_mean(size: int, draw: Draw, truth: float, seed: int) -> Toy:
    return Toy(mean(draw(np.random.default_rng((seed, size)), size)), truth)


def of_median(size: int, draw: Draw, truth: float, seed: int) -> Toy:
    return Toy(median(draw(np.random.default_rng((seed, size)), size)), truth)


def of_ratio(size: int, seed: int) -> Toy:
    rng = np.random.default_rng((seed, size))
    common = lognormal(rng, size)
    return Toy(ratio_of_means(common * bins(rng, size), 2 * common * bins(rng, size)), 0.5)


def of_fraction(size: int, truth: float, seed: int) -> Toy:
    return Toy(fraction(np.random.default_rng((seed, size)).binomial(size, truth), size), truth)


MEANS = [
    ("errors in 10 bins", bins, 1.0),
    ("lognormal errors of width 0.6", lognormal, float(np.exp(0.18))),
    ("15% of the trainings fail", failing, 1 + RARE * (LARGE - 1)),
]
MEDIANS = [("errors in 10 bins", bins, float(chi2.median(9) / 9)), ("lognormal errors of width 0.6", lognormal, 1.0)]
SIZES = (4, 8, 12, 30, 100)
CASES = [
    *(
        Case("equivalent.*, amplification.*, root-mse.* (trainings)", source, size, partial(of_mean, size, draw, truth))
        for source, draw, truth in MEANS
        for size in SIZES
    ),
    *(
        Case("median.*, median-equivalent.*", source, size, partial(of_median, size, draw, truth))
        for source, draw, truth in MEDIANS
        for size in (4, 6, 8, 12, 30, 100)
    ),
    *(Case("estimate-ratio.*", "lognormal errors", size, partial(of_ratio, size)) for size in SIZES),
    *(
        Case("failed.*, better.*", f"a probability of {truth:g}", size, partial(of_fraction, size, truth))
        for truth in (0.02, 0.5, 0.99)
        for size in (8, 30, 100)
    ),
]

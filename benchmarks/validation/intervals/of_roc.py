"""ROC curves of scores with known laws: is the area, and the rejection at a signal efficiency, held?"""

from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.stats import cauchy, norm

from benchmarks.validation.intervals.case import Case, Toy
from eventspace.statistics.roc import auc, auc_difference, rejection

Draw = Callable[[np.random.Generator, int], np.ndarray]

SHIFTS = {"area 0.5": 0.0, "area 0.76": 1.0, "area 0.92": 2.0, "area 0.993": 3.5, "area 0.9993": 4.5}
LOST = 0.05  # of the signal, below all background
GRID = np.arange(-12.0, 15.0)  # of tied scores


def heavy(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.standard_cauchy(n)


def tied(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.floor(rng.normal(size=n))


def tied_signal(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.floor(rng.normal(1.5, 1, n))


def partly_lost(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.where(rng.random(n) < LOST, -50.0, 50.0)


def tied_area() -> float:
    """P(signal above background) + P(equal)/2 of the scores that are rounded down."""
    below, above = (np.diff(norm.cdf(GRID - shift)) for shift in (0.0, 1.5))
    return float(above @ (np.cumsum(below) - below / 2))


def tied_rejection() -> float:
    """On the straight line between the two cuts around a signal efficiency of one half."""
    keeps, passes = norm.sf(GRID - 1.5)[::-1], norm.sf(GRID)[::-1]
    return float(1 / np.interp(0.5, keeps, passes))


def area(size: int, background: Draw, signal: Draw, truth: float, seed: int) -> Toy:
    rng = np.random.default_rng((seed, size))
    return Toy(auc(background(rng, size), signal(rng, size)), truth)


def difference(size: int, shift: float, noise: float, seed: int) -> Toy:
    """Of a score and the same with noise."""
    rng = np.random.default_rng((seed, size))
    scores = [rng.normal(at, 1, size) for at in (0, shift)]
    noisy = [each + rng.normal(0, noise, size) for each in scores]
    areas = [float(norm.cdf(shift / np.sqrt(2 * (1 + width**2)))) for width in (0, noise)]
    return Toy(auc_difference((scores[0], noisy[0]), (scores[1], noisy[1])), areas[0] - areas[1])


def rejected(events: int, of_signal: int, background: Draw, signal: Draw, truth: float, seed: int) -> Toy:
    rng = np.random.default_rng((seed, events, of_signal))
    return Toy(rejection(background(rng, events), signal(rng, of_signal), 0.5), truth)


def normal(shift: float) -> Draw:
    return partial(_normal, shift)


def _normal(shift: float, rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.normal(shift, 1, n)


def shifted_heavy(shift: float) -> Draw:
    return partial(_shifted_heavy, shift)


def _shifted_heavy(shift: float, rng: np.random.Generator, n: int) -> np.ndarray:
    return shift + rng.standard_cauchy(n)


AREAS = [
    *((f"normal scores, {name}", normal(0), normal(d), float(norm.cdf(d / np.sqrt(2)))) for name, d in SHIFTS.items()),
    ("Cauchy scores, area 0.94", heavy, shifted_heavy(10), float(cauchy.cdf(10 / 2))),
    ("rounded scores", tied, tied_signal, tied_area()),
    ("5% of the signal below all background", normal(0), partly_lost, 1 - LOST),
]
REJECTIONS = [
    *((f"normal scores, shift {d:g}", normal(0), normal(d), float(1 / norm.sf(d))) for d in (1.0, 2.0, 3.0)),
    ("Cauchy scores, shift 3", heavy, shifted_heavy(3), float(1 / cauchy.sf(3))),
    ("rounded scores", tied, tied_signal, tied_rejection()),
]
CASES = [
    *(
        Case("auc.* (one split)", source, size, partial(area, size, *drawn))
        for source, *drawn in AREAS
        for size in (10, 30, 100, 1000, 10_000)
    ),
    *(
        Case(
            "separation-gain.*",
            f"normal scores, {name}, and with noise {noise:g}",
            size,
            partial(difference, size, d, noise),
        )
        for name, d in SHIFTS.items()
        for noise in (0.2, 2.0)
        for size in (30, 100, 1000)
    ),
    *(
        Case("rejection50.* (one split)", source, size, partial(rejected, size, size, *drawn))
        for source, *drawn in REJECTIONS
        for size in (30, 100, 1000, 10_000)
    ),
    *(
        Case(
            "rejection50.* (one split)",
            f"normal scores, shift {d:g}, {m} of signal",
            n,
            partial(rejected, n, m, normal(0), normal(d), float(1 / norm.sf(d))),
        )
        for n, m, d in ((50, 10, 1.45), (200, 10, 2.0), (1000, 10, 2.8))
    ),
]

"""Clusterings of e+e- events: means over events of energy in the right jet and of paired gains, and widths of peaks."""

from collections.abc import Callable
from functools import cache, partial

import numpy as np

from benchmarks.validation.intervals.case import Case, Toy
from eventspace.statistics.bootstrap import student_interval
from eventspace.statistics.event_means import bounded_mean
from eventspace.statistics.narrowest import narrowest_width, narrowest_widths

Draw = Callable[[np.random.Generator, int], np.ndarray]

REPLICAS = 300


def fractions(rng: np.random.Generator, n: int) -> np.ndarray:
    """Two thirds of the events lose little, as those of ZHH do, and one third loses much."""
    return 1 - np.where(rng.random(n) < 0.65, rng.beta(1, 50, n), rng.beta(2, 9, n))


def gains(rng: np.random.Generator, n: int) -> np.ndarray:
    """Half of the events have the same jets, and of the others more gain than lose."""
    size = rng.beta(1, 9, n)
    return np.where(rng.random(n) < 0.5, 0.0, np.where(rng.random(n) < 0.6, size, -size))


def moved(rng: np.random.Generator, n: int) -> np.ndarray:
    """Of 500 events one changes."""
    return np.where(rng.random(n) < 0.002, rng.uniform(0, 0.3, n), 0.0)


def perfect(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.ones(n)


def peak(rng: np.random.Generator, n: int) -> np.ndarray:
    """60% of the masses in a peak, the others wide."""
    return np.where(rng.random(n) < 0.6, rng.normal(90, 8, n), rng.uniform(20, 160, n))


@cache
def true_peak() -> tuple[float, float]:
    found = narrowest_width(peak(np.random.default_rng(0), 4_000_000))
    return found.width, found.position


def of_mean(size: int, draw: Draw, low: float, truth: float, seed: int) -> Toy:
    return Toy(bounded_mean(draw(np.random.default_rng((seed, size)), size), low, 1), truth)


def of_peak(size: int, quantity: int, seed: int) -> Toy:
    rng = np.random.default_rng((seed, size))
    found = narrowest_widths(peak(rng, size), replicas=REPLICAS, rng=rng)[:, quantity]
    return Toy(student_interval(found[1:], found[0], size, positive=True), true_peak()[quantity])


MEANS = (
    (
        "fraction.* (energy in the right jet)",
        "one third of the events loses much",
        fractions,
        0.0,
        0.65 * 50 / 51 + 0.35 * 9 / 11,
    ),
    ("gain.*", "half of the events have the same jets", gains, -1.0, 0.5 * 0.2 * 0.1),
    ("moved.*", "one event of 500 changes", moved, 0.0, 0.002 * 0.15),
    ("fraction.* (energy in the right jet)", "all are right", perfect, 0.0, 1.0),
)
CASES = [
    *(
        Case(name, source, size, partial(of_mean, size, draw, low, truth))
        for name, source, draw, low, truth in MEANS
        for size in (10, 30, 100, 1000, 10_000)
    ),
    *(
        Case(name, "60% in a peak over a wide background", size, partial(of_peak, size, quantity))
        for quantity, name in enumerate(("width.*", "position.*"))
        for size in (30, 100, 1000, 10_000)
    ),
]

"""Correlations of distances in two spaces: is that of the source held, of normal points and of long tails?"""

from collections.abc import Callable
from functools import cache, partial

import numpy as np
from scipy.spatial.distance import pdist, squareform
from scipy.stats import pearsonr, spearmanr

from benchmarks.validation.intervals.case import Case, Toy
from eventspace.statistics.distance_correlation import correlation_of_distances, difference_of_correlations

Points = tuple[np.ndarray, np.ndarray]

MANY = 400_000  # independent pairs, for the truth
SIZES = (10, 30, 100, 300)


def normal(rng: np.random.Generator, n: int) -> Points:
    x = rng.normal(size=(n, 3))
    return x, x + 0.5 * rng.normal(size=(n, 3))


def long_tail(rng: np.random.Generator, n: int) -> Points:
    """Few events are far from all others, and carry most of Pearson's sums."""
    x = rng.normal(size=(n, 2)) * np.exp(rng.normal(size=(n, 1)))
    return x, x[:, :1] + 0.2 * rng.normal(size=(n, 1))


def nearly_equal(rng: np.random.Generator, n: int) -> Points:
    x = rng.exponential(size=(n, 2)) ** 1.5
    return x, x + 0.02 * rng.normal(size=(n, 2))


SOURCES: dict[str, Callable[[np.random.Generator, int], Points]] = {
    "normal": normal,
    "long tail": long_tail,
    "long tail, nearly equal": nearly_equal,
}


def three(source: str, rng: np.random.Generator, n: int) -> list[np.ndarray]:
    """Points, the same with noise, and the first coordinate of the same alone."""
    points, noisy = SOURCES[source](rng, n)
    return [points, noisy, points[:, :1]]


@cache
def gain(source: str) -> float:
    """From pairs that have no event in common."""
    exact, *both = [
        np.linalg.norm(each[::2] - each[1::2], axis=1) for each in three(source, np.random.default_rng(0), 2 * MANY)
    ]
    one, another = (float(pearsonr(each, exact).statistic) for each in both)
    return one - another


def difference(source: str, size: int, seed: int) -> Toy:
    exact, *both = (squareform(pdist(each)) for each in three(source, np.random.default_rng((seed, size)), size))
    return Toy(difference_of_correlations(*both, exact), gain(source))


@cache
def truths(source: str) -> dict[str, float]:
    """From pairs that have no event in common."""
    both = [
        np.linalg.norm(each[::2] - each[1::2], axis=1) for each in SOURCES[source](np.random.default_rng(0), 2 * MANY)
    ]
    return {"pearson": float(pearsonr(*both).statistic), "spearman": float(spearmanr(*both).statistic)}


def coefficient(kind: str, source: str, size: int, seed: int) -> Toy:
    points = SOURCES[source](np.random.default_rng((seed, size)), size)
    found = correlation_of_distances(*(squareform(pdist(each)) for each in points))
    return Toy(getattr(found, kind), truths(source)[kind])


CASES = [
    Case(f"correlation.* ({kind})", source, size, partial(coefficient, kind, source, size))
    for kind in ("pearson", "spearman")
    for source in SOURCES
    for size in SIZES
] + [
    Case("correlation-gain.*", source, size, partial(difference, source, size)) for source in SOURCES for size in SIZES
]

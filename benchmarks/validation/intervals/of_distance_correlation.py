"""Correlations of distances in two spaces: is that of the source held, of normal points and of long tails?"""

from collections.abc import Callable
from functools import cache, partial

import numpy as np
from scipy.spatial.distance import pdist, squareform
from scipy.stats import pearsonr, spearmanr

from benchmarks.validation.intervals.case import Case, Toy
from eventspace.statistics.distance_correlation import correlation_of_distances

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
]

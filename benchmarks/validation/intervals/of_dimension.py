"""Points on a torus and in clumps: is the slope of their share of close pairs held?"""

from functools import partial

import numpy as np
from scipy.spatial.distance import cdist

from benchmarks.validation.intervals.case import Case, Toy
from eventspace.base.errors import InputError
from eventspace.distances.engine.pairwise import counts_of_part
from eventspace.distances.euclidean import Euclidean
from eventspace.events.points import Points
from eventspace.statistics.dimension import correlation_dimension

SIDE = 0.02  # of the clumps
CLUMPS = 20


def torus(rng: np.random.Generator, n: int, d: int) -> np.ndarray:
    difference = np.abs([np.subtract.outer(x, x) for x in rng.uniform(size=(d, n))])
    return np.sqrt((np.minimum(difference, 1 - difference) ** 2).sum(axis=0))


def found(distances: np.ndarray, thresholds: np.ndarray, truth: float) -> Toy:
    np.fill_diagonal(distances, np.inf)
    counts = np.stack([(distances < Q).sum(axis=1) for Q in thresholds], axis=1)
    try:
        return Toy(correlation_dimension(counts, thresholds).at(float(np.sqrt(thresholds[0] * thresholds[1]))), truth)
    except InputError:  # too few pairs
        return Toy(None, truth)


def on_torus(size: int, d: int, scale: float, seed: int) -> Toy:
    thresholds = np.array([scale, 1.2 * scale])
    return found(torus(np.random.default_rng((seed, size)), size, d), thresholds, float(d))


def in_clumps(size: int, seed: int) -> Toy:
    """Small discs far apart: beyond their size C(Q) hardly rises until the next ones are reached, a plateau."""
    rng = np.random.default_rng((seed, size))
    centres = torus_points(np.random.default_rng(1), CLUMPS)
    points = centres[rng.integers(CLUMPS, size=size)] + rng.uniform(-SIDE / 2, SIDE / 2, (size, 2))
    return found(cdist(points, points), THRESHOLDS, plateau())


def of_part(source: str, size: int, pairs: int, seed: int) -> Toy:
    """From a random part of the pairs, as --pairs takes it."""
    rng = np.random.default_rng((4, seed, size))
    values, thresholds, truth = PARTS[source](size, rng)
    below, _ = counts_of_part(Euclidean(), Points(values=values), thresholds, pairs, seed=seed, threads=1)
    try:
        return Toy(correlation_dimension(below, thresholds).at(float(np.sqrt(thresholds.prod()))), truth)
    except InputError:  # too few pairs
        return Toy(None, truth)


def clumps(size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, float]:
    centres = torus_points(np.random.default_rng(1), CLUMPS)
    points = centres[rng.integers(CLUMPS, size=size)] + rng.uniform(-SIDE / 2, SIDE / 2, (size, 2))
    return points, THRESHOLDS, plateau()


def normal(size: int, rng: np.random.Generator, scale: float) -> tuple[np.ndarray, np.ndarray, float]:
    """In the plane, where the square of a distance is exponential of mean 4."""
    thresholds = np.array([scale, 1.2 * scale])
    near = 1 - np.exp(-(thresholds**2) / 4)
    return rng.normal(size=(size, 2)), thresholds, float(np.log(near[1] / near[0]) / np.log(1.2))


def torus_points(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.uniform(size=(n, 2))


def plateau() -> float:
    """The slope of the share of pairs, from 4,000,000 independent ones."""
    if not _PLATEAU:
        rng = np.random.default_rng(2)
        centres = torus_points(np.random.default_rng(1), CLUMPS)
        a, b = (
            centres[rng.integers(CLUMPS, size=4_000_000)] + rng.uniform(-SIDE / 2, SIDE / 2, (4_000_000, 2))
            for _ in range(2)
        )
        distance = np.linalg.norm(a - b, axis=1)
        shares = [np.mean(distance < Q) for Q in THRESHOLDS]
        _PLATEAU.append(float(np.log(shares[1] / shares[0]) / np.log(THRESHOLDS[1] / THRESHOLDS[0])))
    return _PLATEAU[0]


THRESHOLDS = np.array([0.08, 0.1])
_PLATEAU: list[float] = []
PARTS = {
    "20 clumps, between their size and distance": clumps,
    "normal, 2 dimensions, Q = 0.3": partial(normal, scale=0.3),
    "normal, 2 dimensions, Q = 2": partial(normal, scale=2.0),
}
CASES = [
    *(
        Case("dimension.*", f"uniform, {d} dimensions, Q = {scale:g}", size, partial(on_torus, size, d, scale))
        for d, scale in ((1, 0.05), (2, 0.1), (5, 0.35))
        for size in (30, 100, 300, 1000)
    ),
    *(
        Case("dimension.*", "20 clumps, between their size and distance", size, partial(in_clumps, size))
        for size in (30, 100, 300, 1000)
    ),
    *(
        Case("dimension.*", f"{source}, {pairs:,} pairs", size, partial(of_part, source, size, pairs))
        for source in PARTS
        for size, pairs in ((100, 1000), (1000, 10_000), (1000, 100_000), (10_000, 100_000))
    ),
]

"""Gride at one neighbour order: on a torus and a sphere, where it is exact, and where density and dimension vary.

There the truth is the mean of ln d of many other samples: what is asked is whether the interval holds what other
samples of this size would give, not whether density and dimension vary.
"""

from collections.abc import Callable
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from benchmarks.validation.intervals.case import Case, Toy
from eventspace.statistics.gride import gride, maximum_likelihood, neighbours_needed
from eventspace.statistics.number import Number

Floats = NDArray[np.float64]

MANY = 400  # samples that show the mean
CENTRES = np.random.default_rng(1).uniform(size=(20, 2))


def sphere(n: int, rng: np.random.Generator) -> Floats:
    """With chords as distances: the area of a cap is pi times the square of its chord, as in the plane."""
    points = rng.normal(size=(n, 3))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def line_and_cube(n: int, rng: np.random.Generator) -> Floats:
    on_line = rng.random((n, 1)) < 0.5
    return np.where(on_line, [9.0, 0.0, 0.0] + rng.random((n, 1)) * [9.0, 0.0, 0.0], rng.random((n, 3)))


def clumps(n: int, rng: np.random.Generator) -> Floats:
    return CENTRES[rng.integers(20, size=n)] + rng.uniform(-0.01, 0.01, (n, 2))


SOURCES: dict[str, Callable[[int, np.random.Generator], Floats]] = {
    "a sphere": sphere,
    "normal, 3 dimensions": lambda n, rng: rng.normal(size=(n, 3)),
    "a line and a cube": line_and_cube,
    "20 clumps": clumps,
}


def on_torus(d: int, size: int, order: int, seed: int) -> Toy:
    points = np.random.default_rng((11, seed, size)).uniform(size=(size, d))
    return found(points, order, seed, float(d), box=1.0)


def of_source(source: str, size: int, order: int, seed: int) -> Toy:
    points = SOURCES[source](size, np.random.default_rng((12, seed, size)))
    return found(points, order, seed, 2.0 if source == "a sphere" else mean(source, size, order))


def found(points: Floats, order: int, seed: int, truth: float, box: float | None = None) -> Toy:
    known = min(len(points) - 1, neighbours_needed(order))
    distances, index = cKDTree(points, boxsize=box).query(points, known + 1)
    each = gride(index[:, 1:], distances[:, 1:], seed=seed)
    at = each.orders.tolist().index(order)
    return Toy(Number(each.values[at], each.low[at], each.high[at], each.level), truth)


@cache
def mean(source: str, size: int, order: int) -> float:
    logarithms = []
    for seed in range(MANY):
        points = SOURCES[source](size, np.random.default_rng((13, seed, size)))
        distances, _ = cKDTree(points).query(points, [order // 2 + 1, order + 1])
        logarithms.append(np.log(maximum_likelihood(np.log(distances[:, 1] / distances[:, 0]), order // 2, order)))
    return float(np.exp(np.mean(logarithms)))


CASES = [
    *(
        Case("gride.*", f"uniform, {d} dimensions, order {order}", size, partial(on_torus, d, size, order))
        for d in (1, 2, 5)
        for size, order in ((8, 2), (30, 4), (100, 2), (100, 16), (1000, 2), (1000, 64))
    ),
    *(
        Case("gride.*", f"uniform, 2 dimensions, order {order}", 5000, partial(on_torus, 2, 5000, order))
        for order in (2, 16)
    ),
    *(
        Case("gride.*", f"{source}, order {order}", size, partial(of_source, source, size, order))
        for source in SOURCES
        for size, order in ((30, 4), (100, 16), (1000, 2), (1000, 64))
    ),
]

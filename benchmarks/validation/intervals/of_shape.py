"""What the study ``topology`` says of shapes: the threshold, how long a feature lives, how far two samples are apart.

Betti numbers have no interval, and the ranges of ``mapper`` are of its covers: there is nothing to cover. A sample of
the study has 5,000 events at the most.
"""

from collections.abc import Callable
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from benchmarks.validation.intervals.case import Case, Toy
from eventspace.base.work import Work
from eventspace.events.points import Points
from eventspace.events.simulate.toys import camelback, ring
from eventspace.statistics.persistence import persistence
from eventspace.statistics.shape import Features
from eventspace.studies.topology import TopologyConfig, _numbers, _p_value, run

Floats = NDArray[np.float64]

LANDMARKS = 40
MANY = 20_000  # events that stand for infinitely many
NEIGHBOURS = {30: 5, 100: 10, 1000: 50}

SOURCES: dict[str, Callable[[int, np.random.Generator], Floats]] = {
    "a ring": lambda n, rng: ring(n, rng)[0],
    "a camel back": lambda n, rng: camelback(n, rng)[0],
    "Student's t of 2 degrees, in the plane": lambda n, rng: rng.standard_t(2, size=(n, 2)),
    "two outcomes, half and half": lambda n, rng: rng.integers(2, size=(n, 1)).astype(float),
}


@cache
def many(source: str) -> Floats:
    return SOURCES[source](MANY, np.random.default_rng(9))


def features(points: Floats, seed: int, replicas: int = 100) -> Features:
    """With the same landmarks for any number of replicas."""
    rng = np.random.default_rng((6, seed))
    return Features.of(cdist(points, points), NEIGHBOURS[len(points)], rng, count=LANDMARKS, replicas=replicas)


def toy_of_threshold(source: str, size: int, seed: int) -> Toy:
    """What more replicas would give."""
    points = SOURCES[source](size, np.random.default_rng((7, size, seed)))
    return Toy(_numbers(features(points, seed), "", "", 0.95)["threshold"], features(points, seed, 1000).threshold)


def toy_of_life(source: str, size: int, name: str, seed: int) -> Toy:
    """What infinitely many events would give, seen from the same landmarks."""
    points = SOURCES[source](size, np.random.default_rng((8, size, seed)))
    found = features(points, seed)
    share = round(NEIGHBOURS[size] / size * MANY)
    nearest = np.partition(cdist(points[found.shape.marks.number], many(source)), share, axis=1)[:, :share]
    scales = np.maximum(np.sqrt((nearest**2).mean(axis=1)), found.shape.floor)
    _, dimension, rank = name.split(".")
    lives = persistence(found.shape.diagrams(scales, 1)[int(dimension)])
    truth = float(lives[int(rank) - 1]) if len(lives) >= int(rank) else 1.0
    return Toy(_numbers(found, "", "", 0.95).get(name), truth)


def toy_of_distance(source: str, size: int, name: str, seed: int) -> Toy:
    """Two samples of one source, whose diagrams would be equal."""
    rng = np.random.default_rng((9, size, seed))
    samples = {sample: Points(values=SOURCES[source](size, rng)) for sample in ("one", "other")}
    config = TopologyConfig(neighbours=NEIGHBOURS[size], landmarks=LANDMARKS, replicas=40, permutations=19, seed=seed)
    return Toy(run(samples, config, Work(threads=1, show_progress=False)).numbers[name], 0.0)


def toy_of_p_value(permutations: int, truth: float, seed: int) -> Toy:
    """What more permutations would give, of distances that are as good as known."""
    null = np.random.default_rng((10, permutations, seed)).random(permutations)
    return Toy(_p_value(null, 1 - truth, 0.95), truth)


CASES = [
    *(
        Case("threshold", source, size, partial(toy_of_threshold, source, size))
        for source in ("a ring", "Student's t of 2 degrees, in the plane")
        for size in NEIGHBOURS
    ),
    *(
        Case(name, source, size, partial(toy_of_life, source, size, name))
        for name, source in (
            ("persistence.1.1", "a ring"),
            ("persistence.0.2", "a camel back"),
            ("persistence.0.2", "Student's t of 2 degrees, in the plane"),
            ("persistence.0.2", "two outcomes, half and half"),
        )
        for size in NEIGHBOURS
    ),
    *(
        Case(name, f"{source}, both samples", size, partial(toy_of_distance, source, size, name))
        for dimension, source in ((1, "a ring"), (0, "Student's t of 2 degrees, in the plane"))
        for name in (f"distance.{dimension}", f"bottleneck.{dimension}")
        for size in NEIGHBOURS
    ),
    *(
        Case(
            "p.* of permutations",
            f"distances of which {truth:.0%} are as far",
            permutations,
            partial(toy_of_p_value, permutations, truth),
        )
        for permutations in (100, 200, 1000)
        for truth in (0.01, 0.05, 0.5)
    ),
]

"""Tables of normal features: are Frechet distance, precision, recall, density, coverage and the classifier's area held?

The truth of the neighbourhoods depends on the sizes of the samples: it is the mean of 200 other pairs of this size.
"""

from functools import cache, partial

import numpy as np

from benchmarks.validation.intervals.case import Case, Toy
from eventspace.statistics.agreement import classifier_auc, frechet_distance
from eventspace.statistics.neighbourhoods import neighbourhoods

PAIRS = {200: 40, 30: 200, 100: 200, 1000: 40}  # that give the truth, by size


def drawn(rng: np.random.Generator, size: int, shift: float, width: float, d: int) -> tuple[np.ndarray, np.ndarray]:
    generated = rng.normal(0, width, (size, d))
    generated[:, 0] += shift
    return rng.normal(size=(size, d)), generated


def frechet(size: int, shift: float, width: float, d: int, seed: int) -> Toy:
    pair = drawn(np.random.default_rng((seed, size)), size, shift, width, d)
    return Toy(frechet_distance(*pair, seed=seed), shift**2 + d * (width - 1) ** 2)


@cache
def typical(size: int, shift: float, width: float) -> dict[str, float]:
    rng = np.random.default_rng((9, size))
    found = [neighbourhoods(*drawn(rng, size, shift, width, 2), seed=1) for _ in range(PAIRS.get(size, 40))]
    return {name: float(np.mean([getattr(each, name).value for each in found])) for name in found[0]._fields}


def near(size: int, shift: float, width: float, of: str, seed: int) -> Toy:
    pair = drawn(np.random.default_rng((seed, size)), size, shift, width, 2)
    return Toy(getattr(neighbourhoods(*pair, seed=seed), of), typical(size, shift, width)[of])


def untold(size: int, seed: int) -> Toy:
    pair = drawn(np.random.default_rng((seed, size)), size, 0.0, 1.0, 3)
    return Toy(classifier_auc(*pair, seed=seed), 0.5)


NORMAL = {"one source": (0.0, 1.0), "0.7 times as wide": (0.0, 0.7), "1 sigma apart": (1.0, 1.0)}
FAR = {"3 sigma apart": (3.0, 1.0), "10 sigma apart": (10.0, 1.0)}
CASES = [
    *(
        Case("opinion.frechet", f"normal, 3 features, {source}", size, partial(frechet, size, *of, 3))
        for source, of in (NORMAL | FAR).items()
        for size in (30, 100, 1000, 10_000)
    ),
    *(
        Case(f"opinion.{name}", f"normal, 2 features, {source}", size, partial(near, size, *of, name))
        for name in ("precision", "recall", "density", "coverage")
        for source, of in NORMAL.items()
        for size in (30, 100, 1000)
    ),
    *(
        Case("opinion.classifier", "normal, 3 features, one source", size, partial(untold, size))
        for size in (30, 100, 300)
    ),
]

"""Two samples of a number: are the distances between the laws that they come from held?"""

from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.stats import norm

from benchmarks.validation.intervals.case import Case, Toy
from eventspace.distances.jensen_shannon.divergence import jensen_shannon
from eventspace.statistics.two_samples import two_samples

Draw = Callable[[np.random.Generator, int], np.ndarray]

REPLICAS = 200
SHIFTS = (0.0, 0.2, 1.0, 3.0, 10.0)


def normal(size: int, shift: float, of: str, seed: int) -> Toy:
    rng = np.random.default_rng((seed, size))
    found = two_samples(rng.normal(size=size), rng.normal(shift, 1, size), seed=seed, replicas=REPLICAS)
    truth = {
        "kolmogorov_smirnov": float(2 * norm.cdf(shift / 2) - 1),
        "wasserstein": shift,
        "divergence": binned(shift),
    }
    return Toy(getattr(found, of), truth[of])


def binned(shift: float) -> float:
    """The divergence in 20 bins of equal probability of a standard normal law."""
    edges = norm.ppf(np.linspace(0, 1, 21))
    shares = [np.diff(norm.cdf(edges - move))[np.newaxis] for move in (0.0, shift)]
    return float(jensen_shannon(*shares)[0])


def rounded(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.poisson(3, n).astype(np.float64)


def heavy(rng: np.random.Generator, n: int) -> np.ndarray:
    """Student's t of 3 degrees of freedom: its width is finite, but badly known from a sample."""
    return rng.standard_t(3, n)


def of_one_source(size: int, draw: Draw, of: str, seed: int) -> Toy:
    rng = np.random.default_rng((seed, size))
    return Toy(getattr(two_samples(draw(rng, size), draw(rng, size), seed=seed, replicas=REPLICAS), of), 0.0)


def moved(size: int, seed: int) -> Toy:
    rng = np.random.default_rng((seed, size))
    found = two_samples(heavy(rng, size), 2 + heavy(rng, size), seed=seed, replicas=REPLICAS).wasserstein
    return Toy(found, 2 / np.sqrt(3))


NAMES = {"ks.*": "kolmogorov_smirnov", "wasserstein.*": "wasserstein", "divergence.* (of a feature)": "divergence"}
SIZES = (30, 100, 1000, 10_000)
CASES = [
    *(
        Case(name, f"normal, {shift:g} sigma apart", size, partial(normal, size, shift, of))
        for name, of in NAMES.items()
        for shift in SHIFTS
        for size in SIZES
    ),
    *(
        Case(name, f"one source, {source}", size, partial(of_one_source, size, draw, of))
        for name, of in NAMES.items()
        for source, draw in (("Poisson of mean 3, tied", rounded), ("Student's t of 3, heavy tails", heavy))
        for size in SIZES
    ),
    *(Case("wasserstein.*", "Student's t of 3, shifted by 2", size, partial(moved, size)) for size in SIZES),
]

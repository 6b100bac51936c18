"""Scores that depend on which events were the reference, as in the study ``anomaly``: is the area held that a reference
of other events has?"""

from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from scipy.stats import norm

from benchmarks.validation.intervals.case import Case, Toy
from eventspace.distances.engine.medoids import k_medoids
from eventspace.statistics.number import Number
from eventspace.statistics.roc import auc, background_efficiency, rejection
from eventspace.statistics.splits import efficiency_over_splits, over_splits, rejection_over_splits

Floats = NDArray[np.float64]


MEASURES = {
    "auc": auc,
    "rejection50": lambda background, signal: rejection(background, signal, 0.5),
    "roc": lambda background, signal: background_efficiency(background, signal, [0.5]),
}


def toy(size: int, part: float, splits: int, shift: float, spread: float, of: str, seed: int) -> Toy:
    """Normal scores of which those of the signal are shifted by what the reference is worth, a mean over its events.

    Each split takes another part of the same ordinary events as its reference and scores the rest; the truth is that of
    as large a reference of other events.
    """
    rng = np.random.default_rng((seed, size, splits))
    cut = round(part * size)
    worth = rng.normal(
        shift, spread * np.sqrt(cut), size
    )  # of each event; the mean over a reference scatters by spread
    ordinary, unusual = rng.normal(size=(2, size))
    found = []
    for _ in range(splits):
        order = rng.permutation(size)
        background, signal = ordinary[order[cut:]], unusual[cut:] + worth[order[:cut]].mean()
        found.append(MEASURES[of](background, signal))
    shift = rng.normal(shift, spread)
    if of == "auc":
        return Toy(over_splits(found, within=(0, 1), shared=part), float(norm.cdf(shift / np.sqrt(2))))
    if of == "roc":
        band = efficiency_over_splits(found, size - cut, shared=part)
        ends = (float(each[0]) for each in (band.background_efficiency, band.low, band.high))
        return Toy(Number(*ends, band.level), float(norm.sf(shift)))
    return Toy(rejection_over_splits(found, shared=part), float(1 / norm.sf(shift)))


def nearest(size: int, part: float, splits: int, medoids: int, tail: float, shift: float, seed: int) -> Toy:
    """The score of the study itself: points of two features, and the distance to the nearest medoid of a reference."""
    rng = np.random.default_rng((seed, size, splits))
    cut = round(part * size)

    def events(count: int, place: float) -> Floats:
        return np.array([place, 0.0]) + rng.standard_t(tail, size=(count, 2))

    def scores(reference: Floats, *samples: Floats) -> list[Floats]:
        chosen = reference[k_medoids(cdist(reference, reference), medoids, seed=1).index]
        return [cdist(sample, chosen).min(axis=1) for sample in samples]

    ordinary, unusual = events(size, 0.0), events(size, shift)
    found = []
    for _ in range(splits):
        first, second = rng.permutation(size), rng.permutation(size)
        found.append(auc(*scores(ordinary[first[:cut]], ordinary[first[cut:]], unusual[second[cut:]])))
    background, signal = scores(events(cut, 0.0), events(4000, 0.0), events(4000, shift))
    return Toy(over_splits(found, within=(0, 1), shared=part), auc(background, signal).value)


CASES = [
    Case(f"{of}.* ({splits} splits)", source, size, partial(toy, size, part, splits, shift, spread, of))
    for of in MEASURES
    for source, shift, spread, part in (
        ("normal scores, the reference hardly matters", 1.5, 0.02, 0.5),
        ("normal scores, the reference matters much", 0.7, 0.3, 0.5),
        ("normal scores, the reference matters much and is 80%", 0.7, 0.3, 0.8),
        ("normal scores, near perfect", 3.5, 0.2, 0.5),
    )
    for size, splits in ((30, 5), (100, 2), (100, 5), (1000, 5))
] + [
    Case(f"auc.* ({splits} splits)", source, size, partial(nearest, size, 0.5, splits, medoids, tail, shift))
    for source, medoids, tail, shift in (
        ("distances to the nearest of 3 medoids of normal points", 3, 1e9, 1.5),
        ("distances to the nearest of 10 medoids of normal points", 10, 1e9, 1.5),
        ("distances to the nearest of 5 medoids of heavy-tailed points", 5, 2.0, 2.0),
    )
    for size, splits in ((30, 5), (100, 2), (100, 5), (1000, 5))
]

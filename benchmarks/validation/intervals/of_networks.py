"""Several trainings of a network, as in the study ``anomaly``: is the value held that one more training would have?

A training is the direction along which events are ordered, at an angle to the best one that scatters between trainings;
or the directions in which a latent space stretches the events.
"""

from functools import partial

import numpy as np
from scipy.spatial.distance import pdist, squareform
from scipy.stats import norm, pearsonr

from benchmarks.validation.intervals.case import Case, Toy
from eventspace.statistics.distance_correlation import correlation_of_distances
from eventspace.statistics.roc import auc, auc_difference
from eventspace.statistics.splits import over_splits

SPLITS = 5
KNOWN = 1000  # events that tell the truth of a correlation


def area(size: int, trainings: int, shift: float, spread: float, of: str, seed: int) -> Toy:
    """Areas of directions in a plane, whose splits score halves of the same events; all splits share the trainings.

    The other score, of which the gain is the difference, looks along a direction that its reference tilts.
    """
    rng = np.random.default_rng((seed, size, trainings))
    cut = size // 2
    ordinary, unusual = rng.normal(size=(2, size, 2))
    unusual[:, 0] += shift
    angles, worth = rng.normal(0, spread, trainings), rng.normal(0.5, 0.2 * np.sqrt(cut), size)
    found = []
    for _ in range(SPLITS):
        order = rng.permutation(size)
        samples, tilt = (ordinary[order[cut:]], unusual[order[cut:]]), worth[order[:cut]].mean()
        other = [along(sample, tilt) for sample in samples]
        each = []
        for angle in angles:
            mine = [along(sample, angle) for sample in samples]
            pairs = list(zip(mine, other, strict=True))
            each.append(auc(*mine) if of == "auc" else auc_difference(pairs[0], pairs[1]))
        found.append(over_splits(each, within=(-1, 1)))
    truth = expected(shift, rng.normal(0, spread))
    if of == "auc-gain":
        truth -= expected(shift, rng.normal(0.5, 0.2))
    return Toy(over_splits(found, within=(-1, 1), shared=0.5), truth)


def along(events: np.ndarray, angle: float) -> np.ndarray:
    return np.asarray(events @ [np.cos(angle), np.sin(angle)])


def expected(shift: float, angle: float) -> float:
    return float(norm.cdf(shift * np.cos(angle) / np.sqrt(2)))


def correlation(size: int, trainings: int, spread: float, seed: int) -> Toy:
    """Distances of normal points in five dimensions with those of the same points stretched at random."""
    rng = np.random.default_rng((seed, size, trainings))
    points = rng.normal(size=(size, 5))
    exact = squareform(pdist(points))
    each = []
    for _ in range(trainings):
        stretched = points * np.exp(rng.normal(0, spread, 5))
        each.append(correlation_of_distances(squareform(pdist(stretched)), exact, 0.95).pearson)
    others = rng.normal(size=(KNOWN, 5))
    truth = pearsonr(pdist(others * np.exp(rng.normal(0, spread, 5))), pdist(others)).statistic
    return Toy(over_splits(each, within=(-1, 1)), float(truth))


CASES = [
    Case(f"{of}.vae ({trainings} trainings)", source, size, partial(area, size, trainings, shift, spread, of))
    for of in ("auc", "auc-gain")
    for source, shift, spread in (
        ("directions that hardly scatter", 1.5, 0.05),
        ("directions that scatter much", 1.5, 0.6),
        ("directions that scatter, near perfect", 4.0, 0.4),
    )
    for size in (100, 1000)
    for trainings in (2, 3, 5)
] + [
    Case(
        f"correlation.latent.* ({trainings} trainings)",
        f"points stretched at random by a factor of {np.exp(spread):.2g}",
        size,
        partial(correlation, size, trainings, spread),
    )
    for spread in (0.1, 0.5)
    for size in (100, 300)
    for trainings in (2, 3, 5)
]

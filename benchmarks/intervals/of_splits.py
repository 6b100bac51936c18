"""Scores that depend on which events were the reference, as in the study ``anomaly``: is one more split's AUC held?"""

from functools import partial

import numpy as np
from case import Case, Toy
from scipy.stats import norm

from eventspace.statistics.roc import auc, rejection
from eventspace.statistics.splits import over_splits, rejection_over_splits


def toy(size: int, splits: int, shift: float, spread: float, of: str, seed: int) -> Toy:
    """Of each split, normal scores of which those of the signal are shifted by what its reference is worth."""
    rng = np.random.default_rng((seed, size, splits))
    shifts = rng.normal(shift, spread, splits + 1)
    scores = [(rng.normal(size=size), rng.normal(d, 1, size)) for d in shifts[1:]]
    if of == "auc":
        found = over_splits([auc(*pair) for pair in scores], within=(0, 1))
        return Toy(found, float(norm.cdf(shifts[0] / np.sqrt(2))))
    found = rejection_over_splits([rejection(*pair, 0.5) for pair in scores])
    return Toy(found, float(1 / norm.sf(shifts[0])))


CASES = [
    Case(f"{of}.* ({splits} splits)", source, size, partial(toy, size, splits, shift, spread, of))
    for of in ("auc", "rejection50")
    for source, shift, spread in (
        ("normal scores, the reference hardly matters", 1.5, 0.02),
        ("normal scores, the reference matters much", 0.7, 0.3),
        ("normal scores, near perfect", 3.5, 0.2),
    )
    for size, splits in ((30, 5), (100, 2), (100, 5), (1000, 5))
]

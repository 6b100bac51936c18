"""Normal sources beside a standard normal hold-out, cut into bins by a tree: do the intervals cover the true size?"""

from functools import partial

import numpy as np
from scipy.stats import norm

from benchmarks.validation.intervals.case import Case, Toy
from eventspace.statistics.bins import Tree
from eventspace.statistics.equivalent_size import equivalent_size

NO_BOUND = 1e30  # the equivalent size of the truth itself


def toy(shift: float, width: float, holdout: int, events: int, bins: int, of: str, seed: int) -> Toy:
    away = np.diff(norm.cdf((norm.ppf(np.linspace(0, 1, bins + 1)) - shift) / width)) - 1 / bins
    square = float(away @ away)
    size = (1 - 1 / bins) / square if square > 1e-20 else NO_BOUND
    rng = np.random.default_rng((seed, holdout, events, bins))
    tree = Tree.of(rng.normal(size=(holdout, 1)), bins, rng)
    found = equivalent_size(tree.counts(rng.normal(shift, width, (events, 1)), rng), tree.events)
    return Toy(found.source, size) if of == "source" else Toy(found.sample, 1 / (1 / events + 1 / size))


WRONG = {"N(0.1, 1)": (0.1, 1.0), "N(1, 1)": (1.0, 1.0), "N(-0.4, 0.37)": (-0.4, 0.37), "the truth": (0.0, 1.0)}
SIZES = ((300, 100, 10), (1000, 1000, 10), (10_000, 1000, 10), (1000, 10_000, 50), (10_000, 10_000, 500))
CASES = [
    Case(
        f"equivalent.{of}.*",
        f"{source}, {holdout:,} held out, {bins} bins",
        events,
        partial(toy, *wrong, holdout, events, bins, of),
    )
    for of in ("source", "generated")
    for source, wrong in WRONG.items()
    for holdout, events, bins in SIZES
]

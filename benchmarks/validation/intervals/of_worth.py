"""Normal sources beside a standard normal hold-out, cut into cells by a tree: is the worth of the source held?"""

from functools import partial

import numpy as np
from scipy.stats import norm

from benchmarks.validation.intervals.case import Case, Toy
from eventspace.statistics.cells import Tree
from eventspace.statistics.worth import measured_worth

NO_BOUND = 1e30  # what a source that is the truth is worth


def toy(shift: float, width: float, holdout: int, events: int, cells: int, of: str, seed: int) -> Toy:
    away = np.diff(norm.cdf((norm.ppf(np.linspace(0, 1, cells + 1)) - shift) / width)) - 1 / cells
    square = float(away @ away)
    worth = (1 - 1 / cells) / square if square > 1e-20 else NO_BOUND
    rng = np.random.default_rng((seed, holdout, events, cells))
    tree = Tree.of(rng.normal(size=(holdout, 1)), cells, rng)
    found = measured_worth(tree.counts(rng.normal(shift, width, (events, 1)), rng), tree.events)
    return Toy(found.source, worth) if of == "source" else Toy(found.sample, 1 / (1 / events + 1 / worth))


WRONG = {"N(0.1, 1)": (0.1, 1.0), "N(1, 1)": (1.0, 1.0), "N(-0.4, 0.37)": (-0.4, 0.37), "the truth": (0.0, 1.0)}
SIZES = ((300, 100, 10), (1000, 1000, 10), (10_000, 1000, 10), (1000, 10_000, 50), (10_000, 10_000, 500))
CASES = [
    Case(
        f"worth.{of}.*",
        f"{source}, {holdout:,} held out, {cells} cells",
        events,
        partial(toy, *wrong, holdout, events, cells, of),
    )
    for of in ("source", "generated")
    for source, wrong in WRONG.items()
    for holdout, events, cells in SIZES
]

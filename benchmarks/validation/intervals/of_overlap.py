"""The overlap of two samples and its limit, from outcomes of known probability; thresholds that a reference gives."""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from benchmarks.validation.intervals.case import Case, Toy
from eventspace.statistics.collisions import Collisions, ratio
from eventspace.statistics.overlap import overlap

Floats = NDArray[np.float64]


def even(outcomes: int, others: int, common: int) -> tuple[Floats, Floats]:
    """Equally likely outcomes of the reference, others of the generator, and so many common to both."""
    p, r = np.zeros((2, outcomes + others - common))
    p[:outcomes], r[outcomes - common :] = 1 / outcomes, 1 / others
    return p, r


def falling(first: int) -> tuple[Floats, Floats]:
    """1,000 outcomes as 1/k, and 1,000 equally likely ones that begin with this one of them."""
    p, r = np.zeros((2, 1000 + first))
    p[:1000], r[first:] = 1 / np.arange(1.0, 1001), 1 / 1000
    return p / p.sum(), r


def with_one(of_reference: float, of_generator: float) -> tuple[Floats, Floats]:
    """3,000 outcomes each has for itself, and one more that both make with these probabilities."""
    p, r = np.zeros((2, 6001))
    p[0], p[1:3001] = of_reference, (1 - of_reference) / 3000
    r[0], r[3001:] = of_generator, (1 - of_generator) / 3000
    return p, r


SIZES = (30, 100, 1000, 10_000)
# The two sources, and the sizes of the smaller sample and of the reference.
SOURCES: dict[str, tuple[Callable[[int], tuple[Floats, Floats]], tuple[tuple[int, int], ...]]] = {
    "one source, 1,000 equal outcomes": (lambda _: even(1000, 1000, 1000), tuple((n, n) for n in SIZES)),
    "one source, 1,000 outcomes as 1/k": (lambda _: (falling(0)[0],) * 2, tuple((n, n) for n in SIZES)),
    "300 of 1,000 equal outcomes in common": (lambda _: even(1000, 1000, 300), tuple((n, n) for n in SIZES)),
    "a tenth of 1,000 equal outcomes": (lambda _: even(1000, 100, 100), (*((n, n) for n in SIZES), (300, 1000))),
    "1,000 as 1/k, the same 1,000 equal": (lambda _: falling(0), (*((n, n) for n in SIZES), (300, 1000))),
    "1,000 as 1/k, 900 of them and 100 others equal": (lambda _: falling(100), tuple((n, n) for n in SIZES)),
    "1 of 10 outcomes among 1,000": (lambda _: even(1000, 10, 1), ((100, 100), (300, 300), (300, 1000))),
    "3 of 100 outcomes among 1,000": (lambda _: even(1000, 100, 3), ((300, 300),)),
    "2 of 20 outcomes among 2,000": (lambda _: even(2000, 20, 2), ((1000, 1000),)),
    "1 of 424 outcomes among 35,700": (lambda _: even(35_700, 424, 1), ((15_701, 15_701),)),
    "4 of 424 outcomes among 35,700": (lambda _: even(35_700, 424, 4), ((15_701, 15_701),)),
    "10 of 1,000 equal outcomes in common": (lambda _: even(1000, 1000, 10), ((100, 100), (300, 300))),
    "a fifth of one makes 2.9 expected in the other": (lambda n: with_one(2.9 / n, 0.2), ((100, 100), (1000, 1000))),
    "one outcome in common, 3.7 expected in each": (lambda n: with_one(3.7 / n, 3.7 / n), ((300, 300),)),
    "memoriser of 40 of 1,000": (lambda _: even(1000, 40, 40), tuple((n, n) for n in SIZES)),
}


def toy(source: str, size: int, of_reference: int, seed: int) -> Toy:
    p, r = SOURCES[source][0](of_reference)
    rng = np.random.default_rng((4, size, of_reference, seed))
    counts = [rng.multinomial(n, of) for n, of in ((of_reference, p), (size, r))]
    one, two = (np.repeat(np.arange(len(p)), count) for count in counts)
    own = [counts[0][one] - 1, counts[1][two] - 1]
    truth = float(p @ r / np.sqrt((p @ p) * (r @ r)))
    return Toy(overlap(own, [counts[1][one], counts[0][two]]), truth)


# Points with independent normal coordinates, those of the reference of width 1; two are the same if they are close in
# each coordinate, by the thresholds of the reference.
WIDTHS = {
    "normal, one source, one feature": (1.0,),
    "normal, one source, two features": (1.0, 1.0),
    "normal, both features 1.3 times as wide": (1.3, 1.3),
    "normal, one of two features 0.1 times as wide": (1.0, 0.1),
    "normal, one feature, 0.05 times as wide": (0.05,),
}
ALPHA = 0.05


def threshold(values: Floats) -> float:
    """Below which a share alpha of the pairs lie, by bisection over the numbers of neighbours."""
    rising = np.sort(values)
    wanted, low, high = int(ALPHA * len(values) * (len(values) - 1) / 2), 0.0, float(np.ptp(values))
    for _ in range(40):
        middle = (low + high) / 2
        pairs = int(np.sum(np.searchsorted(rising, rising + middle, side="left") - np.arange(len(rising)) - 1))
        low, high = (low, middle) if pairs > wanted else (middle, high)
    return high


def neighbours(one: Floats, two: Floats, limits: Floats) -> NDArray[np.int64]:
    """How many events of the second sample are close to each of the first, in every coordinate."""
    if len(limits) == 1:
        rising = np.sort(two[:, 0])
        upper = np.searchsorted(rising, one[:, 0] + limits[0], side="left")
        return upper - np.searchsorted(rising, one[:, 0] - limits[0], side="right")
    close = np.ones((len(one), len(two)), dtype=bool)
    for k, limit in enumerate(limits):
        close &= np.abs(one[:, k, None] - two[:, k]) < limit
    return close.sum(axis=1)


def toy_of_thresholds(source: str, size: int, of: str, seed: int) -> Toy:
    widths = np.array(WIDTHS[source])
    # The difference of two normal numbers of widths s and t is one of width sqrt(s^2 + t^2).
    true_limit = np.sqrt(2) * ndtri((1 + ALPHA) / 2)
    within, wide, between = (
        float(np.prod(2 * ndtr(true_limit / np.sqrt(square)) - 1))
        for square in (2 + 0 * widths, 2 * widths**2, 1 + widths**2)
    )
    rng = np.random.default_rng((5, size, seed))
    reference, generated = (rng.normal(size=(size, len(widths))) * scale for scale in (1, widths))
    limits = np.array([threshold(column) for column in reference.T])
    own = [neighbours(sample, sample, limits) - 1 for sample in (reference, generated)]
    one, other = map(Collisions.of_degrees, own)
    match of:
        case "support":
            return Toy(other.support(), 1 / wide)
        case "ratio":
            return Toy(ratio(other, one), within / wide)
    across = [neighbours(reference, generated, limits), neighbours(generated, reference, limits)]
    return Toy(overlap(own, across), between / np.sqrt(within * wide))


CASES = [
    *(
        Case("overlap.*", source, size, partial(toy, source, size, of_reference))
        if size == of_reference
        else Case(
            "overlap.*", f"{source}, {of_reference:,} of the reference", size, partial(toy, source, size, of_reference)
        )
        for source, (_, sizes) in SOURCES.items()
        for size, of_reference in sizes
    ),
    *(
        Case(f"{of}.* (thresholds from the sample)", source, size, partial(toy_of_thresholds, source, size, of))
        for of in ("support", "ratio", "overlap")
        for source, widths in WIDTHS.items()
        for size in SIZES
        if len(widths) == 1 or size <= 1000
    ),
]

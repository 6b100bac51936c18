"""Duplicates within a sample: support, ratio, s50 and what follows from it, from outcomes of known probability."""

from collections.abc import Callable
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from benchmarks.validation.intervals.case import Case, Toy
from eventspace.statistics.birthdays import corrected_support, first_collisions, half_size
from eventspace.statistics.collisions import Collisions, ratio
from eventspace.statistics.number import Number

SIZES = (30, 100, 1000, 10_000)

# How many equally likely outcomes, or the probabilities of some; what they leave to 1 never repeats.
SOURCES: dict[str, Callable[[int], int | NDArray[np.float64]]] = {
    "1,000 equal outcomes": lambda _: 1000,
    "1,000 outcomes as 1/k": lambda _: (1 / np.arange(1, 1001)) / (1 / np.arange(1, 1001)).sum(),
    "memoriser of 40": lambda _: 40,
    "one collapsed mode, 5 expected": lambda size: np.array([5 / size]),
    "equal outcomes, 3 duplicates expected": lambda size: size * size // 6,
}


def drawn(source: str, size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """The outcomes of so many events; those that never repeat are numbered on."""
    p = SOURCES[source](size)
    if isinstance(p, int):
        return rng.integers(p, size=size)
    outcome = np.searchsorted(np.cumsum(p), rng.random(size), side="right")
    alone = outcome >= len(p)
    outcome[alone] = len(p) + np.arange(np.count_nonzero(alone))
    return outcome


def power_sum(source: str, size: int, power: int) -> float:
    """The sum of p^power over the outcomes."""
    p = SOURCES[source](size)
    return float(p) ** (1 - power) if isinstance(p, int) else float(np.sum(p**power))


def collisions(outcome: NDArray[np.int64]) -> Collisions:
    _, which, count = np.unique(outcome, return_inverse=True, return_counts=True)
    return Collisions.of_degrees(count[which] - 1)


def order_2(source: str, size: int) -> float:
    """1 / q."""
    return 1 / power_sum(source, size, 2)


def toy_of_support(source: str, size: int, seed: int) -> Toy:
    found = collisions(drawn(source, size, np.random.default_rng((1, size, seed))))
    return Toy(found.support(), order_2(source, size))


def toy_of_even_limit(source: str, size: int, seed: int) -> Toy:
    found = collisions(drawn(source, size, np.random.default_rng((1, size, seed))))
    return Toy(found.support_if_even(), order_2(source, size))


def toy_of_ratio(generated: str, reference: str, size: int, seed: int) -> Toy:
    rng = np.random.default_rng((2, size, seed))
    one, other = (collisions(drawn(source, size, rng)) for source in (generated, reference))
    return Toy(ratio(one, other), order_2(generated, size) / order_2(reference, size))


@cache
def true_half_size(source: str, size: int) -> int:
    """The smallest subset with a duplicate in more than half of the cases.

    s! times the elementary symmetric polynomial of the probabilities; by Newton's identities, from their power sums, it
    needs no loop over the outcomes.
    """
    different = [1.0]
    while different[-1] >= 1 / 2:
        s = len(different)
        # With a_s = s! e_s: a_s = sum_k (-1)^(k - 1) (s - 1)! / (s - k)! a_(s - k) P_k, and P_1 = 1.
        term, total = 1.0, 0.0
        for k in range(1, s + 1):
            total += term * different[s - k] * power_sum(source, size, k)
            term *= -(s - k)
        different.append(total)
    return len(different) - 1


def half(source: str, size: int, replications: int, rng: np.random.Generator) -> Number:
    outcome = drawn(source, size, rng)
    order = np.argsort(outcome, kind="stable")
    i, j = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for lag in range(1, size):
        same = outcome[order[lag:]] == outcome[order[:-lag]]
        if not same.any():
            break
        i.append(order[:-lag][same])
        j.append(order[lag:][same])
    first = first_collisions(size, np.concatenate(i), np.concatenate(j), replications, rng)
    return half_size(first, collisions(outcome))


def toy_of_half_size(source: str, size: int, of: str, seed: int) -> Toy:
    found = half(source, size, 1000 if size < 10_000 else 400, np.random.default_rng((3, size, seed)))
    truth = true_half_size(source, size)
    if of == "s50":
        return Toy(found, truth)
    if of == "support.talk":
        low, high = (None if end is None else end**2 for end in (found.low, found.high))
        return Toy(Number(found.value**2, low, high, found.level), truth**2)
    return Toy(corrected_support(found), order_2(source, size))


RATIOS = (
    ("1,000 equal outcomes", "1,000 equal outcomes"),
    ("1,000 outcomes as 1/k", "1,000 equal outcomes"),
    ("memoriser of 40", "1,000 outcomes as 1/k"),
    ("one collapsed mode, 5 expected", "equal outcomes, 3 duplicates expected"),
)
# What equal s50 mean is a number of equal outcomes only where they are equal.
BIRTHDAYS = (
    ("s50", "1,000 equal outcomes"),
    ("s50", "1,000 outcomes as 1/k"),
    ("s50", "memoriser of 40"),
    ("support.talk", "1,000 equal outcomes"),
    ("support.corrected", "1,000 equal outcomes"),
    ("support.corrected", "memoriser of 40"),
)

CASES = [
    *(
        Case("support.* (1/q)", source, size, partial(toy_of_support, source, size))
        for source in SOURCES
        for size in SIZES
    ),
    *(
        Case("support.even.*", source, size, partial(toy_of_even_limit, source, size))
        for source in ("equal outcomes, 3 duplicates expected", "one collapsed mode, 5 expected")
        for size in SIZES
    ),
    *(
        Case("ratio.*", f"{generated} over {reference}", size, partial(toy_of_ratio, generated, reference, size))
        for generated, reference in RATIOS
        for size in SIZES
    ),
    *(
        Case(f"{of}.*", source, size, partial(toy_of_half_size, source, size, of))
        for of, source in BIRTHDAYS
        for size in SIZES
        # A subset of that size must exist; 10,000 events of few outcomes have too many pairs for a toy.
        if true_half_size(source, size) <= size <= 10 * order_2(source, size) + 1000
    ),
]

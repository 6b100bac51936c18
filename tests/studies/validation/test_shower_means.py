"""What follows from mean energies of showers: what a reader has to know of an interval stands beside the number."""

import numpy as np
import pytest

from eventspace.statistics.bootstrap import means
from eventspace.statistics.number import Number
from eventspace.studies.validation.shower_means import energy_numbers, quantities

NAMES = ("reference", "generated")


def found(reference: np.ndarray, generated: np.ndarray) -> dict[str, Number]:
    pair = (reference, generated)
    tables = [quantities(e, e, dict.fromkeys("xyz", np.ones((len(e), 2)))) for e in pair]
    sizes = (len(reference), len(generated))
    return energy_numbers(*means(tables, 100, np.random.default_rng(1)), NAMES, sizes, 0.95, "GeV")


def normal(size: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(10, 1, size)


def test_means_and_spreads_are_those_of_numpy() -> None:
    one, other = normal(400, 1), 1.2 * normal(500, 2)
    numbers = found(one, other)
    assert numbers["ratio.total"].value == pytest.approx(other.mean() / one.mean())
    assert numbers["response.generated"].value == pytest.approx(other.mean())
    assert numbers["resolution.reference"].value == pytest.approx(one.std() / one.mean())


def test_many_normal_showers_need_no_word() -> None:
    assert {number.note for number in found(normal(400, 1), normal(500, 2)).values()} == {""}


def test_of_few_showers_every_mean_and_spread_says_that_a_rare_tail_may_be_missing() -> None:
    numbers = found(normal(400, 1), normal(100, 2))
    for name in (
        "ratio.total",
        "ratio.response",
        "response.generated",
        "resolution.generated",
        "difference.resolution",
    ):
        assert "a rare tail may be missing" in numbers[name].note, name
    assert not numbers["response.reference"].note
    assert not numbers["resolution.reference"].note


def test_the_spread_of_a_long_tail_says_so() -> None:
    leaking = normal(1000, 1)
    leaking[:10] = 1.0
    numbers = found(leaking, normal(1000, 2))
    assert "of a long tail" in numbers["resolution.reference"].note
    assert "of a long tail" in numbers["difference.resolution"].note
    assert not numbers["resolution.generated"].note

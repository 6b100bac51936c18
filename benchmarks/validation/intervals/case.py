"""What a case of the table of coverages is: an interval that the package prints, asked of toys whose truth is known."""

from collections.abc import Callable
from typing import NamedTuple

from eventspace.statistics.number import Number

__all__ = ["Case", "Toy"]


class Toy(NamedTuple):
    """What one toy experiment found.

    Attributes:
        number: the number with its interval; None where nothing is claimed.
        truth: what it should hold.
    """

    number: Number | None
    truth: float


class Case(NamedTuple):
    """Toys of one kind.

    Attributes:
        interval: the numbers of a ``results.json`` that have this interval, as ``auc.*``.
        source: what the toys are drawn from, in words.
        size: events of a sample; of the smaller one where there are two.
        toy: makes and judges the toy of this number, which is its seed.
    """

    interval: str
    source: str
    size: int
    toy: Callable[[int], Toy]

    @property
    def name(self) -> str:
        return f"{self.interval}, {self.source}, {self.size}"

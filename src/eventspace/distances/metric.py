"""What a metric is to the engine: two methods, three facts, and more methods where less than all is asked."""

import math
from abc import ABC, abstractmethod
from dataclasses import MISSING, field
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.distances.units import energy_unit
from eventspace.events.base import Events, kind_of

__all__ = ["Metric", "Prepared", "check_positive", "parameter"]


def parameter(description: str, default: Any = MISSING, *, option: str = "") -> Any:
    """A field of a metric that commands and studies offer as an option; other fields are for Python only.

    Arguments:
        description: the line of the help, with unit.
        default: without one, the option has to be given.
        option: its name there, where that of the field is a symbol.
    """
    return field(default=default, metadata={"description": description, "option": option})


def check_positive(metric: "Metric", *names: str) -> None:
    """Make fields of a metric floats, in its ``__post_init__``.

    Raises:
        InputError: one is not a positive number.
    """
    for name in names:
        value = float(getattr(metric, name))
        if not 0 < value < math.inf:
            raise InputError(f"{name.replace('_', ' ')} is {value:g}", remedy="give a positive number")
        object.__setattr__(metric, name, value)


class Prepared(Protocol):
    """Events in the form that a metric's kernel reads; a slice copies nothing."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: slice) -> Self: ...


class Metric(ABC):
    """A distance between events.

    A new metric is a frozen dataclass in a file of its own that states the facts and writes the two methods below;
    ``pairwise`` then offers the matrix, nearest neighbours, medoids and counts of it.

    Attributes:
        name: what people and the command line call it.
        unit: the unit of its values.
        is_metric: whether identity, symmetry and the triangle inequality hold.
        default_block: events on each side of a tile of pairs: enough work to pay for handing a tile out, and little
            enough to be done in a fraction of a second. The default suits 100 microseconds a pair.
        slow: whether a pair takes 100 microseconds and more, so that studies take fewer events by default.
        root_is_metric: whether the square root of the distance satisfies the triangle inequality, which it does not
            itself; studies of geometry then take the root.
        compares_points: whether prepared events are points of few coordinates, among which ``nearest_points`` searches
            faster than the engine in tiles.
    """

    name: ClassVar[str]
    default_block: ClassVar[int] = 64
    slow: ClassVar[bool] = False
    root_is_metric: ClassVar[bool] = False
    compares_points: ClassVar[bool] = False

    @property
    @abstractmethod
    def unit(self) -> str:
        """The unit of the distances, between events in GeV where they are energies."""

    def unit_for(self, events: Events) -> str:
        """The unit of the distances between these events: of energies, the one they are in."""
        return energy_unit(events) if self.unit == "GeV" else self.unit

    @property
    @abstractmethod
    def is_metric(self) -> bool:
        """Whether the triangle inequality is guaranteed, beside identity and symmetry."""

    @abstractmethod
    def prepare(self, left: Events, right: Events) -> tuple[Prepared, Prepared]:
        """Check that the two sets can be compared and bring them into the kernel's form, once for all pairs.

        Where both are the same object, so are the two results.

        Raises:
            InputError: the events are of the wrong kind, or the metric's parameters do not suit them.
        """

    @abstractmethod
    def block(self, left: Any, right: Any, upper: bool) -> NDArray[np.float64]:
        """The distances of a block of prepared events, (left, right), on one thread and without Python's lock.

        Arguments:
            left, right: slices of what ``prepare`` returned.
            upper: compute only the pairs (i, j) with i < j; the others are returned as 0.
        """

    def near(
        self, left: Any, right: Any, upper: bool, row_best: NDArray[np.float64], column_best: NDArray[np.float64] | None
    ) -> NDArray[np.float64]:
        """The distances of a block that a search for the k nearest needs; the others may be infinite.

        Needed is a pair unless k others of its row are nearer, in this block or known before, and, where columns
        search too, k others of its column. Equally near is not nearer. By default all are computed; a metric overrides
        this if it can prove for less that a pair is far. What it returns as finite must be what ``block`` returns.

        Arguments:
            left, right, upper: as for ``block``.
            row_best: (n, k), the least distances of each row that are known before, rising; infinite where there are
                fewer.
            column_best: (m, k), likewise; without it, the columns search for nothing.
        """
        return self.block(left, right, upper)

    def binned(self, left: Any, right: Any, upper: bool, edges: NDArray[np.float64]) -> NDArray[np.float64]:
        """Numbers that lie between the same edges as the distances of a block.

        By default the distances; a metric overrides this if it can prove for less on which side of an edge a pair lies.

        Arguments:
            left, right, upper: as for ``block``.
            edges: (t,) distances, rising. A distance on an edge belongs above it.
        """
        return self.block(left, right, upper)

    def nearest_points(
        self, left: Any, right: Any, count: int, *, within: bool, threads: int | None
    ) -> NDArray[np.int64]:
        """The numbers of the ``count`` nearest of ``right`` to each of ``left``, of metrics that compare points.

        They make a shortlist, so single precision is enough.

        Arguments:
            left, right: what ``prepare`` returned.
            count: how many.
            within: both are the same events, and none is its own neighbour.
            threads: all cores by default.
        """
        raise NotImplementedError

    def remark(self, events: Events) -> str:
        """What a reader has to know of these distances between these events, as one sentence; empty by default."""
        return ""

    def between(self, a: Events, b: Events) -> float:
        """The distance between two events, each given as a set of one.

        Raises:
            InputError: a set does not hold exactly one event, or the events cannot be compared.
        """
        for events in (a, b):
            kind_of(events)
            if len(events) != 1:
                raise InputError(
                    f"a set of {len(events)} events was given",
                    remedy="give sets of one event: events[i:i + 1]",
                )
        return float(self.block(*self.prepare(a, b), upper=False)[0, 0])

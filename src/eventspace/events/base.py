"""What all kinds of events share: labels, units, seed and origin, and validation at the door."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError

__all__ = ["Events", "Index", "Problem", "first_where"]

Index = slice | NDArray[np.integer[Any]] | NDArray[np.bool_] | list[int]


class Problem(NamedTuple):
    """What is wrong with a set of events: at which event, what, and the remedy."""

    event: int | None
    text: str
    remedy: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Events(ABC):
    """A set of events of one kind.

    Attributes:
        per_event: one value an event, by name; ``label`` holds text, the rest numbers.
        units: the unit of each column that has one.
        seed: the seed that made the events, if one did.
        origin: how the events came to be, for people.
    """

    kind: ClassVar[str]

    per_event: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None
    origin: str = ""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def _select(self, index: Index) -> dict[str, Any]:
        """The fields of the kind for the chosen events; a slice copies nothing."""

    @abstractmethod
    def _problems(self) -> Iterator[Problem]:
        """What is wrong with the columns of the kind."""

    @property
    def labels(self) -> NDArray[np.str_] | None:
        """The label of each event, or None where events carry none."""
        return self.per_event.get("label")

    def __getitem__(self, index: Index) -> Self:
        """The chosen events, by slice, by numbers or by a mask; a slice copies nothing."""
        if isinstance(index, (int, np.integer)):
            raise TypeError(f"an index makes a set of events: write events[{index}:{index + 1}]")
        if not isinstance(index, slice):
            index = np.asarray(index)
        chosen = {name: values[index] for name, values in self.per_event.items()}
        return replace(self, per_event=chosen, **self._select(index))

    def problems(self) -> Iterator[Problem]:
        """Everything that is wrong with these events, the first event of each kind of fault."""
        for name, values in self.per_event.items():
            if len(values) != len(self):
                yield Problem(
                    None, f"{name} has {len(values)} values for {len(self)} events", "give one value an event"
                )
            elif values.dtype.kind == "f":
                bad = first_where(~np.isfinite(values))
                if bad is not None:
                    yield Problem(bad, f"{name} is {values[bad]}", "remove the event or mend the value")
        yield from self._problems()

    def check(self) -> Self:
        """Return these events if nothing is wrong with them.

        Raises:
            InputError: names the first problem, its event number and the remedy.
        """
        for event, text, remedy in self.problems():
            raise InputError(text, event=event, remedy=remedy)
        return self


def first_where(mask: NDArray[np.bool_]) -> int | None:
    """The position of the first true value, or None."""
    if not mask.any():
        return None
    return int(np.argmax(mask))

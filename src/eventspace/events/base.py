"""What all kinds of events share: labels, units, seed and origin, and validation at the door."""

import operator
import textwrap
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.arrays import plain
from eventspace.events.parts import Parts

__all__ = ["Events", "Index", "Problem", "counted", "faulty", "kind_of"]

_MOST_OF_ORIGIN = 80  # characters

Index = slice | NDArray[np.integer[Any]] | NDArray[np.bool_] | list[int]


class Problem(NamedTuple):
    """What is wrong with a set of events.

    Attributes:
        event: the first event that shows it; None where the set as a whole is at fault.
        text: what is wrong, the same words for every event that shows it.
        remedy: what the caller can do.
        events: all events that show it, in order.
    """

    event: int | None
    text: str
    remedy: str
    events: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Events(ABC):
    """A set of events of one kind.

    Attributes:
        per_event: one value an event, by name; ``label`` holds text, the rest numbers.
        units: the unit of each column that has one.
        seed: the seed that made the events, if one did.
        origin: how the events came to be, for people.
        file: the file that they were read from, so that an error names it; it is not a part of them, and never written.
    """

    kind: ClassVar[str]

    per_event: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None
    origin: str = ""
    file: Path | None = None

    def __post_init__(self) -> None:
        self._set(
            per_event={name: _one_an_event(name, values) for name, values in self.per_event.items()},
            seed=None if self.seed is None else _whole(self.seed),
            file=None if self.file is None else _path(self.file),
        )
        for name, text in (
            *((f"the unit of {name}", unit) for name, unit in self.units.items()),
            ("the origin", self.origin),
        ):
            if not isinstance(text, str):
                raise InputError(f"{name} is {text!r}", remedy="give a text")

    def __repr__(self) -> str:
        parts = [counted(len(self), "event"), self._layout]
        if self.per_event:
            parts.append(f"per event {', '.join(map(self._with_unit, self.per_event))}")
        if self.seed is not None:
            parts.append(f"seed {self.seed}")
        if self.origin.strip():
            parts.append(f"origin: {textwrap.shorten(self.origin, _MOST_OF_ORIGIN, placeholder=' ...')}")
        return f"<{type(self).__name__}: {'; '.join(parts)}>"

    @property
    @abstractmethod
    def _layout(self) -> str:
        """What each event holds, in a few words with units."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def _select(self, index: Index) -> dict[str, Any]:
        """The fields of the kind for the chosen events; a slice copies nothing."""

    @abstractmethod
    def _problems(self) -> Iterator[Problem]:
        """What is wrong with the columns of the kind."""

    @abstractmethod
    def taken_apart(self) -> Parts:
        """The settings and columns of these events, as files keep them."""

    @classmethod
    @abstractmethod
    def assembled(cls, parts: Parts, common: Mapping[str, Any]) -> Self:
        """The inverse of ``taken_apart``; not checked.

        Arguments:
            parts: settings, entries of each event, columns.
            common: ``per_event``, ``units``, ``seed`` and ``origin``.
        """

    def sizes(self) -> NDArray[np.int64]:
        """How many particles, cells or filled pixels each event has, (n,); empty where all have the same."""
        return np.empty(0, dtype=np.int64)

    def measured(self) -> dict[str, NDArray[np.float64]] | None:
        """What physicists look at in an event of this kind, (n,) each, by name; None where nothing is."""
        return None

    @property
    def labels(self) -> NDArray[np.str_] | None:
        """The label of each event, or None where events carry none."""
        return self.per_event.get("label")

    def __getitem__(self, index: Index) -> Self:
        """The chosen events, by slice, by numbers or by a mask; a slice copies nothing."""
        if not isinstance(index, slice):
            index = plain("the index", index)
            if index.ndim != 1:
                raise TypeError("an index makes a set of events: write events[i:i + 1]")
            if not index.size and index.dtype != bool:
                index = index.astype(np.int64)  # numpy calls an empty list float
            if index.dtype == bool and len(index) != len(self):
                raise IndexError(f"a mask of {len(index)} values cannot choose among {len(self)} events")
        chosen = {name: values[index] for name, values in self.per_event.items()}
        return replace(self, per_event=chosen, **self._select(index))

    def problems(self) -> Iterator[Problem]:
        """Everything that is wrong with these events, one problem for each kind of fault."""
        yield from self._problems()
        for name, values in self.per_event.items():
            if values.ndim and len(values) != len(self):
                text = f"{name} has {len(values)} values for {len(self)} events"
                yield Problem(None, text, "give one value an event")
            elif values.ndim != 1 or (name == "label" and values.dtype.kind != "U"):
                text = f"{name} holds {values.dtype} of shape {values.shape}"
                yield Problem(None, text, "give one text an event" if name == "label" else "give one value an event")
            elif values.dtype.kind == "f":
                bad = ~np.isfinite(values)
                yield from faulty(bad, f"{name} is NaN or infinite", "remove the event or mend the value")

    def _with_unit(self, name: str) -> str:
        return f"{name} [{self.units[name]}]" if self.units.get(name) else name

    def _set(self, **fields: Any) -> None:
        """Set fields while the events are made; later nothing changes them."""
        for name, values in fields.items():
            object.__setattr__(self, name, values)

    def check(self) -> Self:
        """Return these events if nothing is wrong with them.

        Raises:
            InputError: names the first problem, its event number and the remedy.
        """
        for problem in self.problems():
            raise InputError(problem.text, event=problem.event, remedy=problem.remedy)
        return self


def counted(number: int, noun: str) -> str:
    """A number of things: 1 event, 2 events."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def kind_of(events: object) -> str:
    """The kind of a set of events.

    Raises:
        InputError: this is something else, such as a plain array.
    """
    if not isinstance(events, Events):
        raise InputError(
            f"{type(events).__name__} is not a set of events",
            remedy="make one: es.Points(values=...), es.ParticleClouds.from_lists(...), es.Showers.from_dense(...)",
        )
    return events.kind


def _one_an_event(name: str, values: Any) -> NDArray[Any]:
    """One value an event; whole numbers that are labels become texts."""
    found = plain(name, values)
    return found.astype(np.str_) if name == "label" and found.dtype.kind in "iu" else found


def _path(file: Any) -> Path:
    """The file of a set of events."""
    try:
        return Path(file)
    except TypeError:
        raise InputError(f"the file of the events is {file!r}", remedy="give a path, or None") from None


def _whole(seed: Any) -> int:
    """A seed that a file can hold."""
    try:
        number = operator.index(seed)
    except TypeError:
        number = None
    if number is None or not -(1 << 63) <= number < 1 << 64:
        raise InputError(f"the seed is {seed!r}", remedy="give a whole number of 64 bits, or None")
    return number


def faulty(mask: NDArray[np.bool_], text: str, remedy: str) -> Iterator[Problem]:
    """The problem of the events where the mask is true, if there are any."""
    events = tuple(np.flatnonzero(mask).tolist())
    if events:
        yield Problem(events[0], text, remedy, events)

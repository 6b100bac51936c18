"""Which bosons a sample has, and what the masses of their di-jets are compared with."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from eventspace.base.errors import InputError
from eventspace.events.collisions import Collisions
from eventspace.statistics.pairings import Boson

__all__ = ["Bosons", "bosons_of"]

_KNOWN = {23: ("Z", Boson(88.0, 8.0)), 24: ("W", Boson(78.0, 8.0)), 25: ("H", Boson(113.0, 10.0))}


class Bosons(NamedTuple):
    """The bosons of the events of a sample, in the order of truth_boson.

    Attributes:
        names: of each; identical bosons have one name.
        expected: mass and width of the di-jets of each.
    """

    names: tuple[str, ...]
    expected: tuple[Boson, ...]

    def places(self) -> dict[str, list[int]]:
        """Where the bosons of each name stand."""
        return {name: [k for k, other in enumerate(self.names) if other == name] for name in dict.fromkeys(self.names)}


def bosons_of(events: Collisions, count: int, masses: Sequence[float], widths: Sequence[float]) -> Bosons:
    """The bosons that the identifiers ``boson_0``, ``boson_1``, ... of the events name, or those that are given.

    Arguments:
        events: n collisions.
        count: bosons of an event.
        masses, widths: of the di-jets of each boson in GeV; if there are none, Z 88 +- 8, W 78 +- 8 and H 113 +- 10.
            Neutrinos are missing in the jets, so these are below the masses of the bosons.

    Raises:
        InputError: they are not given, and the events do not say which bosons they have; or not one for each.
    """
    names = [f"boson_{number}" for number in range(count)]
    found = [np.unique(np.abs(events.per_event[name])) for name in names if name in events.per_event]
    known = len(found) == count and all(len(pid) == 1 and int(pid[0]) in _KNOWN for pid in found)
    bosons = [_KNOWN[int(pid[0])] for pid in found] if known else []
    if masses or widths:
        if not len(masses) == len(widths) == count:
            text = f"{len(masses)} masses and {len(widths)} widths for {count} bosons"
            raise InputError(text, remedy="give one of each for every boson, in the order of truth_boson")
        expected = tuple(Boson(mass, width) for mass, width in zip(masses, widths, strict=True))
        labels = [name for name, _ in bosons] or ["boson"] * count
        if len({*zip(labels, expected, strict=True)}) > len({*labels}):  # one name, but masses of their own
            labels = [f"{name}{each.mass:g}" for name, each in zip(labels, expected, strict=True)]
        return Bosons(tuple(labels), expected)
    if len(found) == count and any(len(pid) > 1 for pid in found):
        text = "the events have different bosons at one place of truth_boson"
        raise InputError(text, remedy="number them alike in all events, such as Z, H, H")
    if not known:
        raise InputError(
            "the events do not say which bosons they have, in boson_0, boson_1, ...",
            remedy="give --masses and --widths of the di-jets in GeV, one for each boson in the order of truth_boson",
        )
    return Bosons(tuple(name for name, _ in bosons), tuple(boson for _, boson in bosons))

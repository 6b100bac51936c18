"""Sets of events joined in memory."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.base import Events, kind_of
from eventspace.events.parts import Parts

__all__ = ["concatenate"]

Kind = TypeVar("Kind", bound=Events)
Columns = Mapping[str, NDArray[Any]]


def concatenate(sets: Iterable[Kind]) -> Kind:
    """The events of several sets, in this order, as one set; ``merge`` does the same with files.

    Arguments:
        sets: at least one, of one kind, with the same columns, types, units and grid.

    Returns:
        A new set. It has the seed that all sets have, or none, and the origins of all of them.

    Raises:
        InputError: there is no set, or one does not fit the first; the error names its number.

    Example:
        >>> import eventspace as es
        >>> a, b = (es.Points(values=[[x], [x]], per_event={"label": [name] * 2}) for x, name in ((1, "a"), (2, "b")))
        >>> both = es.concatenate([a, b])
        >>> both.values.ravel().tolist(), both.labels.tolist()
        ([1.0, 1.0, 2.0, 2.0], ['a', 'a', 'b', 'b'])
    """
    sets = [] if isinstance(sets, Events) else list(sets)
    if not sets:
        raise InputError("there is no list of sets to join", remedy="give a list of sets of events")
    first = sets[0]
    for number, other in enumerate(sets):
        _check_fits(first, other, number)
    parts = [events.taken_apart() for events in sets]
    counts = [part.counts for part in parts if part.counts is not None]
    joined = Parts(
        parts[0].settings, np.concatenate(counts) if counts else None, _joined([part.columns for part in parts])
    )
    seeds = {events.seed for events in sets}
    origins = dict.fromkeys(events.origin for events in sets if events.origin)
    common = {
        "per_event": _joined([events.per_event for events in sets]),
        "units": first.units,
        "seed": seeds.pop() if len(seeds) == 1 else None,
        "origin": "; ".join(origins),
    }
    return type(first).assembled(joined, common)


def _joined(columns: Sequence[Columns]) -> dict[str, NDArray[Any]]:
    return {name: np.concatenate([some[name] for some in columns]) for name in columns[0]}


def _check_fits(first: Events, other: Events, number: int) -> None:
    if kind_of(other) != kind_of(first):
        _refuse(number, f"holds {other.kind}, set 0 {first.kind}", "join sets of one kind")
    a, b = first.taken_apart(), other.taken_apart()
    if a.settings != b.settings:
        _refuse(number, f"has {b.settings}, set 0 {a.settings}", "bring them to one coordinate or grid first")
    if dict(first.units) != dict(other.units):
        _refuse(number, f"has the units {dict(other.units)}, set 0 {dict(first.units)}", "convert them first")
    for mine, theirs in ((a.columns, b.columns), (first.per_event, other.per_event)):
        if set(mine) != set(theirs):
            name = min(set(mine) ^ set(theirs))
            _refuse(number, f"and set 0 do not both have the column {name}", "give all sets the same columns")
        for name, values in theirs.items():
            kinds, rows = {mine[name].dtype.kind, values.dtype.kind}, {mine[name].shape[1:], values.shape[1:]}
            if len(kinds) > 1 or len(rows) > 1:
                shown = [f"{some.dtype} of shape {some.shape}" for some in (values, mine[name])]
                _refuse(number, f"has {name} in {shown[0]}, set 0 in {shown[1]}", "give all sets the same types")


def _refuse(number: int, problem: str, remedy: str) -> None:
    raise InputError(f"set {number} {problem}", remedy=remedy)

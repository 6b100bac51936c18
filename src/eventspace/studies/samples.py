"""The samples of a study: what to call them, what they must have in common, and which of them an error means."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import numpy as np
from pydantic import BaseModel

from eventspace.base.errors import InputError
from eventspace.distances.engine.checkpoint import fingerprint
from eventspace.distances.units import check_units
from eventspace.events.base import Events
from eventspace.events.points import Points
from eventspace.events.showers import Showers

__all__ = ["SAMPLES", "comparable", "distinct", "header", "labels", "naming", "place"]

SAMPLES = ("reference", "generated")


def place(sample: str) -> str:
    """Where an error was found, in the place of its file, which ``Study.ask`` puts there where there is one.

    Example:
        >>> print(InputError("a cell is negative", file=place("generated"), event=7))
        generated sample, event 7: a cell is negative
    """
    return sample if sample.split()[0] == "sample" else f"{sample} sample"


def labels(samples: Mapping[str, Events]) -> list[str]:
    """The names of samples in figures and sentences: those of their files, or their roles where these are not unique.

    Example:
        >>> from pathlib import Path
        >>> from eventspace.events.points import Points
        >>> values = np.zeros((9, 2))
        >>> labels({"background": Points(values=values, file=Path("qcd.h5")), "signal": Points(values=values)})
        ['qcd', 'signal']
    """
    found = [events.file.stem if events.file else role for role, events in samples.items()]
    return found if len(set(found)) == len(found) else list(samples)


def comparable(samples: Mapping[str, Events]) -> None:
    """Make sure that samples are of one kind, in one unit, on one grid, in one number of dimensions.

    Arguments:
        samples: by name; each is compared with the first.

    Raises:
        InputError: they are not; it says which of them.

    Example:
        >>> from eventspace.events.points import Points
        >>> plane, line = (Points(values=np.zeros((9, d))) for d in (2, 1))
        >>> comparable({"reference": plane, "generated": line})  # doctest: +ELLIPSIS
        Traceback (most recent call last):
            ...
        eventspace.base.errors.InputError: generated sample: points of 1 coordinates cannot be ...
    """
    first = next(iter(samples.values()))
    for name, events in samples.items():
        if events.kind != first.kind:
            raise InputError(
                f"{events.kind} cannot be compared with {first.kind}",
                file=place(name),
                remedy="give samples of one kind",
            )
        if _layout(events) != _layout(first):
            raise InputError(
                f"{_layout(events)} cannot be compared with {_layout(first)}",
                file=place(name),
                remedy="give samples of one layout",
            )
        try:
            check_units(first, events)
        except InputError as error:
            raise error.at(place(name)) from None


def _layout(events: Events) -> str:
    match events:
        case Showers():
            return f"showers on {' x '.join(map(str, events.shape))} cells"
        case Points():
            return f"points of {events.values.shape[1]} coordinates"
    return events.kind


def distinct(samples: Mapping[str, Events]) -> None:
    """Make sure that no two samples hold the same events, where one is to be judged by events that it has not seen.

    Raises:
        InputError: two do; it says which of them.

    Example:
        >>> from eventspace.events.points import Points
        >>> points = Points(values=np.eye(9))
        >>> distinct({"background": points, "signal": points[:]})
        Traceback (most recent call last):
            ...
        eventspace.base.errors.InputError: signal sample: it holds the events of the background; give another sample
    """
    seen: dict[str, str] = {}
    for name, events in samples.items():
        first = seen.setdefault(fingerprint(events), name)
        if first != name:
            raise InputError(f"it holds the events of the {first}", file=place(name), remedy="give another sample")


def header(samples: Mapping[str, Events], config: BaseModel) -> dict[str, Any]:
    """What a calculation is, to recognise its steps when it is started again: the events, their energies, the options.

    Arguments:
        samples: by name.
        config: the configuration.
    """
    columns = {name: events.per_event.get("incident_energy", np.empty(0)) for name, events in samples.items()}
    return {
        "config": config.model_dump(mode="json"),
        "samples": {name: fingerprint(events) for name, events in samples.items()},
        "energies": {name: sha256(np.ascontiguousarray(c).tobytes()).hexdigest() for name, c in columns.items()},
    }


@contextmanager
def naming(sample: str) -> Iterator[None]:
    """An error about an event that is raised inside names the sample of the event."""
    try:
        yield
    except InputError as error:
        if error.event is None or error.file is not None:
            raise
        raise error.at(place(sample)) from None

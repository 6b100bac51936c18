"""HepMC3 event records in their text form, and HepMC2 ones, plain or compressed.

Each event becomes the cloud of its visible particles in the final state (status 1), in absolute coordinates. Neutrinos,
gravitinos, neutralinos and the PDG codes of dark matter are invisible. Particles without pt are left out: the remains
of the beams. Of the weights of an event the first is kept.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.base.extras import require
from eventspace.events.formats.clouds import from_momenta
from eventspace.events.formats.format import Format
from eventspace.events.formats.text import opened_text
from eventspace.events.particles import ParticleClouds
from eventspace.events.reading import reading

__all__ = ["FORMAT", "INVISIBLE", "check_end", "read", "records"]

INVISIBLE = (12, 14, 16, 18, 39, 51, 52, 53, 1000012, 1000014, 1000016, 1000022, 1000039)
"""Absolute PDG identifiers of particles that no detector sees."""

_LISTINGS = {b"HepMC::Asciiv3-": "hepmc3", b"HepMC::IO_GenEvent-": "hepmc2"}
_EVENTS_AT_ONCE = 500
_PEEK = 1000
_BLOCK = 1 << 20
_FINAL = 1


def read(path: str | Path) -> Iterator[ParticleClouds]:
    """Whole events with absolute pt, rapidity, phi, mass and pid, and the per-event column ``weight``."""
    with records(path) as events:
        found = 0
        while chunk := [_visible(record) for record in islice(events, _EVENTS_AT_ONCE)]:
            found += len(chunk)
            yield _clouds(chunk)
        check_end(path, found)


def check_end(path: str | Path, found: int) -> None:
    """Fail where the parser ended at an event that it cannot read, as if the file did.

    Raises:
        InputError: the file has more events.
    """
    if found != _count(Path(path)):
        raise InputError("the event cannot be parsed", event=found, remedy="make or download the file again")


def _visible(record: Any) -> dict[str, NDArray[Any]]:
    """The visible particles of one event in GeV."""
    import pyhepmc

    record.set_units(pyhepmc.Units.GEV, record.length_unit)
    particles = record.numpy.particles
    pid = np.asarray(particles.pid)
    seen = (np.asarray(particles.status) == _FINAL) & ~np.isin(np.abs(pid), INVISIBLE)
    momenta = {name: np.asarray(getattr(particles, name.lower()))[seen] for name in ("E", "px", "py", "pz")}
    weights = record.weights
    return {**momenta, "pid": pid[seen].astype(np.int32), "weight": np.array([weights[0] if len(weights) else 1.0])}


def _clouds(chunk: list[dict[str, NDArray[Any]]]) -> ParticleClouds:
    flat = {name: np.concatenate([event[name] for event in chunk]) for name in chunk[0]}
    counts = np.array([len(event["pid"]) for event in chunk], dtype=np.int64)
    return from_momenta(counts, flat, {"pid": flat["pid"]}, per_event={"weight": flat["weight"]})


@contextmanager
def records(path: str | Path) -> Iterator[Iterator[Any]]:
    """The events as the parser yields them, without its chatter on the error stream."""
    with require("formats", "reading HepMC files"):
        import pyhepmc

    setup = pyhepmc.Setup
    before = setup.print_errors, setup.print_warnings, setup.debug_level
    setup.print_errors, setup.print_warnings, setup.debug_level = False, False, 0
    try:
        with reading(path), opened_text(path) as file:
            listing = _listing(file)
            file.seek(0)
            with pyhepmc.open(file, format=listing) as events:
                yield iter(events)
    finally:
        setup.print_errors, setup.print_warnings, setup.debug_level = before


def _listing(file: io.BufferedIOBase) -> str:
    """The pyhepmc name of the format whose listing the file begins."""
    beginning = file.read(_PEEK)
    for mark, name in _LISTINGS.items():
        if mark + b"START_EVENT_LISTING" in beginning:
            return name
    raise InputError("this is not a HepMC file", remedy="check the format")


def _count(path: Path) -> int:
    """The number of event lines, once it is sure that the file ends as a whole one does."""
    with reading(path), opened_text(path) as file:
        _listing(file)
        file.seek(0)
        events, end = 0, b""
        while block := file.read(_BLOCK):
            # The overlap of two bytes is too short for the mark of an event to be counted twice.
            events += (end[-2:] + block).count(b"\nE ")
            end = (end + block)[-_PEEK:]
        last = end.rstrip().rpartition(b"\n")[2]
        if not last.startswith(tuple(mark + b"END_EVENT_LISTING" for mark in _LISTINGS)):
            raise InputError(f"the file ends within or after event {events - 1}", remedy="make or download it again")
    return events


def _recognises(path: Path) -> bool:
    try:
        with reading(path), opened_text(path) as file:
            return bool(_listing(file))
    except InputError:
        return False


FORMAT = Format("hepmc", "HepMC3 or HepMC2 events, text", _recognises, _count, read)

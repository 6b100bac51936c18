"""Les Houches events (hep-ph/0609017), plain or compressed: the partons of a hard process.

Each event becomes the cloud of its visible particles in the final state (status 1), in absolute coordinates and GeV.
Invisible are those that are so in HepMC files. Particles without pt are left out.
"""

import re
from collections.abc import Iterator
from io import BufferedIOBase
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.formats.clouds import from_momenta
from eventspace.events.formats.format import Format
from eventspace.events.formats.hepmc import INVISIBLE
from eventspace.events.formats.text import opened_text
from eventspace.events.particles import ParticleClouds
from eventspace.events.reading import reading

__all__ = ["FORMAT", "beams", "read", "rows"]

_MARK, _END = b"<LesHouchesEvents", b"</LesHouchesEvents>"
_EVENT = re.compile(rb"\s*<event[\s>]")
_EVENTS_AT_ONCE = 1000
_PEEK = 1000
_LONGEST_LINE = 1 << 16
_REMEDY = "make or download the file again"
# The columns of a particle: IDUP ISTUP MOTHUP(2) ICOLUP(2) PUP(5) VTIMUP SPINUP.
_COLUMNS = 13
_PID, _STATUS, _PX, _PY, _PZ, _E = 0, 1, 6, 7, 8, 9
_FINAL = 1


def read(path: str | Path) -> Iterator[ParticleClouds]:
    """Events with absolute pt, rapidity, phi, mass and pid, and the per-event column ``weight``."""
    with reading(path), opened_text(path) as file:
        _check(file)
        events = _events(file)
        start = 0
        while chunk := list(islice(events, _EVENTS_AT_ONCE)):
            yield _clouds([_particles(text, start + number) for number, text in enumerate(chunk)])
            start += len(chunk)


def _check(file: BufferedIOBase) -> None:
    if _MARK not in file.read(_PEEK):
        raise InputError("this is not a file of Les Houches events", remedy="check the format")
    file.seek(0)


def _lines(file: BufferedIOBase) -> Iterator[bytes]:
    while line := file.readline(_LONGEST_LINE):
        yield line


def _events(file: BufferedIOBase) -> Iterator[list[bytes]]:
    """The lines of each event; what stands before the end of ``init`` may show anything."""
    lines = _lines(file)
    for line in lines:
        if b"</init>" in line:
            break
    found = 0
    for line in lines:
        if _EVENT.match(line):
            text: list[bytes] = []
            for inner in lines:
                if b"</event>" in inner:
                    break
                text.append(inner)
            else:
                raise InputError("the file ends within the event", event=found, remedy=_REMEDY)
            found += 1
            yield text
        elif _END in line:
            return
    raise InputError(f"the file ends after {found} events, without its end mark", remedy=_REMEDY)


def beams(file: BufferedIOBase) -> set[int]:
    """The PDG identifiers of the two beams.

    Raises:
        InputError: this is not a file of Les Houches events.
    """
    _check(file)
    for line in _lines(file):
        if b"<init>" in line:
            try:
                return {int(number) for number in _numbers(next(_lines(file), b""))[:2]}
            except ValueError:
                break
    return set()


def rows(file: BufferedIOBase) -> Iterator[tuple[float, NDArray[np.float64]]]:
    """The weight of each event, and all its particles as rows of the 13 columns.

    Raises:
        InputError: this is not a file of Les Houches events, or an event cannot be parsed.
    """
    _check(file)
    for number, text in enumerate(_events(file)):
        yield _rows(text, number)


def _particles(text: list[bytes], number: int) -> tuple[float, NDArray[np.float64]]:
    """The weight of an event, and its visible particles in the final state as rows of the 13 columns."""
    weight, particles = _rows(text, number)
    seen = (particles[:, _STATUS] == _FINAL) & ~np.isin(np.abs(particles[:, _PID]), INVISIBLE)
    return weight, particles[seen]


def _rows(text: list[bytes], number: int) -> tuple[float, NDArray[np.float64]]:
    try:
        header = _numbers(text[0])
        particles = _numbers(b" ".join(text[1 : 1 + int(header[0])])).reshape(int(header[0]), _COLUMNS)
    except (IndexError, ValueError) as error:
        raise InputError("the event cannot be parsed", event=number, remedy=_REMEDY) from error
    return float(header[2]), particles


def _numbers(text: bytes) -> NDArray[np.float64]:
    """Numbers as Fortran writes them: 1.0D+02 is 100."""
    return np.array(text.upper().replace(b"D", b"E").split(), dtype=np.float64)


def _clouds(chunk: list[tuple[float, NDArray[np.float64]]]) -> ParticleClouds:
    counts = np.array([len(rows) for _, rows in chunk], dtype=np.int64)
    flat = np.concatenate([rows for _, rows in chunk])
    momenta = {"E": flat[:, _E], "px": flat[:, _PX], "py": flat[:, _PY], "pz": flat[:, _PZ]}
    weight = np.array([weight for weight, _ in chunk])
    return from_momenta(counts, momenta, {"pid": flat[:, _PID].astype(np.int32)}, per_event={"weight": weight})


def _count(path: Path) -> int:
    with reading(path), opened_text(path) as file:
        _check(file)
        return sum(1 for _ in _events(file))


def _recognises(path: Path) -> bool:
    try:
        with reading(path), opened_text(path) as file:
            _check(file)
    except InputError:
        return False
    return True


FORMAT = Format("lhe", "Les Houches events, text", _recognises, _count, read)

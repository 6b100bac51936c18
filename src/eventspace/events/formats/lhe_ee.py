"""Les Houches events (hep-ph/0609017) of e+e- collisions: the partons of a hard process as four-momenta.

Each event becomes the collision of its visible particles in the final state (status 1). Labels: the boson that each
descends from, and within a boson its two partons are two jets.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from eventspace.base.errors import InputError
from eventspace.events.collisions import Collisions
from eventspace.events.formats import lhe
from eventspace.events.formats.format import Format
from eventspace.events.formats.hepmc import INVISIBLE
from eventspace.events.formats.records import BEAMS, of_records
from eventspace.events.formats.text import opened_text
from eventspace.events.reading import reading

__all__ = ["FORMAT", "read"]

_EVENTS_AT_ONCE = 1000
_FINAL = 1
_PID, _STATUS, _MOTHER, _PX, _E, _MASS = 0, 1, 2, 6, 9, 10


def read(path: str | Path) -> Iterator[Collisions]:
    """Collisions with px, py, pz, E, mass, pid, charge (in thirds for quarks), truth labels and the event's weight."""
    with reading(path), opened_text(path) as file:
        events = lhe.rows(file)
        while chunk := list(islice(events, _EVENTS_AT_ONCE)):
            table = np.concatenate([rows for _, rows in chunk])
            pid = table[:, _PID].astype(np.int64)
            seen = (table[:, _STATUS] == _FINAL) & ~np.isin(np.abs(pid), INVISIBLE)
            yield of_records(
                np.array([len(rows) for _, rows in chunk], dtype=np.int64),
                table[:, [_E, _PX, _PX + 1, _PX + 2]],
                pid,
                table[:, _MOTHER].astype(np.int64) - 1,
                seen,
                extra={"mass": table[:, _MASS]},
                per_event={"weight": np.array([weight for weight, _ in chunk])},
            )


def _recognises(path: Path) -> bool:
    """Whether it is a Les Houches file whose beams are an electron and a positron."""
    try:
        with reading(path), opened_text(path) as file:
            beams = lhe.beams(file)
    except InputError:
        return False
    return beams == BEAMS


FORMAT = Format("lhe-ee", "Les Houches events of e+e- collisions, text", _recognises, lhe.FORMAT.count, read)

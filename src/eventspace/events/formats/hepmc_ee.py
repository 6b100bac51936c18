"""HepMC3 and HepMC2 event records of e+e- collisions, text, plain or compressed.

Each event becomes the collision of its visible particles in the final state (status 1), in GeV and mm, with the impact
parameters that the production vertices give, without any smearing, and labelled with the boson that each particle
descends from and its jet, see ``truth_jets``.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError, MissingExtraError
from eventspace.events.collisions import Collisions
from eventspace.events.formats import hepmc
from eventspace.events.formats.format import Format
from eventspace.events.formats.records import BEAMS, of_records

__all__ = ["FORMAT", "read"]

_EVENTS_AT_ONCE = 500
_FINAL, _BEAM = 1, 4


def read(path: str | Path) -> Iterator[Collisions]:
    """Collisions with px, py, pz, E, mass, pid, charge, d0, z0, truth labels and the event's first weight."""
    with hepmc.records(path) as records:
        found = 0
        while chunk := [_event(record) for record in islice(records, _EVENTS_AT_ONCE)]:
            found += len(chunk)
            yield _collisions(chunk)
        hepmc.check_end(path, found)


def _event(record: Any) -> dict[str, NDArray[Any]]:
    """All particles of one event in GeV and mm, with their first mother and their production vertex."""
    import pyhepmc

    record.set_units(pyhepmc.Units.GEV, pyhepmc.Units.MM)
    data = pyhepmc.GenEventData()
    record.write_data(data)
    particles, vertices = data.particles, data.vertices
    # A link is from a particle to the vertex where it ends, -v, or from a vertex, -v, to a particle it makes; from 1.
    one, other = np.asarray(data.links1), np.asarray(data.links2)
    made, ended = one < 0, one > 0
    maker = np.zeros(len(particles), dtype=np.int64)
    maker[other[made] - 1] = -one[made]
    incoming = np.zeros(len(vertices) + 1, dtype=np.int64)
    incoming[-other[ended][::-1]] = one[ended][::-1]  # of several the first is written last
    mother = incoming[maker] - 1
    return {
        **{name: np.array(particles[name.lower()]) for name in ("E", "px", "py", "pz")},
        **{name: np.array(particles[name]) for name in ("mass", "pid", "status")},
        "mother": mother,
        "vertex": _places(np.array(record.numpy.vertices.has_set_position), vertices, maker, mother),
        "weight": np.array([data.weights[0] if len(data.weights) else 1.0]),
    }


def _places(stated: NDArray[np.bool_], vertices: Any, maker: NDArray[np.int64], mother: NDArray[np.int64]) -> Any:
    """Where each particle is made; a vertex without a position is where its incoming particle is made."""
    at = np.vstack([np.zeros(3), np.stack([vertices[name] for name in ("x", "y", "z")], axis=1)])
    known = np.concatenate([[True], stated])
    source = np.arange(len(maker))  # the particle, or its ancestor, whose vertex is known
    while (open_ := ~known[maker[source]] & (mother[source] >= 0) & (mother[source] < source)).any():
        source = np.where(open_, mother[source], source)
    return at[maker[source]]


def _collisions(chunk: list[dict[str, NDArray[Any]]]) -> Collisions:
    flat = {name: np.concatenate([event[name] for event in chunk]) for name in chunk[0]}
    return of_records(
        np.array([len(event["pid"]) for event in chunk], dtype=np.int64),
        np.stack([flat[name] for name in ("E", "px", "py", "pz")], axis=1),
        flat["pid"],
        flat["mother"],
        (flat["status"] == _FINAL) & ~np.isin(np.abs(flat["pid"]), hepmc.INVISIBLE),
        vertices=flat["vertex"],
        extra={"mass": flat["mass"]},
        per_event={"weight": flat["weight"]},
    )


def _recognises(path: Path) -> bool:
    """Whether the beams of its first event, particles of status 4, are an electron and a positron."""
    try:
        with hepmc.records(path) as records:
            first = next(iter(records), None)
            return first is not None and {p.pid for p in first.particles if p.status == _BEAM} == BEAMS
    except (InputError, MissingExtraError):
        return False


FORMAT = Format("hepmc-ee", "HepMC3 or HepMC2 events of e+e- collisions, text", _recognises, hepmc.FORMAT.count, read)

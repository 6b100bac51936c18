"""Column maps: which array of a file is which column of the events, ``pt=PT,rapidity=Y,phi=PHI``."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.formats.clouds import Counts, from_columns, from_momenta, integers
from eventspace.events.particles import ParticleClouds

__all__ = ["EXAMPLE", "PARTICLE", "assemble", "parse"]

EXAMPLE = "--columns pt=PT,rapidity=Y,phi=PHI"

MOMENTA = ("E", "px", "py", "pz")
PARTICLE = (*MOMENTA, "pt", "rapidity", "eta", "phi", "mass", "pid", "charge")
"""The columns that have one value a particle; any other name is a column with one value an event."""

_REMEDY = f"give pt, phi and rapidity or eta, or E, px, py and pz: {EXAMPLE}"


def parse(columns: str) -> dict[str, str]:
    """Read a column map.

    Arguments:
        columns: OURS=THEIRS pairs, separated by commas. Ours are pt, rapidity or eta, phi, and mass, pid and charge
            where known; or E, px, py and pz. Any other name makes a column with one value an event; ``label`` becomes
            text.

    Raises:
        InputError: not such pairs, a column twice, or columns that do not describe particles.

    Example:
        >>> parse("pt=PT, eta=ETA, phi=PHI, label=truth")
        {'pt': 'PT', 'eta': 'ETA', 'phi': 'PHI', 'label': 'truth'}
    """
    chosen: dict[str, str] = {}
    for pair in columns.split(","):
        ours, equals, theirs = (part.strip() for part in pair.partition("="))
        if not (ours and equals and theirs):
            raise InputError(f"{pair.strip()!r} is not OURS=THEIRS in the column map", remedy=_REMEDY)
        if ours in chosen:
            raise InputError(f"{ours} stands twice in the column map", remedy=_REMEDY)
        chosen[ours] = theirs
    given = set(chosen) & set(PARTICLE)
    cartesian = given - {"pid", "charge"} == set(MOMENTA)
    cylindrical = {"pt", "phi"} <= given and len(given & {"rapidity", "eta"}) == 1 and not given & set(MOMENTA)
    if not (cartesian or cylindrical):
        raise InputError(f"{', '.join(chosen)} do not describe particles", remedy=_REMEDY)
    return chosen


def assemble(
    counts: Counts, particles: Mapping[str, NDArray[Any]], per_event: Mapping[str, NDArray[Any]]
) -> ParticleClouds:
    """Clouds from the columns of a file, by our names; their coordinates stay as they are."""
    columns: dict[str, NDArray[Any]] = {
        name: integers(values, np.int32) if name in ("pid", "charge") else np.asarray(values, dtype=np.float64)
        for name, values in particles.items()
    }
    events = {name: values.astype(str) if name == "label" else values for name, values in per_event.items()}
    if "E" not in columns:
        return from_columns(counts, columns, per_event=events)
    extra = {name: values for name, values in columns.items() if name in ("pid", "charge")}
    return from_momenta(counts, columns, extra, per_event=events)

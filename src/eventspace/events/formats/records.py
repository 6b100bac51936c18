"""Collisions from the event records of generators: particles with mothers, of which some are seen."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.events.charge import charge_from_pid
from eventspace.events.collisions import Collisions
from eventspace.events.descent import boson_of_entry, truth_jets
from eventspace.events.ragged import event_of_entry, offsets_of
from eventspace.events.tracks import impact_parameters

__all__ = ["BEAMS", "of_records"]

BEAMS = {11, -11}
"""The beams of e+e- collisions."""

_NUMBERS_OF_JETS = np.int8


def of_records(
    counts: NDArray[np.int64],
    momenta: NDArray[np.float64],
    pid: NDArray[Any],
    mother: NDArray[Any],
    seen: NDArray[np.bool_],
    *,
    vertices: NDArray[np.float64] | None = None,
    extra: Mapping[str, NDArray[Any]] | None = None,
    **metadata: Any,
) -> Collisions:
    """The particles that are seen, with charge, truth labels and, where vertices are known, impact parameters.

    Arguments:
        counts: (n,) the entries of each event.
        momenta: (entries, 4) E, px, py, pz in GeV.
        pid: (entries,) PDG identifiers.
        mother: (entries,) the first mother, from 0 in its event; -1 for none. Mothers stand before daughters.
        seen: (entries,) which are particles of the final state that a detector sees.
        vertices: (entries, 3) where they are produced, x, y, z in mm.
        extra: further columns, (entries,).
        metadata: ``per_event``, ``units``.
    """
    boson = boson_of_entry(offsets_of(counts), pid.astype(np.int64), mother.astype(np.int64))[seen]
    multiplicity = np.bincount(event_of_entry(offsets_of(counts))[seen], minlength=len(counts)).astype(np.int64)
    chosen, identifier = momenta[seen], pid[seen].astype(np.int32)
    charge = charge_from_pid(identifier)
    columns: dict[str, NDArray[Any]] = {name: chosen[:, place] for place, name in enumerate(("E", "px", "py", "pz"))}
    columns |= {name: values[seen] for name, values in (extra or {}).items()}
    columns |= {"pid": identifier, "charge": charge.astype(np.float32)}
    columns["truth_boson"] = boson.astype(_NUMBERS_OF_JETS)
    columns["truth_jet"] = truth_jets(offsets_of(multiplicity), chosen, boson).astype(_NUMBERS_OF_JETS)
    if vertices is not None:
        with np.errstate(all="ignore"):  # what is not finite is found by validation
            d0, z0 = impact_parameters(chosen[:, 1:], vertices[seen])
        columns |= {"d0": np.where(charge != 0, d0, 0.0), "z0": np.where(charge != 0, z0, 0.0)}
    return Collisions.from_flat(multiplicity, columns, **metadata)

"""Awkward arrays (events, particles) as flat columns."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.arrays import array as plain_or_masked
from eventspace.events.momenta import COORDINATES, from_coordinates
from eventspace.events.padding import without_masked
from eventspace.events.ragged import offsets_of

__all__ = ["particle_columns"]

_KEPT = ("pid", "charge")


def particle_columns(records: Any) -> tuple[NDArray[np.int64], dict[str, NDArray[Any]]]:
    """The number of particles of each event and the flat columns of particle clouds.

    Arguments:
        records: an awkward array (events, particles) of records, or of a record of lists for each event; see
            ``ParticleClouds.from_awkward``.

    Raises:
        InputError: this is not such an array, a field or an event is missing, or a particle is None in part.

    Example:
        >>> import awkward as ak
        >>> particle_columns(ak.Array([[{"pt": 2.0, "eta": 0.1, "phi": 0.0}], []]))
        (array([1, 0]), {'pt': array([2.]), 'eta': array([0.1]), 'phi': array([0.])})
    """
    import awkward as ak

    if not isinstance(records, ak.Array):
        remedy = "give an awkward array, or use from_lists"
        raise InputError(f"{type(records).__name__} is not an awkward array", remedy=remedy)
    fields = ak.fields(records)
    along = "rapidity" if "rapidity" in fields else "eta"
    kept = [name for name in _KEPT if name in fields]
    if {"pt", "phi", along} <= set(fields) and (along == "rapidity" or not _is_four_momentum(records)):
        mass = [name for name in ("mass",) if name in fields]
        return _flat(records, ["pt", along, "phi", *mass, *kept])
    momenta = [name for name in fields if name in COORDINATES]
    from_coordinates(dict.fromkeys(momenta, 0.0))  # they must be enough
    counts, columns = _flat(records, [*momenta, *kept])
    offsets, columns = without_masked(offsets_of(counts), columns)
    vectors = from_coordinates({name: columns[name] for name in momenta})
    return np.diff(offsets), {**vectors, **{name: columns[name] for name in kept}}


def _is_four_momentum(records: Any) -> bool:
    """Whether these are four-momenta of the package vector, or of one that builds on it."""
    return hasattr(type(records), "rapidity") or records.layout.purelist_parameter("__record__") == "Momentum4D"


def _flat(records: Any, names: Sequence[str]) -> tuple[NDArray[np.int64], dict[str, NDArray[Any]]]:
    """The particles of each event, and some fields of all particles, masked where they are None."""
    import awkward as ak

    counts: NDArray[np.int64] = np.empty(0, np.int64)
    columns: dict[str, NDArray[Any]] = {}
    for name in names:
        values = records[name]
        if values.ndim != 2:
            remedy = "give a set of one event: array[np.newaxis]" if values.ndim < 2 else "flatten the jets of events"
            raise InputError(f"{name} is nested {values.ndim} deep, not events and particles", remedy=remedy)
        missing = ak.to_numpy(ak.is_none(values, axis=0))
        if missing.any():
            remedy = "leave such events out: array[~ak.is_none(array)]"
            raise InputError("the event is None", event=int(np.argmax(missing)), remedy=remedy)
        lengths = ak.to_numpy(ak.num(values, axis=1)).astype(np.int64)
        if columns and (lengths != counts).any():
            event = int(np.argmax(lengths != counts))
            text = f"{name} has {lengths[event]} particles where another field has {counts[event]}"
            raise InputError(text, event=event, remedy="give one value a particle")
        counts, columns[name] = lengths, plain_or_masked(name, ak.flatten(values, axis=1))
    return counts, columns

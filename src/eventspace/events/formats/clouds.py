"""Particle clouds from the arrays of a file, without the entries that only fill up its rows."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.events.kinematics import about_axis
from eventspace.events.momenta import cylindrical
from eventspace.events.particles import ParticleClouds

__all__ = ["from_columns", "from_momenta", "integers", "of_jets", "per_row"]

Counts = NDArray[np.int64]


def per_row(rows: NDArray[Any]) -> Counts:
    """The number of entries of each event in rows of equal length."""
    return np.full(len(rows), int(np.prod(rows.shape[1:])), dtype=np.int64)


def integers(values: ArrayLike, kind: type[np.signedinteger[Any]]) -> NDArray[Any]:
    """Whole numbers from the floats that a file stores; 0 where they are NaN, infinite or too large."""
    floats = np.asarray(values, dtype=np.float64)
    return np.where(np.abs(floats) <= np.iinfo(kind).max, floats, 0).astype(kind)


def from_columns(
    counts: Counts, columns: Mapping[str, NDArray[Any]], *, real: NDArray[np.bool_] | None = None, **metadata: Any
) -> ParticleClouds:
    """Clouds of the entries with pt.

    Arguments:
        counts: entries of each event, with the ones that are not particles.
        columns: flat columns as in ParticleClouds.
        real: which entries are particles, where the file says so.
        metadata: ``per_event`` and ``units``.
    """
    pt = columns["pt"] if real is None else np.where(real, columns["pt"], 0.0)
    return ParticleClouds.from_flat(counts, {**columns, "pt": pt}, **metadata)


def from_momenta(
    counts: Counts,
    momenta: Mapping[str, ArrayLike],
    extra: Mapping[str, NDArray[Any]] | None = None,
    *,
    real: NDArray[np.bool_] | None = None,
    **metadata: Any,
) -> ParticleClouds:
    """Clouds with absolute rapidity and phi of the entries with pt and energy.

    Arguments:
        counts: entries of each event, with the ones that are not particles.
        momenta: flat ``E``, ``px``, ``py`` and ``pz`` in GeV.
        extra: further flat columns.
        real: which entries are particles, where the file says so.
        metadata: ``per_event`` and ``units``.
    """
    energy = np.asarray(momenta["E"], dtype=np.float64)
    columns = cylindrical(energy, momenta["px"], momenta["py"], momenta["pz"])
    real = energy != 0 if real is None else real & (energy != 0)
    return from_columns(counts, {**columns, **(extra or {})}, real=real, **metadata)


def of_jets(jets: ParticleClouds, centre: bool) -> ParticleClouds:
    """Single jets with their axes, with the places of the particles in its origin.

    Arguments:
        jets: in the coordinates of the file, each event a jet.
        centre: make rapidity and phi relative to the axis of the jet.
    """
    relative = about_axis(jets)
    if centre:
        return replace(relative, origin="particles moved to the axis of their jet (--no-centre leaves them)")
    return replace(jets, per_event=relative.per_event, units=relative.units, origin="particles where the file has them")

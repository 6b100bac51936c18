"""What bosons look like: the densities of their masses, and of the displaced tracks in their jets."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.collisions import Collisions
from eventspace.events.ragged import event_of_entry

__all__ = ["BIN", "DISPLACED_COUNTS", "MASS_BINS", "RESOLUTIONS", "Densities", "boson_densities", "whole_events"]

Floats = NDArray[np.float64]

BIN = 2.0
"""Width of the bins of mass in GeV."""

MASS_BINS = 126
"""How many there are; the last holds all larger masses."""

RESOLUTIONS = (6.0, 14.0)
"""Widths in GeV by which masses are smeared, of clusterings that are almost right and of others."""

DISPLACED_COUNTS = 9
"""Numbers of displaced tracks in a jet that are told apart; the last stands for all larger ones."""

_FLOOR = 0.02  # of the mass density is uniform, so that no mass is impossible
_ADDED = 5  # to each number of displaced tracks, for the same reason


class Densities(NamedTuple):
    """Logarithms of densities.

    Attributes:
        mass: (resolutions, bosons, mass bins) of the true mass of each boson, smeared; a sum of 1 over the bins.
        displaced: (bosons, counts) of the number of displaced tracks in a jet of each boson.
    """

    mass: Floats
    displaced: Floats


def whole_events(events: Collisions) -> tuple[NDArray[np.bool_], int]:
    """Which events have two truth jets of each boson, with at least one particle in each, and how many bosons.

    Arguments:
        events: n collisions with truth_jet and truth_boson.

    Returns:
        whole: (n,).
        bosons: how many the events have.

    Raises:
        InputError: a column is missing, or the jets of the sample are not two a boson: 2b and 2b + 1 of boson b.

    Example:
        >>> columns = {"px": [3.0, 5.0], "py": [0.0, 0.0], "pz": [0.0, 0.0], "E": [3.0, 5.0]}
        >>> truth = {"truth_jet": [0, 1], "truth_boson": [0, 0]}
        >>> whole_events(Collisions.from_flat([2], columns | truth))
        (array([ True]), 1)
    """
    for name in ("truth_jet", "truth_boson"):
        if name not in events.columns:
            remedy = "give events with truth labels: eventspace simulate zhh makes some"
            raise InputError(f"the particles have no column {name}", remedy=remedy)
    jet, boson = (events.flat(name).astype(np.int64) for name in ("truth_jet", "truth_boson"))
    event = event_of_entry(events.offsets)
    bosons = int(boson.max(initial=-1)) + 1
    strange = (jet >= 0) & (jet // 2 != boson)
    if strange.any() or bosons < 1:
        first = int(event[np.flatnonzero(strange)[0]]) if strange.any() else None
        text = "a truth jet is not one of two jets of its boson" if strange.any() else "no particle has a boson"
        raise InputError(text, event=first, remedy="number the jets of boson b as 2b and 2b + 1")
    known = jet >= 0
    seen = np.bincount(event[known] * 2 * bosons + jet[known], minlength=len(events) * 2 * bosons)
    return np.asarray((seen.reshape(len(events), 2 * bosons) > 0).all(axis=1)), bosons


def boson_densities(events: Collisions, displaced: NDArray[np.bool_]) -> Densities:
    """The densities of true masses and of displaced tracks, from events with truth labels.

    The mass of a boson is that of the sum of its particles.

    Arguments:
        events: with two truth jets a boson in each event, energies in GeV.
        displaced: (particles,) whether each particle is a displaced track.
    """
    jet = events.flat("truth_jet").astype(np.int64)
    bosons = int(jet.max()) // 2 + 1
    known = jet >= 0
    place = event_of_entry(events.offsets)[known] * 2 * bosons + jet[known]
    size = len(events) * 2 * bosons
    columns = [np.bincount(place, values[known], size).reshape(-1, bosons, 2) for values in events.momenta().T]
    e, x, y, z = (column.sum(axis=2) for column in columns)
    masses = np.sqrt(np.maximum(e**2 - x**2 - y**2 - z**2, 0))
    rows = np.minimum(masses / BIN, MASS_BINS - 1).astype(np.int64)
    histogram = np.stack([np.bincount(column, minlength=MASS_BINS) for column in rows.T]).astype(np.float64)
    centres = (np.arange(MASS_BINS) + 0.5) * BIN
    mass = []
    for width in RESOLUTIONS:
        smeared = histogram @ np.exp(-0.5 * ((centres[:, np.newaxis] - centres) / width) ** 2)
        share = smeared / smeared.sum(axis=1, keepdims=True)
        mass.append(np.log((1 - _FLOOR) * share + _FLOOR / MASS_BINS))
    tracks = np.bincount(place, displaced[known], size).reshape(-1, bosons, 2).astype(np.int64)
    counted = np.minimum(tracks, DISPLACED_COUNTS - 1)
    counts = np.stack([np.bincount(counted[:, b].ravel(), minlength=DISPLACED_COUNTS) for b in range(bosons)])
    counts = counts + _ADDED
    return Densities(np.stack(mass), np.log(counts / counts.sum(axis=1, keepdims=True)))

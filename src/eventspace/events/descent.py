"""Which boson each particle descends from, and the truth jets inside each boson."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from eventspace.events.durham.kernels import label_events, merge_events

__all__ = ["BOSONS", "boson_of_entry", "truth_jets"]

Integers = NDArray[np.int64]

BOSONS = (23, 24, 25)
"""Absolute PDG identifiers of the Z, W and Higgs bosons."""


@njit(nogil=True, cache=True)
def boson_of_entry(offsets: Integers, pid: Integers, mother: Integers) -> Integers:
    """The boson that each entry of an event record descends from: the first Z, W or H in its line of mothers.

    The bosons of an event are numbered from 0 in the order of the record; copies and decay products of a boson belong
    to it, a W from a Higgs boson's decay to that Higgs boson. Where an entry has several mothers, as a hadron has the
    partons of its string, the first is taken: without reconnection of colours they descend from one boson.

    Arguments:
        offsets: (n + 1,) from 0; event i owns the entries ``offsets[i]:offsets[i + 1]``.
        pid: (entries,) PDG identifiers.
        mother: (entries,) the first mother, counted from 0 in the event; -1 for none. Mothers stand before daughters.

    Returns:
        (entries,) from 0, -1 for entries of no boson.

    Example:
        >>> offsets = np.array([0, 5])
        >>> boson_of_entry(offsets, np.array([11, 25, 25, 5, 5]), np.array([-1, 0, 1, 2, 0])).tolist()
        [-1, 0, 0, 0, -1]
    """
    found = np.full(len(pid), -1, np.int64)
    for event in range(len(offsets) - 1):
        start, bosons = offsets[event], 0
        for entry in range(start, offsets[event + 1]):
            parent = mother[entry]
            if 0 <= parent < entry - start and found[start + parent] >= 0:
                found[entry] = found[start + parent]
            elif 23 <= abs(pid[entry]) <= 25:
                found[entry] = bosons
                bosons += 1
    return found


def truth_jets(offsets: Integers, momenta: NDArray[np.float64], boson: Integers) -> Integers:
    """The "perfect Durham" jets: exclusive Durham clustering to two jets inside each boson, as if it was alone.

    Arguments:
        offsets: (n + 1,) from 0; event i owns the particles ``offsets[i]:offsets[i + 1]``.
        momenta: (particles, 4) E, px, py, pz.
        boson: (particles,) from 0, -1 for particles of no boson.

    Returns:
        (particles,): jets 2b and 2b + 1 belong to boson b, the first being that of the boson's first particle; -1 for
        particles of no boson. A boson of one particle is one jet.

    Example:
        >>> momenta = np.array([[5.0, 5, 0, 0], [5.0, 0, 5, 0], [1.0, 0, 0.9, 0.1], [2.0, 0, 0, 2]])
        >>> truth_jets(np.array([0, 4]), momenta, np.array([1, 1, 1, -1])).tolist()
        [2, 3, 3, -1]
    """
    event = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    known = np.flatnonzero(boson >= 0)
    bosons = int(boson.max(initial=-1)) + 1
    key = event[known] * bosons + boson[known]
    order = known[np.argsort(key, kind="stable")]  # particles of one boson side by side, as if they were an event
    counts = np.bincount(key, minlength=(len(offsets) - 1) * bosons)
    inner = np.concatenate([[0], np.cumsum(counts[counts > 0])])
    first, second, _ = merge_events(
        inner, momenta[order], np.zeros(len(order), np.int64), 0, 0.0, np.zeros(len(inner) - 1)
    )
    within = label_events(inner, first, second, 2)
    found = np.full(len(boson), -1, dtype=np.int64)
    found[order] = 2 * boson[order] + np.maximum(within, 0)
    return found

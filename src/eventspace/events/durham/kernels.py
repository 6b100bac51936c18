"""Compiled loops of the Durham algorithm: one event after the other, merges in their order.

The search keeps the nearest neighbour of each cluster, as FastJet's plain N^2 strategy does (M. Cacciari, G. P. Salam,
hep-ph/0512210), in arrays without holes: a cluster that is merged away gives its place to the last one. Where the
neighbour was merged away, a new one is searched only when its turn may come: until then the old distance is a lower
bound, and the neighbour -1.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from eventspace.events.durham.measure import kt2

__all__ = ["label_events", "merge_events"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@njit(nogil=True, cache=True, error_model="numpy")
def merge_events(
    offsets: Integers, momenta: Floats, displaced: Integers, least: int, angle2: float, penalty: Floats
) -> tuple[Integers, Integers, Floats]:
    """The merges of each event, down to one cluster.

    Arguments:
        offsets: (n + 1,) from 0; event i owns the particles ``offsets[i]:offsets[i + 1]``, of which it has one or more.
        momenta: (particles, 4) E, px, py, pz.
        displaced: (particles,) the displaced tracks of each, 0 or 1.
        least: the displaced tracks of a vertex; 0 for the Durham algorithm without vertices.
        angle2: 2 (1 - cos theta) of the least angle between two clusters with vertices that are kept apart.
        penalty: (n,) what is added to kt^2 between two such clusters.

    Returns:
        first, second: (particles - n,) the clusters of each merge, ``offsets[i] - i`` being the first merge of event i.
            The particles of an event are 0 ... N - 1, and its merge k makes the cluster N + k.
        kt2: (particles - n,) of the merged pair, without penalty.
    """
    count = len(offsets) - 1
    merges = int(offsets[count]) - count
    first, second, scale = np.empty(merges, np.int64), np.empty(merges, np.int64), np.empty(merges)
    for event in range(count):
        start, stop = offsets[event], offsets[event + 1]
        begin, end = start - event, stop - event - 1
        _merge(
            momenta[start:stop],
            displaced[start:stop],
            least,
            angle2,
            penalty[event],
            first[begin:end],
            second[begin:end],
            scale[begin:end],
        )
    return first, second, scale


@njit(nogil=True, cache=True, error_model="numpy")
def _merge(
    particles: Floats,
    displaced: Integers,
    least: int,
    angle2: float,
    penalty: float,
    first: Integers,
    second: Integers,
    scale: Floats,
) -> None:
    """The merges of one event, written to the last three arguments."""
    size = len(particles)
    p = particles.copy()
    e, x, y, z = np.empty(size), np.empty(size), np.empty(size), np.empty(size)
    tracks = displaced.copy()
    cluster = np.arange(size)
    nearest, smallest = np.full(size, -1, np.int64), np.full(size, np.inf)
    row = np.empty(size)
    for i in range(size):
        _direct(p, i, e, x, y, z)
    for i in range(size):
        _distances(i, size, e, x, y, z, tracks, least, angle2, penalty, row)
        row[i] = np.inf
        nearest[i] = _smallest(row, size)
        smallest[i] = row[nearest[i]]

    for merge in range(size - 1):
        last = size - merge - 1
        a = _smallest(smallest, last + 1)
        while nearest[a] < 0:
            _distances(a, last + 1, e, x, y, z, tracks, least, angle2, penalty, row)
            row[a] = np.inf
            nearest[a] = _smallest(row, last + 1)
            smallest[a] = row[nearest[a]]
            a = _smallest(smallest, last + 1)
        b = nearest[a]
        a, b = min(a, b), max(a, b)
        first[merge], second[merge] = min(cluster[a], cluster[b]), max(cluster[a], cluster[b])
        scale[merge] = kt2(e[a], x[a], y[a], z[a], e[b], x[b], y[b], z[b])

        for component in range(4):
            p[a, component] += p[b, component]
            p[b, component] = p[last, component]
        tracks[a] += tracks[b]
        cluster[a] = size + merge
        _direct(p, a, e, x, y, z)
        e[b], x[b], y[b], z[b] = e[last], x[last], y[last], z[last]
        tracks[b], cluster[b] = tracks[last], cluster[last]
        nearest[b], smallest[b] = nearest[last], smallest[last]
        if not last:
            break

        _distances(a, last, e, x, y, z, tracks, least, angle2, penalty, row)
        row[a] = np.inf
        nearest_to_a = _smallest(row, last)
        mine = row[nearest_to_a]
        for i in range(last):
            if nearest[i] == a or nearest[i] == b:  # places of before the merge
                nearest[i] = -1
            elif nearest[i] == last:
                nearest[i] = b
            if row[i] < smallest[i]:
                smallest[i], nearest[i] = row[i], a
        smallest[a], nearest[a] = mine, nearest_to_a


@njit(nogil=True, cache=True, error_model="numpy")
def _smallest(values: Floats, count: int) -> int:
    """The place of the smallest of the first ``count`` values, none of which is negative or NaN.

    The bits of such doubles, read as integers, are in the same order, and the minimum of integers becomes vector
    instructions, which that of doubles does not.
    """
    bits = values.view(np.int64)
    least = bits[0]
    for place in range(1, count):
        least = min(least, bits[place])
    for place in range(count):
        if bits[place] == least:
            return place
    return 0


@njit(nogil=True, cache=True, error_model="numpy")
def _direct(p: Floats, i: int, e: Floats, x: Floats, y: Floats, z: Floats) -> None:
    """Energy and direction of a cluster; one at rest is at 90 degrees to all others."""
    size = math.sqrt(p[i, 1] ** 2 + p[i, 2] ** 2 + p[i, 3] ** 2)
    scale = 1.0 / size if size > 0 else 0.0
    e[i], x[i], y[i], z[i] = p[i, 0], p[i, 1] * scale, p[i, 2] * scale, p[i, 3] * scale


@njit(nogil=True, cache=True, error_model="numpy")
def _distances(
    i: int,
    count: int,
    e: Floats,
    x: Floats,
    y: Floats,
    z: Floats,
    tracks: Integers,
    least: int,
    angle2: float,
    penalty: float,
    row: Floats,
) -> None:
    """The distances of cluster i from the first ``count``."""
    ei, xi, yi, zi = e[i], x[i], y[i], z[i]
    for j in range(count):
        row[j] = kt2(ei, xi, yi, zi, e[j], x[j], y[j], z[j])
    if least > 0 and tracks[i] >= least:
        for j in range(count):
            apart = (xi - x[j]) ** 2 + (yi - y[j]) ** 2 + (zi - z[j]) ** 2
            if tracks[j] >= least and apart > angle2:
                row[j] += penalty


@njit(nogil=True, cache=True, error_model="numpy")
def label_events(offsets: Integers, first: Integers, second: Integers, jets: int) -> Integers:
    """The jet of each particle where the merges leave that many, numbered by their first particles.

    Arguments:
        offsets, first, second: as for ``merge_events``.
        jets: how many; particles of events with fewer particles get -1.

    Returns:
        (particles,) from 0 to jets - 1.
    """
    labels = np.full(int(offsets[-1]), -1, np.int64)
    for event in range(len(offsets) - 1):
        start, size = offsets[event], offsets[event + 1] - offsets[event]
        if size < jets:
            continue
        parent = np.arange(2 * size)
        for merge in range(size - jets):
            parent[first[start - event + merge]] = size + merge
            parent[second[start - event + merge]] = size + merge
        # A merge is later than those it joins: followed from the last, every cluster knows its jet in one step.
        for cluster in range(2 * size - jets - 1, -1, -1):
            parent[cluster] = parent[parent[cluster]]
        number = np.full(2 * size, -1, np.int64)
        found = 0
        for particle in range(size):
            jet = parent[particle]
            if number[jet] < 0:
                number[jet] = found
                found += 1
            labels[start + particle] = number[jet]
    return labels

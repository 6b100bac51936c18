"""The k nearest by an expensive distance, found among a shortlist of the nearest by a cheap one."""

from typing import Unpack

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.distances.engine.pairs import listed
from eventspace.distances.engine.pairwise import How, check_how, nearest
from eventspace.distances.metric import Metric
from eventspace.events.base import Events

__all__ = ["compared", "nearest_of_shortlist"]

_PAIRS = 200_000  # that are compared at once: their events are prepared together

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


def nearest_of_shortlist(
    metric: Metric,
    events: Events,
    references: Events | None = None,
    k: int = 1,
    *,
    by: Metric,
    shortlist: int,
    **how: Unpack[How],
) -> tuple[Integers, Floats]:
    """The k nearest of those references of each event that are nearest by another, cheaper distance.

    The distances are those of ``metric``, but **a neighbour that is not on the shortlist is missed**, while ``nearest``
    misses none. How many are found depends on the cheaper distance, the length of the shortlist, and the number of
    references; ``eventspace train embedding`` measures it.

    Arguments:
        metric: which distance.
        events: n events.
        references: among which to search; without them, among the other events of the same set.
        k: how many.
        by: the cheaper distance: ``LearnedTransport``, which compares points, or any other.
        shortlist: how many of the nearest by it are compared with ``metric``; at least k.
        how: threads, scheduler, show_progress; see ``pairwise.How``. Points are compared on threads in any case.

    Returns:
        Index and distance, each (n,) for k = 1 and (n, k) otherwise, nearest first; ties go to the lower index.

    Raises:
        InputError: k is not between 1 and the number of references, the shortlist is shorter than k, or the events
            cannot be compared.

    Example:
        >>> import eventspace as es
        >>> jets = es.ParticleClouds.from_lists([[(1.0, 0.1 * y, 0.0)] for y in (0, 1, 3, 7)])
        >>> index, distance = nearest_of_shortlist(es.Transport(), jets, by=es.SlicedTransport(), shortlist=2)
        >>> index.tolist(), distance.round(3).tolist()
        ([1, 0, 1, 2], [0.1, 0.1, 0.2, 0.4])
    """
    check_how(how, "block", "checkpoint")
    within = references is None
    among = events if references is None else references
    available = len(among) - within
    if not 1 <= k <= available:
        raise InputError(f"k = {k} neighbours of {available}", remedy=f"give a k between 1 and {available}")
    if shortlist < k:
        raise InputError(f"a shortlist of {shortlist} for {k} neighbours", remedy=f"give at least {k}")
    count = min(shortlist, available)
    index, distance = compared(metric, events, among, _candidates(by, events, references, count, how), k, **how)
    return (index[:, 0], distance[:, 0]) if k == 1 else (index, distance)


def compared(
    metric: Metric, events: Events, references: Events, candidates: Integers, k: int, **how: Unpack[How]
) -> tuple[Integers, Floats]:
    """The k nearest of the candidates of each event, (n, candidates) numbers of references: (n, k) each."""
    check_how(how, "block", "checkpoint")
    count = candidates.shape[1]
    index, distance = np.empty((len(events), k), np.int64), np.empty((len(events), k))
    at_once = max(_PAIRS // count, 1)
    for start in range(0, len(events), at_once):
        some = candidates[start : start + at_once]
        used, place = np.unique(some, return_inverse=True)
        rows = np.repeat(np.arange(len(some)), count)
        found = listed(metric, events[start : start + at_once], rows, place.ravel(), references[used], **how)
        distances = found.reshape(some.shape)
        order = np.lexsort((some, distances), axis=1)[:, :k]
        index[start : start + at_once] = np.take_along_axis(some, order, axis=1)
        distance[start : start + at_once] = np.take_along_axis(distances, order, axis=1)
    return index, distance


def _candidates(by: Metric, events: Events, references: Events | None, count: int, how: How) -> Integers:
    """The nearest by the cheaper distance, (n, count)."""
    if by.compares_points:
        left, right = by.prepare(events, events if references is None else references)
        return by.nearest_points(left, right, count, within=references is None, threads=how.get("threads"))
    return nearest(by, events, references, count, **how)[0].reshape(len(events), count)

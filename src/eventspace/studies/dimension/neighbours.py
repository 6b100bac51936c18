"""The neighbours of the events of a sample, as Gride takes them: near ones of each event, and no two events equal."""

import logging
from typing import NamedTuple

import numpy as np

from eventspace.base.work import Work
from eventspace.distances.engine.pairwise import nearest
from eventspace.distances.metric import Metric
from eventspace.events.base import Events
from eventspace.statistics.gride import FEWEST_EVENTS, Gride, gride, neighbours_needed

__all__ = ["AmongEvents", "gride_of"]

_log = logging.getLogger(__name__)

_EQUAL = 1e-12  # of the median distance to the farthest neighbour that is known: no more than rounding


class AmongEvents(NamedTuple):
    """What Gride finds in a sample.

    Attributes:
        gride: the dimension at each neighbour order; None where too few events differ.
        events: the number of events among which neighbours were looked for.
        copies: how many more were left out because they are equal to one of these.
    """

    gride: Gride | None
    events: int
    copies: int


def gride_of(
    metric: Metric, events: Events, largest: int, most: int, *, seed: int, level: float, work: Work, name: str
) -> AmongEvents:
    """Gride among events of a sample; where there are more than ``most``, among as many random ones.

    Fewer events lie farther from each other: the same neighbour orders then belong to larger scales.

    Arguments:
        metric: which distance; its root is taken where that is the metric.
        events: the sample, prepared for it.
        largest: the largest neighbour order.
        most: how many events are looked at.
        seed: of the choice of events and of the interval.
        level: the confidence level.
        work: how to work.
        name: of the files that keep unfinished work.
    """
    if len(events) > most:
        events = events[np.sort(np.random.default_rng(seed).permutation(len(events))[:most])]
    every = len(events)
    if every < FEWEST_EVENTS:
        return AmongEvents(None, every, 0)
    known = neighbours_needed(largest)
    index, distance = nearest(metric, events, k=min(known, every - 1), **work.engine(name))
    # Ties go to the lower index, so the first of some equal events stands before the others in all their lists.
    equal = distance <= _EQUAL * np.median(distance[:, -1])
    copy = (equal & (index < np.arange(every)[:, np.newaxis])).any(axis=1)
    if copy.any():
        _log.info("%d events are equal to others and left out of Gride", copy.sum())
        events = events[np.flatnonzero(~copy)]
        if len(events) < FEWEST_EVENTS:
            return AmongEvents(None, len(events), int(copy.sum()))
        index, distance = nearest(metric, events, k=min(known, len(events) - 1), **work.engine(f"{name}-distinct"))
    if metric.root_is_metric:
        distance = np.sqrt(distance)
    return AmongEvents(gride(index, distance, seed=seed, level=level), len(events), int(copy.sum()))

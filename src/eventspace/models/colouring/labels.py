"""From the probabilities of the colours to jets: which particle belongs to which."""

import itertools
import logging

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from eventspace.base.errors import InputError

__all__ = ["most_probable_labels"]

_log = logging.getLogger(__name__)


def most_probable_labels(offsets: NDArray[np.int64], probabilities: NDArray[np.float32]) -> NDArray[np.int64]:
    """The most probable colouring of each event in which every colour has a particle.

    Where each colour is the most probable one of some particle, this is the most probable colour of each particle. In
    other events a jet would be empty, and an analysis that needs so many jets would lose the event. There, the empty
    jets get the particles that lose least by it: of all colourings without empty jets, the one with the largest
    product of probabilities, found exactly. How many events these are is logged.

    Arguments:
        offsets: (n + 1,) from 0, which particles belong to which event.
        probabilities: (particles, colours).

    Returns:
        (particles,) from 0 to colours - 1; each event has all of them.

    Raises:
        InputError: an event has fewer particles than there are colours.

    Example:
        >>> most_probable_labels(np.array([0, 3]), np.array([[0.9, 0.1], [0.6, 0.4], [0.8, 0.2]]))
        array([0, 1, 0])
    """
    colours = probabilities.shape[1]
    counts = np.diff(offsets)
    if (counts < colours).any():
        event = int(np.argmax(counts < colours))
        remedy = "leave the event out, or use a network for fewer jets"
        raise InputError(f"{counts[event]} particles cannot make {colours} jets", event=event, remedy=remedy)
    labels: NDArray[np.int64] = np.argmax(probabilities, axis=1)
    lacking = 0
    for start, stop in itertools.pairwise(offsets):
        if len(np.unique(labels[start:stop])) < colours:
            labels[start:stop] = _without_empty(probabilities[start:stop])
            lacking += 1
    if lacking:
        _log.info("in %d of %d events a jet would be empty: it got the particle that loses least", lacking, len(counts))
    return labels


def _without_empty(probabilities: NDArray[np.float32]) -> NDArray[np.int64]:
    """Of one event.

    Any colouring without empty jets has a particle for each colour, all different. So the best one is found by giving
    each colour a particle, with the smallest sum of what they lose; all others keep their most probable colour.
    """
    logarithms = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny))
    labels: NDArray[np.int64] = np.argmax(logarithms, axis=1)
    lost = logarithms.max(axis=1, keepdims=True) - logarithms
    particles, colours = linear_sum_assignment(lost)
    labels[particles] = colours
    return labels

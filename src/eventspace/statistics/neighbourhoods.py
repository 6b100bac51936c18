"""Precision, recall, density and coverage: how two samples cover each other, by balls around their events."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import cdist
from scipy.special import ndtri, stdtrit

from eventspace.base.errors import InputError
from eventspace.statistics.fraction import fraction
from eventspace.statistics.number import Number
from eventspace.statistics.standardised import standardised

__all__ = ["Neighbourhoods", "neighbourhoods"]

Floats = NDArray[np.float64]
Groups = NDArray[np.int64]

_FEW = 200  # events
_GROUPS = 10  # of each sample; one after the other is left out
_CHUNK = 1 << 22  # distances held at once
_ROUNDING = 1e-12  # of a distance; an event on the edge of a ball is in it
_SPARE = 20  # neighbours looked at beyond the k-th, since some are left out


class Neighbourhoods(NamedTuple):
    """How two samples cover each other, by balls around each event that reach its k-th neighbour in its own sample.

    Attributes:
        precision: the fraction of generated events in the ball of a reference event: are they plausible?
        recall: the fraction of reference events in the ball of a generated event: are all kinds made?
        density: how many reference balls hold a generated event, over k; 1 for equal distributions, above where
            generated events crowd the dense parts.
        coverage: the fraction of reference balls that hold a generated event.
    """

    precision: Number
    recall: Number
    density: Number
    coverage: Number


def neighbourhoods(
    reference: ArrayLike, generated: ArrayLike, k: int = 5, *, seed: int, level: float = 0.95
) -> Neighbourhoods:
    """Precision, recall, density and coverage, with intervals for what other samples of the same sizes would give.

    The events that are counted and the balls both depend on the samples. So each sample is divided into 10 groups at
    random, and without each of them everything is measured anew: a delete-a-group jackknife, whose variances of both
    samples add up. The interval of a fraction is that of as many independent events as have this variance
    (:func:`eventspace.statistics.fraction.fraction`), of no more than the smaller sample over k, since a ball decides
    on k events at once; so it has a width at 0 and at 1 too. That of the density is Student's. With balls held fixed
    42 to 82% of the intervals would hold.

    Arguments:
        reference, generated: (n, f) and (m, f) features.
        k: which neighbour a ball reaches.
        seed: of the groups.
        level: the confidence level of the intervals.

    Returns:
        The four; where events have so many copies that their balls have no width, recall, or precision, density and
        coverage, have a note: such a ball holds copies only, as for a generator that repeats its training events.

    Raises:
        InputError: the tables do not fit, hold NaN, or have k events or fewer.

    Example:
        >>> rng = np.random.default_rng(1)
        >>> reference, narrow = rng.normal(size=(500, 2)), 0.3 * rng.normal(size=(500, 2))
        >>> found = neighbourhoods(reference, narrow, seed=1)
        >>> bool(found.precision.value > 0.95 and found.recall.value < 0.6)
        True

    Source: T. Kynkaanniemi et al., arXiv:1904.06991; M. Naeem et al., arXiv:2002.09797. The jackknife: P. S. Kott,
    J. Off. Stat. 17 (2001) 521.
    """
    a, b = standardised(reference, generated)
    fewest = min(len(a), len(b))
    if fewest <= k:
        raise InputError(f"{fewest} events have no {k}-th neighbour", remedy="give more events")
    rng = np.random.default_rng(seed)
    of_a, of_b = (rng.permutation(len(table)) % _GROUPS for table in (a, b))
    balls_a, balls_b = _reaches(a, of_a, k), _reaches(b, of_b, k)

    holding, plausible = _held(b, of_b, a, balls_a)
    _, made = _held(a, of_a, b, balls_b)
    covered = _covered(a, of_a, b, of_b, balls_a)
    few = "of samples that are apart and so few, measured to cover in 88 to 97%" if fewest <= _FEW else ""
    notes = [_note(reaches[0], name) for reaches, name in ((balls_a, "reference"), (balls_b, "generated"))]
    return Neighbourhoods(
        precision=replace(_fraction(plausible, fewest / k, level), note=notes[0] or few),
        recall=replace(_fraction(made, fewest / k, level), note=notes[1] or few),
        density=replace(_mean(holding / k, level), note=notes[0]),
        coverage=replace(_fraction(covered, fewest / k, level), note=notes[0]),
    )


def _reaches(table: Floats, groups: Groups, k: int) -> Floats:
    """The radii of the balls, (1 + groups, events): of all events, and without each group; -1 of what is left out."""
    from sklearn.neighbors import NearestNeighbors

    near, number = NearestNeighbors(n_neighbors=min(k + _SPARE, len(table) - 1)).fit(table).kneighbors()
    reaches = [near[:, k - 1]]
    for group in range(_GROUPS):
        left = np.cumsum(groups[number] != group, axis=1)
        place = np.minimum((left < k).sum(axis=1), near.shape[1] - 1)
        reaches.append(np.where(groups == group, -1.0, near[np.arange(len(table)), place]))
    return np.array(reaches) * (1 + _ROUNDING)


def _held(events: Floats, groups: Groups, centres: Floats, reaches: Floats) -> tuple[Floats, Floats]:
    """In how many balls an event is, and in any at all: means over the events, (2, 1 + groups) each.

    The first row without each group of the centres, the second without each group of the events; both begin with all.
    """
    counts = np.empty((len(reaches), len(events)))
    rows = max(1, _CHUNK // (len(centres) * len(reaches)))
    for start in range(0, len(events), rows):
        some = events[start : start + rows]
        between = cdist(some, centres)
        counts[:, start : start + rows] = [np.count_nonzero(between <= reach, axis=1) for reach in reaches]
    return _both(counts, groups), _both((counts > 0).astype(np.float64), groups)


def _both(values: Floats, groups: Groups) -> Floats:
    """Means over events of values (1 + groups, events): of the rows, and of the first row without each group."""
    without = [values[0, groups != group].mean() for group in range(_GROUPS)]
    return np.stack([values.mean(axis=1), [values[0].mean(), *without]])


def _covered(a: Floats, of_a: Groups, b: Floats, of_b: Groups, reaches: Floats) -> Floats:
    """The fraction of the balls of a that hold an event of b, as ``_held``."""
    from sklearn.neighbors import NearestNeighbors

    kept = [b[of_b != left] for left in range(-1, _GROUPS)]  # first all
    nearest = [NearestNeighbors(n_neighbors=1).fit(some).kneighbors(a)[0][:, 0] for some in kept]
    of_balls = [(nearest[0] <= reach)[reach >= 0].mean() for reach in reaches]
    return np.array([of_balls, [(near <= reaches[0]).mean() for near in nearest]])


def _deviation(means: Floats) -> float:
    """The standard deviation from both jackknives."""
    scatter = ((means[:, 1:] - means[:, 1:].mean(axis=1, keepdims=True)) ** 2).sum()
    return float(np.sqrt((_GROUPS - 1) / _GROUPS * scatter))


def _student(level: float) -> float:
    return float(stdtrit(2 * (_GROUPS - 1), (1 + level) / 2))


def _fraction(means: Floats, most: float, level: float) -> Number:
    """With the interval of this number of independent events, at most ``most``."""
    value = float(means[0, 0])
    variance = (_deviation(means) * _student(level) / ndtri((1 + level) / 2)) ** 2
    edge = value in (0, 1) or variance == 0
    events = most if edge else min(value * (1 - value) / variance, most)
    return fraction(value * events, events, level)


def _mean(means: Floats, level: float) -> Number:
    value, reach = float(means[0, 0]), _deviation(means) * _student(level)
    return Number(value, max(value - reach, 0.0), value + reach, level)


def _note(reaches: Floats, sample: str) -> str:
    """The note where balls have no width."""
    empty = float(np.mean(reaches <= 0))
    return f"{empty:.0%} of the {sample} events have so many copies that their balls have no width" if empty else ""

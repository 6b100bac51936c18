"""All pairs of profiles below a divergence, found without computing the divergence of most pairs.

With the squared Hellinger distance H = (sum P + sum Q) / 2 - sum_k sqrt(P_k Q_k),

    ln 2 H <= JS <= H,

whatever the totals. H of all pairs is one product of matrices; it is taken in single precision, with its rounding
allowed for, and only pairs that it does not rule out are computed. ``docs/distances.md`` has the proof.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.base.progress import progress
from eventspace.distances.engine.tiles import Tile, cut, pairs_in, run
from eventspace.distances.jensen_shannon.divergence import JensenShannon, fill_pairs
from eventspace.distances.jensen_shannon.hellinger import near, still_near
from eventspace.distances.metric import Metric
from eventspace.events.base import Events

__all__ = ["pairs_below"]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Integers = NDArray[np.int64]

_BLOCK = 512  # the roots of so many profiles stay in the cache
_ROUNDING = 2.0**-24  # of a number below 1 in single precision
_OTHER_ROUNDINGS = 16  # beside one for each bin


def pairs_below(
    metric: JensenShannon | Sequence[JensenShannon],
    left: Events,
    threshold: float | Sequence[float],
    right: Events | None = None,
    *,
    threads: int | None = None,
    scheduler: Any = None,
    show_progress: bool | None = None,
) -> tuple[Integers, Integers, Floats]:
    """All pairs of events with a divergence below a threshold; exact, and much faster than the matrix if they are few.

    Arguments:
        metric: the divergence; or several, all of which must be below their thresholds.
        left: n events.
        threshold: in the unit of the metric; for several, one each.
        right: m events; without them, the pairs i < j within ``left``.
        threads, scheduler, show_progress: as for ``matrix``.

    Returns:
        The pairs with divergence < threshold in rising order: index in ``left``, index in ``right``, divergence, for
        several of shape (pairs, divergences). Memory grows with their number.

    Raises:
        InputError: a threshold is not a positive number, there is not one for each metric, or the events cannot be
            compared.

    Example:
        >>> import eventspace as es
        >>> histograms = es.Points(values=np.array([[1.0, 0.0], [0.5, 0.5], [0.6, 0.4]]))
        >>> i, j, divergence = pairs_below(es.JensenShannon(), histograms, 0.01)
        >>> i, j, divergence.round(4)
        (array([1]), array([2]), array([0.0051]))

        Two showers whose profiles along all three axes agree:

        >>> showers = es.Showers.from_dense(np.ones((2, 3, 3, 3)))
        >>> i, j, divergence = pairs_below([es.JensenShannon(axis) for axis in "xyz"], showers, [0.002, 0.002, 0.001])
        >>> i, j, divergence
        (array([0]), array([1]), array([[0., 0., 0.]]))
    """
    metrics = (metric,) if isinstance(metric, JensenShannon) else tuple(metric)
    thresholds = np.atleast_1d(np.asarray(threshold, dtype=np.float64)).tolist()
    if not metrics or len(thresholds) != len(metrics):
        raise InputError(f"{len(thresholds)} thresholds for {len(metrics)} metrics", remedy="give one for each")
    for value in thresholds:
        if not 0 < value < math.inf:
            raise InputError(f"the threshold is {value:g}", remedy="give a positive number")
    screens = [_screen(one, value, left, right) for one, value in zip(metrics, thresholds, strict=True)]
    rows = _Screened([screen.rows for screen in screens])
    columns = rows if right is None else _Screened([screen.columns for screen in screens])
    work = _Below(thresholds, [screen.limit for screen in screens])
    tiles = list(cut(len(left), None if right is None else len(right), _BLOCK))
    found = [(np.empty((0, 2), np.int64), np.empty((0, len(metrics))))]
    with progress(f"{metrics[0].name} pairs", sum(map(pairs_in, tiles)), "pairs", show_progress) as advance:
        for tile, part in run(work, metrics[0], rows, columns, tiles, threads, scheduler):
            found.append(part)
            advance(pairs_in(tile))
    pairs, divergences = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.argsort(pairs[:, 0] * (len(left) if right is None else len(right)) + pairs[:, 1])
    divergences = divergences[order]
    return pairs[order, 0], pairs[order, 1], divergences[:, 0] if isinstance(metric, JensenShannon) else divergences


@dataclass(frozen=True, eq=False)
class _Roots:
    """Profiles, and the roots and half sums of their scaled bins; a slice copies nothing."""

    profiles: Floats
    roots: Singles
    halves: Singles

    def __getitem__(self, index: slice) -> Self:
        return type(self)(self.profiles[index], self.roots[index], self.halves[index])


@dataclass(frozen=True, eq=False)
class _Screened:
    """The same events under one or more metrics; a slice copies nothing."""

    kinds: list[_Roots]

    def __len__(self) -> int:
        return len(self.kinds[0].profiles)

    def __getitem__(self, index: slice) -> Self:
        return type(self)([kind[index] for kind in self.kinds])


class _Screen(NamedTuple):
    """What one metric rules pairs out by: its H is not below the limit."""

    rows: _Roots
    columns: _Roots
    limit: np.float32


def _screen(metric: JensenShannon, threshold: float, left: Events, right: Events | None) -> _Screen:
    p, q = metric.prepare(left, left if right is None else right)
    scale = max(float(profiles.sum(axis=1).max(initial=0.0)) for profiles in (p, q)) or 1.0
    rows = _roots(p, scale)
    return _Screen(rows, rows if right is None else _roots(q, scale), _limit(threshold / scale, p.shape[1]))


def _roots(profiles: Floats, scale: float) -> _Roots:
    scaled = profiles / scale
    return _Roots(profiles, np.sqrt(scaled).astype(np.float32), (scaled.sum(axis=1) / 2).astype(np.float32))


def _limit(threshold: float, bins: int) -> np.float32:
    """What H of scaled profiles, in single precision, is below wherever JS is below the scaled threshold."""
    return np.float32(min(threshold / math.log(2), 2.0) + (bins + _OTHER_ROUNDINGS) * _ROUNDING)


@dataclass(frozen=True)
class _Below:
    """The pairs of a tile below every threshold, and their divergences."""

    thresholds: Sequence[float]
    limits: Sequence[np.float32]

    def __call__(self, _: Metric, left: _Screened, right: _Screened, tile: Tile) -> tuple[Integers, Floats]:
        rows, columns = left[tile.top : tile.bottom].kinds, right[tile.first : tile.last].kinds
        a, b, limit = rows[0], columns[0], self.limits[0]
        candidates = near(a.roots, np.ascontiguousarray(b.roots.T), a.halves, b.halves, limit, tile.upper)
        for a, b, limit in zip(rows[1:], columns[1:], self.limits[1:], strict=True):
            candidates = still_near(a.roots, b.roots, a.halves, b.halves, limit, candidates)
        pairs = np.stack(np.divmod(candidates, tile.last - tile.first), axis=1)
        divergences = np.empty((len(pairs), 0))
        for a, b, threshold in zip(rows, columns, self.thresholds, strict=True):
            values = np.empty(len(pairs))
            fill_pairs(a.profiles, b.profiles, pairs, values)
            below = values < threshold
            pairs, divergences = pairs[below], np.column_stack([divergences, values])[below]
        return pairs + np.array([tile.top, tile.first]), divergences

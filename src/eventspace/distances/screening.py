"""All pairs of profiles below a divergence, found without computing the divergence of most pairs.

Let s = P_k + Q_k and t = |P_k - Q_k| / s. A bin contributes s F(t) to JS, and s G(t) to the squared Hellinger distance
H = (sum P + sum Q) / 2 - sum_k sqrt(P_k Q_k), with

    F(t) = ((1 + t) ln(1 + t) + (1 - t) ln(1 - t)) / 4,    G(t) = (1 - sqrt(1 - t^2)) / 2.

At t = 0 both vanish, and with t = tanh x the ratio of their derivatives is artanh(t) sqrt(1 - t^2) / t = x / sinh x,
which falls from 1. Then so does F / G, from 1 at t = 0 to F(1) / G(1) = ln 2. Hence, bin by bin and in the sum,

    ln 2 H <= JS <= H,

whatever the totals; normalised, H = 1 - sum_k sqrt(P_k Q_k). The sums of roots of all pairs are one product of
matrices; it is taken in single precision, with its rounding allowed for, and only pairs that it does not rule out are
computed.
"""

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.base.progress import progress
from eventspace.distances.divergence import JensenShannon, fill_pairs
from eventspace.distances.metric import Metric
from eventspace.distances.tiles import Tile, cut, pairs_in, run
from eventspace.events.base import Events

__all__ = ["pairs_below"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_BLOCK = 512  # a product of matrices of this size is worth a task of its own


def pairs_below(
    metric: JensenShannon,
    left: Events,
    threshold: float,
    right: Events | None = None,
    *,
    threads: int | None = None,
    scheduler: Any = None,
    show_progress: bool | None = None,
) -> tuple[Integers, Integers, Floats]:
    """All pairs of events with a divergence below a threshold; exact, and much faster than the matrix if they are few.

    Arguments:
        metric: the divergence.
        left: n events.
        threshold: in the unit of the metric.
        right: m events; without them, the pairs i < j within ``left``.
        threads, scheduler, show_progress: as for ``matrix``.

    Returns:
        The pairs with divergence < threshold in rising order: index in ``left``, index in ``right``, divergence. Memory
        grows with their number.

    Raises:
        InputError: the threshold is not a positive number, or the events cannot be compared.

    Example:
        >>> import eventspace as es
        >>> histograms = es.Points(values=np.array([[1.0, 0.0], [0.5, 0.5], [0.6, 0.4]]))
        >>> i, j, divergence = pairs_below(es.JensenShannon(), histograms, 0.01)
        >>> i, j, divergence.round(4)
        (array([1]), array([2]), array([0.0051]))
    """
    if not 0 < threshold < math.inf:
        raise InputError(f"the threshold is {threshold:g}", remedy="give a positive number")
    p, q = metric.prepare(left, left if right is None else right)
    scale = max(float(profiles.sum(axis=1).max(initial=0.0)) for profiles in (p, q)) or 1.0
    rows = _roots(p, scale)
    columns = rows if right is None else _roots(q, scale)
    tiles = list(cut(len(left), None if right is None else len(right), _BLOCK))
    found = []
    with progress(f"{metric.name} pairs", sum(map(pairs_in, tiles)), "pairs", show_progress) as advance:
        for tile, part in run(_Below(threshold, scale), metric, rows, columns, tiles, threads, scheduler):
            found.append(part)
            advance(pairs_in(tile))
    pairs = np.concatenate([pairs for pairs, _ in found]) if found else np.empty((0, 2), np.int64)
    divergences = np.concatenate([values for _, values in found]) if found else np.empty(0)
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return pairs[order, 0], pairs[order, 1], divergences[order]


@dataclass(frozen=True, eq=False)
class _Screened:
    """Profiles, and the roots and half sums of their scaled bins; a slice copies nothing."""

    profiles: Floats
    roots: NDArray[np.float32]
    halves: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.profiles)

    def __getitem__(self, index: slice) -> Self:
        return type(self)(self.profiles[index], self.roots[index], self.halves[index])


def _roots(profiles: Floats, scale: float) -> _Screened:
    scaled = profiles / scale
    return _Screened(profiles, np.sqrt(scaled).astype(np.float32), (scaled.sum(axis=1) / 2).astype(np.float32))


@dataclass(frozen=True)
class _Below:
    """The pairs of a tile below the threshold, and their divergences."""

    threshold: float
    scale: float

    def __call__(self, _: Metric, left: _Screened, right: _Screened, tile: Tile) -> tuple[Integers, Floats]:
        rows, columns = left[tile.top : tile.bottom], right[tile.first : tile.last]
        bound = rows.halves[:, None] + columns.halves - rows.roots @ columns.roots.T
        if tile.upper:
            bound[np.tril_indices(len(bound))] = np.inf
        # The sums are at most 1, so each addition is off by less than 2^-24; so are the roots and the halves.
        rounding = (left.roots.shape[1] + 16) * 2.0**-24
        candidates = np.argwhere(bound < self.threshold / (self.scale * math.log(2)) + rounding).astype(np.int64)
        divergences = np.empty(len(candidates))
        fill_pairs(rows.profiles, columns.profiles, candidates, divergences)
        below = divergences < self.threshold
        return candidates[below] + (tile.top, tile.first), divergences[below]

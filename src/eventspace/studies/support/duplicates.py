"""When are two events the same? Close in every feature, by thresholds that a reference sample sets.

A condition is a distance with a threshold: the value below which a fraction alpha of all pairs of the reference lie.
Fast distances are compared first, for all pairs; slow ones only for the pairs that pass all others. The result is the
same as for all distances of all pairs.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventspace.base.store import Store
from eventspace.distances.engine.pairs import largest, listed, pairs_within, random_pairs
from eventspace.distances.jensen_shannon.divergence import JensenShannon
from eventspace.distances.jensen_shannon.screening import pairs_below
from eventspace.distances.metric import Metric
from eventspace.events.base import Events

__all__ = ["Close", "Condition", "Threshold", "close_pairs", "random_distances", "threshold"]

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

_REPLICAS = 200  # of an uncertain threshold
_PAIRS_OF_A_STEP = 4000  # listed before they are kept; a minute where a pair takes 15 ms
_MOST_STEPS = 20  # of one list of pairs


class Condition(NamedTuple):
    """A distance that has to be small.

    Attributes:
        name: of this distance.
        feature: the feature that it belongs to; a feature may need several.
        metric: the distance.
        slow: take its quantile from random pairs, and compute it only where faster ones agree.
    """

    name: str
    feature: str
    metric: Metric
    slow: bool


class Threshold(NamedTuple):
    """The distance below which a fraction alpha of the pairs of the reference lie, for several alphas.

    Attributes:
        values: (alphas,).
        replicas: (replicas, alphas) bootstrap replicas of the values, where random pairs were used; else empty.
    """

    values: Floats
    replicas: Floats

    @property
    def loosest(self) -> float:
        """The largest value that any of them takes."""
        return float(max(self.values.max(), self.replicas.max(initial=0.0)))


class Close(NamedTuple):
    """Pairs of a sample, or between two, that may be duplicates.

    Attributes:
        i, j: (M,) the two events.
        values: (M, conditions) distances; infinite where an earlier condition failed, so that they were not computed.
    """

    i: Integers
    j: Integers
    values: Floats

    def duplicates(self, thresholds: Sequence[float], conditions: Sequence[int]) -> NDArray[np.bool_]:
        """(M,) which pairs are below the thresholds of the chosen conditions.

        Arguments:
            thresholds: one for each condition, chosen or not.
            conditions: numbers of the chosen ones.
        """
        chosen = list(conditions)
        return np.asarray((self.values[:, chosen] < np.asarray(thresholds)[chosen]).all(axis=1))


def random_distances(
    condition: Condition, events: Events, count: int, seed: int, how: dict[str, Any], kept: Store, name: str
) -> Floats:
    """The distances of this number of random pairs, or of all pairs where there are no more.

    Arguments:
        kept, name: keep what is computed, under this name.
    """
    pairs = random_pairs(len(events), count, np.random.default_rng(seed))
    return _listed_in_steps(condition.metric, events, *pairs, how, kept, f"random.{condition.name}.{name}")


def threshold(
    condition: Condition, reference: Events, alphas: Sequence[float], random: Floats, seed: int, how: dict[str, Any]
) -> Threshold:
    """The alpha-quantiles of the distances of all pairs of the reference; of slow distances, of random pairs.

    A quantile is the distance of the pair after the first floor(alpha N), which lie below it where no two are equal.
    Random pairs are resampled for the replicas.

    Arguments:
        random: the distances of random pairs of the reference; of a slow distance they are all that is used.

    Raises:
        InputError: the events cannot be compared.
    """
    sample = np.sort(random)
    of_all = len(reference) * (len(reference) - 1) // 2
    if len(sample) == of_all:
        return Threshold(_quantiles(sample, alphas, of_all), np.empty((0, len(alphas))))
    if condition.slow:
        # The quantile of resampled values is the value at a resampled rank. Alpha by alpha: more of them then change
        # nothing in the first. Another stream than that of the pairs.
        rng = np.random.default_rng((seed, 1))
        ranks = np.column_stack([rng.binomial(len(sample), alpha, _REPLICAS) for alpha in alphas])
        return Threshold(_quantiles(sample, alphas, len(sample)), sample[np.minimum(ranks, len(sample) - 1)])
    # The largest quantile of all pairs lies below that of the random ones at a somewhat larger fraction.
    fraction, below = max(alphas), np.empty(0)
    while len(below) <= max(alphas) * of_all:
        fraction = min(fraction + 5 * np.sqrt(fraction / len(sample)), 1.0)
        if fraction < 1:
            limit = float(sample[int(fraction * len(sample))])
            if limit == 0:  # far more than the largest alpha of the pairs are equal
                return Threshold(np.zeros(len(alphas)), np.empty((0, len(alphas))))
        else:
            limit = float(np.nextafter(largest(condition.metric, reference, **how), np.inf))
        _, _, found = _below([condition.metric], reference, [limit], how)
        below = found[:, 0]
    return Threshold(_quantiles(np.sort(below), alphas, of_all), np.empty((0, len(alphas))))


def close_pairs(
    events: Events,
    conditions: Sequence[Condition],
    thresholds: Sequence[float],
    how: dict[str, Any],
    kept: Store,
    name: str = "",
    others: Events | None = None,
) -> Close:
    """All pairs that are below the thresholds of the first feature, with their distances.

    The distances of a later feature are computed where all before are below their thresholds.

    Arguments:
        events: the sample.
        conditions: in the order in which they are applied.
        thresholds: the loosest of each.
        how: threads, scheduler, show_progress.
        kept, name: keep what is computed, under this name.
        others: the pairs of ``events`` with these; without them, those within ``events``.
    """
    first = [number for number, condition in enumerate(conditions) if condition.feature == conditions[0].feature]
    metrics, limits = [conditions[number].metric for number in first], [thresholds[number] for number in first]
    near = kept.step(
        f"pairs.{name}",
        lambda: dict(zip(("i", "j", "distances"), _below(metrics, events, limits, how, others), strict=True)),
    )
    i, j = near["i"], near["j"]
    values = np.full((len(i), len(conditions)), np.inf)
    values[:, first] = near["distances"]
    passing = np.arange(len(i))
    for number in range(len(first), len(conditions)):
        condition, some = conditions[number], (i[passing], j[passing])
        step = f"pairs.{condition.name}.{name}"
        values[passing, number] = _listed_in_steps(condition.metric, events, *some, how, kept, step, others)
        passing = passing[values[passing, number] < thresholds[number]]
    return Close(i, j, values)


def _listed_in_steps(
    metric: Metric,
    events: Events,
    i: Integers,
    j: Integers,
    how: dict[str, Any],
    kept: Store,
    name: str,
    others: Events | None = None,
) -> Floats:
    """``listed`` in a few steps, each kept when it ends, since slow distances of many pairs take long."""
    steps = max(min(len(i) // _PAIRS_OF_A_STEP, _MOST_STEPS), 1)
    found = []
    for number, part in enumerate(np.array_split(np.arange(len(i)), steps)):
        some = i[part], j[part]
        step = kept.step(f"{name}.{number}", partial(_as_arrays, metric, events, some, how, others))
        found.append(step["distances"])
    return np.concatenate(found)


def _as_arrays(
    metric: Metric, events: Events, pairs: tuple[Integers, Integers], how: dict[str, Any], others: Events | None
) -> dict[str, NDArray[Any]]:
    return {"distances": listed(metric, events, *pairs, others, **how)}


def _below(
    metrics: Sequence[Metric],
    events: Events,
    thresholds: Sequence[float],
    how: dict[str, Any],
    others: Events | None = None,
) -> tuple[Integers, Integers, Floats]:
    """The pairs below all thresholds: i, j, and distances (M, metrics)."""
    divergences = [metric for metric in metrics if isinstance(metric, JensenShannon)]
    if len(divergences) == len(metrics):
        return pairs_below(divergences, events, thresholds, others, **how)
    i, j, found = pairs_within(metrics[0], events, thresholds[0], others, **how)
    values = [found]
    for metric, limit in zip(metrics[1:], thresholds[1:], strict=True):
        more = listed(metric, events, i, j, others, **how)
        near = more < limit
        i, j, values = i[near], j[near], [*(column[near] for column in values), more[near]]
    return i, j, np.column_stack(values)


def _quantiles(rising: Floats, alphas: Sequence[float], of_all: int) -> Floats:
    return np.array([rising[min(int(alpha * of_all), len(rising) - 1)] for alpha in alphas])

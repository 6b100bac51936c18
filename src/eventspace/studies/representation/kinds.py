"""How well the categories of a latent space separate the kinds of events in a mixed sample, without their labels."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.distances.engine.medoids import k_medoids
from eventspace.distances.engine.pairwise import matrix
from eventspace.distances.euclidean import Euclidean
from eventspace.distances.metric import Metric
from eventspace.distances.transport.exact import Transport
from eventspace.events.base import Events
from eventspace.events.particles import ParticleClouds
from eventspace.events.preprocess import pixelate, preprocess
from eventspace.statistics.fraction import fraction
from eventspace.statistics.number import Number
from eventspace.studies.representation.sweep import Swept
from eventspace.studies.study import Outcome

__all__ = ["BASELINES", "by_distances", "kinds_of", "purity", "separation"]

BASELINES = ("k-means", "k-medoids")
"""Clusterings without a network that stand beside the categories."""

_COMPONENTS = 10  # of the images
_PIXELS, _HALF_WIDTH = 24, 1.0  # of the images
_STARTS = 10  # of k-means

Texts = NDArray[np.str_]
Integers = NDArray[np.int64]


def kinds_of(events: Events) -> Texts | None:
    """The label of each event, if there are several."""
    labels = events.labels
    return labels if labels is not None and len(np.unique(labels)) > 1 else None


def purity(clusters: Sequence[Integers], kinds: Texts, level: float) -> Number:
    """The fraction of events whose kind is that of their cluster; the mean over several clusterings.

    The kind of a cluster is the most frequent one among every second of its events, and the others are counted; those
    of a cluster without a kind are wrong. So a clustering that knows nothing has about the fraction of the most
    frequent kind, not more, however many clusters it has; less if these are small.

    Arguments:
        clusters: (n,) the cluster of each event, in random order, for each clustering.
        kinds: (n,) labels.
        level: the confidence level.

    Returns:
        The interval holds the exact intervals by event of all clusterings.

    Example:
        >>> kinds = np.array(["w", "w", "qcd", "qcd"] * 10)
        >>> print(purity([np.array([1, 1, 0, 0] * 10)], kinds, 0.95))
        1.00 [0.83, 1.00] (95%)
    """
    numbers = []
    for mine in clusters:
        told, counted = slice(0, None, 2), slice(1, None, 2)
        names, numbered = np.unique(kinds, return_inverse=True)
        seen = np.zeros((int(mine.max()) + 1, len(names)), np.int64)
        np.add.at(seen, (mine[told], numbered[told]), 1)
        right = seen.argmax(axis=1)[mine[counted]] == numbered[counted]
        right &= seen.sum(axis=1)[mine[counted]] > 0
        numbers.append(fraction(int(right.sum()), len(right), level))
    low = min(number.low for number in numbers if number.low is not None)
    high = max(number.high for number in numbers if number.high is not None)
    return Number(float(np.mean([number.value for number in numbers])), low, high, level)


def separation(
    found: Sequence[Swept],
    kinds: Texts,
    baselines: Mapping[str, Integers],
    config: Any,
    betas: Sequence[float],
    suffix: str,
) -> Outcome:
    """The purity of the categories of one latent space at each resolution, and of clusterings without a network.

    Arguments:
        found: trainings of a latent space with a category.
        kinds: (n,) labels of the events of the test.
        baselines: (repetitions, n) clusters of the same events, by the name of the clustering.
        config: of the study.
        betas: rising resolutions.
        suffix: of the names of the numbers.

    Returns:
        An answer, for the resolution that is shown; numbers; and for the figure the fraction of each kind
        that is in each cluster, (kinds, clusters), on the first way up and in the first repetition.
    """
    latent, numbers = found[0].stage.latent, {}
    for direction in config.directions:
        for k, beta in enumerate(betas):
            mine = [one for one in found if (one.stage.direction, one.stage.place) == (direction, k)]
            if mine:
                clusters = [one.probabilities.argmax(axis=1) for one in mine]
                numbers[f"purity.beta{beta:g}.{direction}"] = purity(clusters, kinds, config.level)
    numbers |= {f"purity.{name}": purity(list(clusters), kinds, config.level) for name, clusters in baselines.items()}
    note = "of one cluster that holds all events"
    numbers["purity.none"] = replace(purity([np.zeros(len(kinds), np.int64)], kinds, config.level), note=note)

    shown = betas[len(betas) // 2] if config.shown is None else config.shown
    others = ", ".join(f"{name} {numbers[f'purity.{name}']}" for name in BASELINES)
    answer = (
        f"At beta = {shown:g} the categories of {latent} put {numbers[f'purity.beta{shown:g}.up']} of the events with "
        f"their kind, without having seen a label; {others}."
    )
    up = {one.stage.place: one for one in found if one.stage[1:3] == (1, "up")}
    count = found[0].probabilities.shape[1]
    each = [_table(up[k].probabilities.argmax(axis=1), kinds, count) for k in range(len(betas))]
    arrays: dict[str, NDArray[Any]] = {f"{latent}.kinds": np.unique(kinds), f"{latent}.kinds.category": np.array(each)}
    arrays |= {f"{latent}.kinds.{name}": _table(clusters[0], kinds, count) for name, clusters in baselines.items()}
    return Outcome(answer, {f"{name}{suffix}": number for name, number in numbers.items()}, arrays)


def _table(clusters: Integers, kinds: Texts, count: int) -> NDArray[np.float64]:
    of = [clusters[kinds == name] for name in np.unique(kinds)]
    return np.array([np.bincount(mine, minlength=count) / len(mine) for mine in of])


def by_distances(
    training: Events, test: Events, clusters: int, repetitions: int, *, seed: int, most: int, how: Mapping[str, Any]
) -> dict[str, Integers]:
    """Clusters of the events of the test, found without a network among events of the training.

    k-means on the principal components of jet images, or of the coordinates of points; and k-medoids with the
    distance of the reconstructions. Jets are centred, rotated and flipped, and have the sum of pt 1.

    Arguments:
        training: events among which clusters are found.
        test: n others, that are put into the nearest cluster.
        clusters: how many.
        repetitions: of both searches.
        seed: of the choice of training events, and of the starts.
        most: training events that are used; k-medoids holds a square matrix of them.
        how: keywords of the engine.

    Returns:
        (repetitions, n) by name.

    Raises:
        InputError: there are fewer training events than clusters, or a jet lies wholly outside the images.
    """
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA

    if min(len(training), most) < clusters:
        text = f"{min(len(training), most)} events are too few to find {clusters} clusters among"
        raise InputError(text, remedy="give more events, a larger --compared, or fewer categories")
    some = training[np.sort(np.random.default_rng(seed).permutation(len(training))[:most])]
    metric: Metric = Euclidean()
    if isinstance(some, ParticleClouds) and isinstance(test, ParticleClouds):
        some, test = preprocess(some), preprocess(test)
        metric = Transport(R=1.0, p=1.0, normalise=True)
    pixels, unseen = _coordinates(some), _coordinates(test)
    components = PCA(min(_COMPONENTS, *pixels.shape), svd_solver="full").fit(pixels)
    apart = matrix(metric, some, **how)
    found: dict[str, list[Integers]] = {name: [] for name in BASELINES}
    for repetition in range(repetitions):
        means = KMeans(clusters, n_init=_STARTS, random_state=seed + repetition).fit(components.transform(pixels))
        found["k-means"].append(means.predict(components.transform(unseen)).astype(np.int64))
        centres = some[k_medoids(apart, clusters, seed=seed + repetition).index]
        found["k-medoids"].append(matrix(metric, test, centres, **how).argmin(axis=1))
    return {name: np.array(each) for name, each in found.items()}


def _coordinates(events: Events) -> NDArray[np.float64]:
    if isinstance(events, ParticleClouds):
        images = pixelate(events, _PIXELS, _HALF_WIDTH).values
        return np.asarray(images.reshape(len(images), -1) / events.total_pt[:, None])
    return np.asarray(events.values, dtype=np.float64)  # type: ignore[attr-defined]

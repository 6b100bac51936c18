"""How unlike ordinary events an event is, by distances alone: to medoids, to the average image, to the nearest ones."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventspace.base.work import Work
from eventspace.distances.engine.medoids import k_medoids
from eventspace.distances.engine.pairwise import matrix, nearest
from eventspace.distances.metric import Metric
from eventspace.distances.transport.projected import SlicedTransport
from eventspace.events.base import Events
from eventspace.events.images import Images
from eventspace.events.particles import ParticleClouds
from eventspace.events.preprocess import pixelate

__all__ = ["Score", "Task", "transport_scores"]

Floats = NDArray[np.float64]


class Task(NamedTuple):
    """One direction of the search in one split: what is ordinary, and what is to be found.

    Attributes:
        split: its number, from 0.
        suffix: of the names of its numbers: empty, or ``.inverse``.
        reference, ordinary, unusual: preprocessed jets; those that are scored are not in the reference.
        raw: the same three as they were given, for networks, which preprocess their jets themselves.
    """

    split: int
    suffix: str
    reference: ParticleClouds
    ordinary: ParticleClouds
    unusual: ParticleClouds
    raw: tuple[ParticleClouds, ParticleClouds, ParticleClouds]

    @property
    def scored(self) -> tuple[tuple[str, ParticleClouds], ...]:
        """The events that are scored, by name, ordinary ones first."""
        return ("ordinary", self.ordinary), ("unusual", self.unusual)


class Score(NamedTuple):
    """A number for each event that is scored, the larger the more unusual.

    Attributes:
        name: of the numbers that are made of it: ``medoids.p1``.
        values: of the ordinary and then of the unusual events.
        scan: whether it is only one point of a scan, without curve and rejections.
        medoids: which events of the reference they are, if it is a distance to medoids.
    """

    name: str
    values: Floats
    scan: bool = False
    medoids: NDArray[np.int64] | None = None


def transport_scores(task: Task, config: Any, work: Work) -> Iterator[Score]:
    """The scores that need no training, for each power of the angle.

    Arguments:
        task: what is scored, and by which reference.
        config: of the study ``anomaly``.
        work: how to work.
    """
    for p in config.p:
        yield from _by_reference(task, config.transport(p), config, work)
    if config.neighbours:
        yield Score("sliced", _to_nearest(task, SlicedTransport(R=config.R), config.neighbours, work))


def _by_reference(task: Task, metric: Any, config: Any, work: Work) -> Iterator[Score]:
    def distances(part: str, left: Events, right: Events | None = None) -> Floats:
        return matrix(metric, left, right, **work.engine(_kept(task, part, metric)))

    name = f"p{metric.p:g}"
    within = distances("within", task.reference)
    chosen = {n: k_medoids(within, n, seed=config.seed).index for n in config.medoids}
    used = np.unique(np.concatenate(list(chosen.values())))
    to_used = np.concatenate(
        [distances(f"to-medoids.{part}", events, task.reference[used]) for part, events in task.scored]
    )
    for n, index in chosen.items():
        score = to_used[:, np.searchsorted(used, index)].min(axis=1)
        yield Score(f"medoids.{name}.n{n}", score, scan=True)
        if n == max(config.medoids):
            yield Score(f"medoids.{name}", score, medoids=index)

    average = _average(task.reference, config)
    to_average = [
        distances(f"to-average.{part}", pixelate(events, config.pixels, config.half_width), average)[:, 0]
        for part, events in task.scored
    ]
    yield Score(f"average.{name}", np.concatenate(to_average))
    if config.neighbours:
        yield Score(f"neighbours.{name}", _to_nearest(task, metric, config.neighbours, work))


def _to_nearest(task: Task, metric: Metric, k: int, work: Work) -> Floats:
    """The mean distance to the k nearest events of the reference."""
    found = []
    for part, events in task.scored:
        kept = _kept(task, f"nearest.{part}", metric)
        _, distance = nearest(metric, events, task.reference, k=k, **work.engine(kept))
        found.append(distance.reshape(len(events), -1).mean(axis=1))
    return np.concatenate(found)


def _kept(task: Task, part: str, metric: Any) -> str:
    """The name of the file that keeps unfinished work."""
    return f"split{task.split + 1}.{part}{task.suffix}.{metric.name}.p{metric.p:g}"


def _average(jets: ParticleClouds, config: Any) -> Images:
    """The mean image of the jets, each scaled to total pt 1 where the distance scales too."""
    images = pixelate(jets, config.pixels, config.half_width)
    weight = 1.0 / jets.total_pt if config.normalise else np.ones(len(jets))
    mean = np.einsum("i,ijk->jk", weight, images.values) / len(jets)
    return Images(values=mean[None], half_width=config.half_width)

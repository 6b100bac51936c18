"""Common parts of the studies of shape: any metric by name, events drawn and prepared for it, and their distances."""

from collections.abc import Sequence
from itertools import combinations_with_replacement
from typing import Literal

import numpy as np
from numpy.random import SeedSequence, default_rng
from numpy.typing import NDArray
from pydantic import Field

from eventspace.base.work import Work
from eventspace.distances.engine.pairwise import matrix
from eventspace.distances.metric import Metric
from eventspace.distances.registry import MetricConfig
from eventspace.events.base import Events
from eventspace.events.particles import ParticleClouds
from eventspace.events.preprocess import preprocess
from eventspace.studies.study import StudyConfig

__all__ = ["GeometryConfig", "all_distances", "matrix_memory"]

Floats = NDArray[np.float64]


class GeometryConfig(MetricConfig, StudyConfig):
    """The choice of a metric and of the events that it compares."""

    steps: tuple[Literal["centre", "rotate", "flip"], ...] = Field(
        ("centre",), description="Preprocessing of particle clouds before distances are taken."
    )
    events: int | None = Field(
        None,
        ge=10,
        description="Number of events of a sample that are used, drawn with the seed; by default 5,000, and 1,500 "
        "where the distance is slow (transport, sinkhorn, shower-transport, ssim).",
    )

    def drawn(self, count: int, metric: Metric, sample: int = 0) -> NDArray[np.int64]:
        """The numbers of the events that are used, rising.

        Arguments:
            count: of the events that there are.
            sample: the number of the sample; each draws with random numbers of its own.
        """
        most = self.events or (1500 if metric.slow else 5000)
        if count <= most:
            return np.arange(count)
        rng = default_rng(SeedSequence(self.seed, spawn_key=(0, sample)))
        return np.sort(rng.permutation(count)[:most])

    def prepared(self, events: Events) -> Events:
        """The events as the distance takes them."""
        return preprocess(events, self.steps) if isinstance(events, ParticleClouds) else events


def all_distances(metric: Metric, samples: Sequence[Events], work: Work) -> tuple[Floats, str]:
    """All distances between the events of all samples in one matrix, and their unit; roots, where these are the metric.

    Raises:
        InputError: the events cannot be compared.
    """
    ends = np.cumsum([0, *(len(events) for events in samples)])
    distances = np.empty((0, 0))
    for i, j in combinations_with_replacement(range(len(samples)), 2):
        block = matrix(metric, samples[i], None if i == j else samples[j], **work.engine(f"distances-{i}-{j}"))
        if len(samples) == 1:
            distances = block
            break
        if len(distances) == 0:
            distances = np.empty((ends[-1], ends[-1]))
        distances[ends[i] : ends[i + 1], ends[j] : ends[j + 1]] = block
        distances[ends[j] : ends[j + 1], ends[i] : ends[i + 1]] = block.T
    unit = metric.unit_for(samples[0])
    if not metric.root_is_metric:
        return distances, unit
    np.sqrt(distances, out=distances)
    return distances, f"{unit}^(1/2)" if unit else ""


def matrix_memory(sizes: Sequence[int]) -> int:
    """The bytes that ``all_distances`` needs for samples of these sizes.

    Example:
        >>> matrix_memory([1000]), matrix_memory([1000, 1000])
        (8000000, 40000000)
    """
    return 8 * sum(sizes) ** 2 + (8 * max(sizes) ** 2 if len(sizes) > 1 else 0)

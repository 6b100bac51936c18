"""The shape of a sample: what is dense at a scale, and which of its features are significant."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom

from eventspace.base.errors import InputError
from eventspace.statistics.bootstrap import multiplicities
from eventspace.statistics.distance_to_measure import Landmarks, Neighbours, landmarks
from eventspace.statistics.persistence import RIPS, diagrams, persistence

__all__ = ["Features", "Shape"]

Floats = NDArray[np.float64]

_COPIES = 1e-3  # the scale of equal events, in units of the smallest distance between others; no threshold reaches 1e3


@dataclass(frozen=True, eq=False)
class Shape:
    """A sample seen from its landmarks.

    At the scale t it holds the landmarks whose distance to the measure is at most t, and joins two of them if they are
    closer than 2 t. Scales below the radius of the landmarks are not resolved: nothing appears before.

    Attributes:
        marks: the landmarks.
        between: (L, L) their distances.
        around: the events around each.
        floor: the smallest scale.

    Source: H. Anai et al., DTM-based filtrations, arXiv:1811.04757.
    """

    marks: Landmarks
    between: Floats
    around: Neighbours
    floor: float

    @classmethod
    def of(cls, distances: Floats, count: int, rng: np.random.Generator, most: int | None = None) -> "Shape":
        """The shape of the events with these distances.

        Arguments:
            distances: (n, n).
            count: of the landmarks.
            rng: draws the first of them.
            most: events kept around each landmark; all by default.

        Raises:
            InputError: all events are equal.
        """
        marks = landmarks(distances, count, int(rng.integers(len(distances))))
        rows = distances[marks.number]
        if len(marks.number) < 2:
            raise InputError("all events are equal", remedy="a shape needs events that differ")
        # Where many events are equal the distance to the measure is 0, which has no logarithm: copies are dense at a
        # scale that is small against the distance to any other event.
        copied = np.count_nonzero(rows == 0) > len(rows)
        floor = max(marks.radius, float(rows[rows > 0].min()) * (_COPIES if copied else 1.0))
        return cls(marks, rows[:, marks.number], Neighbours(rows, most), floor)

    def scales(self, weights: ArrayLike, mass: float) -> Floats:
        """The scale from which on each landmark is part of the shape.

        Arguments:
            weights: (n,) of the events.
            mass: the weight that a place must have around it.
        """
        return np.maximum(self.around.distance_to_measure(weights, mass), self.floor)

    def diagrams(self, scales: Floats, dimensions: int) -> list[Floats]:
        """The persistence diagrams of dimension 0 to ``dimensions``; see ``persistence.diagrams``."""
        return diagrams(scales, self.between, dimensions)


@dataclass(frozen=True, eq=False)
class Features:
    """The features of a sample's shape, and over which factor of scale one must live to be significant.

    Bootstrap replicas of the sample move the scales of the landmarks by a factor; ``shift`` is its quantile of the
    confidence level. Births and deaths move by no more than the scales do. So with this confidence the true births and
    deaths, those of infinitely many events seen from these landmarks, are within this factor of what is found, and a
    feature that lives over more than ``shift``^2 is significant. One factor fits all densities because the relative
    fluctuation of the distance to the measure depends on the number of events within it, which is the same everywhere.

    Attributes:
        diagrams: of each dimension, (features, 2) births and deaths.
        scales: (L,) of the landmarks.
        shift: the factor by which a birth or death may be wrong.
        threshold: the significance threshold, the factor of scale over which a feature must live: shift^2, and at least
            the factor of the error of the complex.
        threshold_ends: the interval of the threshold, for more replicas; None where there are too few for an end.
        shape: the sample seen from its landmarks.

    Example:
        >>> rng = np.random.default_rng(1)
        >>> angle = rng.uniform(0, 2 * np.pi, 500)
        >>> circle = np.exp(1j * angle)
        >>> found = Features.of(np.abs(circle[:, None] - circle), 20, rng, count=50)
        >>> found.betti, found.threshold < 3
        ([1, 1], True)

    Source: F. Chazal et al., Robust topological inference: distance to a measure and kernel distance, arXiv:1412.7197;
    B. Fasy et al., Confidence sets for persistence diagrams, arXiv:1303.7117.
    """

    diagrams: list[Floats]
    scales: Floats
    shift: float
    threshold: float
    threshold_ends: tuple[float, float | None]
    shape: Shape

    @classmethod
    def of(
        cls,
        distances: Floats,
        neighbours: int,
        rng: np.random.Generator,
        *,
        count: int = 400,
        dimensions: int = 1,
        replicas: int = 100,
        level: float = 0.95,
    ) -> "Features":
        """Find the features of a sample and their significance threshold.

        Arguments:
            distances: (n, n) between the events.
            neighbours: how many events a place must have around it to be dense.
            rng: the source of randomness.
            count: of the landmarks.
            dimensions: the highest: 0 connected components, 1 loops, 2 voids.
            replicas: of the bootstrap.
            level: the confidence level of the threshold.

        Raises:
            InputError: all events are equal, or they are fewer than the neighbours.
        """
        events, mass = len(distances), float(neighbours)
        # Replicas draw an event once on average: four times as many are more than enough to reach the mass.
        shape = Shape.of(distances, count, rng, most=4 * neighbours + 40)
        scales = shape.scales(np.ones(events), mass)
        drawn = multiplicities([events], replicas, rng)
        resampled = np.array([shape.scales(weights, mass) for [chunk] in drawn for weights in chunk])
        moved = _moved(resampled, scales)
        shift = float(np.quantile(moved, level, method="higher"))
        low, high = _quantile_ends(moved, level)
        ends = max(low**2, RIPS), None if high is None else max(high**2, RIPS)
        return cls(shape.diagrams(scales, dimensions), scales, shift, max(shift**2, RIPS), ends, shape)

    @property
    def betti(self) -> list[int]:
        """How many features of each dimension are significant."""
        return [int(np.count_nonzero(persistence(diagram) > self.threshold)) for diagram in self.diagrams]


def _moved(replicas: Floats, scales: Floats) -> Floats:
    """The largest factor between the scales of each replica and those of the sample."""
    moved: Floats = np.exp(np.abs(np.log(replicas / scales)).max(axis=1))
    return moved


def _quantile_ends(values: Floats, level: float) -> tuple[float, float | None]:
    """The interval of their quantile of this level, at the same level: how many lie below it is binomial."""
    ordered, ranks = np.sort(values), binom.ppf([(1 - level) / 2, (1 + level) / 2], len(values), level).astype(int)
    return float(ordered[max(ranks[0], 1) - 1]), float(ordered[ranks[1]]) if ranks[1] < len(values) else None

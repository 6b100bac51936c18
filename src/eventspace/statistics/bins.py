"""Bins of equal probability: a grid in the unit cube, or the leaves of a k-d tree that a sample is cut into."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError

__all__ = ["Tree", "factors", "grid_bin", "grid_cuts"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def factors(number: int) -> list[int]:
    """The prime factors of a number, the largest first.

    Example:
        >>> factors(50)
        [5, 5, 2]
    """
    found = []
    divisor = 2
    while divisor * divisor <= number:
        while number % divisor == 0:
            found.append(divisor)
            number //= divisor
        divisor += 1
    return [*([number] if number > 1 else []), *reversed(found)]


def grid_cuts(bins: int, dimension: int) -> tuple[int, ...]:
    """The number of parts of each coordinate of a cube for which a grid of this number of bins is as even as possible.

    The prime factors of the number, the largest first, go to the coordinate with the fewest parts so far.

    Raises:
        InputError: there are fewer than two bins.

    Example:
        >>> grid_cuts(50, 2), grid_cuts(10, 1), grid_cuts(8, 5)
        ((10, 5), (10,), (2, 2, 2, 1, 1))
    """
    if bins < 2:
        raise InputError(f"{bins} bins measure nothing", remedy="give at least 2")
    parts = [1] * dimension
    for factor in factors(bins):
        parts[int(np.argmin(parts))] *= factor
    return tuple(parts)


def grid_bin(cube: ArrayLike, bins: int) -> Integers:
    """The number of the bin that each point of the unit cube lies in, in the grid of ``grid_cuts``.

    Arguments:
        cube: (n, d) points, coordinates in [0, 1].
        bins: how many.

    Returns:
        (n,) from 0.

    Example:
        >>> grid_bin([[0.1, 0.1], [0.9, 0.1], [1.0, 1.0]], 4).tolist()
        [0, 2, 3]
    """
    points = np.asarray(cube, dtype=np.float64)
    number = np.zeros(len(points), dtype=np.int64)
    for coordinate, parts in enumerate(grid_cuts(bins, points.shape[1])):
        if parts > 1:
            number = number * parts + np.minimum((points[:, coordinate] * parts).astype(np.int64), parts - 1)
    return number


@dataclass(frozen=True, eq=False)
class Tree:
    """Cells that hold equal numbers of the events of a sample, cut along one feature after the other: a k-d tree.

    On each level every bin is cut along the next feature, into a number of parts that is the next prime factor of the
    number of bins. Events with equal values, which counts have, are ordered by a random number each, so that a bin
    gets its fraction of the events even where a feature is coarse.

    Attributes:
        bins: how many.
        events: of the sample that are in them; the remainder of the division is left out.
        cuts: for each level (bins so far, parts - 1, 2): the value of each cut, and the random number up to which
            events of this very value are before it.

    Example:
        >>> rng = np.random.default_rng(1)
        >>> sample = rng.normal(size=(100_000, 2))
        >>> tree = Tree.of(sample, 20, rng)
        >>> fractions = tree.counts(rng.normal(size=(100_000, 2)), rng) / 100_000
        >>> bool(abs(fractions - 1 / 20).max() < 0.005)
        True

    Source: J. L. Bentley, Commun. ACM 18 (1975) 509, doi:10.1145/361002.361007.
    """

    bins: int
    events: int
    cuts: tuple[Floats, ...]

    @classmethod
    def of(cls, sample: ArrayLike, bins: int, rng: np.random.Generator) -> "Tree":
        """Cut a sample.

        Arguments:
            sample: (n, d) features.
            bins: how many.
            rng: orders equal values, and chooses the events that are left out if n is not a multiple of the bins.

        Raises:
            InputError: there are fewer than two bins, or fewer events than bins.
        """
        values = np.asarray(sample, dtype=np.float64)
        if bins < 2:
            raise InputError(f"{bins} bins measure nothing", remedy="give at least 2")
        events = len(values) // bins * bins
        if not events:
            raise InputError(f"{len(values)} events cannot be cut into {bins} bins", remedy="give more events")
        values = values[rng.permutation(len(values))[:events]]
        groups = np.arange(events)[np.newaxis]  # (bins so far, events in each), numbers of events
        cuts = []
        for level, parts in enumerate(factors(bins)):
            value, chance = values[:, level % values.shape[1]], rng.random(events)
            order = np.lexsort((chance[groups], value[groups]), axis=1)
            groups = np.take_along_axis(groups, order, axis=1)
            size = groups.shape[1] // parts
            last, first = groups[:, size - 1 : -1 : size], groups[:, size::size]
            tied = value[last] == value[first]
            at = np.where(tied, value[last], (value[last] + value[first]) / 2)
            cuts.append(np.stack([at, np.where(tied, chance[last], 1.0)], axis=-1))
            groups = groups.reshape(-1, size)
        return cls(bins, events, tuple(cuts))

    def counts(self, values: ArrayLike, rng: np.random.Generator) -> Integers:
        """How many events of any sample each bin holds.

        Arguments:
            values: (n, d) features.
            rng: orders equal values.

        Returns:
            (bins,)
        """
        features = np.asarray(values, dtype=np.float64)
        number = np.zeros(len(features), dtype=np.int64)
        for level, cuts in enumerate(self.cuts):
            value, chance = features[:, level % features.shape[1]], rng.random(len(features))
            part = np.zeros(len(features), dtype=np.int64)
            for cut in range(cuts.shape[1]):
                at, drawn = cuts[number, cut, 0], cuts[number, cut, 1]
                part += (value > at) | ((value == at) & (chance > drawn))
            number = number * (cuts.shape[1] + 1) + part
        return np.bincount(number, minlength=self.bins)

"""Transport between the profiles of showers: how far, in cells, the energy has to move along an axis."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from eventspace.base.errors import InputError
from eventspace.distances.metric import Metric, parameter
from eventspace.events.base import Events, kind_of
from eventspace.events.showers import Showers

__all__ = ["ProfileTransport"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ProfileTransport(Metric):
    """The 1-Wasserstein distance of two normalised profiles along an axis, in cells: W = sum_k |P(k) - Q(k)|.

    P and Q are the cumulative profiles. Unlike a divergence it knows how far apart two cells are: a profile that is
    shifted by two cells has the distance 2. It is a metric between profiles; showers of equal profile have 0.

    Arguments:
        axis: ``x``, ``y`` or ``z``.

    Raises:
        InputError: there is no such axis.

    Example:
        >>> dense = np.zeros((2, 1, 1, 5)); dense[0, 0, 0, :2] = 1.0; dense[1, 0, 0, 2:4] = 3.0
        >>> showers = Showers.from_dense(dense)
        >>> ProfileTransport("z").between(showers[0:1], showers[1:2])
        2.0

    Source:
        S. Vallender, Theory Probab. Appl. 18 (1974) 784, doi:10.1137/1118101.
    """

    name: ClassVar[str] = "profile-transport"
    default_block: ClassVar[int] = 256  # nanoseconds a pair

    axis: Literal["x", "y", "z"] = parameter("Axis of the profiles: x, y or z")

    def __post_init__(self) -> None:
        if self.axis not in ("x", "y", "z"):
            raise InputError(f"there is no axis {self.axis!r}", remedy="choose one of x, y, z")

    @property
    def unit(self) -> str:
        """Cells."""
        return "cells"

    @property
    def is_metric(self) -> bool:
        """True, but for different showers of equal profile, whose distance is 0."""
        return True

    def prepare(self, left: Events, right: Events) -> tuple[Floats, Floats]:
        """The cumulative profile of each shower.

        Raises:
            InputError: the events are no showers, are not valid, or differ in their grids.
        """
        a = self._cumulative(left)
        b = a if right is left else self._cumulative(right)
        if a.shape[1] != b.shape[1]:
            raise InputError(f"profiles of {a.shape[1] + 1} and {b.shape[1] + 1} cells cannot be compared")
        return a, b

    def block(self, left: Floats, right: Floats, upper: bool) -> Floats:
        """The distances of a block of cumulative profiles."""
        distances = cdist(left, right, "cityblock")
        return np.triu(distances, k=1) if upper else distances

    def _cumulative(self, events: Events) -> Floats:
        if not isinstance(events, Showers):
            raise InputError(f"the transport of profiles is not defined for {kind_of(events)}", remedy="give showers")
        profiles = events.check().profile(self.axis)
        # The last entry is 1 for all, and of no use.
        return np.ascontiguousarray(np.cumsum(profiles / profiles.sum(axis=1, keepdims=True), axis=1)[:, :-1])

"""Distributions that are known in closed form, with the map that spreads them evenly over the unit cube."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, ndtr

from eventspace.base.errors import InputError
from eventspace.events.simulate import toys

__all__ = ["RADIUS", "Truth", "TruthName"]

Floats = NDArray[np.float64]
TruthName = Literal["camelback", "ring", "shell"]

RADIUS = 4.0
"""Distance of the humps, the ring and the shell from the origin, in units of their width."""


@dataclass(frozen=True)
class Truth:
    """A distribution of points: camelback, ring, or shell in some dimensions.

    Attributes:
        name: of the distribution.
        dimension: of the space: 1 for camelback, 2 for ring, at least 2 for shell.

    Raises:
        InputError: the distribution does not exist in this dimension.

    Example:
        >>> truth = Truth("shell", 5)
        >>> cube = truth.to_cube(truth.draw(10_000, np.random.default_rng(1)))
        >>> cube.shape, bool(abs(cube.mean(axis=0) - 0.5).max() < 0.02)
        ((10000, 5), True)

    Source: A. Butter et al., GANplifying event samples, arXiv:2008.06545.
    """

    name: TruthName
    dimension: int

    def __post_init__(self) -> None:
        fixed = {"camelback": 1, "ring": 2}.get(self.name)
        if fixed is None and self.dimension < 2:
            raise InputError(
                f"there is no shell in {self.dimension} dimensions", remedy="give 2 or more; camelback is the case of 1"
            )
        if fixed is not None and self.dimension != fixed:
            raise InputError(f"{self.name} has dimension {fixed}, not {self.dimension}", remedy="choose shell")

    def draw(self, n: int, rng: np.random.Generator) -> Floats:
        """Draw (n, dimension) points."""
        if self.name == "camelback":
            return toys.camelback(n, rng)[0]
        return toys.shell(n, rng, self.dimension)[0]

    def to_cube(self, points: ArrayLike) -> Floats:
        """Map points so that those of the truth are uniform in the unit cube, with independent coordinates.

        The camel back: its distribution function. Ring and shell: the radius r, of which
        Phi(r - 4) + Phi(r + 4) - 1 is the distribution function, and the spherical angles of the direction. In
        k dimensions a coordinate t of a uniform direction has (t + 1)/2 ~ Beta((k - 1)/2, (k - 1)/2); the rest is a
        uniform direction in k - 1 dimensions; the last angle is uniform.

        Arguments:
            points: (n, dimension).

        Returns:
            (n, dimension) in [0, 1].
        """
        x = np.asarray(points, dtype=np.float64)
        if self.name == "camelback":
            return self.distribution(x)
        cube = np.empty_like(x)
        squares = np.cumsum(x[:, ::-1] ** 2, axis=1)[:, ::-1]  # squared length of what each coordinate leaves over
        radius = np.sqrt(squares[:, 0])
        cube[:, 0] = self.distribution(radius)
        for coordinate in range(self.dimension - 2):
            length = np.sqrt(squares[:, coordinate])
            cosine = np.divide(x[:, coordinate], length, out=np.zeros_like(length), where=length > 0)
            half = (self.dimension - coordinate - 1) / 2
            cube[:, coordinate + 1] = betainc(half, half, np.clip((cosine + 1) / 2, 0, 1))
        cube[:, -1] = np.arctan2(x[:, -1], x[:, -2]) / (2 * np.pi) % 1
        return cube

    def profile(self, points: ArrayLike) -> Floats:
        """The coordinate that is drawn, (n, dimension) to (n,): x of the camel back, else the distance from 0."""
        x = np.asarray(points, dtype=np.float64)
        return x[:, 0] if self.name == "camelback" else np.asarray(np.linalg.norm(x, axis=1))

    def distribution(self, profile: ArrayLike) -> Floats:
        """The fraction of the truth below values of the profile."""
        x = np.asarray(profile, dtype=np.float64)
        if self.name == "camelback":
            return np.asarray((ndtr(x - RADIUS) + ndtr(x + RADIUS)) / 2)
        return np.asarray(ndtr(x - RADIUS) - ndtr(-x - RADIUS))

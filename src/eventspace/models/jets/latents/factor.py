"""The shape of every factor of a latent space, and how what a network gives is kept in bounds."""

from typing import Protocol

import torch
from torch import Tensor

__all__ = ["LARGEST", "Factor", "FactorPosterior", "bounded"]

LARGEST = 14.0
"""Of the logarithm of a standard deviation or a concentration: both lie between 8e-7 and 1.2e6."""


class FactorPosterior(Protocol):
    """What the encoder says of one factor, for points of any shape ``...``.

    All numbers have the type and the device of the encoder's, and gradients with respect to them.
    """

    def sample(self, noise: Tensor) -> Tensor:
        """Points, (..., coordinates), as a function of standard normal numbers, (..., noise)."""
        ...

    def mode(self) -> Tensor:
        """The most probable point, (..., coordinates)."""
        ...

    def kl(self) -> Tensor:
        """Kullback-Leibler divergence from the prior, in nats, (..., latents)."""
        ...

    def scale(self) -> Tensor:
        """Width of each latent, (..., latents)."""
        ...


class Factor(Protocol):
    """One factor of a product, of the dimension that it is made with."""

    def __init__(self, dimension: int): ...

    @property
    def dimension(self) -> int:
        """Of the space itself: 1 for a circle."""
        ...

    @property
    def parameters(self) -> int:
        """How many numbers the encoder gives for a point."""
        ...

    @property
    def coordinates(self) -> int:
        """How many numbers the decoder gets for a point."""
        ...

    @property
    def noise(self) -> int:
        """How many standard normal numbers make a point."""
        ...

    @property
    def latents(self) -> int:
        """How many latents have a divergence and a width of their own."""
        ...

    def posterior(self, parameters: Tensor) -> FactorPosterior:
        """The posterior that the encoder's numbers, (..., parameters), mean."""
        ...

    def prior(self, noise: Tensor) -> Tensor:
        """Points of the prior, (..., coordinates), of standard normal numbers, (..., noise)."""
        ...

    def path(self, latent: int, along: Tensor) -> Tensor:
        """Points along one latent, (..., coordinates), for numbers from -1 to 1; at 0 all latents have their zero.

        From -2 to 2 standard deviations of the prior on R; once around on spheres and projective spaces.
        """
        ...


def bounded(logarithm: Tensor) -> Tensor:
    """The same number if it is small, and never more than :data:`LARGEST` on either side: L tanh(x / L).

    So no number of a network makes a width or a concentration 0 or infinite.

    Example:
        >>> bounded(torch.tensor([-1000.0, 0.1, 1000.0]))
        tensor([-14.0000,   0.1000,  14.0000])
    """
    return LARGEST * torch.tanh(logarithm / LARGEST)

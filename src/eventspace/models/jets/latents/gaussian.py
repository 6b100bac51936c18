"""R^n: independent normal distributions."""

from dataclasses import dataclass

import torch
from torch import Tensor

from eventspace.models.jets.latents.factor import bounded

__all__ = ["Gaussian", "GaussianPosterior"]


@dataclass(frozen=True)
class GaussianPosterior:
    """Independent normal distributions of the latents.

    Attributes:
        mean: (..., n).
        logarithm: of the standard deviations, (..., n).
    """

    mean: Tensor
    logarithm: Tensor

    def sample(self, noise: Tensor) -> Tensor:
        """Mean + standard deviation x noise, (..., n)."""
        return self.mean + self.scale() * noise

    def mode(self) -> Tensor:
        """The mean, (..., n)."""
        return self.mean

    def kl(self) -> Tensor:
        """Divergence of each latent from N(0, 1), (..., n): (mean^2 + sigma^2 - 1) / 2 - log sigma; exact."""
        # Near sigma = 1 expm1 keeps the digits that sigma^2 - 1 loses; what is left to rounding must not be negative.
        widths = torch.expm1(2 * self.logarithm) / 2 - self.logarithm
        return self.mean.square() / 2 + widths.clamp(min=0)

    def scale(self) -> Tensor:
        """The standard deviations, (..., n)."""
        return self.logarithm.exp()


@dataclass(frozen=True)
class Gaussian:
    """R^n with the prior N(0, 1) of each latent.

    The encoder gives n means, then n logarithms of standard deviations, which are kept in bounds.

    Arguments:
        dimension: n.

    Example:
        >>> Gaussian(2).posterior(torch.zeros(1, 4)).kl()
        tensor([[0., 0.]])

    Source:
        D. P. Kingma and M. Welling, arXiv:1312.6114.
    """

    dimension: int

    @property
    def parameters(self) -> int:
        """2 n."""
        return 2 * self.dimension

    @property
    def coordinates(self) -> int:
        """n."""
        return self.dimension

    @property
    def noise(self) -> int:
        """n."""
        return self.dimension

    @property
    def latents(self) -> int:
        """n: each has a divergence of its own."""
        return self.dimension

    def posterior(self, parameters: Tensor) -> GaussianPosterior:
        """Of (..., 2 n) numbers."""
        mean, logarithm = parameters.chunk(2, dim=-1)
        return GaussianPosterior(mean, bounded(logarithm))

    def prior(self, noise: Tensor) -> Tensor:
        """The noise itself, (..., n)."""
        return noise

    def path(self, latent: int, along: Tensor) -> Tensor:
        """From -2 to 2 on one axis, and 0 on the others."""
        points = along.new_zeros(*along.shape, self.dimension)
        points[..., latent] = 2 * along
        return points

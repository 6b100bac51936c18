"""A variational autoencoder of clouds: an encoder that does not see the order of particles, and a decoder to a few."""

import math

import torch
from torch import Tensor, nn

from eventspace.models.jets.latents.space import LatentPosterior, LatentSpace

__all__ = ["CloudNetwork"]

_LEAST = 1e-6  # of a weight, whose logarithm is taken
_LOGARITHM = -math.log(_LEAST) / 4  # by which it is divided


class CloudNetwork(nn.Module):
    """Encoder to a latent space, and decoder from it.

    The encoder is of Deep Sets: two dense layers for each particle, of its weight and its position in units of the
    spread of all particles; their sums over the particles, once with the weights, once divided by the root of the
    number; three more dense layers to the numbers of the posterior. The decoder has three dense layers from a latent
    point to logarithms of weights, normalised by a softmax, and positions. phi is the direction of a vector, so that
    it has no end.

    Arguments:
        space: of the latents.
        particles: that are made.
        centre, spread: of each coordinate.
        width: of the layers.
        periodic: whether the last coordinate is an angle.

    Source: M. Zaheer et al., "Deep Sets", arXiv:1703.06114; for jets P. Komiske, E. Metodiev, J. Thaler,
    arXiv:1810.05165.
    """

    def __init__(
        self,
        space: LatentSpace,
        particles: int,
        centre: tuple[float, ...],
        spread: tuple[float, ...],
        width: int,
        *,
        periodic: bool,
    ):
        super().__init__()
        self.space, self._particles, self._periodic = space, particles, periodic
        self.centre, self.spread = nn.Buffer(torch.tensor(centre)), nn.Buffer(torch.tensor(spread))
        told, made = len(centre) + periodic + 2, len(centre) + periodic + 1
        self.of_particles = nn.Sequential(nn.Linear(told, width), nn.GELU(), nn.Linear(width, width), nn.GELU())
        self.of_clouds = nn.Sequential(
            nn.Linear(2 * width, 2 * width),
            nn.GELU(),
            nn.Linear(2 * width, 2 * width),
            nn.GELU(),
            nn.Linear(2 * width, space.parameters),
        )
        self.decoder = nn.Sequential(
            nn.Linear(space.coordinates, 2 * width),
            nn.GELU(),
            nn.Linear(2 * width, 2 * width),
            nn.GELU(),
            nn.Linear(2 * width, 2 * width),
            nn.GELU(),
            nn.Linear(2 * width, particles * made),
        )

    def encode(self, weight: Tensor, position: Tensor) -> LatentPosterior:
        """The posterior of n clouds: of their weights (n, particles) and positions (n, particles, d)."""
        hidden = self.of_particles(self._told(weight, position))
        present = (weight > 0).to(hidden.dtype)[:, None]
        total = (weight[:, None] @ hidden)[:, 0]
        root = (present @ hidden)[:, 0] / present.sum(dim=2).sqrt()
        return self.space.posterior(self.of_clouds(torch.cat([total, root], dim=1)))

    def decode(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """Weights (n, particles) and positions (n, particles, d) of latent points (n, coordinates)."""
        made = self.decoder(points).unflatten(1, (self._particles, -1))
        weight, offset = made[:, :, 0].softmax(dim=1), made[:, :, 1:]
        if not self._periodic:
            return weight, self.centre + self.spread * offset
        along, across = 1 + self.spread[-1] * offset[:, :, -1], self.spread[-1] * offset[:, :, -2]
        phi = self.centre[-1] + torch.atan2(across, along)
        return weight, torch.stack([self.centre[0] + self.spread[0] * offset[:, :, 0], phi], dim=2)

    def _told(self, weight: Tensor, position: Tensor) -> Tensor:
        """Weight, its logarithm, and position; an angle as sine and 1 - cosine."""
        offset = position - self.centre
        scaled = [offset / self.spread]
        if self._periodic:
            phi = offset[:, :, -1:]
            round_ = [phi.sin() / self.spread[-1], (1 - phi.cos()) / self.spread[-1] ** 2]
            scaled = [offset[:, :, :-1] / self.spread[:-1], *round_]
        size = weight[:, :, None]
        return torch.cat([*scaled, size, size.clamp(min=_LEAST).log() / _LOGARITHM], dim=2)

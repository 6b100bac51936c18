"""A convolutional autoencoder of square images, variational or plain."""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["ImageNetwork"]

_DENSE = 128  # units between the maps and the latents
_NARROW = -10.0  # log of the variance, below which no posterior is narrower
_LEAST = 1e-6  # of the mean pixel


class ImageNetwork(nn.Module):
    """Blocks of convolutions and a mean over 2 x 2 pixels, one dense layer, the latents; and the same backwards.

    Block k has k times ``width`` channels. What is made is not negative.

    Arguments:
        pixels: along each side, a multiple of 2^blocks.
        blocks: how often the image is halved.
        width: channels of the first block.
        latent: dimensions.
        convolutions: in each block.
        variational: posteriors have a width; else an event has one place.
    """

    def __init__(self, pixels: int, blocks: int, width: int, latent: int, *, convolutions: int, variational: bool):
        super().__init__()
        self.variational, self._side = variational, pixels >> blocks
        channels = [1, *(width * (k + 1) for k in range(blocks))]
        self.down = nn.ModuleList(_block(before, after, convolutions) for before, after in pairwise(channels))
        self.dense = nn.Linear(channels[-1] * self._side**2, _DENSE)
        self.mean, self.log_variance = nn.Linear(_DENSE, latent), nn.Linear(_DENSE, latent) if variational else None
        self.open = nn.Linear(latent, _DENSE)
        self.spread = nn.Linear(_DENSE, channels[-1] * self._side**2)
        self.up = nn.ModuleList(
            _block(before, after, convolutions) for before, after in pairwise([*channels[:0:-1], channels[1]])
        )
        self.last = nn.Conv2d(channels[1], 1, 1)

    def begin_at(self, mean: float) -> None:
        """Make the first images of about this mean pixel; else the first steps would learn nothing but that."""
        assert self.last.bias is not None
        nn.init.constant_(self.last.bias, math.log(math.expm1(max(mean, _LEAST))))
        with torch.no_grad():
            self.last.weight *= 0.1

    def layers(self, images: Tensor) -> dict[str, Tensor]:
        """What each layer of the encoder makes of (n, pixels, pixels) images, in order: blocks, dense, latent."""
        found, hidden = {}, images[:, None]
        for k, block in enumerate(self.down):
            hidden = functional.avg_pool2d(block(hidden), 2)
            found[f"block{k + 1}"] = hidden
        found["dense"] = functional.elu(self.dense(hidden.flatten(1)))
        found["latent"] = self.mean(found["dense"])
        return found

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Means and logarithms of the variances of the posteriors, (n, latent) each; of a plain one, zeros."""
        found = self.layers(images)
        mean = found["latent"]
        if self.log_variance is None:
            return mean, torch.zeros_like(mean)
        return mean, self.log_variance(found["dense"]).clamp(min=_NARROW)

    def decode(self, points: Tensor) -> Tensor:
        """Images (n, pixels, pixels) of latent points (n, latent)."""
        hidden = functional.elu(self.spread(functional.elu(self.open(points))))
        hidden = hidden.view(len(points), -1, self._side, self._side)
        for block in self.up:
            hidden = block(functional.interpolate(hidden, scale_factor=2, mode="nearest"))
        return functional.softplus(self.last(hidden))[:, 0]


def _block(before: int, after: int, convolutions: int) -> nn.Sequential:
    channels = [before, *([after] * convolutions)]
    pairs = [(nn.Conv2d(one, other, 3, padding=1), nn.ELU()) for one, other in pairwise(channels)]
    return nn.Sequential(*(layer for pair in pairs for layer in pair))

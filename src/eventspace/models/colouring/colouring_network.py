"""The whole network of the colouring: a U-net, read at the pixels of the particles, and perhaps a random field."""

from typing import Any

import torch
from torch import Tensor, nn

from eventspace.models.colouring.crf import MeanField
from eventspace.models.colouring.sample import Batch
from eventspace.models.colouring.unet_network import UNet

__all__ = ["Colouring"]


class Colouring(nn.Module):
    """A U-net, and if wanted a field over the particles that begins with what the U-net says.

    Particles in one pixel get the same from the U-net.

    Arguments:
        channels: of the maps.
        colours: how many.
        field: whether there is a random field.
        vertices: whether it has a term for displaced tracks.
        iterations: of the field.
        options: of :class:`UNet`.
    """

    def __init__(
        self,
        channels: int,
        colours: int,
        *,
        field: bool = False,
        vertices: bool = True,
        iterations: int = 5,
        **options: Any,
    ):
        super().__init__()
        self.unet = UNet(channels, colours, **options)
        self.field = MeanField(iterations, vertices=vertices) if field else None

    def forward(self, batch: Batch) -> Tensor:
        """The logarithms of the probabilities of the colours of each particle, (n, particles, colours)."""
        pixels = self.unet(batch.maps).flatten(2)
        index = batch.pixel[:, None].expand(-1, pixels.shape[1], -1)
        logarithms = torch.log_softmax(pixels.gather(2, index).transpose(1, 2), dim=2)
        if self.field is None:
            return logarithms
        found: Tensor = self.field(logarithms, batch.energy, batch.direction, batch.displaced, batch.mask)
        return found

"""The U-net of the colouring: an encoder, a decoder and connections between them, circular in phi."""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from eventspace.base.errors import InputError

__all__ = ["UNet", "layers"]

Padding = Literal["circular", "zero"]

_WIDEST = 8  # times the width
_IN_A_GROUP = 4  # channels that are normalised together


class UNet(nn.Module):
    """A network from maps to maps of colours, of the same size.

    Each level of the encoder has some convolutions of 3 x 3, each followed by a group normalisation and ReLU, and
    halves the map by averages over 2 x 2. Each level of the decoder doubles the map, joins that of the encoder's level,
    and has as many convolutions. Channels double from level to level, up to 8 times the width. With 4 levels and 3
    convolutions a level there are 32 layers, about the size of the talk's.

    A rotation around the beam moves a map along phi. With circular padding in every layer, colours move along with it,
    exactly so by multiples of 2^levels pixels, since these are what the averages keep. The normalisation is that of
    each map alone: colours of an event do not depend on others.

    Arguments:
        channels: of the input.
        colours: of the output.
        width: channels of the first level.
        levels: how often the map is halved.
        convolutions: of each level.
        padding: of phi, at the ends of its range; that of cos theta is always zero.
        dropout: share of the channels that are left out in training, at the bottom and in the decoder.

    Raises:
        InputError: the width is no multiple of 4.

    Example:
        >>> UNet(2, 6, width=4, levels=2)(torch.zeros(1, 2, 8, 16)).shape
        torch.Size([1, 6, 8, 16])

    Source:
        O. Ronneberger, P. Fischer, T. Brox, "U-Net: Convolutional Networks for Biomedical Image Segmentation",
        arXiv:1505.04597; group normalisation, Y. Wu, K. He, arXiv:1803.08494.
    """

    def __init__(
        self,
        channels: int,
        colours: int,
        *,
        width: int = 8,
        levels: int = 4,
        convolutions: int = 2,
        padding: Padding = "circular",
        dropout: float = 0.0,
    ):
        super().__init__()
        if width < _IN_A_GROUP or width % _IN_A_GROUP:
            raise InputError(f"a network of width {width}", remedy=f"give a multiple of {_IN_A_GROUP}")
        widths = [width * min(2**level, _WIDEST) for level in range(levels + 1)]

        def block(first: int, second: int) -> nn.Sequential:
            inputs = [first, *[second] * (convolutions - 1)]
            return nn.Sequential(*(_Convolution(size, second, padding) for size in inputs))

        self.levels = levels
        self.down = nn.ModuleList(
            block(first, second) for first, second in zip([channels, *widths], widths, strict=False)
        )
        self.narrow = nn.ModuleList(nn.Conv2d(widths[k + 1], widths[k], 1) for k in range(levels))
        self.up = nn.ModuleList(block(2 * widths[k], widths[k]) for k in range(levels))
        self.drop = nn.Dropout2d(dropout)
        self.colour = nn.Conv2d(width, colours, 1)

    def forward(self, maps: Tensor) -> Tensor:
        """The logits of the colours of all pixels.

        Arguments:
            maps: (n, channels, cos theta bins, phi bins), both multiples of 2^levels.

        Returns:
            (n, colours, cos theta bins, phi bins).
        """
        kept = []
        for level in range(self.levels):
            maps = self.down[level](maps)
            kept.append(maps)
            maps = functional.avg_pool2d(maps, 2)
        maps = self.drop(self.down[self.levels](maps))
        for level in reversed(range(self.levels)):
            # 1 x 1 before the map is doubled is the same as after, and four times as fast.
            maps = functional.interpolate(self.narrow[level](maps), scale_factor=2.0, mode="nearest")
            maps = self.drop(self.up[level](torch.cat([maps, kept[level]], dim=1)))
        colours: Tensor = self.colour(maps)
        return colours


class _Convolution(nn.Module):
    """3 x 3, group normalisation and ReLU."""

    def __init__(self, first: int, second: int, padding: Padding):
        super().__init__()
        self.circular = padding == "circular"
        self.convolution = nn.Conv2d(first, second, 3, padding=(1, 0) if self.circular else 1, bias=False)
        self.normalisation = nn.GroupNorm(second // _IN_A_GROUP, second)

    def forward(self, maps: Tensor) -> Tensor:
        if self.circular:
            maps = functional.pad(maps, (1, 1, 0, 0), mode="circular")
        return functional.relu(self.normalisation(self.convolution(maps)))


def layers(network: UNet) -> int:
    """How many convolutions are in a network.

    Example:
        >>> layers(UNet(1, 6, levels=4, convolutions=3))
        32
    """
    return sum(isinstance(module, nn.Conv2d) for module in network.modules())

"""Nearest-neighbour upsampling and the convolution after it, in one."""

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["UpsampledConv3d"]


class UpsampledConv3d(nn.Conv3d):
    """The convolution of places of which each stands for ``scale`` cells along every axis.

    A kernel of k cells that starts r cells into a place sees at most ceil((scale - 1 + k) / scale) places along an
    axis, and the taps that fall into one place see the same number. So for each of the scale^3 ways to start, the taps
    of a place are summed, and the sums act on the places: of 8 channels, kernel (6, 6, 8) and scale 6 that is 17 times
    less work than a convolution of the cells, and the same but for rounding.

    Arguments:
        channels: of the places.
        out: channels of the result.
        kernel: cells along the three axes.
        scale: cells along each axis that a place stands for.

    Example:
        >>> layer = UpsampledConv3d(2, 3, (3, 4, 5), scale=4)
        >>> places = torch.randn(1, 2, 2, 2, 2)
        >>> cells = nn.functional.interpolate(places, scale_factor=4)
        >>> expected = nn.functional.conv3d(cells, layer.weight, layer.bias)
        >>> expected.shape, torch.allclose(layer(places), expected, atol=1e-5)
        (torch.Size([1, 3, 6, 5, 4]), True)
    """

    def __init__(self, channels: int, out: int, kernel: tuple[int, int, int], scale: int):
        super().__init__(channels, out, kernel)
        self.scale = scale

    def forward(self, places: Tensor) -> Tensor:
        """Places (n, channels, x, y, z) to cells (n, out, scale x - k + 1, scale y - k + 1, scale z - k + 1)."""
        per_axis = [_places(taps, self.scale).to(self.weight) for taps in self.kernel_size]
        sums = torch.einsum("oixyz,aux,bvy,cwz->oabciuvw", self.weight, *per_axis).flatten(0, 3)
        seen = sums.shape[2:]
        padded = functional.pad(places, (0, seen[2] - 1, 0, seen[1] - 1, 0, seen[0] - 1))  # cut off below
        made = functional.conv3d(padded, sums)
        scale, counts = self.scale, places.shape[2:]
        cells = made.view(len(places), self.out_channels, scale, scale, scale, *counts).permute(0, 1, 5, 2, 6, 3, 7, 4)
        cells = cells.reshape(len(places), self.out_channels, *(scale * count for count in counts))
        x, y, z = (scale * count - taps + 1 for count, taps in zip(counts, self.kernel_size, strict=True))
        assert self.bias is not None
        return cells[:, :, :x, :y, :z] + self.bias[:, None, None, None]


def _places(taps: int, scale: int) -> Tensor:
    """Which tap falls into which place, for each way to start: (scale, places seen, taps), 0 or 1."""
    start, tap = torch.meshgrid(torch.arange(scale), torch.arange(taps), indexing="ij")
    return functional.one_hot((start + tap) // scale, (scale + taps - 2) // scale + 1).transpose(1, 2)

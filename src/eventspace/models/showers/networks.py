"""The 3D convolutional GAN for calorimeter showers of the support-size talk: its two networks and its losses."""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from eventspace.base.errors import InputError
from eventspace.models.showers.upsampled_convolution import UpsampledConv3d

__all__ = ["ENERGY_SCALE", "LATENT", "POWER", "WEIGHTS", "Discriminator", "Generator", "Losses", "Prediction", "losses"]

Grid = tuple[int, int, int]

LATENT = 254
"""Random numbers a shower is made from."""
POWER = 0.85
"""Cell energies are raised to this power, which brings the few large ones closer to the many small ones."""
ENERGY_SCALE = 100.0
"""The networks see the energy of the primary particle in units of this many GeV."""

_MOMENTUM, _EPSILON = 0.01, 1e-6  # of the batch normalisation; torch's 0.01 is what Keras calls 0.99
_CHANNELS = 8
_SCALE = 6  # cells that a place of the dense layer stands for, along each axis
_KERNEL = (5, 6, 6)  # of the discriminator
_LOST = (12, 15, 11)  # cells that its convolutions take off along x, y and z


class Generator(nn.Module):
    """Makes showers from random numbers and the energy of the primary particle.

    Dense layer, upsampling, seven convolutions: 8 channels of kernel (6, 6, 8), three times 6 of (4, 4, 6), 6 of
    (3, 3, 5), 6 of (3, 3, 3), 1 of (2, 2, 2); ReLU after each, batch normalisation after the first five. On the
    published grid of 51 x 51 x 25 cells the dense layer fills (9, 9, 8) places of 8 channels, each of which becomes
    6 x 6 x 6 cells; another grid has as many places as it needs, and what is made beyond it is cut off.

    Arguments:
        grid: cells along x, y and z; at least 3 along x and y.
        latent: random numbers a shower is made from.

    Raises:
        InputError: the grid is too small.

    Example:
        >>> generator = Generator(grid=(6, 6, 8), latent=10)
        >>> showers = generator(torch.tensor([0.5, 1.0]), torch.randn(2, 10))
        >>> showers.shape, bool((showers >= 0).all())
        (torch.Size([2, 6, 6, 8]), True)

    Source:
        F. Carminati, G. Khattak, S. Vallecorsa et al., Eur. Phys. J. C 82 (2022) 386,
        doi:10.1140/epjc/s10052-022-10258-4, and the authors' code, here without the angle of the particle.
    """

    def __init__(self, grid: Grid = (51, 51, 25), latent: int = LATENT):
        super().__init__()
        if len(grid) != 3 or min(grid) < 1 or min(grid[:2]) < 3:
            raise InputError(
                f"the generator makes no grid of {' x '.join(map(str, grid))} cells",
                remedy="use at least 3 cells along x and y",
            )
        self.grid = grid
        self.latent = latent
        # All convolutions together take off 3, 3 and 23 cells.
        x, y, z = (math.ceil((cells + lost) / _SCALE) for cells, lost in zip(grid, (3, 3, 23), strict=True))
        self.dense = nn.Linear(1 + latent, _CHANNELS * x * y * z)
        self.places = nn.Unflatten(1, (_CHANNELS, x, y, z))
        self.convolutions = nn.Sequential(
            UpsampledConv3d(_CHANNELS, 8, (6, 6, 8), _SCALE),
            nn.ReLU(),
            nn.BatchNorm3d(8, eps=_EPSILON, momentum=_MOMENTUM),
            *_block(8, 6, (4, 4, 6), (2, 2, 1)),
            *_block(6, 6, (4, 4, 6), (2, 2, 1)),
            *_block(6, 6, (4, 4, 6), (2, 2, 1)),
            *_block(6, 6, (3, 3, 5), (1, 1, 0)),
            nn.Conv3d(6, 6, (3, 3, 3), padding=(1, 1, 0)),
            nn.ReLU(),
            nn.Conv3d(6, 1, (2, 2, 2)),
            nn.ReLU(),
        )
        _initialise(self)
        convolutions = [layer for layer in self.convolutions if isinstance(layer, nn.Conv3d)]
        for layer in convolutions[:-1]:
            nn.init.kaiming_uniform_(layer.weight)
        nn.init.xavier_normal_(convolutions[-1].weight)

    def forward(self, energy: Tensor, noise: Tensor) -> Tensor:
        """Make showers.

        Arguments:
            energy: (n,) energy of the primary particle in units of 100 GeV.
            noise: (n, latent) standard normal numbers.

        Returns:
            (n, x, y, z) cell energies, in the unit of the training, to the power 0.85; not negative.
        """
        places = self.places(self.dense(torch.cat([energy[:, None], noise], dim=1)))
        x, y, z = self.grid
        showers: Tensor = self.convolutions(places)[:, 0, :x, :y, :z]
        return showers


class Prediction(NamedTuple):
    """What the discriminator says of n showers.

    Attributes:
        real: (n,) the logarithm of the odds that the shower is real.
        energy: (n,) the energy of the primary particle in units of 100 GeV.
        total: (n,) the energy of all cells, in the unit of the training: a sum, nothing learned.
    """

    real: Tensor
    energy: Tensor
    total: Tensor


class Discriminator(nn.Module):
    """Tells real showers from generated ones, and estimates the energy of the primary particle.

    Four convolutions of kernel (5, 6, 6), 16 channels and three times 8; after each a leaky ReLU of slope 0.3, as
    in Keras, and a dropout of 0.2; batch normalisation after the last three. Then the mean of 2 x 2 x 2 cells and a
    linear layer for each answer. The last three convolutions take cells off, as published, but not along an axis with
    fewer than 14, 17 or 13 cells.

    Arguments:
        grid: cells along x, y and z.

    Example:
        >>> discriminator = Discriminator(grid=(6, 6, 8))
        >>> discriminator(torch.ones(2, 6, 6, 8)).total
        tensor([288., 288.])

    Source:
        As of ``Generator``.
    """

    def __init__(self, grid: Grid = (51, 51, 25)):
        super().__init__()
        self.grid = grid
        self.convolutions = nn.Sequential(
            *_leaky_block(grid, 1, 16, None, normalised=False),
            *_leaky_block(grid, 16, 8, (0, 0, 1)),
            *_leaky_block(grid, 8, 8, (0, 0, 1)),
            *_leaky_block(grid, 8, 8, (0, 0, 0)),
        )
        left = [cells - lost if _roomy(cells, lost) else cells for cells, lost in zip(grid, _LOST, strict=True)]
        pooled = (min(left[0], 2), min(left[1], 2), min(left[2], 2))
        self.pooling = nn.Sequential(nn.AvgPool3d(pooled), nn.Flatten())
        features = 8 * math.prod(cells // width for cells, width in zip(left, pooled, strict=True))
        self.real = nn.Linear(features, 1)
        self.energy = nn.Linear(features, 1)
        _initialise(self)

    def forward(self, showers: Tensor) -> Prediction:
        """Judge showers: (n, x, y, z) as the generator makes them."""
        features = self.pooling(self.convolutions(showers[:, None]))
        total = (showers.float() ** (1 / POWER)).sum(dim=(1, 2, 3))
        return Prediction(self.real(features)[:, 0].float(), self.energy(features)[:, 0].float(), total)


class Losses(NamedTuple):
    """The losses of one batch, each without its weight.

    Attributes:
        real: binary cross-entropy of real against generated.
        energy: mean absolute error of the energy of the primary particle, in percent of it.
        total: mean absolute error of the energy of all cells, in percent of it.
    """

    real: Tensor
    energy: Tensor
    total: Tensor

    def weighted(self) -> Tensor:
        """The sum with the published weights, 3, 0.1 and 0.1."""
        return sum((weight * loss for weight, loss in zip(WEIGHTS, self, strict=True)), start=torch.zeros(()))


WEIGHTS = (3.0, 0.1, 0.1)
"""Weights of the losses: real or generated, energy of the primary particle, energy of all cells."""


def losses(prediction: Prediction, real: Tensor, energy: Tensor, total: Tensor) -> Losses:
    """Compare what the discriminator says with what it should say.

    Arguments:
        prediction: for n showers.
        real: (n,) 1 for real showers, 0 for generated ones.
        energy: (n,) energy of the primary particle in units of 100 GeV, above 0.
        total: (n,) energy of all cells of the real showers, above 0.

    Example:
        >>> sure = Prediction(torch.tensor([0.0]), torch.tensor([1.1]), torch.tensor([50.0]))
        >>> [round(float(loss), 4) for loss in losses(sure, torch.ones(1), torch.ones(1), torch.tensor([40.0]))]
        [0.6931, 10.0, 25.0]
    """
    return Losses(
        functional.binary_cross_entropy_with_logits(prediction.real, real),
        100 * ((prediction.energy - energy) / energy).abs().mean(),
        100 * ((prediction.total - total) / total).abs().mean(),
    )


def _block(channels: int, out: int, kernel: Grid, padding: Grid = (0, 0, 0)) -> tuple[nn.Module, ...]:
    return (
        nn.Conv3d(channels, out, kernel, padding=padding),
        nn.ReLU(),
        nn.BatchNorm3d(out, eps=_EPSILON, momentum=_MOMENTUM),
    )


def _leaky_block(
    grid: Grid, channels: int, out: int, padding: Grid | None, normalised: bool = True
) -> tuple[nn.Module, ...]:
    """A convolution of the discriminator; without a padding, and where the grid is small, it keeps all cells."""
    margins: list[int] = []
    for axis in (2, 1, 0):
        if padding is not None and _roomy(grid[axis], _LOST[axis]):
            margins += [padding[axis], padding[axis]]
        else:
            margins += [(_KERNEL[axis] - 1) // 2, _KERNEL[axis] // 2]
    return (
        nn.ZeroPad3d((margins[0], margins[1], margins[2], margins[3], margins[4], margins[5])),
        nn.Conv3d(channels, out, _KERNEL),
        nn.LeakyReLU(0.3),
        *([nn.BatchNorm3d(out, eps=_EPSILON, momentum=_MOMENTUM)] if normalised else []),
        nn.Dropout(0.2),
    )


def _roomy(cells: int, lost: int) -> bool:
    """Whether the discriminator's convolutions may take cells off along an axis."""
    return cells >= lost + 2


def _initialise(network: nn.Module) -> None:
    """Begin as Keras does where the published code leaves it the choice."""
    for layer in network.modules():
        if isinstance(layer, nn.Linear | nn.Conv3d):
            nn.init.xavier_uniform_(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        if isinstance(layer, nn.Conv3d):  # convolutions are faster with the channels of a cell side by side
            layer.weight.data = layer.weight.data.contiguous(memory_format=torch.channels_last_3d)

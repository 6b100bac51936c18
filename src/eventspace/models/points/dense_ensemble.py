"""Many small dense networks of one shape, evaluated and trained at once: one product of matrices a layer for all."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from eventspace.base.errors import InputError
from eventspace.statistics.scale import varies

__all__ = ["DenseEnsemble", "Member", "Standardised", "members"]

Floats = NDArray[np.float64]
Activation = Callable[[Tensor], Tensor]

_AT_ONCE = 10_000  # points through the layers: their values stay in the cache


class DenseEnsemble(nn.Module):
    """B dense networks of one shape with weights of their own.

    No member sees another: the gradient of a sum over members is, for each member, its own. A member that diverges
    leaves the others as they are.

    Arguments:
        members: B.
        sizes: numbers of units from input to output.
        activation: after each layer but the last.

    Example:
        >>> _ = torch.manual_seed(1)
        >>> ensemble = DenseEnsemble(3, (2, 16, 1), torch.tanh)
        >>> ensemble(torch.randn(3, 50, 2)).shape
        torch.Size([3, 50, 1])
    """

    def __init__(self, members: int, sizes: Sequence[int], activation: Activation):
        super().__init__()
        self.activation = activation
        self.weights = nn.ParameterList()
        self.biases = nn.ParameterList()
        for before, after in pairwise(sizes):
            bound = 1 / math.sqrt(before)  # as torch initialises one linear layer
            self.weights.append(nn.Parameter(torch.empty(members, before, after).uniform_(-bound, bound)))
            self.biases.append(nn.Parameter(torch.empty(members, 1, after).uniform_(-bound, bound)))

    def forward(self, points: Tensor) -> Tensor:
        """Evaluate each member on its own points: (B, n, first size) to (B, n, last size)."""
        for number, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            points = torch.baddbmm(bias, points, weight)
            if number < len(self.weights) - 1:
                points = self.activation(points)
        return points


class Standardised:
    """Samples brought to mean 0 and standard deviation 1, each feature of each sample by itself.

    Arguments:
        samples: (B, n, d).

    Attributes:
        values: (B, n, d) tensor.
        mean: (B, d).
        deviation: (B, d).

    Raises:
        InputError: a feature of a sample does not vary.
    """

    def __init__(self, samples: ArrayLike):
        array = np.asarray(samples, dtype=np.float64)
        self.mean: Floats = array.mean(axis=1)
        self.deviation: Floats = array.std(axis=1)
        fixed = ~varies(array.swapaxes(0, 1))
        if fixed.any():
            raise InputError(
                f"feature {int(np.argwhere(fixed)[0, 1])} of a training sample does not vary",
                remedy="leave it out, or give more events",
            )
        scaled = (array - self.mean[:, np.newaxis]) / self.deviation[:, np.newaxis]
        self.values = torch.from_numpy(scaled.astype(np.float32))


class Member:
    """One trained generator of an ensemble: it turns normal numbers into points.

    Arguments:
        weights, biases: of its layers.
        activation: after each layer but the last.
        mean, deviation: (d,) of its training sample.
    """

    def __init__(
        self, weights: list[Tensor], biases: list[Tensor], activation: Activation, mean: Floats, deviation: Floats
    ):
        self._weights, self._biases, self._activation = weights, biases, activation
        self._mean, self._deviation = mean, deviation

    def draw(self, n: int, rng: np.random.Generator) -> Floats:
        """Make (n, d) points."""
        points = torch.from_numpy(rng.standard_normal((n, len(self._weights[0])), dtype=np.float32))
        with torch.inference_mode():
            parts = torch.split(points.to(self._weights[0].device), _AT_ONCE)
            made = torch.cat([self._through(part) for part in parts])
        return self._mean + self._deviation * made.cpu().numpy().astype(np.float64)

    def _through(self, points: Tensor) -> Tensor:
        for number, (weight, bias) in enumerate(zip(self._weights, self._biases, strict=True)):
            points = torch.addmm(bias, points, weight)
            if number < len(self._weights) - 1:
                points = self._activation(points)
        return points


def members(ensemble: DenseEnsemble, mean: Floats, deviation: Floats) -> list[Member]:
    """The members of an ensemble, each by itself.

    Arguments:
        ensemble: generators, trained on B samples.
        mean, deviation: (B, d) of these samples.
    """
    return [
        Member(
            [value[k].detach() for value in ensemble.weights],
            [value[k].detach() for value in ensemble.biases],
            ensemble.activation,
            mean[k],
            deviation[k],
        )
        for k in range(len(mean))
    ]

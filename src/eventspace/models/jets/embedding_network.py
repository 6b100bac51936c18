"""The network of an embedding, for its training; what uses it computes the same in ``distances/transport/encoder``."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from eventspace.distances.transport.encoder import INPUTS

__all__ = ["EmbeddingNetwork"]


class EmbeddingNetwork(nn.Module):
    """From the quantile functions of jets along axes to places: a matrix, and three dense layers that add to it.

    On a line the transport distance is one between quantile functions, so those along many axes are where to begin: for
    p = 2 the distance along lines is already the Euclidean distance of these numbers.

    Arguments:
        dimension: of the places.
        width: of the layers.

    Attributes:
        centre: of rapidity and phi, from which the quantile functions are told.
        error: mean relative error of the distances between jets held back, as the training found it last.
    """

    def __init__(self, dimension: int, width: int):
        super().__init__()
        self.centre = nn.Buffer(torch.zeros(2))
        self.mean, self.spread = nn.Buffer(torch.zeros(INPUTS)), nn.Buffer(torch.tensor(1.0))
        self.error = nn.Buffer(torch.tensor(0.0))
        self.layers = nn.Sequential(
            nn.Linear(INPUTS, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, dimension)
        )
        self.across = nn.Linear(INPUTS, dimension, bias=False)

    def begin_with(self, seen: NDArray[np.float32]) -> None:
        """Start with the principal components of what is seen of some jets, (n, inputs), and little besides."""
        mean = seen.mean(axis=0)
        spread = float((seen - mean).std())
        self.mean.copy_(torch.from_numpy(mean))
        self.spread.fill_(spread)
        _, _, components = np.linalg.svd((seen - mean) / spread, full_matrices=False)
        with torch.no_grad():
            last = self.layers[4]
            assert isinstance(last, nn.Linear)
            last.weight *= 0.1
            last.bias.zero_()
            used = torch.from_numpy(components[: len(self.across.weight)])
            self.across.weight[: len(used)] = used * spread / components.shape[1] ** 0.5  # of the order of a mean angle

    def forward(self, seen: Tensor) -> Tensor:
        """The places of jets, (n, dimension), of what is seen of them, (n, inputs)."""
        told = (seen - self.mean) / self.spread
        places: Tensor = self.across(told) + self.layers(told)
        return places

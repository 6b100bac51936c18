"""Many small variational autoencoders for points, each with a training sample of its own, trained at once."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Adam

from eventspace.models.averaging import running_average
from eventspace.models.points.dense_ensemble import DenseEnsemble, Member, Standardised, members
from eventspace.models.points.ensemble import AVERAGED, Ensemble, lower_rate, train_ensemble
from eventspace.models.points.recipe import point_recipe
from eventspace.models.processes import Processes
from eventspace.models.training import descend

__all__ = ["MODEL", "STEPS", "NoisyMember", "train_point_vaes"]

STEPS = 3000
"""Steps of a training."""

_HIDDEN = (64, 64, 64)
_BATCH = 300
_RATE = 3e-3


class _Decoders(nn.Module):
    """The decoders of all members, and the logarithms of the widths of their noise, (B, 1, d)."""

    def __init__(self, count: int, dimension: int):
        super().__init__()
        self.decoders = DenseEnsemble(count, (dimension, *_HIDDEN, dimension), functional.elu)
        self.width = nn.Parameter(torch.full((count, 1, dimension), -1.0))


class NoisyMember:
    """A decoder with the noise of its points.

    Arguments:
        decoder: makes the mean of a point from normal numbers.
        noise: (d,) standard deviations about this mean, in the units of the sample.
    """

    def __init__(self, decoder: Member, noise: NDArray[np.float64]):
        self._decoder, self._noise = decoder, noise

    def draw(self, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Make (n, d) points."""
        means = self._decoder.draw(n, rng)
        return means + self._noise * rng.standard_normal(means.shape)


def train_point_vaes(
    samples: ArrayLike,
    *,
    seed: int,
    processes: Processes,
    folder: Path,
    steps: int | None = None,
    show_progress: bool | None = None,
) -> list[NoisyMember]:
    """Train one VAE on each sample: -log p(x|z) + KL(q(z|x), N(0, 1)), with q and p normal and their widths learned.

    Encoders and decoders of three layers of 64 units (ELU), d latent numbers, one width of the noise for each
    coordinate; Adam, whose rate of 0.003 falls to 0; averaged weights. The noise belongs to the generator:
    points are drawn with it.

    Arguments and errors as for :func:`eventspace.models.point_gan.train_point_gans`.

    Source:
        D. P. Kingma and M. Welling, arXiv:1312.6114; the learned width, O. Rybkin et al., arXiv:2006.13202.
    """
    how: dict[str, Any] = {"processes": processes, "folder": folder, "show_progress": show_progress}
    return train_ensemble("vae", _vaes, _noisy_members, samples, steps or STEPS, seed=seed, **how)


def _vaes(data: Standardised, *, seed: int, steps: int, processes: Processes) -> Ensemble:
    count, n, dimension = data.values.shape
    device = processes.device
    real = data.values.to(device)
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        encoders = DenseEnsemble(count, (dimension, *_HIDDEN, 2 * dimension), functional.elu).to(device)
        noisy = _Decoders(count, dimension).to(device)
    networks = nn.ModuleDict({"encoders": encoders, "decoders": noisy})
    average = running_average(noisy, AVERAGED, from_the_start=True)
    optimiser = Adam(networks.parameters(), lr=_RATE)
    batch = min(n, _BATCH)

    def step(number: int) -> dict[str, Tensor]:
        lower_rate(optimiser, _RATE, number, steps)
        true = real if batch == n else real[:, torch.randint(n, (batch,), device=device)]
        mean, spread = encoders(true).chunk(2, dim=-1)
        decoded = noisy.decoders(mean + spread.exp() * torch.randn_like(mean))
        pull = ((true - decoded) / noisy.width.exp()) ** 2 / 2 + noisy.width + math.log(2 * math.pi) / 2
        divergence = ((2 * spread).exp() + mean**2 - 1) / 2 - spread
        loss = (pull + divergence).sum(dim=-1).mean(dim=1)
        descend(loss.sum(), networks, optimiser, processes)
        average.update_parameters(noisy)
        return {"loss": loss, "divergence": divergence.sum(dim=-1).mean(dim=1)}

    return Ensemble({"networks": (networks, optimiser), "average": (average, None)}, step, average.module)


def _noisy_members(kept: _Decoders, mean: NDArray[np.float64], deviation: NDArray[np.float64]) -> list[NoisyMember]:
    noise = kept.width.detach().exp().cpu().numpy()[:, 0] * deviation
    made = members(kept.decoders, mean, deviation)
    return [NoisyMember(decoder, scale) for decoder, scale in zip(made, noise, strict=True)]


MODEL = point_recipe(
    _vaes,
    STEPS,
    _Decoders,
    _noisy_members,
    loss="mean over the points of a step of the sum over coordinates of -log p(x|z) + KL(q(z|x), N(0, 1)); z is one "
    "draw from q, natural logarithms, with the constant log(2 pi)/2",
    about="A variational autoencoder: encoder and decoder of three layers of 64 units, with a learned width of the "
    "noise of each coordinate.",
)

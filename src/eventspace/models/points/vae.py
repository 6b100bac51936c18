"""Many small variational autoencoders for points, each with a training sample of its own, trained at once."""

import math
from pathlib import Path

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Adam

from eventspace.models.points.dense_ensemble import DenseEnsemble, Member, Standardised, members
from eventspace.models.points.ensemble_training import Averaged, checked_samples, lower_rate, train_ensemble
from eventspace.models.processes import Processes
from eventspace.models.training import descend

__all__ = ["STEPS", "NoisyMember", "train_point_vaes"]

STEPS = 3000
"""Steps of a training."""

_HIDDEN = (64, 64, 64)
_BATCH = 300
_RATE = 3e-3


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

    Arguments and errors as for :func:`eventspace.models.points.gan.train_point_gans`.

    Source:
        D. P. Kingma and M. Welling, arXiv:1312.6114; the learned width, O. Rybkin et al., arXiv:2006.13202.
    """
    array = checked_samples(samples)
    count, n, dimension = array.shape
    steps, device = steps or STEPS, processes.device
    data = Standardised(array)
    real = data.values.to(device)
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        encoders = DenseEnsemble(count, (dimension, *_HIDDEN, 2 * dimension), functional.elu).to(device)
        decoders = DenseEnsemble(count, (dimension, *_HIDDEN, dimension), functional.elu).to(device)
    width = nn.ParameterList([nn.Parameter(torch.full((count, 1, dimension), -1.0, device=device))])  # its logarithm
    networks = nn.ModuleList([encoders, decoders, width])
    averaged = Averaged(networks)
    optimiser = Adam(networks.parameters(), lr=_RATE)
    batch = min(n, _BATCH)

    def step(number: int) -> dict[str, Tensor]:
        lower_rate(optimiser, _RATE, number, steps)
        true = real if batch == n else real[:, torch.randint(n, (batch,), device=device)]
        mean, spread = encoders(true).chunk(2, dim=-1)
        decoded = decoders(mean + spread.exp() * torch.randn_like(mean))
        pull = ((true - decoded) / width[0].exp()) ** 2 / 2 + width[0] + math.log(2 * math.pi) / 2
        divergence = ((2 * spread).exp() + mean**2 - 1) / 2 - spread
        loss = (pull + divergence).sum(dim=-1).mean(dim=1)
        descend(loss.sum(), networks, optimiser, processes)
        averaged.update(number)
        return {"loss": loss, "divergence": divergence.sum(dim=-1).mean(dim=1)}

    train_ensemble(
        "vae",
        step,
        {"networks": (nn.ModuleList([networks, averaged]), optimiser)},
        steps,
        samples=array,
        seed=seed,
        processes=processes,
        folder=folder,
        show_progress=show_progress,
    )
    layers = 2 * (len(_HIDDEN) + 1)
    noise = averaged.values[-1].exp().cpu().numpy()[:, 0] * data.deviation
    made = members(decoders, data, averaged.values[layers : 2 * layers])
    return [NoisyMember(decoder, scale) for decoder, scale in zip(made, noise, strict=True)]

"""What the trainings of all ensembles share: the samples, the falling rate, averaged weights, and the one loop."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn
from torch.optim import Optimizer

from eventspace.base.errors import InputError
from eventspace.models.processes import Processes
from eventspace.models.training import train

__all__ = ["Averaged", "checked_samples", "lower_rate", "train_ensemble"]

_EVERY = 200  # steps between checkpoints


def checked_samples(samples: ArrayLike) -> NDArray[np.float64]:
    """Samples as an array (B, n, d).

    Raises:
        InputError: they have another shape.
    """
    array = np.asarray(samples, dtype=np.float64)
    if array.ndim != 3:
        raise InputError(
            f"samples of shape {array.shape} are not (samples, points, coordinates)",
            remedy="give an array of three axes",
        )
    return array


def lower_rate(optimiser: Optimizer, rate: float, step: int, steps: int) -> None:
    """Set the learning rate of a step: it falls to 0 in a straight line."""
    optimiser.param_groups[0]["lr"] = rate * (1 - step / steps)


class Averaged(nn.Module):
    """The running average of the parameters of a network, which is used after the training.

    Arguments:
        network: whose parameters are averaged.
        share: of the average that a step leaves as it is.
    """

    def __init__(self, network: nn.Module, share: float = 0.995):
        super().__init__()
        self._share = share
        self._parameters_now = list(network.parameters())
        for number, value in enumerate(self._parameters_now):
            self.register_buffer(f"average{number}", value.detach().clone())

    @property
    def values(self) -> list[Tensor]:
        """The averages, in the order of the parameters."""
        return list(self.buffers())

    def update(self, step: int) -> None:
        """Take the parameters of this step, from 0, into the average; the first ones are soon forgotten."""
        with torch.no_grad():
            for average, value in zip(self.values, self._parameters_now, strict=True):
                average.lerp_(value, max(1 - self._share, 9 / (step + 10)))


def train_ensemble(
    kind: str,
    step: Callable[[int], Mapping[str, Tensor]],
    networks: Mapping[str, tuple[nn.Module, Optimizer]],
    steps: int,
    *,
    samples: NDArray[np.float64],
    seed: int,
    processes: Processes,
    folder: Path,
    show_progress: bool | None,
    settings: Mapping[str, object] | None = None,
) -> None:
    """Take the steps that are left of the training of an ensemble; see :func:`eventspace.models.training.train`.

    Arguments:
        kind: of the ensemble; it names the files in the folder.
        step: takes the number of a step and returns for each loss those of the members, (B,). Members whose losses are
            not finite are left out of the recorded mean and told by their share, ``diverged``.
        networks: each network with its optimiser.
        steps: how many in all.
        samples: (B, n, d), to tell this training from others.
        seed: of all random numbers.
        processes: one process.
        folder: for checkpoint and losses.
        show_progress: always or never; by default on a terminal.
        settings: of the training, to tell it from others too.
    """

    def recorded(number: int) -> dict[str, Tensor]:
        losses = step(number)
        sound = torch.stack([torch.isfinite(values) for values in losses.values()]).all(dim=0)
        means = {name: values[sound].mean() for name, values in losses.items()}
        return {**means, "diverged": (~sound).float().mean()}

    train(
        recorded,
        networks,
        steps,
        seed=seed,
        identity={
            "model": kind,
            "data": hashlib.sha256(samples.tobytes()).hexdigest(),
            "shape": samples.shape,
            "steps": steps,
            "seed": seed,
            "settings": dict(settings or {}),
        },
        processes=processes,
        checkpoint=folder / f"{kind}.safetensors",
        curves=folder / f"{kind}-losses.jsonl",
        every=_EVERY,
        show_progress=show_progress,
    )

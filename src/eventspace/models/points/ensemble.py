"""What the trainings of all ensembles share: the samples, the falling rate, and the one loop."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn
from torch.optim import Optimizer

from eventspace.base.errors import InputError
from eventspace.models.processes import Processes
from eventspace.models.training import Networks, train

__all__ = ["AVERAGED", "Ensemble", "checked_samples", "lower_rate", "train_ensemble"]

AVERAGED = 0.995
"""Fraction of the running average of the weights that a step leaves as it is."""

_EVERY = 200  # steps between checkpoints


class Ensemble(NamedTuple):
    """B networks that are trained at once, each on a sample of its own.

    Attributes:
        networks: each with its optimiser, by name; one that only follows another has none.
        step: takes the number of a step and returns for each loss those of the members, (B,).
        kept: what makes points after the training.
    """

    networks: Networks
    step: Callable[[int], Mapping[str, Tensor]]
    kept: nn.Module


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


def train_ensemble(
    kind: str,
    ensemble: Ensemble,
    steps: int,
    *,
    samples: NDArray[np.float64],
    seed: int,
    processes: Processes,
    folder: Path,
    show_progress: bool | None,
    settings: Mapping[str, object] | None = None,
) -> nn.Module:
    """Take the steps that are left of the training of an ensemble; see :func:`eventspace.models.training.train`.

    Members whose losses are not finite are left out of the recorded mean and told by their fraction, ``diverged``.

    Arguments:
        kind: of the ensemble; it names the files in the folder.
        ensemble: what is trained.
        steps: how many in all.
        samples: (B, n, d), to tell this training from others.
        seed: of all random numbers.
        processes: one process.
        folder: for checkpoint and losses.
        show_progress: always or never; by default on a terminal.
        settings: of the training, to tell it from others too.

    Returns:
        What makes points, on the CPU.
    """

    def recorded(number: int) -> dict[str, Tensor]:
        losses = ensemble.step(number)
        sound = torch.stack([torch.isfinite(values) for values in losses.values()]).all(dim=0)
        means = {name: values[sound].mean() for name, values in losses.items()}
        return {**means, "diverged": (~sound).float().mean()}

    train(
        recorded,
        ensemble.networks,
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
    return ensemble.kept.cpu()

"""What the trainings of all ensembles share: the samples, the falling rate, and the one loop."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn
from torch.optim import Optimizer

from eventspace.base.errors import InputError
from eventspace.models.points.dense_ensemble import Standardised
from eventspace.models.processes import Processes
from eventspace.models.training import Networks, train

__all__ = ["AVERAGED", "Ensemble", "lower_rate", "train_ensemble"]

M = TypeVar("M")

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


def _checked(samples: ArrayLike) -> NDArray[np.float64]:
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
    ensemble: Callable[..., Ensemble],
    members: Callable[[Any, NDArray[np.float64], NDArray[np.float64]], list[M]],
    samples: ArrayLike,
    steps: int,
    *,
    seed: int,
    processes: Processes,
    folder: Path,
    show_progress: bool | None,
    settings: Mapping[str, Any] | None = None,
) -> list[M]:
    """Take the steps that are left of the training of an ensemble; see :func:`eventspace.models.training.train`.

    Members whose losses are not finite are left out of the recorded mean and told by their fraction, ``diverged``.

    Arguments:
        kind: of the ensemble; it names the files in the folder.
        ensemble: what is trained, of standardised samples, ``seed``, ``steps``, ``processes`` and ``settings``.
        members: what makes points with it, of what was kept, and mean and deviation of the samples.
        samples: (B, n, d).
        steps: how many in all.
        seed: of all random numbers.
        processes: one process.
        folder: for checkpoint and losses.
        show_progress: always or never; by default on a terminal.
        settings: of the training, to tell it from others too.

    Returns:
        What makes points, one for each sample, on the CPU.

    Raises:
        InputError: the samples are not (B, n, d), or a feature does not vary.
        DivergedError: all of the trainings have diverged.
    """
    array = _checked(samples)
    data = Standardised(array)
    trained = ensemble(data, seed=seed, steps=steps, processes=processes, **(settings or {}))

    def recorded(number: int) -> dict[str, Tensor]:
        losses = trained.step(number)
        sound = torch.stack([torch.isfinite(values) for values in losses.values()]).all(dim=0)
        means = {name: values[sound].mean() for name, values in losses.items()}
        return {**means, "diverged": (~sound).float().mean()}

    train(
        recorded,
        trained.networks,
        steps,
        seed=seed,
        identity={
            "model": kind,
            "data": hashlib.sha256(array.tobytes()).hexdigest(),
            "shape": array.shape,
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
    return members(trained.kept.cpu(), data.mean, data.deviation)

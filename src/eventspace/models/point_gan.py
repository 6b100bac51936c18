"""Many small GANs for points, each with a training sample of its own, trained at once.

What makes a GAN amplify its training sample was settled on seeds that no result uses; see
docs/studies/amplification.md.
"""

from pathlib import Path
from typing import Any, Literal

import torch
from numpy.typing import ArrayLike
from torch import Tensor
from torch.nn import functional
from torch.optim import Adam

from eventspace.models.averaging import running_average
from eventspace.models.points.dense_ensemble import DenseEnsemble, Member, Standardised, members
from eventspace.models.points.ensemble import AVERAGED, Ensemble, lower_rate, train_ensemble
from eventspace.models.points.recipe import point_recipe
from eventspace.models.processes import Processes
from eventspace.models.training import descend

__all__ = ["MODEL", "STEPS", "train_point_gans"]

STEPS = 2000
"""Steps of the generators in a training."""

_HIDDEN, _CRITIC_HIDDEN = (32, 32), (64, 64)
_REAL, _GENERATED = 300, 300  # points of a step
_CRITIC_STEPS = 2
_RATE, _CRITIC_RATE = 2e-3, 1e-2
_BETAS = (0.0, 0.99)
_PENALTY = 20.0


def train_point_gans(
    samples: ArrayLike,
    *,
    seed: int,
    processes: Processes,
    folder: Path,
    steps: int | None = None,
    show_progress: bool | None = None,
    **changes: Any,
) -> list[Member]:
    """Train one GAN on each sample: by default Wasserstein GANs with a one-sided gradient penalty.

    Generators of two layers of 32 units (ELU) from max(2, d) normal numbers; critics of two layers of 64 (leaky ReLU,
    slope 0.2), two steps of a critic to one of a generator, penalty 20 max(|gradient| - 1, 0)^2 between real and
    generated points; Adam (rates 0.002 and 0.01, beta 0 and 0.99). The rates fall to 0 in straight lines, and the
    generator kept is the running average of its weights.

    Arguments:
        samples: (B, n, d), a training sample for each GAN.
        seed: of the weights and everything random after.
        processes: one process; its device computes.
        folder: gets the checkpoint and the losses; a training that was killed goes on from there.
        steps: of the generators; by default ``STEPS``.
        show_progress: always or never; by default on a terminal.
        changes: of the training, to take it apart: ``loss``, ``falling``, ``averaged``, ``blur`` or ``hidden`` of
            :func:`gans`.

    Returns:
        The generators, in the order of the samples.

    Raises:
        InputError: the samples are not (B, n, d), or a feature does not vary.
        DivergedError: all of the trainings have diverged. A single one that has makes points that are not finite.

    Source:
        I. Gulrajani et al., arXiv:1704.00028; the one-sided penalty, H. Petzka et al., arXiv:1709.08894; averaged
        weights, Y. Yazici et al., arXiv:1806.04498.
    """
    how: dict[str, Any] = {"processes": processes, "folder": folder, "show_progress": show_progress}
    return train_ensemble("gan", gans, members, samples, steps or STEPS, seed=seed, settings=changes, **how)


def gans(
    data: Standardised,
    *,
    seed: int,
    steps: int,
    processes: Processes,
    loss: Literal["wasserstein", "usual"] = "wasserstein",
    falling: bool = True,
    averaged: bool = True,
    blur: float = 0.0,
    hidden: tuple[int, ...] = _HIDDEN,
) -> Ensemble:
    """The networks of :func:`train_point_gans` and their step.

    Arguments:
        data: the training samples.
        seed: of the weights.
        steps: how many there will be.
        processes: one process.
        loss: of a critic with a bounded slope (Wasserstein, with the penalty), or the usual one, the cross-entropy of a
            classifier, with the generator's in the form that does not saturate.
        falling: the rates fall to 0 in straight lines, or stay.
        averaged: the generator kept is the running average of its weights, or the last one.
        blur: width of normal noise, in standard deviations of the sample, that is added to the training points anew in
            each step.
        hidden: units of the layers of the generator.
    """
    count, n, dimension = data.values.shape
    device = processes.device
    real = data.values.to(device)
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        generators = _generators(count, dimension, hidden).to(device)
        critics = DenseEnsemble(count, (dimension, *_CRITIC_HIDDEN, 1), _leaky).to(device)
    average = running_average(generators, AVERAGED, from_the_start=True)
    optimisers = (
        Adam(generators.parameters(), lr=_RATE, betas=_BETAS),
        Adam(critics.parameters(), lr=_CRITIC_RATE, betas=_BETAS),
    )
    batch = min(n, _REAL)

    def generated() -> Tensor:
        points: Tensor = generators(torch.randn(count, _GENERATED, _latent(dimension), device=device))
        return points

    def step(number: int) -> dict[str, Tensor]:
        if falling:
            for optimiser, rate in zip(optimisers, (_RATE, _CRITIC_RATE), strict=True):
                lower_rate(optimiser, rate, number, steps)
        for _ in range(_CRITIC_STEPS):
            with torch.no_grad():
                fake = generated()
            true = real if batch == n else real[:, torch.randint(n, (batch,), device=device)]
            if blur:
                true = true + blur * torch.randn_like(true)
            judged, judged_fake = critics(true), critics(fake)
            distance = judged.mean(dim=(1, 2)) - judged_fake.mean(dim=(1, 2))
            if loss == "usual":
                parts = functional.softplus(-judged), functional.softplus(judged_fake)
                wrong = parts[0].mean(dim=(1, 2)) + parts[1].mean(dim=(1, 2))
            else:
                wrong = _penalty(critics, true, fake[:, :batch]) - distance
            descend(wrong.sum(), critics, optimisers[1], processes)
        critics.requires_grad_(requires_grad=False)
        judged = critics(generated())
        aim = functional.softplus(-judged) if loss == "usual" else -judged
        descend(aim.mean(dim=(1, 2)).sum(), generators, optimisers[0], processes)
        critics.requires_grad_(requires_grad=True)
        average.update_parameters(generators)
        return {"distance": distance}

    networks = {
        "generators": (generators, optimisers[0]),
        "critics": (critics, optimisers[1]),
        "average": (average, None),
    }
    return Ensemble(networks, step, average.module if averaged else generators)


def _generators(count: int, dimension: int, hidden: tuple[int, ...] = _HIDDEN) -> DenseEnsemble:
    return DenseEnsemble(count, (_latent(dimension), *hidden, dimension), functional.elu)


def _latent(dimension: int) -> int:
    """Normal numbers that a point is made from."""
    return max(2, dimension)


def _leaky(points: Tensor) -> Tensor:
    return functional.leaky_relu(points, 0.2)


def _penalty(critics: DenseEnsemble, true: Tensor, fake: Tensor) -> Tensor:
    """The penalty of each critic for a slope above 1, at random places between true and generated points, (B,)."""
    fraction = torch.rand(len(true), true.shape[1], 1, device=true.device)
    between = (fraction * true + (1 - fraction) * fake).requires_grad_()
    (gradient,) = torch.autograd.grad(critics(between).sum(), between, create_graph=True)
    excess = (gradient.norm(dim=-1) - 1).clamp(min=0)
    penalty: Tensor = _PENALTY * (excess**2).mean(dim=1)
    return penalty


MODEL = point_recipe(
    gans,
    STEPS,
    _generators,
    members,
    loss="critic f: mean f(generated) - mean f(real) + 20 mean max(|gradient of f| - 1, 0)^2 on lines between real and "
    "generated points; generator: -mean f(generated); means over the points of a step",
    about="A Wasserstein GAN with a one-sided gradient penalty: a generator of two layers of 32 units, and a critic of "
    "two layers of 64.",
)

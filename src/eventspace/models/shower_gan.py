"""The shower GAN: what a user chooses, what a step of its training is, and what its file says."""

import math
from collections.abc import Callable
from contextlib import nullcontext
from typing import Annotated, Any, Literal, Self

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat, PositiveInt, model_validator
from torch import Tensor
from torch.optim import RMSprop

from eventspace.base.errors import InputError
from eventspace.events.showers import Showers
from eventspace.models.averaging import running_average
from eventspace.models.batches import Batches, check_batch
from eventspace.models.processes import Processes
from eventspace.models.recipe import GeneratorRecipe, ModelCard, Training, TrainingConfig
from eventspace.models.showers.generation import SHIPPED, EnergyOptions, draw
from eventspace.models.showers.networks import LATENT, Discriminator, Generator, losses
from eventspace.models.showers.training_sample import TrainingSample
from eventspace.models.training import DivergedError, descend

__all__ = ["MODEL", "ShowerGANCard", "ShowerGANConfig"]

_FLIPPED = 0.05
_GENERATOR_STEPS = 2
_AVERAGED = 0.999
_MOST_CELLS = 1 << 24

_Cells = Annotated[int, Field(ge=1, le=1024)]


class ShowerGANConfig(TrainingConfig):
    """Options of the training."""

    steps: int | None = Field(None, ge=1, description="Steps of training, instead of epochs.")
    epochs: int = Field(60, ge=1, description="Passes over the showers.")
    batch: int = Field(64, ge=2, description="Showers a step, over all processes.")
    learning_rate: float = Field(1e-3, gt=0, description="Of both networks.")
    latent: int = Field(LATENT, ge=1, le=65536, description="Random numbers a shower is made from.")
    energy: PositiveFloat | None = Field(
        None, description="Energy of all primary particles in GeV, where the file does not state it."
    )
    threshold: float = Field(
        1e-4, ge=0, description="Cells below this many GeV are left out, here and when generating."
    )
    window: tuple[PositiveInt, PositiveInt, PositiveInt] | None = Field(
        None,
        description="Cells in the middle of the grid, along x, y and z, that the generator makes: the others stay "
        "empty. Fewer cells train faster. By default all.",
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="Of the convolutions; auto: bfloat16 on GPUs that have it, and only there."
    )


class ShowerGANCard(ModelCard):
    """What a user of a generator must know.

    Attributes:
        grid: cells along x, y and z.
        window: cells in the middle of the grid that the network makes; the others stay empty.
        latent: random numbers a shower is made from.
        cell_unit: GeV in one unit of the cells that the network makes.
        threshold: cells below this many GeV are dropped, as they were in the training showers.
        energy_range: smallest and largest energy of the primary particle in the training, in GeV.
        showers: how many showers it was trained on.
        batch: showers a step.
    """

    grid: tuple[_Cells, _Cells, _Cells]
    window: tuple[_Cells, _Cells, _Cells]
    latent: int = Field(ge=1, le=65536)
    cell_unit: float = Field(gt=0)
    threshold: float = Field(ge=0)
    energy_range: tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]]
    showers: int = Field(ge=1)
    batch: int = Field(ge=1)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        fits = all(window <= cells for window, cells in zip(self.window, self.grid, strict=True))
        if not fits or math.prod(self.grid) > _MOST_CELLS or self.energy_range[0] > self.energy_range[1]:
            raise ValueError("grid, window or energy_range")
        return self


def _prepare(showers: Showers, config: ShowerGANConfig, processes: Processes) -> Training:
    """Generator and discriminator for the window of the showers, and their step.

    A step, as published: the discriminator learns from a batch of real showers, then from as many generated ones of
    the same energies, with 5% of the answers turned round; then the generator learns twice from what the discriminator
    says of new showers of these energies. RMSprop with Keras' constants (decay 0.9). The batch is shared out among the
    processes; each normalises over its own part.

    The generator itself wanders: from one checkpoint to the next the mean energy of its showers changes by a tenth. So
    what is kept is the running average of its weights and of the statistics of its batch normalisation.

    Raises:
        InputError: there are fewer showers than a batch holds, the batch cannot be shared out, or bfloat16 is asked
            for on a CPU.
    """
    sample = TrainingSample.of(showers, threshold=config.threshold, energy=config.energy, window=config.window)
    check_batch(len(sample.energy), config.batch, processes.count, fewest=2, unit="showers")
    window, latent, device = sample.cells.shape, config.latent, processes.device
    with torch.random.fork_rng([]):
        torch.manual_seed(config.seed)
        generator, discriminator = Generator(window, latent).to(device), Discriminator(window).to(device)
    averaged = running_average(generator, _AVERAGED, buffers=True)
    optimisers = [
        RMSprop(network.parameters(), lr=config.learning_rate, alpha=0.9, eps=1e-7)
        for network in (generator, discriminator)
    ]
    batches = Batches(len(sample.energy), config.batch, config.seed)
    mixed = _mixed(config.precision, device)

    def step(number: int) -> dict[str, Tensor]:
        rng = np.random.default_rng((config.seed, number, processes.rank))
        index = batches.at(number)[processes.rank :: processes.count]
        cells, energy, total = sample.batch(index, device)

        def numbers(values: NDArray[np.float32]) -> Tensor:
            return torch.from_numpy(values).to(device)

        def noise() -> Tensor:
            return numbers(rng.standard_normal((len(index), latent), dtype=np.float32))

        def answers(real: bool) -> Tensor:
            return numbers(((rng.random(len(index)) < _FLIPPED) != real).astype(np.float32))

        found = {}
        with torch.no_grad(), mixed():
            fake = generator(energy, noise())
        if not bool((fake > 0).any()):
            raise DivergedError(
                f"the generator makes only empty showers after step {number}; start anew with another seed"
            )
        for name, showers, real in (("real", cells, True), ("fake", fake, False)):
            with mixed():
                prediction = discriminator(showers)
            found[name] = losses(prediction, answers(real), energy, total)
            descend(found[name].weighted(), discriminator, optimisers[1], processes)
        discriminator.requires_grad_(requires_grad=False)
        for _ in range(_GENERATOR_STEPS):
            with mixed():
                prediction = discriminator(generator(energy, noise()))
            found["generator"] = losses(prediction, torch.ones_like(energy), energy, total)
            descend(found["generator"].weighted(), generator, optimisers[0], processes)
        averaged.update_parameters(generator)
        discriminator.requires_grad_(requires_grad=True)
        return {f"{name}.{part}": loss for name, some in found.items() for part, loss in some._asdict().items()}

    return Training(
        networks={
            "generator": (generator, optimisers[0]),
            "discriminator": (discriminator, optimisers[1]),
            "average": (averaged, None),
        },
        step=step,
        steps=config.steps or config.epochs * max(1, len(sample.energy) // config.batch),
        seed=config.seed,
        kept=lambda: averaged.module,
        data=sample.digest,
        card={
            "grid": sample.kept.shape,
            "window": window,
            "latent": latent,
            "cell_unit": sample.cell_unit,
            "threshold": sample.threshold,
            "energy_range": (float(sample.energy.min()), float(sample.energy.max())),
            "showers": len(sample.energy),
            "batch": config.batch,
        },
        identity={
            "window": window,
            "latent": latent,
            "batch": config.batch,
            "processes": processes.count,
            "learning_rate": config.learning_rate,
            "precision": config.precision,
        },
    )


def _mixed(precision: str, device: torch.device) -> Callable[[], Any]:
    """The context in which the networks compute."""
    if precision == "bfloat16" and device.type == "cpu":
        # Gradients of these convolutions hold rubbish, NaN at times, on CPUs with and without bfloat16 (torch 2.13).
        raise InputError("bfloat16 cannot be trusted on a CPU", remedy="leave out --precision, or use a GPU")
    wanted = precision == "bfloat16" or (
        precision == "auto" and device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    )
    return lambda: torch.autocast(device.type, torch.bfloat16) if wanted else nullcontext()


MODEL = GeneratorRecipe(
    learns_from=(Showers,),
    config=ShowerGANConfig,
    prepare=_prepare,
    loss="3 x binary cross-entropy of real against generated, from the logarithm of the odds, + 0.1 x mean absolute "
    "error of the energy of the primary particle in percent of it + 0.1 x mean absolute error of the energy of all "
    "cells in percent of it; means over the showers of a step; 5% of the discriminator's answers are wrong",
    preprocessing="cells below the threshold are left out, and those outside the window; (energy / cell_unit)^0.85 of "
    "each cell; energy of the primary particle / 100 GeV",
    card=ShowerGANCard,
    network=lambda card: Generator(card.window, card.latent),
    draw=draw,
    unit="showers",
    options=EnergyOptions,
    description="The generator makes showers from the energy of the primary particle and random numbers. Showers must "
    "be in GeV, with incident_energy, or with --energy.\n\n"
    "A grid of 51 x 51 x 25 cells needs a GPU; on a CPU let the generator make only its middle, as the one that comes "
    "with eventspace does: --window 21 21 25 --batch 16. Several GPUs: torchrun --nproc-per-node 4 -m eventspace.cli "
    "train shower-gan showers.h5 --out runs/gan",
    drawing="Cells below the threshold of the generator's model card are left out, as they were in the training "
    "showers; compare with a sample that was cut in the same way.\n\n"
    "The generator that comes with eventspace makes showers of electrons of 100 GeV, after a short training on a CPU: "
    "docs/models.md says how good it is.",
    judge="showers",
    shipped=SHIPPED,
)

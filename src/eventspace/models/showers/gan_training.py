"""The training of the shower GAN: what a step is, and how showers come to the networks."""

import hashlib
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import RMSprop
from torch.optim.swa_utils import AveragedModel

from eventspace.base.errors import InputError
from eventspace.base.files import sha256
from eventspace.base.provenance import environment
from eventspace.events.incident import in_double
from eventspace.events.reading import existing
from eventspace.events.showers import Showers
from eventspace.models.file import ModelCard
from eventspace.models.processes import Processes
from eventspace.models.showers.gan import ENERGY_SCALE, LATENT, POWER, Discriminator, Generator, losses
from eventspace.models.training import Curves, DivergedError, descend, train

__all__ = ["Precision", "Snapshot", "TrainingSample", "train_shower_gan"]

Precision = Literal["auto", "float32", "bfloat16"]

_FLIPPED = 0.05
_GENERATOR_STEPS = 2
_SHARE = 0.999


@dataclass(frozen=True)
class TrainingSample:
    """Showers as the networks see them, kept sparse.

    Attributes:
        kept: the showers in GeV, without the cells below the threshold.
        cells: those in the window, in the unit of the training, to the power 0.85.
        total: (n,) the energy of the cells in the window, in the unit of the training.
        cell_unit: GeV in one unit of the training: the mean share of the energy of the primary particle that the cells
            in the window hold. So the totals are about the energies in GeV, as in the published sample.
        threshold: cells below this many GeV are left out.
        energy: (n,) energy of the primary particle in GeV.
        digest: of cells and energies.
    """

    kept: Showers
    cells: Showers
    total: NDArray[np.float64]
    cell_unit: float
    threshold: float
    energy: NDArray[np.float64]
    digest: str

    @classmethod
    def of(
        cls,
        showers: Showers,
        *,
        threshold: float,
        energy: float | None = None,
        window: tuple[int, int, int] | None = None,
    ) -> "TrainingSample":
        """Prepare showers.

        Arguments:
            showers: in GeV, with ``incident_energy`` in GeV.
            threshold: in GeV.
            energy: of all primary particles in GeV, instead of ``incident_energy``.
            window: cells in the middle of the grid to learn; all of them by default.

        Raises:
            InputError: the showers are not valid, not in GeV, without the energy of the primary particle, or have no
                cell above the threshold in the window; the window is not within the grid.
        """
        energies = _incident_energy(showers.check().check_unit(), energy)
        kept = showers.above(threshold)
        inside = kept.window(window or kept.shape)
        empty = np.diff(inside.offsets) == 0
        if empty.any():
            raise InputError(
                "a shower has no cell above the threshold in the window",
                event=int(np.argmax(empty)),
                remedy="make --window larger, or remove the shower",
            )
        digest = hashlib.sha256(repr(kept.shape).encode())
        for part in (kept.offsets, kept.cell, kept.energy.astype(np.float64), energies):
            digest.update(part.tobytes())
        total = inside.total_energy
        unit = float(total.sum() / energies.sum())
        cells = (inside.energy.astype(np.float64) / unit) ** POWER
        return cls(
            kept,
            replace(inside, energy=cells.astype(np.float32), per_event={}),
            total / unit,
            unit,
            threshold,
            energies,
            digest.hexdigest(),
        )

    def batch(self, index: NDArray[np.integer[Any]], device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
        """Cells (n, x, y, z), energies in units of 100 GeV (n,), and totals (n,) of some showers."""
        cells = torch.from_numpy(self.cells[index].to_dense())
        energy = torch.from_numpy(np.float32(self.energy[index] / ENERGY_SCALE))
        total = torch.from_numpy(np.float32(self.total[index]))
        return cells.to(device), energy.to(device), total.to(device)


class Snapshot(NamedTuple):
    """The state of a training at a checkpoint.

    Attributes:
        generator: as trained so far, its weights averaged over the last thousand steps or so.
        card: what it is.
        curves: the losses of every step, by name.
    """

    generator: Generator
    card: ModelCard
    curves: Curves


def train_shower_gan(
    sample: TrainingSample,
    *,
    steps: int,
    batch: int = 64,
    learning_rate: float = 1e-3,
    seed: int,
    latent: int = LATENT,
    precision: Precision = "auto",
    processes: Processes,
    checkpoint: Path,
    curves: Path,
    every: int = 500,
    initial: Path | None = None,
    watch: Callable[[Snapshot], None] = lambda snapshot: None,
    command: tuple[str, ...] = (),
    show_progress: bool | None = None,
) -> Snapshot:
    """Train generator and discriminator on the window of the sample, from the beginning or from a checkpoint.

    A step, as published: the discriminator learns from a batch of real showers, then from as many generated ones of
    the same energies, with 5% of the answers turned round; then the generator learns twice from what the discriminator
    says of new showers of these energies. RMSprop with Keras' constants (decay 0.9). The batch is shared out among the
    processes; each normalises over its own part.

    The generator itself wanders: from one checkpoint to the next the mean energy of its showers changes by a tenth. So
    what is kept is the running average of its weights and of the statistics of its batch normalisation: a step takes
    the share 0.001 of its own into it, at the beginning 9 / (step + 10), so that the first steps are soon forgotten.

    Arguments:
        sample: what to learn from.
        steps: how many in all.
        batch: showers a step, over all processes.
        learning_rate: of both optimisers.
        seed: of the initial weights and everything random after.
        latent: random numbers a shower is made from.
        precision: of the convolutions; ``auto`` is bfloat16 on GPUs that have it, float32 elsewhere.
        processes: those that train together.
        checkpoint: the file of the state; if it exists, the training goes on from there.
        curves: the file that gets the losses as it goes, a line of JSON a step.
        every: steps between checkpoints.
        initial: the last checkpoint of an earlier training of the same window, on whatever showers: begin with its
            networks, average and optimisers.
        watch: called after each checkpoint, on process 0.
        command: what started the training, for the model card.
        show_progress: always or never; by default on a terminal.

    Returns:
        The state after the last step.

    Raises:
        InputError: there are fewer showers than a batch holds, the batch cannot be shared out, or bfloat16 is asked
            for on a CPU; a checkpoint is damaged or does not belong to this training.
        DivergedError: the losses are not finite, or all generated showers are empty.

    Source:
        As of :class:`eventspace.models.showers.gan.Generator`.
    """
    _check_batch(len(sample.energy), batch, processes.count)
    earlier = sha256(existing(initial)) if initial else ""
    window, device = sample.cells.shape, processes.device
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        generator, discriminator = Generator(window, latent).to(device), Discriminator(window).to(device)
    averaged = AveragedModel(generator, multi_avg_fn=_take_in, use_buffers=True)
    optimisers = [
        RMSprop(network.parameters(), lr=learning_rate, alpha=0.9, eps=1e-7) for network in (generator, discriminator)
    ]
    batches = _Batches(len(sample.energy), batch, seed)
    mixed = _mixed(precision, device)

    def step(number: int) -> dict[str, Tensor]:
        rng = np.random.default_rng((seed, number, processes.rank))
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

    def snapshot(done: int, losses_so_far: Curves) -> Snapshot:
        card = ModelCard(
            grid=sample.kept.shape,
            window=window,
            latent=latent,
            cell_unit=sample.cell_unit,
            threshold=sample.threshold,
            energy_range=(float(sample.energy.min()), float(sample.energy.max())),
            showers=len(sample.energy),
            data=sample.digest,
            steps=done,
            batch=batch,
            seed=seed,
            command=command,
            versions=environment()["versions"],
            initial=earlier,
        )
        assert isinstance(averaged.module, Generator)
        return Snapshot(averaged.module, card, losses_so_far)

    all_losses = train(
        step,
        {
            "generator": (generator, optimisers[0]),
            "discriminator": (discriminator, optimisers[1]),
            "average": (averaged, None),
        },
        steps,
        seed=seed,
        identity={
            "model": "shower-gan",
            "data": sample.digest,
            "window": window,
            "latent": latent,
            "batch": batch,
            "processes": processes.count,
            "learning_rate": learning_rate,
            "precision": precision,
            "seed": seed,
            "initial": earlier,
        },
        processes=processes,
        checkpoint=checkpoint,
        curves=curves,
        every=every,
        initial=initial,
        watch=lambda done, losses_so_far: watch(snapshot(done, losses_so_far)),
        show_progress=show_progress,
    )
    return snapshot(steps, all_losses)


def _take_in(averages: Any, values: Any, updates: Tensor | int) -> None:
    """Take the values of a step into the running averages; whole numbers, the counts of batches, are taken over."""
    share = max(1 - _SHARE, 9 / (int(updates) + 10))
    for average, value in zip(averages, values, strict=True):
        if average.is_floating_point():
            average.lerp_(value, share)
        else:
            average.copy_(value)


class _Batches:
    """Which showers belong to a step: each pass over the sample has an order of its own, known from the seed."""

    def __init__(self, n: int, batch: int, seed: int):
        self._n, self._batch, self._seed = n, batch, seed
        self._a_pass = n // batch
        self._pass = -1
        self._order: NDArray[np.int64] = np.empty(0, dtype=np.int64)

    def at(self, step: int) -> NDArray[np.int64]:
        number, place = divmod(step, self._a_pass)
        if number != self._pass:
            self._pass, self._order = number, np.random.default_rng((self._seed, number)).permutation(self._n)
        return self._order[place * self._batch : (place + 1) * self._batch]


def _check_batch(n: int, batch: int, count: int) -> None:
    if n < batch:
        raise InputError(f"there are {n} showers for batches of {batch}", remedy=f"give more, or --batch {n}")
    if batch % count or batch // count < 2:
        raise InputError(
            f"a batch of {batch} cannot be shared out among {count} processes",
            remedy="give each the same number of showers, at least 2",
        )


def _mixed(precision: Precision, device: torch.device) -> Callable[[], Any]:
    """The context in which the networks compute."""
    if precision == "bfloat16" and device.type == "cpu":
        # Gradients of these convolutions hold rubbish, NaN at times, on CPUs with and without bfloat16 (torch 2.13).
        raise InputError("bfloat16 cannot be trusted on a CPU", remedy="leave out --precision, or use a GPU")
    wanted = precision == "bfloat16" or (
        precision == "auto" and device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    )
    return lambda: torch.autocast(device.type, torch.bfloat16) if wanted else nullcontext()


def _incident_energy(showers: Showers, given: float | None) -> NDArray[np.float64]:
    if given is None and "incident_energy" not in showers.per_event:
        raise InputError(
            "the showers do not say the energy of the primary particle (incident_energy)",
            remedy="give it: --energy 100",
        )
    energies = np.full(len(showers), given) if given is not None else in_double(showers.per_event["incident_energy"])
    if not (energies > 0).all():
        event = int(np.argmin(energies > 0))
        raise InputError("the energy of the primary particle is not positive", event=event, remedy="remove the shower")
    return energies

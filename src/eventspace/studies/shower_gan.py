"""Training the shower GAN of the talk on support size, and how like the generated showers are to their model.

The networks and their training are in ``eventspace.models``; here is what a user chooses, and what is measured: the
energy in the cells, its resolution, and the mean profiles, of generated showers against training showers of the same
energies.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat, PositiveInt

from eventspace.base.errors import InputError
from eventspace.events.base import Events
from eventspace.events.showers import Showers
from eventspace.statistics.bootstrap import means
from eventspace.studies.study import Result, StudyConfig
from eventspace.studies.validation.shower_means import energy_numbers, quantities

if TYPE_CHECKING:
    from eventspace.models.processes import Processes
    from eventspace.models.showers.gan_training import Snapshot, TrainingSample

__all__ = ["SAMPLES", "ShowerGANConfig", "run"]

QUESTION = "Does the generator make showers like those it was trained on?"
SAMPLES = ("training", "generated")

Floats = NDArray[np.float64]


class ShowerGANConfig(StudyConfig):
    """Options of the training."""

    steps: int | None = Field(None, ge=1, description="Steps of training, instead of epochs.")
    epochs: int = Field(60, ge=1, description="Passes over the showers.")
    batch: int = Field(64, ge=2, description="Showers a step, over all processes.")
    learning_rate: float = Field(1e-3, gt=0, description="Of both networks.")
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
    every: int = Field(500, ge=1, description="Steps between checkpoints, each with figures and a generator to try.")
    compared: int = Field(256, ge=2, description="Showers compared for the figures and the numbers.")
    replicas: int = Field(1000, ge=2, description="Bootstrap replicas.")


def run(
    showers: Events,
    config: ShowerGANConfig,
    *,
    processes: "Processes",
    state: Path,
    curves: Path,
    initial: Path | None = None,
    watch: Callable[[Result, "Snapshot"], None] = lambda result, snapshot: None,
    command: Sequence[str] = (),
    show_progress: bool | None = None,
) -> Result:
    """Train the shower GAN and compare what it makes with what it learned from.

    Arguments:
        showers: to learn from, with ``incident_energy`` in GeV.
        config: the options.
        processes: those that train together.
        state: the file of the state of the training; if it exists, the training goes on from there.
        curves: the file that gets the losses as it goes, a line of JSON a step.
        initial: the state of an earlier training to begin with.
        watch: called on process 0 after each checkpoint with the result so far and the generator.
        command: what started the training, for the model card.
        show_progress: always or never; by default on a terminal.

    Raises:
        InputError: these are no showers, or not enough; their energies are missing or not in GeV.
    """
    from eventspace.models.showers.gan_training import TrainingSample, train_shower_gan

    if not isinstance(showers, Showers):
        raise InputError(f"the shower GAN does not learn from {showers.kind}", remedy="give a file of showers")
    sample = TrainingSample.of(showers, threshold=config.threshold, energy=config.energy, window=config.window)
    snapshot = train_shower_gan(
        sample,
        steps=config.steps or config.epochs * max(1, len(sample.energy) // config.batch),
        batch=config.batch,
        learning_rate=config.learning_rate,
        seed=config.seed,
        precision=config.precision,
        processes=processes,
        checkpoint=state,
        initial=initial,
        curves=curves,
        every=config.every,
        watch=lambda snapshot: watch(_compare(sample, snapshot, config), snapshot),
        command=tuple(command),
        show_progress=show_progress,
    )
    return _compare(sample, snapshot, config)


def _compare(sample: "TrainingSample", snapshot: "Snapshot", config: ShowerGANConfig) -> Result:
    """Generated showers beside as many training showers of the same energies."""
    rng = np.random.default_rng(config.seed)
    chosen = np.sort(rng.permutation(len(sample.energy))[: config.compared])
    energy = sample.energy[chosen]
    training = sample.kept[chosen]
    profiles = {
        "training": {axis: training.profile(axis) for axis in "xyz"},
        "generated": _generated_profiles(snapshot, energy, config.seed),
    }
    totals = {name: axes["x"].sum(axis=1) for name, axes in profiles.items()}
    samples = [quantities(totals[name], totals[name] / energy, profiles[name]) for name in SAMPLES]
    reference, generated = means(samples, config.replicas, rng)
    numbers = energy_numbers(reference, generated, SAMPLES, (len(energy), len(energy)), config.level, unit="")
    arrays: dict[str, Any] = {"steps": np.array(snapshot.card.steps), "energy": energy}
    for name in SAMPLES:
        arrays[f"total.{name}"] = totals[name]
        arrays |= {f"profile.{axis}.{name}": values.mean(axis=0) for axis, values in profiles[name].items()}
    arrays |= {f"loss.{name}": np.array(values) for name, values in snapshot.curves.items()}
    ratio, resolutions = numbers["ratio.total"], [numbers[f"resolution.{name}"] for name in SAMPLES]
    answer = (
        f"After {snapshot.card.steps} steps a generated shower has {ratio} times the energy of a training shower in "
        f"its cells, with a resolution of {resolutions[1]} against {resolutions[0]}."
    )
    return Result("shower-gan", QUESTION, answer, numbers, arrays, config)


def _generated_profiles(snapshot: "Snapshot", energy: Floats, seed: int) -> dict[str, Floats]:
    from eventspace.models.showers.generation import cells_of

    parts: dict[str, list[Floats]] = {axis: [] for axis in "xyz"}
    for start in range(0, len(energy), 16):  # a few at a time: dense showers are large
        cells = cells_of(snapshot.generator, snapshot.card, energy[start : start + 16], (seed, start))
        for number, axis in enumerate("xyz"):
            others = tuple(other for other in (1, 2, 3) if other != number + 1)
            parts[axis].append(cells.sum(axis=others, dtype=np.float64))
    return {axis: np.concatenate(values) for axis, values in parts.items()}

"""Generated showers beside training showers of the same energies: energy, resolution, and mean profiles."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from eventspace.events.base import Events
from eventspace.events.choice import at_random
from eventspace.statistics.bootstrap import means
from eventspace.studies.study import Outcome, StudyConfig
from eventspace.studies.training.judge import Judge
from eventspace.studies.training.training import SAMPLES
from eventspace.studies.validation.shower_means import energy_numbers, quantities

if TYPE_CHECKING:
    from eventspace.models.recipe import GeneratorRecipe, Trained

__all__ = ["JUDGE", "ShowersConfig"]

Floats = NDArray[np.float64]


class ShowersConfig(StudyConfig):
    """Options of the comparison."""

    compared: int = Field(256, ge=2, description="Showers compared for the figures and the numbers.")
    replicas: int = Field(1000, ge=2, description="Bootstrap replicas.")


def _compare(recipe: "GeneratorRecipe", showers: Events, trained: "Trained", config: Any) -> Outcome:
    """Generated showers beside as many training showers of the same energies."""
    from eventspace.models.showers.training_sample import incident_energy

    assert isinstance(showers, recipe.learns_from)
    some: Any = showers[at_random(len(showers), config.compared, config.seed)]
    energy = incident_energy(some, config.energy)
    kept = some.above(trained.card.threshold)
    profiles = {
        "training": {axis: kept.profile(axis) for axis in "xyz"},
        "generated": _generated_profiles(trained, energy, config.seed),
    }
    totals = {name: axes["x"].sum(axis=1) for name, axes in profiles.items()}
    samples = [quantities(totals[name], totals[name] / energy, profiles[name]) for name in SAMPLES]
    reference, generated = means(samples, config.replicas, np.random.default_rng(config.seed))
    numbers = energy_numbers(reference, generated, SAMPLES, (len(energy), len(energy)), config.level, unit="")
    arrays: dict[str, Any] = {"energy": energy}
    for name in SAMPLES:
        arrays[f"total.{name}"] = totals[name]
        arrays |= {f"profile.{axis}.{name}": values.mean(axis=0) for axis, values in profiles[name].items()}
    ratio, resolutions = numbers["ratio.total"], [numbers[f"resolution.{name}"] for name in SAMPLES]
    answer = (
        f"After {trained.card.steps} steps a generated shower has {ratio} times the energy of a training shower in "
        f"its cells, with a resolution of {resolutions[1]} against {resolutions[0]}."
    )
    return Outcome(answer, numbers, arrays)


def _generated_profiles(trained: "Trained", energy: Floats, seed: int) -> dict[str, Floats]:
    from eventspace.models.showers.generation import cells_of

    parts: dict[str, list[Floats]] = {axis: [] for axis in "xyz"}
    for start in range(0, len(energy), 16):  # a few at a time: dense showers are large
        cells = cells_of(trained, energy[start : start + 16], (seed, start))
        for number, axis in enumerate("xyz"):
            others = tuple(other for other in (1, 2, 3) if other != number + 1)
            parts[axis].append(cells.sum(axis=others, dtype=np.float64))
    return {axis: np.concatenate(values) for axis, values in parts.items()}


JUDGE = Judge(
    question="Does the generator make showers like those it was trained on?",
    config=ShowersConfig,
    compare=_compare,
    headline=lambda name: name.startswith(("ratio.", "resolution.")),
)

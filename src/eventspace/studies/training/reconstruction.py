"""Events beside what an encoder keeps of them: error of the reconstruction and divergence, on events held back."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from eventspace.events.base import Events
from eventspace.events.choice import at_random
from eventspace.models.held_back import split
from eventspace.statistics.event_means import bounded_mean
from eventspace.studies.study import Outcome, StudyConfig
from eventspace.studies.training.judge import Judge

if TYPE_CHECKING:
    from eventspace.models.recipe import EncoderRecipe, Trained

__all__ = ["JUDGE", "ReconstructionConfig"]


class ReconstructionConfig(StudyConfig):
    """Options of the comparison."""

    compared: int = Field(1000, ge=2, description="Events held back that are encoded for the numbers, at most.")


def _compare(recipe: "EncoderRecipe", events: Events, trained: "Trained", config: Any) -> Outcome:
    """What is lost of events that the training has not seen, and how much is kept."""
    from eventspace.models.jets.errors import reconstructed
    from eventspace.models.jets.latents.space import latent_space

    _, held = split(len(events), config.held_back, config.seed)
    some = events[held[at_random(len(held), config.compared, config.seed)]]
    found = reconstructed(recipe, trained, some, seed=config.seed)
    kl = found.encoded.kl.astype(np.float64)
    chose = "the same events decided which network is kept, so it is a little too good" if _chose(config) else ""
    numbers = {"reconstruction": replace(bounded_mean(found.squared, 0, np.inf, config.level), note=chose)}
    latents = latent_space(trained.card.latent).latents
    mean = numbers["reconstruction"]
    answer = f"After {trained.card.steps} steps the mean {recipe.judged} is {mean} for events held back"
    if getattr(trained.card, "variational", True):
        numbers["kl"] = bounded_mean(kl.sum(axis=1), 0, np.inf, config.level, "nats")
        numbers |= {
            f"kl.{name}": bounded_mean(kl[:, k], 0, np.inf, config.level, "nats") for k, name in enumerate(latents)
        }
        answer += f"; {numbers['kl']} are kept of one"
    arrays = {"latents": np.array(latents), "squared": found.squared, "kl": kl, "scale": found.encoded.scale}
    return Outcome(f"{answer}.", numbers, {**arrays, "judged": np.array(recipe.judged)})


def _chose(config: Any) -> bool:
    """Whether the events that are held back decide which network is kept."""
    return hasattr(config, "patience")


JUDGE = Judge(
    question="How much does the model keep of an event, and how far is its reconstruction?",
    config=ReconstructionConfig,
    compare=_compare,
    headline=lambda name: name in ("reconstruction", "kl"),
)

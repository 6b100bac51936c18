"""Events beside what an encoder keeps of them: error of the reconstruction and divergence, on events held back."""

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
    numbers = {
        "reconstruction": bounded_mean(found.squared, 0, np.inf, config.level),
        "kl": bounded_mean(kl.sum(axis=1), 0, np.inf, config.level, "nats"),
    }
    latents = latent_space(trained.card.latent).latents
    numbers |= {f"kl.{name}": bounded_mean(kl[:, k], 0, np.inf, config.level, "nats") for k, name in enumerate(latents)}
    root = float(np.sqrt(numbers["reconstruction"].value))
    answer = (
        f"After {trained.card.steps} steps {numbers['kl']} are kept of an event that the training has not seen; its "
        f"reconstruction is {root:.3g} away (root of the mean square)."
    )
    arrays = {"latents": np.array(latents), "squared": found.squared, "kl": kl, "scale": found.encoded.scale}
    return Outcome(answer, numbers, arrays)


JUDGE = Judge(
    question="How much does the model keep of an event, and how far is its reconstruction?",
    config=ReconstructionConfig,
    compare=_compare,
    headline=lambda name: name in ("reconstruction", "kl"),
)

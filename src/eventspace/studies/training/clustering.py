"""The jets of a model beside those of the Durham algorithm, on events that were held back from the training."""

from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from eventspace.base.errors import InputError
from eventspace.events.base import Events
from eventspace.events.choice import at_random
from eventspace.events.collisions import collisions
from eventspace.events.durham.history import durham_history
from eventspace.models.held_back import split
from eventspace.statistics.event_means import bounded_mean
from eventspace.statistics.right_jet import energy_in_right_jet
from eventspace.studies.study import Outcome, StudyConfig
from eventspace.studies.training.judge import Judge

if TYPE_CHECKING:
    from eventspace.models.recipe import ClusteringRecipe, Trained

__all__ = ["JUDGE", "ClusteringConfig"]


class ClusteringConfig(StudyConfig):
    """Options of the comparison."""

    compared: int = Field(
        2000, ge=2, description="Events held back that are compared for the figures and the numbers, at most."
    )


def _compare(recipe: "ClusteringRecipe", events: Events, trained: "Trained", config: Any) -> Outcome:
    """Model and Durham on the same events."""
    events = collisions(events)
    _, held = split(len(events), config.held_back, config.seed)
    jets = trained.card.jets
    held = held[events.multiplicity[held] >= jets]
    chosen = events[held[at_random(len(held), config.compared, config.seed)]]
    if len(chosen) < 2:
        raise InputError(f"{len(chosen)} events are held back", remedy="give more events, or hold back more of them")
    device = str(next(trained.network.parameters()).device)
    durham = energy_in_right_jet(chosen, durham_history(chosen).labels(jets))
    model = energy_in_right_jet(chosen, recipe.cluster(trained, chosen, device=device))
    known = np.isfinite(durham)
    durham, model = durham[known], model[known]
    numbers = {
        "fraction.durham": bounded_mean(durham, 0, 1, config.level),
        "fraction.model": bounded_mean(model, 0, 1, config.level),
        "gain": bounded_mean(model - durham, -1, 1, config.level),
    }
    answer = (
        f"After {trained.card.steps} steps {numbers['fraction.model']} of the energy is in the right jet, in events "
        f"that the training has not seen; the difference from the Durham algorithm is {numbers['gain']}."
    )
    return Outcome(answer, numbers, {"fraction.durham": durham, "fraction.model": model})


JUDGE = Judge(
    question="How much of the energy does the model put into the right jet?",
    config=ClusteringConfig,
    compare=_compare,
    headline=lambda name: name.startswith("fraction.") or name == "gain",
)

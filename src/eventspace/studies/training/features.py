"""Generated events beside training events of any kind that has features: what two-sample metrics say of them."""

from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from eventspace.base.errors import InputError
from eventspace.events.base import Events
from eventspace.events.choice import at_random
from eventspace.events.features import features
from eventspace.statistics.agreement import opinions
from eventspace.studies.study import Outcome, StudyConfig
from eventspace.studies.training.judge import Judge

if TYPE_CHECKING:
    from eventspace.models.recipe import GeneratorRecipe, Trained

__all__ = ["JUDGE", "FeaturesConfig"]

_FEWEST = 10  # events


class FeaturesConfig(StudyConfig):
    """Options of the comparison."""

    compared: int = Field(1000, ge=_FEWEST, description="Events compared for the figures and the numbers.")


def _compare(recipe: "GeneratorRecipe", events: Events, trained: "Trained", config: Any) -> Outcome:
    """As many generated events as training events, chosen at random."""
    if len(events) < _FEWEST:
        raise InputError(f"{len(events)} events are too few to compare with", remedy=f"give at least {_FEWEST}")
    chosen = at_random(len(events), config.compared, config.seed)
    device = str(next(trained.network.parameters()).device)
    made = recipe.generate(trained, len(chosen), seed=config.seed, device=device)
    parts = [features(part) for part in made]
    learned = {name: values for name, values in features(events[chosen]).items() if name in parts[0]}
    training = np.column_stack(list(learned.values()))
    generated = np.concatenate([np.column_stack([part[name] for name in learned]) for part in parts])
    found = opinions(training, generated, seed=config.seed, level=config.level)
    answer = (
        f"After {trained.card.steps} steps boosted trees tell generated {recipe.unit} from those of the training with "
        f"an area under the ROC curve of {found['classifier']}; 0.5 would mean that they find no difference."
    )
    return Outcome(
        answer,
        {f"opinion.{name}": number for name, number in found.items()},
        {"features": np.array(list(learned)), "training": training, "generated": generated},
    )


JUDGE = Judge(
    question="Does the model make events like those it was trained on?",
    config=FeaturesConfig,
    compare=_compare,
    headline=lambda name: name in ("opinion.classifier", "opinion.frechet"),
)

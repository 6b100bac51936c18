"""The shape of what judges a model: what is compared, with which options, and what is printed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eventspace.events.base import Events
from eventspace.studies.study import Outcome, StudyConfig

if TYPE_CHECKING:
    from eventspace.models.recipe import Trained

__all__ = ["Judge"]


@dataclass(frozen=True)
class Judge:
    """How what a model makes is compared with what it learned from.

    Attributes:
        question: that is answered.
        config: what the comparison can be told.
        compare: the answer: of the recipe of the model, the events that it learns from, the network as trained so far,
            and the configuration of training and comparison. The curves of the losses are added to it.
        headline: whether a number is printed when the training ends.
    """

    question: str
    config: type[StudyConfig]
    compare: Callable[[Any, Events, "Trained", Any], Outcome]
    headline: Callable[[str], bool]

"""How far events are from their reconstructions, with the exact distance whatever they were trained with."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventspace.distances.engine.pairs import listed
from eventspace.distances.euclidean import Euclidean
from eventspace.distances.metric import Metric
from eventspace.distances.transport.exact import Transport
from eventspace.events.base import Events
from eventspace.events.particles import ParticleClouds
from eventspace.events.preprocess import preprocess
from eventspace.models.recipe import Encoded, EncoderRecipe, Trained

__all__ = ["Reconstructed", "metric_of", "prepared", "reconstructed"]


class Reconstructed(NamedTuple):
    """What is left of n events.

    Attributes:
        encoded: random points of the posterior.
        squared: (n,) squared distance of each event from its reconstruction; the mean over the categories.
    """

    encoded: Encoded
    squared: NDArray[np.float64]


def metric_of(jets: bool) -> Metric:
    """The distance between an event and its reconstruction: transport of jets, that of Euclid of points."""
    return Transport(R=1.0, p=1.0, normalise=True) if jets else Euclidean()


def prepared(events: Events, trained: Trained) -> Events:
    """Events as they are compared: jets in the position in which the network sees them, with all their particles."""
    return preprocess(events, trained.card.preprocessing_steps) if isinstance(events, ParticleClouds) else events


def reconstructed(
    recipe: EncoderRecipe, trained: Trained, events: Events, *, seed: int, threads: int | None = None
) -> Reconstructed:
    """Encode events, decode a random point of each posterior, and measure how far it is from the event.

    Arguments:
        recipe: of the model.
        trained: a network of it.
        events: n.
        seed: of the random points.
        threads: of the distances.

    Raises:
        InputError: the network has not learned from such events.
    """
    device = str(next(trained.network.parameters()).device)
    encoded = recipe.places(trained, events, seed=seed, device=device)
    seen, metric, rows = prepared(events, trained), metric_of(trained.card.jets), np.arange(len(events))
    squared = np.zeros(len(events))
    for category in range(encoded.points.shape[1]):
        made = recipe.events_at(trained, encoded.points[:, category], device=device)
        distance = listed(metric, seen, rows, rows, made, threads=threads, show_progress=False)
        squared += encoded.probabilities[:, category] * distance**2
    return Reconstructed(encoded, squared)

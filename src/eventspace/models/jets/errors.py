"""How far events are from their reconstructions, with the exact distance whatever they were trained with."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from eventspace.distances.engine.pairs import listed
from eventspace.distances.euclidean import Euclidean
from eventspace.distances.metric import Metric
from eventspace.distances.sinkhorn.loss import sinkhorn_loss
from eventspace.distances.transport.exact import Transport
from eventspace.events.base import Events
from eventspace.events.particles import ParticleClouds
from eventspace.events.preprocess import preprocess
from eventspace.models.jets.clouds import Clouds, clouds_of, events_of
from eventspace.models.recipe import Encoded, EncoderRecipe, Trained

__all__ = ["Reconstructed", "floor", "metric_of", "prepared", "reconstructed", "squared_errors"]


class Reconstructed(NamedTuple):
    """What is left of n events.

    Attributes:
        encoded: random points of the posterior.
        squared: (n,) squared distance of each event from its reconstruction, of images the mean over pixels; the mean
            over the categories.
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
    recipe: EncoderRecipe, trained: Trained, events: Events, *, seed: int | None, threads: int | None = None
) -> Reconstructed:
    """Encode events, decode a point of each posterior, and measure how far it is from the event.

    Arguments:
        recipe: of the model.
        trained: a network of it.
        events: n.
        seed: of the random points; without one, the most probable ones.
        threads: of the distances.

    Raises:
        InputError: the network has not learned from such events.
    """
    device = str(next(trained.network.parameters()).device)
    encoded = recipe.places(trained, events, seed=seed, device=device)
    squared = np.zeros(len(events))
    for category in range(encoded.points.shape[1]):
        made = recipe.events_at(trained, encoded.points[:, category], device=device)
        squared += encoded.probabilities[:, category] * recipe.error(trained, events, made, threads)
    return Reconstructed(encoded, squared)


def squared_errors(trained: Trained, events: Events, made: Events, threads: int | None) -> NDArray[np.float64]:
    """The squared distance of each event from what was made of it."""
    rows = np.arange(len(events))
    distance = listed(
        metric_of(trained.card.jets), prepared(events, trained), rows, rows, made, threads=threads, show_progress=False
    )
    return np.asarray(distance**2)


def floor(trained: Trained, events: Events, *, threads: int | None = None) -> NDArray[np.float64]:
    """Squared distance of each event from the best copy that the training can tell from others: what it cannot mend.

    The copy of a jet has the particles that the network sees, each moved to the centre of where the entropic transport
    of the jet to itself takes it, which blurs what is closer than about eps; and only as many as the network makes, the
    hardest. A reconstruction with a squared error of this size says nothing of the sample. Points have no floor.

    Arguments:
        trained: a network, whose card has eps.
        events: n.
        threads: of the distances.

    Returns:
        (n,).
    """
    card = trained.card
    if not card.jets:
        return np.zeros(len(events))
    seen = clouds_of(events, card.preprocessing_steps, card.hardest)
    weight, position = torch.from_numpy(seen.weight), torch.from_numpy(seen.position)
    sides = [weight.clone().requires_grad_() for _ in range(2)]
    cost = sinkhorn_loss(sides[0], position, sides[1], position, p=1.0, eps=card.eps)
    potentials = torch.autograd.grad(cost.sum(), sides)  # the derivatives by the weights are these
    apart = torch.cdist(position.double(), position.double())
    exponent = (potentials[0][:, :, None].double() + potentials[1][:, None].double() - apart) / card.eps
    flow = weight[:, None].double() * (exponent - exponent.amax(dim=2, keepdim=True)).exp()
    blurred = (flow @ position.double() / flow.sum(dim=2, keepdim=True)).float().numpy()
    kept = seen.weight[:, : card.particles]
    copy = Clouds(kept / kept.sum(axis=1, keepdims=True), blurred[:, : card.particles])
    made = events_of(copy, coordinate=card.coordinate, origin="blurred")
    return squared_errors(trained, events, made, threads)

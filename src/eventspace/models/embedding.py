"""An embedding of jets whose Euclidean distance is close to the exact transport distance."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat
from torch import Tensor
from torch.optim import Adam

from eventspace.base.errors import InputError
from eventspace.distances.transport.encoder import Layers
from eventspace.distances.transport.exact import Transport
from eventspace.distances.transport.learned import Terms, familiar_range, places_of
from eventspace.distances.transport.particles import sort_particles
from eventspace.distances.transport.quantile import seen_of
from eventspace.events.choice import at_random
from eventspace.events.particles import ParticleClouds
from eventspace.models.batches import Batches
from eventspace.models.digest import digest
from eventspace.models.held_back import split
from eventspace.models.jets.embedding_network import EmbeddingNetwork
from eventspace.models.jets.exact_pairs import ExactPairs
from eventspace.models.processes import Processes
from eventspace.models.rates import cosine_rate
from eventspace.models.recipe import EmbeddingRecipe, ModelCard, Trained, Training, TrainingConfig
from eventspace.models.training import descend

__all__ = ["MODEL", "EmbeddingCard", "EmbeddingConfig", "relative_error"]

_LONGEST = 1.0  # gradient
_LEAST = 1e-6  # distance below which an error is not relative
_STATED = 200  # jets held back, whose pairs give the error that the file states, at most
_COMPONENTS = 5000  # jets whose principal components the network begins with, at most
_SAME = {"p", "dimension", "width", "batch", "pairs"}  # in config and card


class EmbeddingConfig(TrainingConfig):
    """Options of the training."""

    p: PositiveFloat = Field(
        1.0,
        description="Power of the angle of the transport distance that is learned, with the root 1/p for p > 1.",
    )
    dimension: int = Field(32, ge=1, le=1024, description="Dimensions of the space in which jets become points.")
    steps: int = Field(6000, ge=1, description="Steps of training.")
    batch: int = Field(128, ge=2, le=2048, description="Jets of a step, of each process; all their pairs are compared.")
    pairs: int = Field(
        2_000_000,
        ge=1,
        description="Pairs whose exact distance is computed in all, some 100 microseconds of a core each.",
    )
    rate: float = Field(1e-3, gt=0, description="Learning rate after the warm-up; it falls to 0 as a cosine.")
    width: int = Field(256, ge=1, le=4096, description="Width of the layers.")
    held_back: float = Field(
        0.1, gt=0, lt=1, description="Fraction of the jets that is not learned from but judges the network."
    )


class EmbeddingCard(ModelCard, Terms):
    """What a user of a trained network must know, beside the terms of its distance.

    Attributes:
        events: how many it learned from.
        pairs: exact distances that were computed, at most.
        batch: jets of a step.
    """

    events: int = Field(ge=1)
    pairs: int = Field(ge=1)
    batch: int = Field(ge=2)


def relative_error(places: Tensor, exact: Tensor) -> Tensor:
    """The mean of |d - W| / W over the pairs of n places, in the order of ``triu_indices``.

    Example:
        >>> relative_error(torch.tensor([[0.0], [1.0], [2.0]]), torch.tensor([1.0, 2.0, 2.0])).item()
        0.1666666716337204
    """
    i, j = torch.triu_indices(len(places), len(places), 1, device=places.device)
    distance = ((places[i] - places[j]).square().sum(dim=1) + _LEAST**2).sqrt()
    known = exact > _LEAST  # equal jets have no relative error
    return ((distance - exact).abs() / exact.clamp(min=_LEAST))[known].sum() / known.sum().clamp(min=1)


def _centre(jets: ParticleClouds) -> tuple[float, float]:
    """Mean rapidity of all particles, weighted, and phi in the direction of the mean vector."""
    weight, y, phi = sort_particles(jets, normalise=True).particles
    centre = weight @ y / weight.sum(), np.arctan2(weight @ np.sin(phi), weight @ np.cos(phi))
    return float(np.float32(centre[0])), float(np.float32(centre[1]))


def _prepare(events: ParticleClouds, config: EmbeddingConfig, processes: Processes) -> Training:
    jets = events.check()
    training, held = split(len(jets), config.held_back, config.seed)
    if len(training) < config.batch:
        text = f"there are {len(training)} events to learn from for batches of {config.batch}"
        raise InputError(text, remedy=f"give more, or --batch {len(training)}")
    centre = _centre(jets[training])
    seen = seen_of(jets, centre)
    if not np.ptp(seen[training], axis=0).max() > 0:
        raise InputError("all jets are the same", remedy="give jets that differ")
    card = {
        "coordinate": jets.coordinate,
        "events": len(training),
        **familiar_range(jets[training], centre),
        **config.model_dump(include=_SAME),
    }
    with torch.random.fork_rng([]):
        torch.manual_seed(config.seed)
        network = _network(EmbeddingCard.model_construct(**card))
    network.centre.copy_(torch.tensor(centre))
    network.begin_with(seen[training[at_random(len(training), _COMPONENTS, config.seed)]])
    network = network.to(processes.device)
    optimiser = Adam(network.parameters(), lr=config.rate)

    exact, threads = Transport(p=config.p), torch.get_num_threads()
    groups = max(round(config.pairs / (config.batch * (config.batch - 1) / 2)), 1)
    known = ExactPairs(jets, seen, training, exact, config.batch, seed=config.seed, threads=threads)
    order = Batches(groups, 1, config.seed)
    some = held[at_random(len(held), _STATED, config.seed)] if len(held) > 1 else training[:2]
    unseen = ExactPairs(jets, seen, some, exact, len(some), seed=config.seed, threads=threads)

    def error_of(pairs: ExactPairs, number: int) -> Tensor:
        rows, distances = pairs.group(number)
        given, wanted = (torch.from_numpy(values).to(processes.device) for values in (seen[rows], distances))
        return relative_error(network(given), wanted)

    def step(number: int) -> dict[str, Tensor]:
        cosine_rate(optimiser, config.rate, number, config.steps)
        loss = error_of(known, int(order.at(number * processes.count + processes.rank)[0]))
        descend(loss, network, optimiser, processes, longest=_LONGEST)
        if (number + 1) % config.every == 0 or number + 1 == config.steps:
            with torch.no_grad():
                network.error.copy_(error_of(unseen, 0))
        return {"error": loss}

    return Training(
        networks={"embedding": (network, optimiser)},
        step=step,
        steps=config.steps,
        seed=config.seed,
        kept=lambda: network,
        data=digest(jets),
        card=card,
        identity=config.model_dump(mode="json", exclude={"seed", "initial"}) | {"processes": processes.count},
    )


def _network(card: Any) -> EmbeddingNetwork:
    return EmbeddingNetwork(card.dimension, card.width)


def _embed(trained: Trained, events: ParticleClouds) -> NDArray[np.float32]:
    if events.coordinate != trained.card.coordinate:
        text = f"this network has learned from jets in {trained.card.coordinate}, these are in {events.coordinate}"
        raise InputError(text, remedy="give such jets, or train another")
    weights = {name: value.detach().cpu().numpy() for name, value in trained.network.state_dict().items()}
    centre = weights["centre"].tolist()
    return places_of(events.check(), Layers.of(weights), (centre[0], centre[1]))


MODEL = EmbeddingRecipe(
    learns_from=(ParticleClouds,),
    config=EmbeddingConfig,
    prepare=_prepare,
    loss="mean of |d - W| / W over all pairs of jets of a group; d is the Euclidean distance of their points, W the "
    "exact transport distance with the power p of the angle, R = 1 and pt scaled to the sum 1, its root 1/p taken for "
    "p > 1; a group is made of clusters of 16 near jets",
    preprocessing="none: jets as they stand; their quantile functions, of pt as a fraction of its sum, along 16 axes "
    "in the plane of rapidity and phi, each as 16 means, from the centre of all particles",
    card=EmbeddingCard,
    network=_network,
    embed=_embed,
    description="An embedding: a network that takes jets to points whose Euclidean distance is close to the exact "
    "transport distance, for jets like those of the training. With it, --metric learned-transport --file "
    "runs/embedding/model.safetensors, studies and searches of nearest neighbours take a small part of the time.",
    judge="embedding",
)

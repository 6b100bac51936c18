"""Clustering by ranking: the Durham algorithm makes protojets, and a network chooses how to merge them to jets."""

from functools import partial
from typing import Self

import numpy as np
import torch
from numpy.random import SeedSequence
from numpy.typing import NDArray
from pydantic import Field, PositiveInt, model_validator
from torch import Tensor
from torch.optim import AdamW

from eventspace.base.errors import InputError
from eventspace.events.collisions import Collisions
from eventspace.events.durham.history import DurhamHistory, durham_history
from eventspace.events.ragged import event_of_entry
from eventspace.events.tracks import displaced_tracks
from eventspace.models.batches import Batches, check_batch
from eventspace.models.blocks import in_blocks
from eventspace.models.digest import digest
from eventspace.models.held_back import split
from eventspace.models.processes import Processes, one_thread
from eventspace.models.protojets.candidates import best_matches, count_of_values, likelihood_places
from eventspace.models.protojets.densities import Densities, boson_densities, whole_events
from eventspace.models.protojets.partitions import set_partitions
from eventspace.models.protojets.ranker_network import RankerBatch, RankerNetwork
from eventspace.models.protojets.sample import PROTOJET_VALUES, Candidates, Shape, find_candidates
from eventspace.models.rates import cosine_rate
from eventspace.models.recipe import (
    ClusteringCard,
    ClusteringRecipe,
    Trained,
    Training,
    TrainingConfig,
    visible_energies,
)
from eventspace.models.training import descend
from eventspace.statistics.matching import energy_in_common

__all__ = ["MODEL", "RankerCard", "RankerConfig", "chosen_candidates", "scored_candidates"]

Integers = NDArray[np.int64]

_MORE = 3  # protojets than jets
_MOST_JETS = 8
_PASSES = 6  # through the events
_DECAY = 3e-2
_LONGEST = 1.0  # gradient
_REWARD, _IMITATION, _TEMPERATURE = 20.0, 0.3, 0.02


class RankerConfig(TrainingConfig):
    """Options of the training of a ranker."""

    displaced: bool = Field(
        True,
        description="Use displaced tracks, for which the particles need d0 and z0; --no-displaced leaves them out.",
    )
    steps: int | None = Field(None, ge=1, description="Steps of training; by default six passes through the events.")
    batch: int = Field(100, ge=2, description="Events of a step.")
    rate: float = Field(2e-3, gt=0, description="Learning rate, which falls to 0 with a cosine.")
    candidates: int = Field(
        48, ge=2, description="Partitions of the protojets among which the network chooses: those of smallest cost."
    )
    held_back: float = Field(
        0.1, gt=0, lt=1, description="Fraction of the events that is not learned from but judges the network."
    )


class RankerCard(ClusteringCard):
    """What a user of a ranker must know.

    Attributes:
        protojets: at which the Durham algorithm stops.
        candidates: partitions that it chooses among.
        displaced: whether it uses displaced tracks.
    """

    protojets: PositiveInt
    candidates: PositiveInt
    displaced: bool

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.jets % 2 or not self.jets <= self.protojets <= self.jets + _MORE or self.jets > _MOST_JETS:
            raise ValueError("jets or protojets")
        return self

    @property
    def shape(self) -> Shape:
        """How many of everything."""
        return Shape(self.jets, self.protojets, self.candidates)


def _prepare(events: Collisions, config: RankerConfig, processes: Processes) -> Training:
    events = events.check()
    if config.displaced:
        displaced_tracks(events[:0])  # which needs columns that may be missing
    whole, bosons = whole_events(events)
    jets = 2 * bosons
    if jets > _MOST_JETS:
        raise InputError(f"the events have {jets} jets", remedy=f"give events with up to {_MOST_JETS // 2} bosons")
    shape = Shape(jets, jets + _MORE, min(config.candidates, len(set_partitions(jets + _MORE, jets))))
    learned, _ = split(len(events), config.held_back, config.seed)
    usable = whole[learned] & (events.multiplicity[learned] >= shape.protojets)
    chosen = events[learned[usable]]
    check_batch(len(chosen), config.batch, processes.count, fewest=2)
    tracks = displaced_tracks(chosen) if config.displaced else np.zeros(len(chosen.flat("E")), dtype=bool)
    found = boson_densities(chosen, tracks)
    densities = Densities(*(values.astype(np.float32).astype(np.float64) for values in found))
    ask = partial(_learned, shape=shape, densities=densities, displaced=config.displaced)
    sample, fractions = _joined(list(in_blocks(chosen, ask)))

    seed = int(SeedSequence((config.seed, 1)).generate_state(1)[0])
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        network = _network(shape, config.displaced)
    network.log_mass.copy_(torch.from_numpy(densities.mass))
    network.log_displaced.copy_(torch.from_numpy(densities.displaced))
    network = network.to(processes.device)
    optimiser = AdamW(network.parameters(), lr=config.rate, weight_decay=_DECAY)
    steps = config.steps or max(_PASSES * len(chosen) // config.batch, 1)
    batches = Batches(len(chosen), config.batch, seed)
    goal = torch.from_numpy(fractions)

    def step(number: int) -> dict[str, Tensor]:
        network.train()
        cosine_rate(optimiser, config.rate, number, steps)
        mine = batches.at(number)[processes.rank :: processes.count]
        fraction = goal[mine].to(processes.device)
        logarithms = network(_batch(sample, mine, shape, processes.device)).log_softmax(dim=1)
        reached = (logarithms.exp() * fraction).sum(dim=1).mean()
        wanted = (fraction / _TEMPERATURE).softmax(dim=1)
        imitation = -(wanted * logarithms).sum(dim=1).mean()
        descend(_IMITATION * imitation - _REWARD * reached, network, optimiser, processes, longest=_LONGEST)
        return {"misassigned": 1 - reached, "cross_entropy": imitation}

    return Training(
        networks={"ranker": (network, optimiser)},
        step=step,
        steps=steps,
        seed=seed,
        kept=lambda: network.eval(),
        data=digest(events),
        card={
            **shape._asdict(),
            "displaced": config.displaced,
            "events": len(chosen),
            "visible_energy": visible_energies(events),
        },
        identity={
            **shape._asdict(),
            "displaced": config.displaced,
            "batch": config.batch,
            "rate": config.rate,
            "steps": steps,
            "held_back": config.held_back,
        },
    )


def _label(trained: Trained, events: Collisions) -> Integers:
    """The jets of the best candidate; of Durham in events with fewer particles than there are protojets."""
    ask = partial(_labelled, trained=trained)
    with one_thread():
        parts = list(in_blocks(events, ask))
    return np.concatenate([np.empty(0, np.int64), *parts])


def _labelled(events: Collisions, trained: Trained) -> Integers:
    card: RankerCard = trained.card
    history = durham_history(events)
    labels = history.labels(card.jets)
    enough = events.multiplicity >= card.protojets
    if enough.any():
        chosen = events[enough]
        found = chosen_candidates(trained, chosen, history if enough.all() else durham_history(chosen))
        event = event_of_entry(chosen.offsets)
        partitions = set_partitions(card.protojets, card.jets)
        labels[enough[event_of_entry(events.offsets)]] = partitions[found.numbers[event, 0], found.protojets]
    return labels


def chosen_candidates(trained: Trained, events: Collisions, history: DurhamHistory) -> Candidates:
    """The candidates of events, those that the network likes best first. Arguments as for :func:`scored_candidates`."""
    found, scores = scored_candidates(trained, events, history)
    order = np.argsort(-scores, axis=1, kind="stable")
    return found._replace(
        numbers=np.take_along_axis(found.numbers, order, axis=1),
        durham=(order == found.durham[:, np.newaxis]).argmax(axis=1),
        candidate_values=np.take_along_axis(found.candidate_values, order[:, :, np.newaxis], axis=1),
    )


def scored_candidates(
    trained: Trained, events: Collisions, history: DurhamHistory
) -> tuple[Candidates, NDArray[np.float32]]:
    """The candidates of events, and their scores, (n, candidates), whose softmax is their probability.

    Arguments:
        trained: a ranker.
        events: n, with at least as many particles as it makes protojets.
        history: of their merges.
    """
    card, network = trained.card, trained.network
    assert isinstance(network, RankerNetwork)
    found = find_candidates(events, history, card.shape, _densities(network), displaced=card.displaced)
    with torch.inference_mode():
        batch = _batch(found, np.arange(len(events)), card.shape, network.log_mass.device)
        scores = network(batch).cpu().numpy()
    if not np.isfinite(scores).all():
        event = int(np.argmin(np.isfinite(scores).all(axis=1)))
        raise InputError(
            "its scores are not finite", event=event, remedy="check its energies, or train the network again"
        )
    return found, scores


def _densities(network: RankerNetwork) -> Densities:
    """What it was trained with; a file may hold anything."""
    found = Densities(*(values.double().cpu().numpy() for values in (network.log_mass, network.log_displaced)))
    for name, values in found._asdict().items():
        if not np.allclose(np.exp(values).sum(axis=-1), 1, atol=1e-3):
            text = f"log_{name} of the network holds no logarithms of probabilities"
            raise InputError(text, remedy="train it again, or copy its file again")
    return found


def _learned(
    events: Collisions, shape: Shape, densities: Densities, displaced: bool
) -> tuple[Candidates, NDArray[np.float32]]:
    """The candidates of events with truth labels, and the fraction of energy in the right jet of each."""
    found = find_candidates(events, durham_history(events), shape, densities, displaced=displaced)
    truth, energy = events.flat("truth_jet").astype(np.int64), events.flat("E").astype(np.float64)
    parts = (shape.protojets, shape.jets)
    shared = energy_in_common(events.offsets, energy, found.protojets, truth, parts)
    partitions = set_partitions(shape.protojets, shape.jets)
    return found, best_matches(shared, partitions, found.numbers).astype(np.float32)


def _joined(parts: list[tuple[Candidates, NDArray[np.float32]]]) -> tuple[Candidates, NDArray[np.float32]]:
    """Blocks of events as one sample."""
    candidates, fractions = zip(*parts, strict=True)
    return Candidates(*map(np.concatenate, zip(*candidates, strict=True))), np.concatenate(fractions)


def _batch(sample: Candidates, rows: Integers, shape: Shape, device: torch.device) -> RankerBatch:
    """Some events as the network takes them."""
    partitions = set_partitions(shape.protojets, shape.jets)
    first, second = np.triu_indices(shape.protojets, 1)
    together = partitions[:, first] == partitions[:, second]
    arrays = (
        sample.momenta[rows],
        sample.visible[rows],
        sample.values[rows],
        sample.candidate_values[rows],
        together[sample.numbers[rows]],
        sample.durham[rows],
    )
    return RankerBatch(*(torch.from_numpy(np.ascontiguousarray(array)).to(device) for array in arrays))


def _network(shape: Shape, displaced: bool) -> RankerNetwork:
    bosons = shape.jets // 2
    return RankerNetwork(
        shape.protojets,
        bosons,
        PROTOJET_VALUES[displaced],
        count_of_values(bosons, displaced=displaced),
        likelihood_places(bosons, displaced=displaced),
    )


MODEL = ClusteringRecipe(
    learns_from=(Collisions,),
    config=RankerConfig,
    prepare=_prepare,
    loss="0.3 cross entropy to softmax(f / 0.02) - 20 sum_c softmax(s)_c f_c, with the scores s_c of the candidates of "
    "an event and their fractions f_c of energy in the right jet; the loss curves show 1 - sum_c softmax(s)_c f_c, and "
    "the cross entropy",
    preprocessing="protojets of the Durham algorithm, three more than jets; the partitions of these into jets with the "
    "smallest sums of ln y over the merges; energies in GeV",
    card=RankerCard,
    network=lambda card: _network(card.shape, card.displaced),
    description="Clustering of e+e- events by ranking. The Durham algorithm makes three more protojets than jets, and "
    "a small attention network chooses among the cheapest ways to merge them: masses, angles and displaced tracks tell "
    "it which jets are of one boson. It learns from events with truth labels, two jets a boson, to have the largest "
    "expected energy in the right jet.",
    judge="clustering",
    label=_label,
)

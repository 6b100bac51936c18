"""The shape of every model: what it learns from, how it is trained, what its file says of it, and what it is for."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat
from torch import Tensor, nn

from eventspace.base.errors import InputError, UnfamiliarEventsWarning
from eventspace.events.base import Events
from eventspace.events.collisions import Collisions, in_gev_and_mm
from eventspace.events.jets import enough_particles
from eventspace.events.simulate.options import Options
from eventspace.models.processes import Processes, chosen_device
from eventspace.models.training import Networks

__all__ = [
    "ClusteringCard",
    "ClusteringRecipe",
    "EmbeddingRecipe",
    "Encoded",
    "EncoderRecipe",
    "GeneratorRecipe",
    "ModelCard",
    "Recipe",
    "Trained",
    "Training",
    "TrainingConfig",
    "visible_energies",
]

_NEAR = 0.01  # by which events may have more or less visible energy, since the largest is that of the collision


class TrainingConfig(BaseModel):
    """What every training can be told. Unknown keys are rejected, and nothing changes after construction."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    seed: int = Field(1, ge=0, description="Seed of the initial weights and of every random choice.")
    every: int = Field(500, ge=1, description="Steps between checkpoints, each with figures and a model to try.")
    initial: Path | None = Field(
        None,
        description="State of an earlier training of the same networks to begin with: state.safetensors in its run "
        "directory.",
    )


class ModelCard(BaseModel):
    """What a user of a trained model must know; JSON under the key ``card`` of the file's metadata.

    Attributes:
        model: its name in ``MODELS``.
        version: of this card.
        data: SHA-256 digest of what it learned from.
        steps: steps of training done.
        seed: of the training.
        command: what started the training.
        versions: of the packages.
        initial: SHA-256 digest of the state of the earlier training that it began with, if there was one.
        loss: formula and conventions, in words; files of version 1 lack it.
        preprocessing: what the networks see of an event; files of version 1 lack it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    model: str
    version: Literal[1, 2] = 2
    data: str
    steps: int = Field(ge=0)
    seed: int = Field(ge=0)
    command: tuple[str, ...]
    versions: dict[str, str]
    initial: str = ""
    loss: str = ""
    preprocessing: str = ""


class ClusteringCard(ModelCard):
    """What a user of a network that clusters must know.

    Attributes:
        jets: that it makes of each event.
        events: how many it learned from.
        visible_energy: in GeV, which 1% of the events that it learned from are below, and 1% above.
    """

    jets: int = Field(ge=1, le=100)
    events: int = Field(ge=1)
    visible_energy: tuple[PositiveFloat, PositiveFloat]


def visible_energies(events: Collisions) -> tuple[float, float]:
    """The ``visible_energy`` of a :class:`ClusteringCard`."""
    low, high = np.quantile(events.visible_energy, [0.01, 0.99])
    return float(low), float(high)


class Training(NamedTuple):
    """Networks with their data, ready to be trained.

    Attributes:
        networks: each with its optimiser, by name; one that only follows another has none.
        step: takes the number of a step, from 0, does it, and returns the losses by name.
        steps: how many there are.
        seed: of the random numbers of the steps.
        kept: the network that is kept, as trained so far.
        data: digest of what is learned from.
        card: what the card says beyond what all cards say.
        identity: what distinguishes this training from others, beyond model, data and seed.
        ended: whether it is over before its last step.
    """

    networks: Networks
    step: Callable[[int], Mapping[str, Tensor]]
    steps: int
    seed: int
    kept: Callable[[], nn.Module]
    data: str
    card: Mapping[str, Any]
    identity: Mapping[str, Any]
    ended: Callable[[], bool] = lambda: False


class Trained(NamedTuple):
    """A trained network.

    Attributes:
        network: as it is used.
        card: what it is.
        digest: SHA-256 digest of the file that it was read from; empty if from none.
    """

    network: nn.Module
    card: Any
    digest: str = ""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What a model is. The kind of recipe says what it is for: generators, clusterings, encoders,
    embeddings.

    Attributes:
        learns_from: the kinds of events.
        config: what a training can be told.
        prepare: makes a training of events, configuration and processes.
        loss, preprocessing: as in the card.
        card: what the file says.
        network: the network that is kept, of the card alone; with any weights, or none (on torch's device ``meta``).
        description: of the training, for the help of its command.
        judge: how a training is judged: a file in ``studies/training``.
        shipped: the file of a trained one that comes with eventspace, if one does.
        device, threads: where it computes if nothing else is chosen; see ``eventspace.models.processes``.
        name: as in :data:`eventspace.models.registry.MODELS`, which puts it here.
    """

    learns_from: tuple[type[Events], ...]
    config: type[TrainingConfig]
    prepare: Callable[[Any, Any, Processes], Training]
    loss: str
    preprocessing: str
    card: type[ModelCard]
    network: Callable[[Any], nn.Module]
    description: str
    judge: str
    shipped: Path | None = None
    device: str = "auto"
    threads: int | None = None
    name: str = ""

    def check_events(self, events: Events) -> None:
        """Make sure that these events are of the kind that it learns from.

        Raises:
            InputError: they are not.
        """
        if not isinstance(events, self.learns_from):
            remedy = f"give a file of {self.kinds}"
            raise InputError(f"{self.name} does not learn from {events.kind}", remedy=remedy)

    @property
    def kinds(self) -> str:
        """What it learns from, in words."""
        return " or ".join(kind.kind for kind in self.learns_from)

    def _placed(self, trained: Trained, device: str | None) -> Trained:
        """The network where it is to compute."""
        return trained._replace(network=trained.network.to(chosen_device(device or self.device)))


@dataclass(frozen=True, kw_only=True)
class GeneratorRecipe(Recipe):
    """What a model is that makes events.

    Attributes:
        draw: makes events: of a trained network on its device, how many, the seed, and ``options``.
        unit: what these events are called in the plural.
        options: what can be chosen when events are made.
        drawing: of how events are made, for the help of that command.
    """

    draw: Callable[[Trained, int, int, Any], Iterator[Events]]
    unit: str
    options: type[Options] = Options
    drawing: str
    judge: str = "features"

    def generate(
        self, trained: Trained, n: int, *, seed: int = 1, device: str | None = None, **options: Any
    ) -> Iterator[Events]:
        """Make events, some at a time. The same seed makes the same, and the first do not depend on how many follow.

        Arguments:
            trained: from :func:`eventspace.models.file.load` or :func:`eventspace.models.fit.fit`.
            n: how many.
            seed: of the random numbers.
            device: ``cpu``, ``cuda``, or ``auto`` for a GPU if there is one; by default what suits the model. The same
                seed gives the same bytes only on the same kind of device.
            options: of the model.

        Raises:
            InputError: n, the seed or an option cannot be used; there is no such device.
            DivergedError: what is made is not finite.
        """
        self.check_request(n, seed)
        chosen = self.options.of(self.name, options)
        return self.draw(self._placed(trained, device), n, seed, chosen)

    def check_request(self, n: int, seed: int) -> None:
        """Make sure that so many events can be made with this seed.

        Raises:
            InputError: they cannot.
        """
        if n < 1:
            raise InputError(f"{n} {self.unit} were asked for", remedy="ask for at least 1")
        if not 0 <= seed < 1 << 64:
            raise InputError(f"the seed is {seed}", remedy="give a number from 0 to 2^64 - 1")


@dataclass(frozen=True, kw_only=True)
class ClusteringRecipe(Recipe):
    """What a model is that says which particle belongs to which jet.

    Attributes:
        label: the jet of each particle, from 0: of a trained network on its device, and collisions. Each event is
            labelled alone, so that no label depends on the events beside it.
        soft: the probability that each particle belongs to each jet, (particles, jets), of networks that give it.
    """

    label: Callable[[Trained, Collisions], NDArray[np.int64]]
    soft: Callable[[Trained, Collisions], NDArray[np.float32]] | None = None

    def check_events(self, events: Events) -> None:
        """Make sure that these are collisions in GeV and mm.

        Raises:
            InputError: they are not.
        """
        super().check_events(events)
        assert isinstance(events, Collisions)
        in_gev_and_mm(events)

    def cluster(self, trained: Trained, events: Collisions, *, device: str | None = None) -> NDArray[np.int64]:
        """The jet of each particle.

        Arguments:
            trained: from :func:`eventspace.models.file.load` or :func:`eventspace.models.fit.fit`.
            events: n collisions, with the columns that the model needs.
            device: as for :meth:`GeneratorRecipe.generate`.

        Returns:
            (particles,) from 0.

        Raises:
            InputError: the events are not valid, lack a column, or have fewer particles than the model makes jets.
        """
        self.check_events(events)
        enough_particles(events.check(), trained.card.jets)
        _warn_if_unfamiliar(events, trained.card)
        return self.label(self._placed(trained, device), events)

    def probabilities(self, trained: Trained, events: Collisions, *, device: str | None = None) -> NDArray[np.float32]:
        """The probability that each particle belongs to each jet, (particles, jets); arguments and errors as above.

        Raises:
            InputError: this model gives no probabilities.
        """
        if self.soft is None:
            raise InputError(f"a {self.name} gives no probabilities", remedy="use another model")
        self.check_events(events)
        return self.soft(self._placed(trained, device), events.check())


class Encoded(NamedTuple):
    """Where the events lie in the latent space of a network, as far as it knows.

    A network with categories gives a point for each of them.

    Attributes:
        points: (n, categories, coordinates) the most probable points, or random ones.
        probabilities: (n, categories).
        kl: (n, latents) divergence of each latent from the prior, in nats.
        scale: (n, latents) width of each latent.
    """

    points: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    kl: NDArray[np.float32]
    scale: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class EncoderRecipe(Recipe):
    """What a model is that gives each event a place in a space of few dimensions, and makes an event of a place.

    Attributes:
        encode: of a trained network on its device, n events, and a seed, for random points of the posterior.
        decode: of a trained network on its device, and (n, coordinates) points.
        error: (n,) how bad reconstructions are: of a trained network, n events, their reconstructions, and threads.
        judged: what the error is, in words: the mean of it is a number of a training.
        total: the loss of events: of the card, their errors (n,), and their divergences (n,).
        data: what the card would have as ``data``, had the network learned from these events.
    """

    encode: Callable[[Trained, Events, int | None], Encoded]
    decode: Callable[[Trained, NDArray[np.float32]], Events]
    error: Callable[[Trained, Events, Events, int | None], NDArray[np.float64]]
    judged: str
    total: Callable[[Any, NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]
    data: Callable[[Events, Any], str]

    def places(
        self, trained: Trained, events: Events, *, seed: int | None = None, device: str | None = None
    ) -> Encoded:
        """Where the events lie.

        Arguments:
            trained: from :func:`eventspace.models.file.load` or :func:`eventspace.models.fit.fit`.
            events: n, of a kind that it learns from.
            seed: for random points of the posterior; by default the most probable ones.
            device: as for :meth:`GeneratorRecipe.generate`.

        Raises:
            InputError: the events are not valid, or not of the kind that the network has learned from.
        """
        self.check_events(events)
        return self.encode(self._placed(trained, device), events, seed)

    def events_at(self, trained: Trained, points: NDArray[np.float32], *, device: str | None = None) -> Events:
        """The events that the network makes of (n, coordinates) points of its latent space."""
        return self.decode(self._placed(trained, device), points)


@dataclass(frozen=True, kw_only=True)
class EmbeddingRecipe(Recipe):
    """What a model is that gives each event a point whose Euclidean distances stand for another distance.

    Attributes:
        embed: (n, dimension) points, of a trained network and n events. Each event is taken alone, so that no point
            depends on the events beside it.
    """

    embed: Callable[[Trained, Any], NDArray[np.float32]]

    def places(self, trained: Trained, events: Events) -> NDArray[np.float32]:
        """The point of each event, (n, dimension).

        Arguments:
            trained: from :func:`eventspace.models.file.load` or :func:`eventspace.models.fit.fit`.
            events: n, of a kind that it learns from.

        Raises:
            InputError: the events are not valid, or not of the kind that the network has learned from.
        """
        self.check_events(events)
        return self.embed(trained, events)


def _warn_if_unfamiliar(events: Collisions, card: ClusteringCard) -> None:
    """A network clusters whatever it is given; its jets are right only for events like those that it knows."""
    low, high = card.visible_energy
    energy = float(np.median(events.visible_energy)) if len(events) else low
    if not (1 - _NEAR) * low <= energy <= (1 + _NEAR) * high:
        text = (
            f"the events have {energy:.3g} GeV of visible energy (median), those that this {card.model} learned from "
        )
        text += f"{low:.3g} to {high:.3g} GeV; train one on events like yours: eventspace train {card.model}"
        warnings.warn(text, UnfamiliarEventsWarning, stacklevel=4)

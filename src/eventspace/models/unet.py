"""Colouring with a U-net: the map of an event gives each of its particles the probabilities of the jets."""

from functools import partial
from typing import Annotated, Literal, Self

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, model_validator
from torch import Tensor
from torch.optim import AdamW, Optimizer

from eventspace.base.errors import InputError
from eventspace.events.collisions import Collisions
from eventspace.models.batches import Batches, check_batch
from eventspace.models.blocks import in_blocks
from eventspace.models.colouring.colour_loss import Order, colour_loss
from eventspace.models.colouring.colouring_network import Colouring
from eventspace.models.colouring.crf import MeanField
from eventspace.models.colouring.labels import most_probable_labels
from eventspace.models.colouring.maps import CHANNELS, DISPLACED_CHANNELS
from eventspace.models.colouring.sample import Batch, ColouringSample
from eventspace.models.colouring.unet_network import Padding
from eventspace.models.digest import digest
from eventspace.models.held_back import split
from eventspace.models.processes import Processes, one_thread
from eventspace.models.rates import cosine_rate
from eventspace.models.recipe import (
    ClusteringCard,
    ClusteringRecipe,
    Trained,
    Training,
    TrainingConfig,
    visible_energies,
)
from eventspace.models.training import Networks, descend

__all__ = ["MODEL", "UNetCard", "UNetConfig", "probabilities"]

_MOST_COLOURS = 100
_DECAY = 0.01  # of the weights
_LONGEST = 1.0  # gradient
_FEWER = 4  # times fewer events of the validation than of the training are in a step
_SAME = {"bins", "levels", "width", "convolutions", "padding", "order", "matched", "batch"}  # in config and card

_Side = Annotated[int, Field(ge=1, le=1024)]


class UNetConfig(TrainingConfig):
    """Options of the training."""

    steps: int = Field(5000, ge=1, description="Steps of training.")
    batch: int = Field(16, ge=1, description="Events a step, over all processes.")
    bins: tuple[_Side, _Side] = Field(
        (32, 32),
        description="Bins of the map in cos theta and in phi, both multiples of 2^levels. Finer maps part more "
        "particles, and a step takes longer, in proportion to the pixels.",
    )
    channels: tuple[str, ...] | None = Field(
        None,
        description=f"What the map shows, of {', '.join(CHANNELS)}; by default all that the columns of the file allow.",
    )
    levels: int = Field(3, ge=1, le=8, description="How often the network halves the map.")
    width: int = Field(
        16, ge=4, le=1024, multiple_of=4, description="Feature maps of the first level; they double with each level."
    )
    convolutions: int = Field(
        2,
        ge=1,
        le=16,
        description="Layers of each level, on the way down and on the way up. With 3, and --levels 4 --bins 64 64, the "
        "network has 32 layers.",
    )
    padding: Padding = Field(
        "circular",
        description="What is beyond the ends of phi: circular joins them, as they are in the detector; with zero the "
        "network sees an edge there.",
    )
    order: Order = Field(
        "polar",
        description="Which colour a true jet has: the first is the one of the largest energy, or of the largest cos "
        "theta (polar). The latter can be read off a place on the map; the former asks for sums over whole jets.",
    )
    matched: float = Field(
        0.3,
        ge=0,
        le=1,
        description="Fraction of the steps after which the loss is that of the best matching of colours to jets, "
        "whatever their order; 1 for never. First the order parts the colours; later it only costs, where two jets are "
        "almost equal in it, so that more energy is in the right jets but colours no longer follow the order.",
    )
    jets: int | None = Field(
        None, ge=2, le=_MOST_COLOURS, description="Colours; by default the largest number of true jets of an event."
    )
    field: Literal["none", "joint", "alone"] = Field(
        "none",
        description="A conditional random field that gives neighbouring particles the same colour: none; learned with "
        "the network (joint); or alone, on the finished network of --initial, whose other options are to be repeated.",
    )
    rate: float = Field(2e-3, gt=0, description="Learning rate after the warm-up; it falls to 0 as a cosine.")
    held_back: float = Field(
        0.1, gt=0, lt=1, description="Fraction of the events that is not learned from but judges the network."
    )
    augmentation: bool = Field(
        True, description="Turn each event around the beam by a random angle in every step, and reflect half of them."
    )


class UNetCard(ClusteringCard):
    """What a user of a trained network must know.

    Attributes:
        channels: of the maps.
        bins: of cos theta and of phi.
        levels, width, convolutions, padding: of the U-net.
        field: whether there is a random field.
        order: of the true jets in the training: the first colour is that of the first jet.
        matched: fraction of the steps after which only the best matching counted, so that colours may leave this order.
        held_back: how many others were kept for the validation.
        batch: events a step.
    """

    channels: tuple[str, ...] = Field(min_length=1, max_length=len(CHANNELS))
    bins: tuple[_Side, _Side]
    jets: int = Field(ge=2, le=_MOST_COLOURS)
    levels: int = Field(ge=1, le=8)
    width: int = Field(ge=4, le=1024, multiple_of=4)
    convolutions: int = Field(ge=1, le=16)
    padding: Padding
    field: bool
    order: Order
    matched: float = Field(ge=0, le=1)
    held_back: int = Field(ge=0)
    batch: int = Field(ge=1)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if any(name not in CHANNELS for name in self.channels) or any(side % 2**self.levels for side in self.bins):
            raise ValueError("channels or bins")
        return self


def probabilities(trained: Trained, events: Collisions) -> NDArray[np.float32]:
    """The probability of each colour for each particle: a heat map of each jet.

    Each event is computed alone, so that the numbers do not depend on the events beside it.

    Arguments:
        trained: a network of this model, on its device.
        events: with the columns that its channels need.

    Returns:
        (particles, colours).

    Raises:
        InputError: a column is missing.

    Example:
        >>> import tempfile
        >>> from dataclasses import replace
        >>> from pathlib import Path
        >>> from eventspace.models.fit import fit
        >>> from eventspace.models.processes import processes
        >>> columns = {"px": [3.0, -5.0], "py": [0.0, 0.0], "pz": [0.0, 0.0], "E": [3.0, 5.0], "truth_jet": [0, 1]}
        >>> event, recipe = Collisions.from_flat([2], columns), replace(MODEL, name="unet")
        >>> both = Collisions.from_flat([2, 2], {name: 2 * values for name, values in columns.items()})
        >>> config, folder = recipe.config(steps=1, batch=1, bins=(4, 4), levels=1), Path(tempfile.mkdtemp())
        >>> with processes("cpu", 1) as alone:
        ...     trained, curves = fit(recipe, both, config, processes=alone, folder=folder)
        >>> probabilities(trained, event).shape
        (2, 2)
    """
    none = np.empty((0, trained.card.jets), dtype=np.float32)
    trained.network.eval()
    with one_thread():  # a single event is too small for more
        return np.concatenate([none, *in_blocks(events, partial(_some_probabilities, trained))])


def _some_probabilities(trained: Trained, events: Collisions) -> NDArray[np.float32]:
    device = next(trained.network.parameters()).device
    sample = ColouringSample(events, trained.card.channels, trained.card.bins)
    found = []
    with torch.inference_mode():
        for event in range(len(sample)):
            batch = sample.batch(np.array([event])).to(device)
            found.append(trained.network(batch)[0].exp().cpu().numpy())
    return np.concatenate(found)


def _label(trained: Trained, events: Collisions) -> NDArray[np.int64]:
    return most_probable_labels(events.offsets - events.offsets[0], probabilities(trained, events))


def _prepare(events: Collisions, config: UNetConfig, processes: Processes) -> Training:
    """The network and its step: AdamW, whose rate rises at first and then falls to 0 as a cosine, on short gradients.

    Some events are held back. In each step some of these are coloured as a user would, and their losses stand
    beside those of the batch, which may be turned and reflected.

    Raises:
        InputError: the events have no truth or lack a column; there are fewer than a batch holds, or the batch cannot
            be shared out; bins and levels do not fit; a field alone has no network to begin with.
    """
    _check(config)
    channels, colours = _channels(events, config.channels), _colours(events, config.jets)
    sample = ColouringSample(events, channels, config.bins, (colours, config.order))
    training, validation = split(len(sample), config.held_back, config.seed)
    check_batch(len(training), config.batch, processes.count)
    batches = Batches(len(training), config.batch, config.seed)
    few = min(max(config.batch // _FEWER, 1), len(validation))
    unseen = Batches(len(validation), few, config.seed)
    with torch.random.fork_rng([]):
        torch.manual_seed(config.seed)
        network = _network(config, channels, colours, field=config.field != "none").to(processes.device)
    networks, optimiser = _networks(network, config, channels)

    def step(number: int) -> dict[str, Tensor]:
        cosine_rate(optimiser, config.rate, number, config.steps)
        rng = np.random.default_rng((config.seed, number, processes.rank)) if config.augmentation else None
        chosen = training[batches.at(number)[processes.rank :: processes.count]]
        losses = _losses(network.train(), sample.batch(chosen, rng).to(processes.device))
        counts = "loss" if number < config.matched * config.steps else "matched"
        descend(losses[counts], network, optimiser, processes, longest=_LONGEST)
        with torch.no_grad():
            found = _losses(network.eval(), sample.batch(validation[unseen.at(number)]).to(processes.device))
        return losses | {f"validation.{name}": loss for name, loss in found.items()}

    return Training(
        networks=networks,
        step=step,
        steps=config.steps,
        seed=config.seed,
        kept=lambda: network,
        data=digest(events),
        card={
            "channels": channels,
            "jets": colours,
            "field": config.field != "none",
            "events": len(training),
            "held_back": len(validation),
            "visible_energy": visible_energies(events),
            **config.model_dump(include=_SAME),
        },
        identity={
            **config.model_dump(mode="json", exclude={"seed", "every", "initial"}),
            "channels": channels,
            "colours": colours,
            "processes": processes.count,
        },
    )


def _check(config: UNetConfig) -> None:
    side = 2**config.levels
    if any(bins % side for bins in config.bins):
        rows, columns = config.bins
        text = f"a map of {rows} x {columns} bins cannot be halved {config.levels} times"
        raise InputError(text, remedy=f"give multiples of {side}, or fewer --levels")
    if config.field == "alone" and config.initial is None:
        raise InputError(
            "a field alone needs a network that is trained already",
            remedy="give its state, --initial RUN/state.safetensors, or learn both: --field joint",
        )


def _channels(events: Collisions, wanted: tuple[str, ...] | None) -> tuple[str, ...]:
    """Those that are wanted, or all that the columns allow."""
    if wanted is None:
        displaced = {"charge", "d0", "z0"} <= set(events.columns)
        missing = {name for name in ("charge", "mass") if name not in events.columns}
        missing |= set() if displaced else set(DISPLACED_CHANNELS)
        return tuple(name for name in CHANNELS if name not in missing)
    if not wanted or len(set(wanted)) < len(wanted):
        raise InputError(f"the channels are {', '.join(wanted) or 'none'}", remedy="name at least one, and each once")
    return wanted


def _colours(events: Collisions, wanted: int | None) -> int:
    """How many are wanted, or as many as true jets are in an event."""
    if wanted or "truth_jet" not in events.columns:  # what is missing is said where the truth is read
        return wanted or _MOST_COLOURS
    jets = int(events.flat("truth_jet").max(initial=-1)) + 1
    if not 2 <= jets <= _MOST_COLOURS:
        raise InputError(f"the events have up to {jets} true jets", remedy=f"give events of 2 to {_MOST_COLOURS}")
    return jets


def _network(shape: UNetConfig | UNetCard, channels: tuple[str, ...], colours: int, *, field: bool) -> Colouring:
    return Colouring(
        len(channels),
        colours,
        field=field,
        vertices=_vertices(channels),
        levels=shape.levels,
        width=shape.width,
        convolutions=shape.convolutions,
        padding=shape.padding,
    )


def _vertices(channels: tuple[str, ...]) -> bool:
    """Whether it is known which tracks are displaced."""
    return any(name in DISPLACED_CHANNELS for name in channels)


def _networks(network: Colouring, config: UNetConfig, channels: tuple[str, ...]) -> tuple[Networks, Optimizer]:
    """U-net and field, and the optimiser of what is learned.

    The state always holds a field, so that a training of the field alone can begin with that of a U-net.
    """
    field = network.field or MeanField(vertices=_vertices(channels))
    if config.field == "alone":
        network.unet.requires_grad_(requires_grad=False)
        optimiser = AdamW(field.parameters(), lr=config.rate, weight_decay=_DECAY)
        return {"unet": (network.unet, None), "field": (field, optimiser)}, optimiser
    optimiser = AdamW(network.parameters(), lr=config.rate, weight_decay=_DECAY)
    return {"unet": (network.unet, optimiser), "field": (field, None)}, optimiser


def _losses(network: Colouring, batch: Batch) -> dict[str, Tensor]:
    """Of the events of a batch, means: for the order of the jets, and for the best matching."""
    logarithms = network(batch)
    return {
        name: colour_loss(logarithms, batch.colour, batch.weight, matched=matched).mean()
        for name, matched in (("loss", False), ("matched", True))
    }


MODEL = ClusteringRecipe(
    learns_from=(Collisions,),
    config=UNetConfig,
    prepare=_prepare,
    loss="-1/N_jets sum_jet sum_track (E_track / E_jet) log y_track, where y_track is the probability of the colour of "
    "the track's true jet; mean over the events of a step, natural logarithms; true jets have colours in the order of "
    "the card or, in the steps after the fraction `matched`, those of the matching with the smallest loss",
    preprocessing="maps in cos theta and phi, with the channels of the card: "
    + "; ".join(f"{name} is {formula}" for name, formula in CHANNELS.items()),
    card=UNetCard,
    network=lambda card: _network(card, card.channels, card.jets, field=card.field),
    label=_label,
    soft=probabilities,
    description="A network colours the particles of e+e- events, a colour for each jet: a U-net turns the map of the "
    "energy into a map of each colour, which is read at the pixels of the particles. It learns from events with "
    "truth_jet; a tenth of them is held back, and its loss stands beside that of the training.\n\n"
    "With the options left out, a training takes some 12 minutes on a core. A network of 32 layers: --bins 64 64 "
    "--levels 4 --convolutions 3.",
    judge="clustering",
)

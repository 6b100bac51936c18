"""Networks of an earlier sweep, to be measured on a sample that they have not learned from."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from eventspace.base.errors import InputError
from eventspace.events.base import Events
from eventspace.events.particles import ParticleClouds
from eventspace.studies.representation.sweep import AGAIN, DIRECTIONS, TRIES, Stage

if TYPE_CHECKING:
    from eventspace.models.recipe import Trained

__all__ = ["SHIPPED", "Stored", "stored_networks"]

SHIPPED = {"w-jets": Path(__file__).parents[2] / "models" / "weights" / "sweep-w-jets"}
"""Sweeps that come with eventspace."""

_NAME = re.compile(rf"(.+)-([0-9]+)-({'|'.join(DIRECTIONS)})-([0-9]+)\.safetensors")
_REMEDY = "give the folder networks of a finished run of eventspace representation, or " + ", ".join(SHIPPED)


class Stored(NamedTuple):
    """Trained networks at rising resolutions.

    Attributes:
        betas: the resolutions.
        files: of each stage.
        networks: of each stage.
    """

    betas: tuple[float, ...]
    files: dict[Stage, Path]
    networks: dict[Stage, "Trained"]

    @property
    def latents(self) -> tuple[str, ...]:
        """The latent spaces."""
        return tuple(dict.fromkeys(stage.latent for stage in self.networks))

    @property
    def repetitions(self) -> int:
        """How many sweeps there are of each latent space."""
        return max(stage.repetition for stage in self.networks)

    @property
    def directions(self) -> tuple[str, ...]:
        """Up, or up and down."""
        return tuple(name for name in DIRECTIONS if any(stage.direction == name for stage in self.networks))

    def check_events(self, events: Events) -> None:
        """Make sure that the networks have not learned from this very file.

        From a part of it, or from its events in another order, they may have.

        Arguments:
            events: all of a file.

        Raises:
            InputError: one has.
        """
        from eventspace.models.held_back import split
        from eventspace.models.registry import encoder

        for stage, trained in self.networks.items():
            if trained.card.jets != isinstance(events, ParticleClouds):
                kind = "jets" if trained.card.jets else "points"
                raise InputError(f"these networks have learned from {kind}", remedy="give such events")
            held = len(events) - trained.card.events - 1  # a training itself holds back one of those it is given
            if held < 1:
                continue
            for attempt in range(TRIES):  # a training that diverged was done again with another seed
                seed = trained.card.seed - stage.repetition + 1 - AGAIN * attempt
                learned = split(len(events), held / len(events), seed)[0] if seed >= 0 else np.empty(0, np.int64)
                if len(learned) and trained.card.data == encoder("cloud-vae").data(events[learned], trained.card):
                    text = f"{self.files[stage].name} has learned from these events"
                    raise InputError(text, remedy="measure others of the same source")


def stored_networks(place: Path) -> Stored:
    """The networks of a finished sweep.

    Arguments:
        place: the folder, or the name of one that comes with eventspace.

    Raises:
        InputError: there are none, one cannot be read, or some are missing.
    """
    from eventspace.models.file import load

    folder = SHIPPED.get(str(place), place)
    files = {}
    for file in sorted(folder.glob("*.safetensors")) if folder.is_dir() else []:
        if found := _NAME.fullmatch(file.name):
            latent, repetition, direction, number = found.groups()
            files[Stage(latent, int(repetition), direction, int(number) - 1)] = file
    if not files:
        raise InputError("there are no networks of a sweep", file=place, remedy=_REMEDY)
    networks: dict[Stage, Trained] = {}
    named: dict[Stage, Path] = {}
    for stage, file in files.items():
        trained = load(file, "cloud-vae")
        full = stage._replace(latent=trained.card.latent)
        if full in named:
            text = f"{named[full].name} and {file.name} are of the same stage"
            raise InputError(text, file=place, remedy="keep one of them")
        networks[full], named[full] = trained, file
    betas = _betas(networks, place)
    stored = Stored(betas, named, networks)
    if stored.repetitions > len(files):
        raise InputError(f"there are {len(files)} networks of {stored.repetitions} sweeps", file=place, remedy=_REMEDY)
    expected = {
        Stage(latent, repetition + 1, direction, k)
        for latent in stored.latents
        for repetition in range(stored.repetitions)
        for direction in stored.directions
        for k in range(len(betas) - (direction == "down"))
    }
    if missing := sorted(expected - set(networks)):
        raise InputError(f"the network {missing[0].folder} of the sweep is missing", file=place, remedy=_REMEDY)
    if others := sorted(set(networks) - expected):
        raise InputError(f"{named[others[0]].name} belongs to no sweep", file=place, remedy="move it elsewhere")
    return stored


def _betas(networks: dict[Stage, "Trained"], place: Path) -> tuple[float, ...]:
    """Rising, and the same for all networks at the same place."""
    found: dict[int, float] = {}
    for stage, trained in networks.items():
        if found.setdefault(stage.place, trained.card.beta) != trained.card.beta:
            text = (
                f"at place {stage.place + 1} there are the resolutions {found[stage.place]:g} and {trained.card.beta:g}"
            )
            raise InputError(text, file=place, remedy="give the networks of one sweep")
    betas = tuple(found[k] for k in sorted(found))
    if sorted(found) != list(range(len(found))) or list(betas) != sorted(set(betas)):
        raise InputError("these are not the networks of rising resolutions", file=place, remedy=_REMEDY)
    return betas

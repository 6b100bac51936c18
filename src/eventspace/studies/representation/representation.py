"""How many dimensions has a sample at each resolution, and what are they?

After the talk on the learnt representation of jets: a variational autoencoder whose reconstruction error is a transport
distance is trained at one resolution beta after the other. What it keeps of an event, and what it loses, count the
dimensions that are wider than beta; its latents say which these are.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat, PositiveInt, field_validator

from eventspace.base.errors import InputError
from eventspace.base.progress import progress
from eventspace.base.store import Store
from eventspace.base.work import Work
from eventspace.events.base import Events
from eventspace.events.particles import ParticleClouds
from eventspace.events.points import Points
from eventspace.models.held_back import split
from eventspace.statistics.event_means import bounded_mean
from eventspace.statistics.number import Number
from eventspace.studies.dimension import dimension
from eventspace.studies.representation.kinds import by_distances, kinds_of, separation
from eventspace.studies.representation.looks import looks_of
from eventspace.studies.representation.numbers import answer, arrays_of, compared, numbers_of, short
from eventspace.studies.representation.stored import SHIPPED, Stored, stored_networks
from eventspace.studies.representation.sweep import DIRECTIONS, Stage, Swept, measured, stages, swept
from eventspace.studies.samples import place
from eventspace.studies.study import Outcome, Role, Study, StudyConfig

__all__ = ["STUDY", "RepresentationConfig", "run"]

_FEWEST = 20  # events that are held back: fewer have no mutual information with anything
_JETS = (0.007, 0.01, 0.015, 0.022, 0.033, 0.05, 0.075)  # beta
_FACTORS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)  # of the spread of points
_PREPARED = 4  # times as many steps for the first training, which begins with nothing
_FINER = 3  # times smaller than the smallest resolution is that of the first training

_WITH_NETWORKS = ("seed", "level", "networks", "shown", "compared")  # options that networks leave open

CANDIDATES = ("R1", "S1", "R2", "S2", "RP2", "S1 x S1", "R3")
"""Latent spaces that ``auto`` tries."""


class RepresentationConfig(StudyConfig):
    """Options of the study ``representation``."""

    latent: tuple[str, ...] = Field(
        ("R6",),
        description="Latent space, as R6, R4 x S1 or C2 x RP2: a product of planes R, spheres S (S1 is a circle), "
        "spheres whose opposite points are one, RP, each with the number of its dimensions, and a category C. Several "
        f"are compared, and auto tries {', '.join(CANDIDATES)}.",
    )
    beta: tuple[PositiveFloat, ...] = Field(
        (),
        description="Resolutions, three or more for dimensions: of jets in angle times fraction of pt, of points in "
        "their own unit. By default 0.007 to 0.075 for jets, and 0.05 to 1.6 times the spread of points.",
    )
    repetitions: PositiveInt = Field(2, description="Sweeps with other initial weights and other random numbers.")
    directions: tuple[Literal["up", "down"], ...] = Field(
        ("up", "down"), description="up, from small resolutions to large ones; or up and down, and back."
    )
    steps: PositiveInt = Field(
        1000,
        description=f"Steps of training at each resolution, and {_PREPARED} times as many before, at one {_FINER} "
        "times below the smallest, so that all latents are found.",
    )
    batch: int = Field(128, ge=2, description="Events of a step.")
    rate: float = Field(3e-3, gt=0, description="Learning rate, which falls to 0 at each resolution.")
    width: int = Field(64, ge=2, le=4096, description="Of the layers for each particle; others are twice as wide.")
    particles: PositiveInt = Field(32, description="Particles of a reconstructed jet.")
    hardest: int = Field(50, ge=2, description="Particles of a jet that the network sees, those of the largest pt.")
    preprocessing: tuple[Literal["centre", "rotate", "flip"], ...] = Field(
        ("centre",), description="Preprocessing of jets."
    )
    shown: PositiveFloat | None = Field(
        None, description="Resolution whose latents are shown, one of those of beta; by default the middle one."
    )
    held_back: float = Field(0.2, gt=0, lt=1, description="Fraction of the events that only measures.")
    networks: Path | None = Field(
        None,
        description="Measure with the networks of an earlier sweep, RUN/networks, and train none, which takes hours. "
        f"Or {', '.join(SHIPPED)}, which comes with eventspace. They bring latent spaces and resolutions.",
    )
    compared: int = Field(2000, ge=_FEWEST, description="Events held back that are used, at most.")

    @property
    def without_effect(self) -> set[str]:
        """How networks would be trained, if others measure."""
        return set() if self.networks is None else set(type(self).model_fields) - set(_WITH_NETWORKS)

    @field_validator("latent")
    @classmethod
    def _canonical(cls, latent: tuple[str, ...]) -> tuple[str, ...]:
        from eventspace.models.jets.latents.space import latent_space

        named = CANDIDATES if latent == ("auto",) else latent
        found = tuple(dict.fromkeys(latent_space(text).text for text in named))
        if not found:
            raise ValueError("no latent space is named")
        return found

    @field_validator("beta")
    @classmethod
    def _rising(cls, beta: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(sorted(set(beta)))

    @field_validator("directions")
    @classmethod
    def _from_below(cls, directions: tuple[str, ...]) -> tuple[str, ...]:
        if "up" not in directions:
            raise ValueError("a sweep begins upwards: give up, or up and down")
        return tuple(name for name in DIRECTIONS if name in directions)


def run(samples: Mapping[str, Events], config: RepresentationConfig, work: Work) -> Outcome:
    """Sweep the autoencoder over the resolutions, and read its errors and divergences as dimensions."""
    from eventspace.models.fit import MODEL_FILE
    from eventspace.models.processes import processes

    events = samples["sample"]
    if not isinstance(events, ParticleClouds | Points):
        raise InputError(f"{events.kind} have no such autoencoder", file=place("sample"), remedy="give jets or points")
    if config.networks is not None:
        return _with_networks(events, stored_networks(config.networks), config, work)
    learned, held = split(len(events), config.held_back, config.seed)
    mixed = np.random.default_rng(config.seed).permutation(held)  # files may be sorted, and looks show the first events
    training, test = events[learned], events[mixed[: config.compared]]
    if len(test) < _FEWEST:
        text = f"a fraction of {config.held_back:g} of {len(events)} events leaves {len(test)} to measure"
        remedy = f"hold back at least {_FEWEST}: give more events, or a larger --held-back"
        raise InputError(text, file=place("sample"), remedy=remedy)
    betas = config.beta or _betas(events)
    shown = _shown(config, betas)
    chains = [
        stages(latent, repetition + 1, len(betas), down="down" in config.directions)
        for latent in config.latent
        for repetition in range(config.repetitions)
    ]

    def options(stage: Stage) -> dict[str, Any]:
        first = stage.direction == "first"
        steps = _PREPARED * config.steps if first else config.steps
        chosen = config.model_dump(include={"batch", "rate", "width", "particles", "hardest"})
        return chosen | {
            "latent": stage.latent,
            "beta": betas[stage.place] / (_FINER if first else 1),
            "steps": steps,
            "every": steps,
            "preprocessing_steps": config.preprocessing,
            "held_back": 1e-12,  # those of the test are held back already
            "seed": config.seed + stage.repetition - 1,
        }

    pairs = _of_distances(test, config, work)  # before hours of training: events that are all equal are refused
    found: list[Swept] = []
    with (
        work.kept() as folder,
        processes(work.device, work.threads) as group,
        progress("training", sum(map(len, chains)), "trainings", work.show_progress) as advance,
    ):
        kept = work.store(_header(events, config, betas))
        clusters = _clusters(training, test, config, work, kept)  # before hours of training, too
        try:
            for chain in chains:
                for one in swept(chain, training, test, options, folder, kept, group, work.threads):
                    if one.stage.direction != "first":
                        found.append(one)
                    advance(1)
        except InputError as error:
            raise error if error.file else error.at(place("sample")) from None
        files = {one.stage: folder / one.stage.folder / MODEL_FILE for one in found}
        looks = _looks(files, test, shown, config, work, kept)
        separated = _separated(found, test, clusters, config, betas)
    return _outcome(found, config, betas, shown, [pairs, looks, *separated])


def _with_networks(
    events: ParticleClouds | Points, stored: Stored, config: RepresentationConfig, work: Work
) -> Outcome:
    """The same with networks that are trained already, on all events or some."""
    from eventspace.models.jets.latents.space import latent_space
    from eventspace.models.processes import chosen_device

    for name, field in type(config).model_fields.items():
        given = name in config.model_fields_set or getattr(config, name) != field.default
        if name not in _WITH_NETWORKS and given:
            text = f"the networks bring their own {name.replace('_', ' ')}"
            raise InputError(text, remedy=f"leave out --{name.replace('_', '-')}, or train new ones without --networks")
    if len(events) < 2 * _FEWEST:
        text, remedy = f"{len(events)} events are too few", f"give at least {2 * _FEWEST}"
        raise InputError(text, file=place("sample"), remedy=remedy)
    try:
        stored.check_events(events)
    except InputError as error:
        raise error.at(place("sample")) from None
    order = np.random.default_rng(config.seed).permutation(len(events))
    mixture = kinds_of(events) is not None and any(latent_space(latent).categories > 1 for latent in stored.latents)
    most = min(config.compared, len(events) // 2) if mixture else config.compared  # others are clustered
    test, others = events[order[:most]], events[order[most:]]
    options = {"latent": stored.latents, "directions": stored.directions, "repetitions": stored.repetitions}
    steps = next(iter(stored.networks.values())).card.preprocessing_steps
    of_them = config.model_copy(update={**options, "preprocessing": steps})
    shown = _shown(config, stored.betas)
    pairs = _of_distances(test, of_them, work)
    digests = {stage.folder: trained.digest for stage, trained in stored.networks.items()}
    kept = work.store(_header(events, config, stored.betas) | {"networks": digests})
    clusters = _clusters(others, test, of_them, work, kept)
    found = []
    with progress("measuring", len(stored.networks), "networks", work.show_progress) as advance:
        for stage, trained in stored.networks.items():
            here = trained._replace(network=trained.network.to(chosen_device(work.device)))
            of_stage = partial(measured, here, test, config.seed + stage.repetition - 1, work.threads)
            try:
                found.append(Swept(stage, **kept.step(stage.folder, of_stage)))
            except InputError as error:
                raise error if error.file else error.at(place("sample")) from None
            advance(1)
    looks = _looks(stored.files, test, shown, of_them, work, kept)
    separated = _separated(found, test, clusters, of_them, stored.betas)
    return _outcome(found, of_them, stored.betas, shown, [pairs, looks, *separated])


def _looks(
    files: Mapping[Stage, Path], test: Events, shown: int, config: RepresentationConfig, work: Work, kept: Store
) -> Outcome:
    """What the latents of the first way up mean at the resolution that is shown."""
    numbers: dict[str, Number] = {}
    arrays: dict[str, NDArray[Any]] = {}
    for latent in config.latent:
        stage = Stage(latent, 1, "up", shown)
        seen = kept.step(f"looks-{stage.folder}", partial(looks_of, files[stage], test, work.device, config.seed))
        numbers |= _angles(seen, latent, config)
        arrays |= {f"{latent}.shown.{name}": values for name, values in seen.items()}
    return Outcome("", numbers, arrays)


def _betas(events: Events) -> tuple[float, ...]:
    if isinstance(events, ParticleClouds):
        return _JETS
    assert isinstance(events, Points)
    spread = float(np.sqrt(events.values.astype(np.float64).var(axis=0).sum()))
    if not spread > 0:
        raise InputError("all events are equal", file=place("sample"), remedy="give events that differ")
    return tuple(float(f"{factor * spread:.2g}") for factor in _FACTORS)


def _of_distances(test: Events, config: RepresentationConfig, work: Work) -> Outcome:
    """Correlation dimension and Gride of the same events, under the distance of the reconstructions."""
    asked = dimension.DimensionConfig(seed=config.seed, level=config.level, steps=config.preprocessing)
    found = dimension.run({"sample": test}, asked, work)
    arrays = {name.replace("sample.", "distances."): values for name, values in found.arrays.items()}
    return Outcome("", found.numbers, arrays)


def _angles(seen: Mapping[str, NDArray[Any]], latent: str, config: RepresentationConfig) -> dict[str, Number]:
    """Absolute cosines of the angles between the directions of two latents, means over events; 0 if orthogonal."""
    cosines, names = seen["cosines"], seen["cosines.names"]
    suffix = _suffix(config, latent)
    bounded = np.minimum(np.abs(cosines), 1.0)  # distances that are not those of a flat space may go beyond
    return {
        f"cosine.{str(name).replace(' ', '.')}{suffix}": bounded_mean(column, 0, 1, config.level)
        for name, column in zip(names, bounded.T, strict=True)
    }


def _clusters(
    training: Events, test: Events, config: RepresentationConfig, work: Work, kept: Store
) -> dict[str, dict[str, NDArray[np.int64]]]:
    """Clusters without a network for each latent space with categories, if there are several labels."""
    from eventspace.models.jets.latents.space import latent_space

    found: dict[str, dict[str, NDArray[np.int64]]] = {}
    how = {"threads": work.threads, "scheduler": work.scheduler, "show_progress": work.show_progress}
    for latent in config.latent:
        count = latent_space(latent).categories
        if count > 1 and kinds_of(test) is not None:
            search = partial(by_distances, seed=config.seed, most=config.compared, how=how)
            try:
                found[latent] = kept.step(
                    f"clusters-{count}", partial(search, training, test, count, config.repetitions)
                )
            except InputError as error:
                raise error if error.file else error.at(place("sample")) from None
    return found


def _separated(
    found: Sequence[Swept],
    test: Events,
    clusters: Mapping[str, Mapping[str, NDArray[np.int64]]],
    config: RepresentationConfig,
    betas: Sequence[float],
) -> list[Outcome]:
    """How well the categories of each latent space that has some separate the labels."""
    outcomes = []
    for latent, baselines in clusters.items():
        kinds, mine = kinds_of(test), [one for one in found if one.stage.latent == latent]
        assert kinds is not None
        outcomes.append(separation(mine, kinds, baselines, config, betas, _suffix(config, latent)))
    return outcomes


def _shown(config: RepresentationConfig, betas: Sequence[float]) -> int:
    """The place of the resolution whose latents are shown."""
    if config.shown is None:
        return len(betas) // 2
    if config.shown not in betas:
        text = f"{config.shown:g} is none of the resolutions"
        raise InputError(text, remedy=f"show one of {', '.join(f'{beta:g}' for beta in betas)}")
    return betas.index(config.shown)


def _suffix(config: RepresentationConfig, latent: str) -> str:
    """Of the names of numbers of a latent space, where there are several."""
    return "" if len(config.latent) == 1 else f".{short(latent)}"


def _header(events: Events, config: RepresentationConfig, betas: Sequence[float]) -> dict[str, Any]:
    from eventspace.models.digest import digest_of_events

    return {
        "study": "representation",
        "sample": digest_of_events(events),
        "config": config.model_dump(mode="json"),
        "beta": list(betas),
    }


def _outcome(
    found: Sequence[Swept], config: RepresentationConfig, betas: Sequence[float], shown: int, more: Sequence[Outcome]
) -> Outcome:
    """Numbers, which bear the name of their latent space where there are several; and what else is known."""
    numbers: dict[str, Number] = {}
    arrays: dict[str, NDArray[Any]] = {"beta": np.array(betas), "spaces": np.array(config.latent)}
    for latent in config.latent:
        mine = [one for one in found if one.stage.latent == latent]
        suffix = _suffix(config, latent)
        numbers |= {f"{name}{suffix}": number for name, number in numbers_of(mine, config, betas).items()}
        arrays |= {f"{latent}.{name}": values for name, values in arrays_of(mine, config, betas).items()}
    if len(config.latent) == 1:
        text = answer(numbers, betas, config.latent[0])
    else:
        behind, text = compared(found, config, betas)
        numbers |= behind
    for outcome in more:
        text = f"{text} {outcome.answer}".strip()
        numbers |= outcome.numbers
        arrays |= outcome.arrays
    return Outcome(text, numbers, {**arrays, "shown": np.array(betas[shown])})


STUDY = Study(
    roles=(Role("sample", "Jets or points."),),
    config=RepresentationConfig,
    run=run,
    description="""Count and show the dimensions of a sample, with an autoencoder swept over its resolution.

A variational autoencoder gives each event a place in a latent space and makes an event of each place. It pays for the
squared distance between an event and its reconstruction, rho^2 / (2 beta^2), and for what it keeps of the event, KL in
nats. A direction of the sample that is much wider than beta adds beta^2 to rho^2 and -ln beta to KL. So
D1 = d rho^2 / d beta^2 and D2 = -d KL / d ln beta count the dimensions wider than beta, and agree if the training is
good.

The distance of jets is optimal transport (p = 1, R = 1, pt as fractions), squared after it; that of points is Euclid's.
The training uses the Sinkhorn divergence; what is reported, the exact distance, on events that are not learned from.
Trainings may end in local minima: sweeps go up and down, several times, and the intervals hold all of them. Beside D1
and D2 stand two estimates from distances alone, as eventspace dimension gives them.

For example: eventspace representation jets.h5 --latent "R6" --out runs/representation""",
    headline=lambda name: name.startswith(("d1.", "d2.", "latent.")),
    options=("device", "threads"),
)

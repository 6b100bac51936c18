"""How many dimensions has a sample at each resolution, and what are they?

After the talk on the learnt representation of jets: a variational autoencoder whose reconstruction error is a transport
distance is trained at one resolution beta after the other. What it keeps of an event, and what it loses, count the
dimensions that are wider than beta; its latents say which these are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat, PositiveInt, field_validator

from eventspace.base.errors import InputError
from eventspace.base.progress import progress
from eventspace.base.work import Work
from eventspace.events.base import Events
from eventspace.events.particles import ParticleClouds
from eventspace.events.points import Points
from eventspace.models.held_back import split
from eventspace.statistics.event_means import bounded_mean
from eventspace.statistics.number import Number
from eventspace.statistics.rate_distortion import error_dimension, rate_dimension, spanned
from eventspace.studies.dimension import dimension
from eventspace.studies.representation.looks import looks_of
from eventspace.studies.representation.sweep import DIRECTIONS, Stage, Swept, stages, swept
from eventspace.studies.samples import place
from eventspace.studies.study import Outcome, Role, Study, StudyConfig

__all__ = ["STUDY", "RepresentationConfig", "run"]

_FEWEST = 20  # events that are held back: fewer have no mutual information with anything
_ACTIVE = 0.05  # nats that a latent keeps at least, to be called active
_JETS = (0.007, 0.01, 0.015, 0.022, 0.033, 0.05, 0.075)  # beta
_FACTORS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)  # of the spread of points
_PREPARED = 4  # times as many steps for the first training, which begins with nothing
_FINER = 3  # times smaller than the smallest resolution is that of the first training
_FLOORS = 2.0  # a squared error below so many times the floor says nothing

_BELOW = f"the squared error is below {_FLOORS:g} times its floor: this says little of the sample"

CANDIDATES = ("R1", "S1", "R2", "S2", "RP2", "S1 x S1", "R3")
"""Latent spaces that ``auto`` tries."""

Floats = NDArray[np.float64]


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
    compared: int = Field(2000, ge=_FEWEST, description="Events held back that are used, at most.")

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
    from eventspace.models.processes import processes

    events = samples["sample"]
    if not isinstance(events, ParticleClouds | Points):
        raise InputError(f"{events.kind} have no such autoencoder", file=place("sample"), remedy="give jets or points")
    learned, held = split(len(events), config.held_back, config.seed)
    training, test = events[learned], events[held[: config.compared]]
    if len(test) < _FEWEST:
        text = f"a fraction of {config.held_back:g} of {len(events)} events leaves {len(test)} to measure"
        remedy = f"hold back at least {_FEWEST}: give more events, or a larger --held-back"
        raise InputError(text, file=place("sample"), remedy=remedy)
    betas = config.beta or _betas(events)
    shown = _shown(config, betas)
    down = "down" in config.directions
    chains = [
        stages(latent, repetition + 1, len(betas), down=down)
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

    found: list[Swept] = []
    with (
        work.kept() as folder,
        processes(work.device, work.threads) as group,
        progress("training", sum(map(len, chains)), "trainings", work.show_progress) as advance,
    ):
        kept = work.store(_header(events, config, betas))
        try:
            for chain in chains:
                for one in swept(chain, training, test, options, folder, kept, group, work.threads):
                    if one.stage.direction != "first":
                        found.append(one)
                    advance(1)
        except InputError as error:
            raise error if error.file else error.at(place("sample")) from None
        seen: dict[str, NDArray[Any]] = {}
        for latent in config.latent:
            stage = Stage(latent, 1, "up", shown)
            look = kept.step(f"looks-{stage.folder}", partial(looks_of, stage, folder, test, work.device, config.seed))
            seen |= {f"{latent}.shown.{name}": values for name, values in look.items()}
    outcome, pairs = _outcome(found, config, betas), _of_distances(test, config, work)
    seen |= {name.replace("sample.", "distances."): values for name, values in pairs.arrays.items()}
    numbers = {**outcome.numbers, **pairs.numbers}
    for latent in config.latent:
        numbers |= _angles(seen, latent, config)
    return outcome._replace(numbers=numbers, arrays={**outcome.arrays, **seen, "shown": np.array(betas[shown])})


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
    return dimension.run({"sample": test}, asked, work)


def _angles(seen: Mapping[str, NDArray[Any]], latent: str, config: RepresentationConfig) -> dict[str, Number]:
    """Absolute cosines of the angles between the directions of two latents, means over events; 0 if orthogonal."""
    cosines, names = seen[f"{latent}.shown.cosines"], seen[f"{latent}.shown.cosines.names"]
    suffix = "" if len(config.latent) == 1 else f".{_short(latent)}"
    bounded = np.minimum(np.abs(cosines), 1.0)  # distances that are not those of a flat space may go beyond
    return {
        f"cosine.{str(name).replace(' ', '.')}{suffix}": bounded_mean(column, 0, 1, config.level)
        for name, column in zip(names, bounded.T, strict=True)
    }


def _shown(config: RepresentationConfig, betas: Sequence[float]) -> int:
    """The place of the resolution whose latents are shown."""
    if config.shown is None:
        return len(betas) // 2
    if config.shown not in betas:
        text = f"{config.shown:g} is none of the resolutions"
        raise InputError(text, remedy=f"show one of {', '.join(f'{beta:g}' for beta in betas)}")
    return betas.index(config.shown)


def _header(events: Events, config: RepresentationConfig, betas: Sequence[float]) -> dict[str, Any]:
    from eventspace.models.digest import digest_of_events

    return {
        "study": "representation",
        "sample": digest_of_events(events),
        "config": config.model_dump(mode="json"),
        "beta": list(betas),
    }


def _outcome(found: Sequence[Swept], config: RepresentationConfig, betas: Sequence[float]) -> Outcome:
    """Numbers, with those of the first latent space named without it where there is only one."""
    numbers: dict[str, Number] = {}
    arrays: dict[str, NDArray[Any]] = {"beta": np.array(betas), "spaces": np.array(config.latent)}
    for latent in config.latent:
        mine = [one for one in found if one.stage.latent == latent]
        suffix = "" if len(config.latent) == 1 else f".{_short(latent)}"
        numbers |= {f"{name}{suffix}": number for name, number in _numbers(mine, config, betas).items()}
        arrays |= {f"{latent}.{name}": values for name, values in _arrays(mine, config, betas).items()}
    if len(config.latent) == 1:
        return Outcome(_answer(numbers, betas, config.latent[0]), numbers, arrays)
    behind, text = _compared(found, config, betas)
    return Outcome(text, numbers | behind, arrays)


def _numbers(found: Sequence[Swept], config: RepresentationConfig, betas: Sequence[float]) -> dict[str, Number]:
    numbers: dict[str, Number] = {}
    for direction in config.directions:
        for k, beta in enumerate(betas):
            mine = [one for one in found if (one.stage.direction, one.stage.place) == (direction, k)]
            if not mine:
                continue  # the largest resolution is where the way down begins
            name = f"beta{beta:g}.{direction}"
            kl, squared = [one.kl.sum(axis=1) for one in mine], [one.squared for one in mine]
            loss = [_loss(one, betas) for one in mine]
            numbers[f"kl.{name}"] = spanned(kl, config.level, "nats")
            numbers[f"reconstruction.{name}"] = spanned(squared, config.level)
            numbers[f"loss.{name}"] = spanned(loss, config.level, "nats")
            if direction == "up" and mine[0].floor.any():
                note = "of an event from its own copy, blurred by the training and with as many particles as are made"
                numbers[f"floor.beta{beta:g}"] = replace(spanned([mine[0].floor], config.level), note=note)
            active = [float((one.kl.mean(axis=0) > _ACTIVE).sum()) for one in mine]
            note = f"of a mean divergence above {_ACTIVE} nats; the interval holds all trainings"
            numbers[f"latents.{name}"] = Number(
                float(np.mean(active)), min(active), max(active), config.level, note=note
            )
    curves = _curves(found, len(betas))
    if len(betas) > 1:
        kl = [rate_dimension(betas, np.stack([one.kl.sum(axis=1) for one in curve], axis=1)) for curve in curves]
        squared = [error_dimension(betas, np.stack([one.squared for one in curve], axis=1)) for curve in curves]
        for k, beta in enumerate(betas):
            note = _BELOW if _below_floor(found, k) else ""
            better = _better(curves, k, betas)
            for name, each in (("d1", squared), ("d2", kl)):
                values = [curve[:, k] for curve in each]
                numbers[f"{name}.beta{beta:g}"] = spanned(values, config.level, note=note, chosen=better)
    return numbers


def _better(curves: Sequence[Sequence[Swept]], place: int, betas: Sequence[float]) -> list[int]:
    """Of each repetition the direction with the lower loss at a resolution; of equal ones the first."""
    losses = [float(_loss(curve[place], betas).mean()) for curve in curves]
    repetitions = [curve[0].stage.repetition for curve in curves]
    return [
        min((k for k, mine in enumerate(repetitions) if mine == repetition), key=losses.__getitem__)
        for repetition in dict.fromkeys(repetitions)
    ]


def _below_floor(found: Sequence[Swept], place: int) -> bool:
    """Whether the errors at a resolution are hardly above those that no training can mend."""
    mine = [one for one in found if one.stage.place == place]
    return bool(np.mean([one.squared.mean() for one in mine]) < _FLOORS * np.mean([one.floor.mean() for one in mine]))


def _curves(found: Sequence[Swept], count: int) -> list[list[Swept]]:
    """The trainings of each repetition and direction, by rising resolution; where the way down begins is in both."""
    curves = []
    for key in dict.fromkeys((one.stage.repetition, one.stage.direction) for one in found):
        curve = {one.stage.place: one for one in found if (one.stage.repetition, one.stage.direction) == key}
        for one in found:
            if one.stage.repetition == key[0]:
                curve.setdefault(one.stage.place, one)
        curves.append([curve[k] for k in range(count)])
    return curves


def _arrays(found: Sequence[Swept], config: RepresentationConfig, betas: Sequence[float]) -> dict[str, NDArray[Any]]:
    """Means of each training, (repetitions, directions, betas, latents); where the way down begins is in both."""
    from eventspace.models.jets.latents.space import latent_space

    curves = _curves(found, len(betas))
    shape = (config.repetitions, len(curves) // config.repetitions, len(betas), -1)  # of one resolution only up
    return {
        "latents": np.array(latent_space(found[0].stage.latent).latents),
        "kl": np.array([[one.kl.mean(axis=0) for one in curve] for curve in curves]).reshape(shape),
        "scale": np.array([[one.scale.mean(axis=0) for one in curve] for curve in curves]).reshape(shape),
        "floor": np.array([one.floor.mean() for one in curves[0]]),
        "below": np.array([_below_floor(found, k) for k in range(len(betas))]),
        "squared": np.array([[one.squared.mean() for one in curve] for curve in curves]).reshape(shape[:3]),
    }


def _compared(
    found: Sequence[Swept], config: RepresentationConfig, betas: Sequence[float]
) -> tuple[dict[str, Number], str]:
    """By how much the loss of each latent space exceeds that of the best one, at each resolution and on average.

    Of the trainings up and down the better one counts. The same events and seeds are compared.
    """
    losses: dict[str, list[NDArray[np.float64]]] = {}  # of each repetition (events, betas)
    for latent in config.latent:
        curves = _curves([one for one in found if one.stage.latent == latent], len(betas))
        each = [np.stack([_loss(one, betas) for one in curve], axis=1) for curve in curves]
        pairs = np.array(each).reshape(config.repetitions, -1, *each[0].shape)
        chosen = pairs.mean(axis=2).argmin(axis=1)  # (repetitions, betas)
        losses[latent] = [pairs[k, chosen[k], :, np.arange(len(betas))].T for k in range(config.repetitions)]
    numbers: dict[str, Number] = {}
    for k, beta in enumerate(betas):
        at = {latent: [each[:, k] for each in mine] for latent, mine in losses.items()}
        numbers |= _ranked(at, config, f".beta{beta:g}")
    numbers |= _ranked({latent: [each.mean(axis=1) for each in mine] for latent, mine in losses.items()}, config, "")
    best = config.latent[int(numbers["latent.best"].value)]
    others = [latent for latent in config.latent if latent != best]
    nearest = min(others, key=lambda latent: numbers[f"behind.{_short(latent)}"].value)
    text = (
        f"Of the latent spaces {', '.join(config.latent)} the best, by the loss at all resolutions, is {best}; "
        f"{nearest} is {numbers[f'behind.{_short(nearest)}']} behind."
    )
    return numbers, text


def _short(latent: str) -> str:
    """For the names of numbers."""
    return latent.replace(" ", "")


def _ranked(losses: Mapping[str, list[Floats]], config: RepresentationConfig, suffix: str) -> dict[str, Number]:
    """Which latent space has the lowest loss, and how far the others are behind it."""
    best = min(losses, key=lambda latent: float(np.mean([each.mean() for each in losses[latent]])))
    note = f"{best}, by its place in the order given"
    numbers = {f"latent.best{suffix}": Number(config.latent.index(best), None, None, config.level, note=note)}
    for latent, mine in losses.items():
        if latent != best:
            behind = [each - least for each, least in zip(mine, losses[best], strict=True)]
            name = f"behind.{_short(latent)}{suffix}"
            numbers[name] = spanned(behind, config.level, "nats", f"behind {best}")
    return numbers


def _loss(one: Swept, betas: Sequence[float]) -> Floats:
    return np.asarray(one.squared / (2 * betas[one.stage.place] ** 2) + one.kl.sum(axis=1))


def _answer(numbers: Mapping[str, Number], betas: Sequence[float], latent: str) -> str:
    beta = betas[len(betas) // 2]
    active = f"{numbers[f'latents.beta{beta:g}.up'].value:.3g} latents of {latent} are in use"
    if len(betas) == 1:
        return f"At the resolution beta = {beta:g}, {numbers[f'kl.beta{beta:g}.up']} are kept of an event; {active}."
    return (
        f"At the resolution beta = {beta:g} the sample has {numbers[f'd1.beta{beta:g}']} dimensions by the errors (D1) "
        f"and {numbers[f'd2.beta{beta:g}']} by what is kept (D2); {active}."
    )


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

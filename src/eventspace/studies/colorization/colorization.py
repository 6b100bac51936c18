"""Can a network cluster the jets of an e+e- event better than the Durham algorithm?

After the talk "Automatic Colorization for Jet Clustering" (ALCW 2018): a U-net colours the energy map of an event, and
a conditional random field over its particles refines the colours. What a physicist gains is measured beside the Durham
algorithm in the same events, with and without vertices, and beside networks that rank the ways to merge protojets.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, NonNegativeInt, PositiveFloat

from eventspace.base.errors import InputError
from eventspace.base.files import sha256
from eventspace.base.work import Work
from eventspace.events.base import Events
from eventspace.events.choice import at_random
from eventspace.events.collisions import Collisions, collisions, in_gev_and_mm
from eventspace.events.native import read
from eventspace.events.soft_and_collinear import Modified, with_soft_particle, with_split_particle
from eventspace.models.clustering import Method
from eventspace.models.digest import digest
from eventspace.models.protojets.densities import whole_events
from eventspace.statistics.event_means import bounded_mean
from eventspace.statistics.fraction import fraction
from eventspace.statistics.number import EXACT, Number
from eventspace.statistics.roc import auc, auc_difference
from eventspace.statistics.same_jets import energy_moved, same_jets
from eventspace.studies.colorization.bosons import Bosons, bosons_of
from eventspace.studies.colorization.gallery import gallery
from eventspace.studies.colorization.measures import Measured, chi2_and_masses, measure, numbers_of_gain
from eventspace.studies.colorization.methods import PERFECT, compared_methods
from eventspace.studies.samples import place
from eventspace.studies.study import Outcome, Role, Study, StudyConfig

__all__ = ["PERFECT", "STUDY", "ColorizationConfig", "run"]

_FEWEST = 10  # events, for the width of a peak
_SOFT = 1e-6  # GeV

_log = logging.getLogger(__name__)

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class ColorizationConfig(StudyConfig):
    """Options of the study ``colorization``."""

    train: Path | None = Field(
        None,
        description="File of other events of this kind, with truth labels: networks learn from it, which takes "
        "minutes, in place of those that come with eventspace.",
    )
    models: tuple[str, ...] = Field(
        (),
        description="Networks that are compared, by name (ranker-zhh, ...) or file; by default all that come with "
        "eventspace for so many jets. The Durham algorithm with and without vertices is always there.",
    )
    background: Path | None = Field(
        None,
        description="File of events of another process. They are clustered to as many jets, and told from those of the "
        "sample by the smallest chi^2 of their masses.",
    )
    masses: tuple[PositiveFloat, ...] = Field(
        (), description="Where the mass of the di-jet of each boson is expected, in GeV; by default Z 88, W 78, H 113."
    )
    widths: tuple[PositiveFloat, ...] = Field(
        (), description="The resolution of each of these masses, in GeV; by default 8, 8 and 10."
    )
    steps: int | None = Field(
        None, ge=1, description="Steps of the trainings with --train; by default each network's own number."
    )
    replicas: int = Field(300, ge=2, description="Bootstrap replicas of positions and widths of peaks.")
    changed: NonNegativeInt = Field(
        500, description="Events to which a soft particle is added, and in which one is split; 0 leaves this out."
    )


def run(samples: Mapping[str, Events], config: ColorizationConfig, work: Work) -> Outcome:
    """Cluster the events with each method, and compare the jets with the truth."""
    events, jets, left_out = _usable(samples["test"])
    with _named(place("test")):
        bosons = bosons_of(events, jets // 2, config.masses, config.widths)
    displaced = {"d0", "z0"} <= set(events.columns)
    methods = compared_methods(config, collisions(samples["test"]), jets, work)
    kept = work.store(_header(samples["test"], config, methods))

    def labels(name: str, some: Collisions, what: str) -> Integers:
        _log.info("%s of %d events by %s", what, len(some), name)
        with _named(config.background if what == "background" else place("test")):
            found = kept.step(f"{what}.{name}", lambda: {"labels": methods[name].label(some).astype(np.int16)})
        return found["labels"].astype(np.int64)

    found = {name: labels(name, events, "jets") for name in methods}
    found[PERFECT] = events.flat("truth_jet").astype(np.int64)
    measured = {name: measure(events, each, bosons, config) for name, each in found.items()}
    measured[PERFECT].numbers["fraction"] = Number(1.0, None, None, config.level, note=EXACT)
    numbers = {"events": _count(len(events)), "events.left-out": _count(left_out)}
    for quantity in measured["durham"].numbers:
        numbers |= {f"{quantity}.{name}": each.numbers[quantity] for name, each in measured.items()}
    numbers |= numbers_of_gain(measured, config.level)
    if config.changed:
        some = np.isin(np.arange(len(events)), at_random(len(events), config.changed, config.seed))
        chosen, entries = events[some], np.repeat(some, events.multiplicity)
        changes = {
            "soft": with_soft_particle(chosen, _SOFT, config.seed),
            "split": with_split_particle(chosen, config.seed),
        }
        for change, modified in changes.items():
            for name in methods:
                before, after = found[name][entries], labels(name, modified.events, change)
                numbers |= _safety(modified, before, after, f"{change}.{name}", config.level)
    arrays = _arrays(measured, bosons)
    if config.background is not None:
        more, chi2 = _separation(config, bosons, found, events, labels)
        numbers, arrays = numbers | more, arrays | chi2
    best = max(methods, key=lambda name: measured[name].numbers["fraction"].value)
    arrays |= gallery(events, found, {name: each.fractions for name, each in measured.items()}, best, methods)
    return Outcome(_answer(best, numbers, len(events), left_out, displaced), numbers, arrays)


def _usable(sample: Events) -> tuple[Collisions, int, int]:
    """Events with all their truth jets, how many jets these are, and how many events were left out."""
    with _named(place("test")):
        events = in_gev_and_mm(collisions(sample))
        whole, bosons = whole_events(events)
    chosen = events[whole]
    if len(chosen) < _FEWEST:
        text = f"{len(chosen)} events have two truth jets of each of {bosons} bosons"
        raise InputError(text, file=place("test"), remedy=f"give at least {_FEWEST} such events")
    return chosen, 2 * bosons, int((~whole).sum())


@contextmanager
def _named(file: str | Path | None) -> Iterator[None]:
    """What goes wrong here is told of this file; which of its events is not, where some have been left out."""
    try:
        yield
    except InputError as error:
        if error.file or file is None:
            raise
        raise InputError(error.problem, file=file, remedy=error.remedy) from None


def _header(test: Events, config: ColorizationConfig, methods: Mapping[str, Method]) -> dict[str, Any]:
    files = [path for path in (config.train, config.background) if path is not None]
    return {
        "study": "colorization",
        "test": digest(collisions(test)),
        "config": config.model_dump(mode="json"),
        "files": [sha256(path) for path in files],
        "networks": {name: each.digest for name, each in methods.items()},
    }


def _count(events: int) -> Number:
    return Number(events, None, None, 0.95, note=EXACT)


def _safety(modified: Modified, before: Integers, after: Integers, name: str, level: float) -> dict[str, Number]:
    """Events with other jets after a change that should not matter, and the energy that is in another jet."""
    other = ~same_jets(modified, before, after)
    return {
        f"changed.{name}": fraction(int(other.sum()), len(other), level),
        f"moved.{name}": bounded_mean(energy_moved(modified, before, after), 0, 1, level),
    }


def _arrays(measured: Mapping[str, Measured], bosons: Bosons) -> dict[str, NDArray[Any]]:
    """What the figures are drawn from: fractions and masses, in single precision since there are many."""
    arrays: dict[str, NDArray[Any]] = {"methods": np.array(list(measured)), "bosons": np.array(bosons.names)}
    for name, each in measured.items():
        arrays[f"fraction.{name}"] = each.fractions.astype(np.float32)
        arrays |= {f"mass.{pairing}.{name}": masses.astype(np.float32) for pairing, masses in each.masses.items()}
    return arrays


def _separation(
    config: ColorizationConfig,
    bosons: Bosons,
    found: Mapping[str, Integers],
    events: Collisions,
    labels: Callable[[str, Collisions, str], Integers],
) -> tuple[dict[str, Number], dict[str, NDArray[Any]]]:
    """How well the smallest chi^2 tells the events from those of a background, and the masses that it picks there."""
    assert config.background is not None
    jets = 2 * len(bosons.names)
    with _named(config.background):
        everything = in_gev_and_mm(collisions(read(config.background)))
    others = everything[everything.multiplicity >= jets]
    if len(others) < _FEWEST:
        text = f"{len(others)} events have at least {jets} particles"
        raise InputError(text, file=config.background, remedy=f"give at least {_FEWEST} such events")
    numbers = {"events.background": _count(len(others))}
    numbers["events.background-left-out"] = _count(len(everything) - len(others))
    arrays: dict[str, NDArray[Any]] = {}
    of_durham: tuple[Floats, Floats] | None = None
    for name in found:
        if name == PERFECT:
            continue  # a background has no jets of these bosons
        sample = chi2_and_masses(events, found[name], bosons)
        background = chi2_and_masses(others, labels(name, others, "background"), bosons)
        numbers[f"separation.{name}"] = auc(-background[0], -sample[0], level=config.level)
        if of_durham is None:
            of_durham = background[0], sample[0]  # the first of all methods
        else:
            pairs = [(-one, -durham) for one, durham in zip((background[0], sample[0]), of_durham, strict=True)]
            numbers[f"separation-gain.{name}"] = auc_difference(pairs[0], pairs[1], level=config.level)
        arrays[f"chi2.sample.{name}"] = sample[0].astype(np.float32)
        arrays[f"chi2.background.{name}"] = background[0].astype(np.float32)
        arrays[f"mass.background.{name}"] = background[1].astype(np.float32)
    return numbers, arrays


def _answer(best: str, numbers: Mapping[str, Number], events: int, left_out: int, displaced: bool) -> str:
    durham = numbers["fraction.durham"]
    text = f"The Durham algorithm puts {durham} of the energy of {events} events into the right jet"
    if best == "durham":
        text += ", and no other method more"
    else:
        text += f"; {best} puts {numbers[f'fraction.{best}']}, {numbers[f'gain.{best}']} more in the same events"
    if "separation.durham" in numbers:
        text += ". By Durham's jets the smallest chi^2 tells them from the background with an area under the ROC curve "
        text += f"of {numbers['separation.durham']}"
        if best != "durham":
            text += f"; by those of {best} it is larger by {numbers[f'separation-gain.{best}']}"
    if left_out:
        text += f". {left_out} events without two truth jets a boson were left out"
    if not displaced:
        text += ". The events have no d0 and z0, so methods that use displaced tracks were left out"
    return f"{text}."


STUDY = Study(
    roles=(Role("test", "Collisions with truth labels, which no network has learned from."),),
    config=ColorizationConfig,
    run=run,
    description="""Cluster e+e- events with networks, and compare the jets with those of the Durham algorithm.

    A method is judged by the fraction of the energy of an event in the right jet, its mean over the events, and by how
    much this exceeds that of the Durham algorithm in the same events (gain.METHOD, with an interval for pairs; more
    than chance if it is above 0). "perfect" is the truth itself. Masses and widths of di-jets are given where the truth
    says which jets are of one boson, and where the smallest chi^2 says it: the second is narrow even where the jets are
    wrong, since pairs near the masses are chosen.

    The events need the columns truth_jet and truth_boson, two jets a boson; charge and pid for the rankers, and d0 and
    z0 for those that use displaced tracks. Networks that come with eventspace learned from ZHH at 500 GeV, or WW, ZZ
    and ZH at 250 GeV, simulated without detector; they are right for such events only. For others, train with --train.

    For example: eventspace colorization zhh.h5 --out runs/zhh (zhh.h5 of eventspace simulate zhh -n 2000 zhh.h5)""",
    headline=lambda name: name.startswith(("fraction.", "gain.")),
    options=("device", "threads"),
)

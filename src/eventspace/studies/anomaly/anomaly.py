"""Which events are unlike the rest? Distance from ordinary events as a score, with no training.

After the talk "Jet metrics and autoencoders" (ML4Jets 2021; Fraser, Homiller, Mishra, Ostdiek, Schwartz,
arXiv:2110.06948): the score of a jet is its transport distance to the average background image, or the smallest of its
distances to n medoids of the background. The inverse task, with the roles of background and signal exchanged, is always
run: a score that finds signal in background but not background in signal measures complexity rather than anomaly.

The result depends on the choice of the reference jets, in the inverse task more than on the number of jets. So both
samples are split several times, and the intervals contain the choice of the reference.
"""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat, PositiveInt

from eventspace.base.errors import InputError
from eventspace.base.work import Work
from eventspace.events.base import Events
from eventspace.events.choice import at_random
from eventspace.events.particles import ParticleClouds
from eventspace.events.preprocess import preprocess
from eventspace.statistics.number import Number
from eventspace.statistics.roc import Band, auc, auc_difference, background_efficiency, rejection
from eventspace.statistics.splits import efficiency_over_splits, over_splits, rejection_over_splits
from eventspace.studies.anomaly.geometry import geometry_numbers
from eventspace.studies.anomaly.networks import Group, groups_of, named_together, network_scores
from eventspace.studies.anomaly.scores import Score, Task, transport_scores
from eventspace.studies.samples import distinct, labels, naming, place
from eventspace.studies.study import Outcome, Role, Study, TransportConfig

__all__ = ["STUDY", "AnomalyConfig", "run"]

EFFICIENCIES = np.linspace(0.02, 1.0, 50)
GALLERY = 5  # events shown of each kind: medoids, most anomalous background, most anomalous signal

_DETAIL = re.compile(  # scans, parts of losses, inner layers, ranks: what the figures show
    r"\.n\d|\.spearman|\.mse|\.(block\d|dense)\.|^(auc|auc-gain|rejection\d+)\..*\.(reconstruction|kl|latent)\b"
)

_log = logging.getLogger(__name__)


class AnomalyConfig(TransportConfig):
    """Options of the study ``anomaly``."""

    p: tuple[PositiveFloat, ...] = Field((1.0, 0.5), min_length=1, description="Powers of the angle in the distance.")
    medoids: tuple[PositiveInt, ...] = Field(
        (1, 2, 5, 10, 20, 50), min_length=1, description="Numbers of medoids; the largest gives the headline."
    )
    steps: tuple[Literal["centre", "rotate", "flip"], ...] = Field(
        ("centre", "rotate", "flip"), description="Preprocessing of the jets before distances are taken."
    )
    pixels: int = Field(
        24, ge=2, le=1000, description="Pixels along each side of the images that are compared with their average."
    )
    half_width: float = Field(1.0, gt=0, description="The images cover -half_width to +half_width.")
    training: float = Field(
        0.5,
        gt=0,
        lt=1,
        description="Fraction of each sample that gives medoids and average; scores come from the rest.",
    )
    splits: int = Field(
        5,
        ge=1,
        description="How often both samples are split at random; the intervals contain a reference of other events.",
    )
    neighbours: int = Field(
        10, ge=0, description="Nearest jets of the reference whose mean distance is a score; 0 for none."
    )
    networks: tuple[Path, ...] = Field(
        (),
        description="Trained encoders that have learned from other background: run directories of eventspace train "
        "image-vae or cloud-vae, or model.safetensors in them; qcd-jets and top-jets come with eventspace. Those that "
        "differ in their seeds alone are trainings of one, which intervals contain.",
    )
    inverse_networks: tuple[Path, ...] = Field(
        (), description="The same for the inverse task: encoders that have learned from other signal."
    )
    correlated: int = Field(
        300, ge=10, description="Jets of the background between which distances in the networks are compared, at most."
    )
    correlated_p: tuple[PositiveFloat, ...] = Field(
        (0.5, 1.0, 2.0),
        description="Powers of the angle in the distances with which those in the networks are compared.",
    )


def run(samples: Mapping[str, Events], config: AnomalyConfig, work: Work) -> Outcome:
    """Score events by their distance from ordinary ones and measure how well the score finds the signal.

    Arguments:
        samples: ``background``, the ordinary events, part of which gives the medoids and the average image; and
            ``signal``, what is to be found, part of which plays the background in the inverse task.
        config: see :class:`AnomalyConfig`.
        work: how to work.

    Returns:
        Numbers ``auc.medoids.p1`` (largest number of medoids), ``auc.medoids.p1.n5`` (the scan), ``auc.average.p1``,
        ``rejection50.medoids.p1``, ``rejection30…``, and all of them for the inverse task, ending in ``.inverse``:
        means over the splits, with intervals for other jets and a reference of other jets. With networks also
        ``auc.vae`` and others, and ``auc-gain.vae``, by how much this exceeds ``auc.medoids.p1`` on the same jets.
        Scores, gallery and medoids among the arrays are those of the first split.

    Raises:
        InputError: the samples are not particle clouds, or too small for the numbers of medoids.
    """
    names = labels(samples)
    distinct(samples)  # else events are scored by medoids that they are
    arrays: dict[str, NDArray[Any]] = {"names": np.array(names), "efficiencies": EFFICIENCIES}
    found: dict[str, list[Number]] = {}
    bands: dict[str, list[Band]] = {}
    groups = _groups(samples, config)
    for task in _tasks(samples, config):
        _log.info("split %d, %s task", task.split + 1, "inverse" if task.suffix else "main")
        by_transport = {score.name: score for score in transport_scores(task, config, work)}
        for score in by_transport.values():
            _judge([score], task, config, found, bands)
            _keep(score, task, arrays)
        for _, trainings in network_scores(task, groups[task.suffix], config.neighbours):
            _judge(trainings, task, config, found, bands)
            _compare(trainings, by_transport[_headline(config)], task, config, found)
            _keep(trainings[0], task, arrays)
        if not task.split and not task.suffix:
            arrays["gallery"] = _gallery(task, config, arrays)

    numbers: dict[str, Number] = {}
    for name, each in found.items():
        numbers[name] = (
            over_splits(each, within=(0, 1), shared=config.training)
            if name.startswith("auc.")
            else over_splits(each, within=(-1, 1), shared=config.training)
            if name.startswith("auc-gain.")
            else rejection_over_splits(each, shared=config.training)
        )
        arrays[f"splits.{name}"] = np.array([number.value for number in each])
    for name, curves in bands.items():
        scored = len(arrays[f"scores.{name}.ordinary"])
        band = efficiency_over_splits(curves, scored, shared=config.training)
        arrays[f"roc.{name}"] = np.stack([band.background_efficiency, band.low, band.high])
    if groups[""]:
        seen, drawn = geometry_numbers(*_correlated(samples, config), groups[""], config, work)
        numbers, arrays = numbers | seen, arrays | drawn
    return Outcome(_answer(numbers, names, config, groups[""]), numbers, arrays)


def _groups(samples: Mapping[str, Events], config: AnomalyConfig) -> dict[str, list[Group]]:
    """The networks of the task and of its inverse."""
    if not config.networks and not config.inverse_networks:
        return {"": [], ".inverse": []}
    background, signal = (jets_of(name, events) for name, events in samples.items())
    return named_together(
        {
            "": groups_of(config.networks, background, "background"),
            ".inverse": groups_of(config.inverse_networks, signal, "signal"),
        }
    )


def _correlated(samples: Mapping[str, Events], config: AnomalyConfig) -> tuple[ParticleClouds, ParticleClouds]:
    """Some jets of the background, preprocessed and as they are."""
    events = jets_of("background", samples["background"])
    some = events[at_random(len(events), config.correlated, config.seed)]
    return preprocess(some, config.steps), some


def _tasks(samples: Mapping[str, Events], config: AnomalyConfig) -> Iterator[Task]:
    """Split both samples into a part for reference and a part to score, and pose both tasks; again and again."""
    jets = []
    for name, sample in samples.items():
        events = jets_of(name, sample)
        cut = _cut(events, config)
        for most, what in ((max(config.medoids), "medoids"), (config.neighbours, "neighbours")):
            if cut < most or len(events) - cut < 2:
                remedy = f"give more events, or fewer {what} than --{what} {most}"
                text = f"{len(events)} events leave {cut} to choose {most} {what} from"
                raise InputError(text, file=place(name), remedy=remedy)
        with naming(name):
            jets.append((events, preprocess(events, config.steps)))
    for split in range(config.splits):
        rng = np.random.default_rng((config.seed, split))
        parts = []
        for events, ready in jets:
            order, cut = rng.permutation(len(events)), _cut(events, config)
            reference, rest = np.sort(order[:cut]), np.sort(order[cut:])
            parts.append(((ready[reference], events[reference]), (ready[rest], events[rest])))
        (background, background_rest), (signal, signal_rest) = parts
        for suffix, three in (
            ("", (background, background_rest, signal_rest)),
            (".inverse", (signal, signal_rest, background_rest)),
        ):
            (reference_, raw), (ordinary, raw_ordinary), (unusual, raw_unusual) = three
            yield Task(split, suffix, reference_, ordinary, unusual, (raw, raw_ordinary, raw_unusual))


def jets_of(name: str, events: Events) -> ParticleClouds:
    """The jets of a role.

    Raises:
        InputError: they are other events.
    """
    if not isinstance(events, ParticleClouds):
        raise InputError(f"it holds {events.kind}", file=place(name), remedy="give files of particle clouds")
    return events


def _cut(events: Events, config: AnomalyConfig) -> int:
    """How many events are the reference."""
    return round(config.training * len(events))


def _judge(
    trainings: Sequence[Score],
    task: Task,
    config: AnomalyConfig,
    found: dict[str, list[Number]],
    bands: dict[str, list[Band]],
) -> None:
    """The area under the ROC curve of a score, and its curve and two rejections, unless it is one of a scan.

    Of several trainings means, with intervals for one more of them.
    """
    name, count = f"{trainings[0].name}{task.suffix}", len(task.ordinary)
    each = [np.split(score.values, [count]) for score in trainings]
    areas = [auc(ordinary, unusual, level=config.level) for ordinary, unusual in each]
    found.setdefault(f"auc.{name}", []).append(over_splits(areas, within=(0, 1)))
    if trainings[0].scan:
        return
    for percent in (30, 50):
        rejected = [rejection(one, other, percent / 100, level=config.level) for one, other in each]
        found.setdefault(f"rejection{percent}.{name}", []).append(rejection_over_splits(rejected))
    curves = [background_efficiency(one, other, EFFICIENCIES, level=config.level) for one, other in each]
    bands.setdefault(name, []).append(efficiency_over_splits(curves, count))


def _compare(
    trainings: Sequence[Score], medoids: Score, task: Task, config: AnomalyConfig, found: dict[str, list[Number]]
) -> None:
    """By how much the area of a network exceeds that of the medoids, for the same events."""
    count = len(task.ordinary)
    by_medoids = np.split(medoids.values, [count])
    gains = []
    for score in trainings:
        ordinary, unusual = zip(np.split(score.values, [count]), by_medoids, strict=True)
        gains.append(auc_difference(ordinary, unusual, level=config.level))
    name = f"auc-gain.{trainings[0].name}{task.suffix}"
    found.setdefault(name, []).append(over_splits(gains, within=(-1, 1)))


def _headline(config: AnomalyConfig) -> str:
    """The score that needs no training."""
    return f"medoids.p{config.p[0]:g}"


def _keep(score: Score, task: Task, arrays: dict[str, NDArray[Any]]) -> None:
    """The scores of the first split, for the figures."""
    if task.split:
        return
    name = f"scores.{score.name}{task.suffix}"
    arrays[f"{name}.ordinary"], arrays[f"{name}.unusual"] = np.split(score.values, [len(task.ordinary)])
    if score.medoids is not None:
        arrays[f"{score.name}{task.suffix}"] = score.medoids


def _gallery(task: Task, config: AnomalyConfig, arrays: dict[str, NDArray[Any]]) -> NDArray[np.float64]:
    """Events to look at: rows of medoids, of the most anomalous ordinary events, of the most anomalous signal.

    Returns (3, GALLERY, particles, 3) with pt, longitudinal coordinate and phi, padded with zeros.
    """
    name = _headline(config)
    ordinary, unusual = arrays[f"scores.{name}.ordinary"], arrays[f"scores.{name}.unusual"]
    rows = (
        task.reference[arrays[name][:GALLERY]],
        task.ordinary[np.argsort(-ordinary, kind="stable")[:GALLERY]],
        task.unusual[np.argsort(-unusual, kind="stable")[:GALLERY]],
    )
    most = max(int(events.multiplicity.max()) for events in rows)
    gallery = np.zeros((len(rows), GALLERY, most, 3))
    for row, events in enumerate(rows):
        for column in range(len(events)):
            jet = events[column : column + 1]
            values = np.stack([jet.flat(field) for field in ("pt", jet.coordinate, "phi")], axis=1)
            gallery[row, column, : len(values)] = values
    return gallery


def _answer(numbers: dict[str, Number], names: Sequence[str], config: AnomalyConfig, groups: Sequence[Group]) -> str:
    background, signal = names
    name = f"auc.{_headline(config)}"
    text = (
        f"The smallest distance to {max(config.medoids)} medoids of {background} (p = {config.p[0]:g}, no training) "
        f"finds {signal} with an AUC of {numbers[name]}; in the inverse task it is {numbers[f'{name}.inverse']}"
        f"{f', as means of {config.splits} splits' if config.splits > 1 else ''}."
    )
    for group in groups:
        text += (
            f" The loss of {group.name}, as a mean of {len(group.trained)} training{'s' * (len(group.trained) > 1)}, "
        )
        text += f"has {numbers[f'auc.{group.name}']}, a difference of {numbers[f'auc-gain.{group.name}']}."
    return text


STUDY = Study(
    roles=(Role("background", "Ordinary jets."), Role("signal", "The jets to be found.")),
    config=AnomalyConfig,
    run=run,
    headline=lambda name: not _DETAIL.search(name),
    description="""Score events by their distance from ordinary ones, and measure how well the score finds the signal.

Scores without training: the transport distance to the average background image, the smallest distance to n medoids of
the background, and the mean distance to the nearest jets of the background, also with transport on lines. Beside them
stand networks, if some are given: what an autoencoder of the background cannot reconstruct, and how far distances in
its layers follow those of transport. The inverse task, background sought among signal, is run as well. The answer is
the area under the ROC curve and the background rejection, with intervals.

For example: eventspace anomaly qcd.h5 top.h5 --out runs/qcd-top""",
)

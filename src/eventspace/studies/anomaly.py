"""Which events are unlike the rest? Distance from ordinary events as a score, with no training.

After the talk "Jet metrics and autoencoders" (ML4Jets 2021; Fraser, Homiller, Mishra, Ostdiek, Schwartz,
arXiv:2110.06948): the score of a jet is its transport distance to the average background image, or the smallest of its
distances to n medoids of the background. The inverse task, with the roles of background and signal exchanged, is always
run: a score that finds signal in background but not background in signal measures complexity rather than anomaly.

The result depends on the choice of the reference jets, in the inverse task more than on the number of jets. So both
samples are split several times, and the intervals contain the choice of the reference.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat, PositiveInt

from eventspace.base.errors import InputError
from eventspace.base.work import Work
from eventspace.distances.engine.medoids import k_medoids
from eventspace.distances.engine.pairwise import matrix
from eventspace.distances.transport.exact import Transport
from eventspace.events.base import Events
from eventspace.events.images import Images
from eventspace.events.particles import ParticleClouds
from eventspace.events.preprocess import pixelate, preprocess
from eventspace.statistics.number import Number
from eventspace.statistics.roc import Band, auc, background_efficiency, rejection
from eventspace.statistics.splits import efficiency_over_splits, over_splits, rejection_over_splits
from eventspace.studies.samples import distinct, labels, naming, place
from eventspace.studies.study import Outcome, Role, Study, TransportConfig

__all__ = ["STUDY", "AnomalyConfig", "run"]

EFFICIENCIES = np.linspace(0.02, 1.0, 50)
GALLERY = 5  # events shown of each kind: medoids, most anomalous background, most anomalous signal

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


class _Task(NamedTuple):
    """One direction of the search in one split: what is ordinary, and what is to be found."""

    split: int
    suffix: str
    reference: ParticleClouds
    ordinary: ParticleClouds
    unusual: ParticleClouds


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
        means over the splits, with intervals for other jets and a reference of other jets. Scores, gallery and medoids
        among the arrays are those of the first split.

    Raises:
        InputError: the samples are not particle clouds, or too small for the numbers of medoids.
    """
    names = labels(samples)
    distinct(samples)  # else events are scored by medoids that they are
    arrays: dict[str, NDArray[Any]] = {"names": np.array(names), "efficiencies": EFFICIENCIES}
    found: dict[str, list[Number]] = {}
    bands: dict[str, list[Band]] = {}
    for task in _tasks(samples, config):
        _log.info("split %d, %s task", task.split + 1, "inverse" if task.suffix else "main")
        for p in config.p:
            for method, detail, scores in _scores(task, config.transport(p), config, arrays, work):
                ordinary, unusual = np.split(scores, [len(task.ordinary)])
                _judge(f"{method}.p{p:g}{detail}{task.suffix}", ordinary, unusual, config, found, bands, not detail)
                if not task.split:
                    name = f"scores.{method}.p{p:g}{detail}{task.suffix}"
                    arrays[f"{name}.ordinary"], arrays[f"{name}.unusual"] = ordinary, unusual
        if not task.split and not task.suffix:
            arrays["gallery"] = _gallery(task, config, arrays)

    numbers: dict[str, Number] = {}
    for name, each in found.items():
        numbers[name] = (
            over_splits(each, within=(0, 1), shared=config.training)
            if name.startswith("auc.")
            else rejection_over_splits(each, shared=config.training)
        )
        arrays[f"splits.{name}"] = np.array([number.value for number in each])
    for name, curves in bands.items():
        scored = len(arrays[f"scores.{name}.ordinary"])
        band = efficiency_over_splits(curves, scored, shared=config.training)
        arrays[f"roc.{name}"] = np.stack([band.background_efficiency, band.low, band.high])
    return Outcome(_answer(numbers, names, config), numbers, arrays)


def _tasks(samples: Mapping[str, Events], config: AnomalyConfig) -> Iterator[_Task]:
    """Split both samples into a part for reference and a part to score, and pose both tasks; again and again."""
    jets = []
    for name, events in samples.items():
        if not isinstance(events, ParticleClouds):
            raise InputError(f"it holds {events.kind}", file=place(name), remedy="give files of particle clouds")
        cut, most = _cut(events, config), max(config.medoids)
        if cut < most or len(events) - cut < 2:
            remedy = f"give more events, or fewer medoids than --medoids {most}"
            text = f"{len(events)} events leave {cut} to choose {most} medoids from"
            raise InputError(text, file=place(name), remedy=remedy)
        with naming(name):
            jets.append(preprocess(events, config.steps))
    for split in range(config.splits):
        rng = np.random.default_rng((config.seed, split))
        parts = []
        for events in jets:
            order, cut = rng.permutation(len(events)), _cut(events, config)
            parts.append((events[np.sort(order[:cut])], events[np.sort(order[cut:])]))
        (background_reference, background_rest), (signal_reference, signal_rest) = parts
        yield _Task(split, "", background_reference, background_rest, signal_rest)
        yield _Task(split, ".inverse", signal_reference, signal_rest, background_rest)


def _cut(events: Events, config: AnomalyConfig) -> int:
    """How many events are the reference."""
    return round(config.training * len(events))


def _scores(
    task: _Task,
    metric: Transport,
    config: AnomalyConfig,
    arrays: dict[str, NDArray[Any]],
    work: Work,
) -> Iterator[tuple[str, str, NDArray[np.float64]]]:
    """Method, detail, and the scores of the ordinary and then the unusual events."""

    def distances(part: str, left: Events, right: Events | None = None) -> NDArray[np.float64]:
        return matrix(metric, left, right, **work.engine(f"split{task.split + 1}.{part}{task.suffix}.p{metric.p:g}"))

    within = distances("within", task.reference)
    chosen = {n: k_medoids(within, n, seed=config.seed).index for n in config.medoids}
    used = np.unique(np.concatenate(list(chosen.values())))
    to_used = np.concatenate(
        [distances(part, events, task.reference[used]) for part, events in _both(task, "to-medoids")]
    )
    for n, index in chosen.items():
        score = to_used[:, np.searchsorted(used, index)].min(axis=1)
        yield "medoids", f".n{n}", score
        if n == max(config.medoids):
            yield "medoids", "", score
            arrays.setdefault(f"medoids.p{metric.p:g}{task.suffix}", index)  # those of the first split

    average = _average(task.reference, config)
    to_average = [
        distances(part, pixelate(events, config.pixels, config.half_width), average)[:, 0]
        for part, events in _both(task, "to-average")
    ]
    yield "average", "", np.concatenate(to_average)


def _both(task: _Task, part: str) -> Iterator[tuple[str, ParticleClouds]]:
    yield f"{part}.ordinary", task.ordinary
    yield f"{part}.unusual", task.unusual


def _average(jets: ParticleClouds, config: AnomalyConfig) -> Images:
    """The mean image of the jets, each scaled to total pt 1 where the distance scales too."""
    images = pixelate(jets, config.pixels, config.half_width)
    weight = 1.0 / jets.total_pt if config.normalise else np.ones(len(jets))
    mean = np.einsum("i,ijk->jk", weight, images.values) / len(jets)
    return Images(values=mean[None], half_width=config.half_width)


def _judge(
    name: str,
    ordinary: NDArray[np.float64],
    unusual: NDArray[np.float64],
    config: AnomalyConfig,
    found: dict[str, list[Number]],
    bands: dict[str, list[Band]],
    headline: bool,
) -> None:
    """The area under the ROC curve of a score, and for the headline scores the curve and two rejections."""
    found.setdefault(f"auc.{name}", []).append(auc(ordinary, unusual, level=config.level))
    if not headline:
        return
    for percent in (30, 50):
        rejected = rejection(ordinary, unusual, percent / 100, level=config.level)
        found.setdefault(f"rejection{percent}.{name}", []).append(rejected)
    bands.setdefault(name, []).append(background_efficiency(ordinary, unusual, EFFICIENCIES, level=config.level))


def _gallery(task: _Task, config: AnomalyConfig, arrays: dict[str, NDArray[Any]]) -> NDArray[np.float64]:
    """Events to look at: rows of medoids, of the most anomalous ordinary events, of the most anomalous signal.

    Returns (3, GALLERY, particles, 3) with pt, longitudinal coordinate and phi, padded with zeros.
    """
    name = f"medoids.p{config.p[0]:g}"
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


def _answer(numbers: dict[str, Number], names: Sequence[str], config: AnomalyConfig) -> str:
    background, signal = names
    name = f"auc.medoids.p{config.p[0]:g}"
    return (
        f"The smallest distance to {max(config.medoids)} medoids of {background} (p = {config.p[0]:g}, no training) "
        f"finds {signal} with an AUC of {numbers[name]}; in the inverse task it is {numbers[f'{name}.inverse']}"
        f"{f', as means of {config.splits} splits' if config.splits > 1 else ''}."
    )


STUDY = Study(
    roles=(Role("background", "Ordinary jets."), Role("signal", "The jets to be found.")),
    config=AnomalyConfig,
    run=run,
    headline=lambda name: ".n" not in name,
    description="""Score events by their distance from ordinary ones, and measure how well the score finds the signal.

Two scores, no training: the transport distance to the average background image, and the smallest distance to n medoids
of the background. The inverse task, background sought among signal, is run as well. The answer is the area under the
ROC curve and the background rejection, with intervals.

For example: eventspace anomaly qcd.h5 top.h5 --out runs/qcd-top""",
)

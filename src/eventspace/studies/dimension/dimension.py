"""How many dimensions does a sample have at each resolution?

The correlation dimension of a sample is dim(Q) = Q d/dQ ln C(Q), where C(Q) is the fraction of pairs of events closer
than Q: Grassberger and Procaccia, Physica D 9 (1983) 189; for jets under the energy mover's distance Komiske, Metodiev
and Thaler, arXiv:1902.02346. Beside it stands Gride, from ratios of the distances to neighbours: Denti, Doimo, Laio and
Mira, Sci. Rep. 12 (2022) 20005, arXiv:2104.13832.
"""

import logging
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat, PositiveInt

from eventspace.base.errors import InputError
from eventspace.base.work import Work
from eventspace.distances.engine.pairwise import counts, counts_of_part
from eventspace.distances.metric import Metric
from eventspace.distances.registry import MetricConfig
from eventspace.events.base import Events
from eventspace.events.particles import ParticleClouds
from eventspace.events.preprocess import preprocess
from eventspace.statistics.dimension import correlation_dimension
from eventspace.studies.dimension.found import Found, answer, curves, numbers_of
from eventspace.studies.dimension.neighbours import AmongEvents, gride_of
from eventspace.studies.dimension.scales import between_thresholds, range_of_scales
from eventspace.studies.samples import naming, place
from eventspace.studies.study import Outcome, Role, Study, StudyConfig

__all__ = ["STUDY", "DimensionConfig", "run"]

_log = logging.getLogger(__name__)

_MANY_PAIRS = 5_000_000  # from which on the hint at --pairs is given
_MOST_EVENTS = 5000  # among which Gride looks for neighbours, where nothing else is asked for


class DimensionConfig(MetricConfig, StudyConfig):
    """Options of the study ``dimension``."""

    steps: tuple[Literal["centre", "rotate", "flip"], ...] = Field(
        ("centre",), description="Preprocessing of particle clouds before distances are taken."
    )
    q_min: PositiveFloat | None = Field(
        None,
        description="Smallest scale; by default 0.01 for normalised transport, else a low quantile of the distances.",
    )
    q_max: PositiveFloat | None = Field(
        None, description="Largest scale; by default 1 for normalised transport, else the largest of some distances."
    )
    thresholds: int = Field(41, ge=3, le=10_000, description="Number of scales, evenly spaced in log Q.")
    at: tuple[PositiveFloat, ...] | None = Field(
        None,
        description="Scales at which numbers are reported; by default 0.05, 0.1, 0.2 and 0.5 for normalised transport, "
        "else round values between the smallest and the largest scale.",
    )
    pairs: PositiveInt | None = Field(
        None,
        description="Measure the correlation dimension from about so many random pairs, and Gride among no more events "
        "than have so many pairs; by default from all pairs.",
    )
    neighbours: int = Field(128, ge=2, description="Largest neighbour order of Gride; orders are powers of 2.")
    gride_events: int | None = Field(
        None,
        ge=0,
        description="Number of random events among which Gride looks for neighbours; by default no more than 5,000; "
        "0 leaves Gride out.",
    )


def run(samples: Mapping[str, Events], config: DimensionConfig, work: Work) -> Outcome:
    """Measure the dimension of each sample against the scale Q: the correlation dimension, and Gride.

    Arguments:
        samples: the events of each sample, by name; all of one kind.
        config: see :class:`DimensionConfig`.
        work: how to work.

    Returns:
        Numbers ``dimension.q0.1`` and ``gride.q0.1``, ``pairs`` and ``gride.events`` (ending in the name of the sample
        where there are several), and the curves with their bands as arrays. The answer says which numbers were not
        measured, and why.

    Raises:
        InputError: a sample is too small, or samples cannot be compared.

    Example:
        >>> import eventspace as es
        >>> rng = np.random.default_rng(1)
        >>> disc = es.Points(values=rng.uniform(size=(300, 2)))
        >>> result = es.dimension(disc, at=(0.1,))
        >>> [abs(result.numbers[f"{name}.q0.1"].value - 2) < 0.3 for name in ("dimension", "gride")]
        [True, True]
    """
    for name, events in samples.items():
        if len(events) < 3:
            text, remedy = f"there are {len(events)} events", "give at least 3; 1,000 make a curve"
            raise InputError(text, file=place(name), remedy=remedy)
    ready: dict[str, Events] = {}
    for name, events in samples.items():
        kind = next(iter(samples.values())).kind
        if events.kind != kind:
            text = f"{events.kind} cannot be compared with {kind}"
            raise InputError(text, file=place(name), remedy="give samples of one kind")
        with naming(name):
            ready[name] = _prepared(events, config)
    first = next(iter(ready.values()))
    metric = config.metric_for(first)
    thresholds = _thresholds(metric, ready, config)
    scales = config.at or between_thresholds(metric, thresholds)

    found: dict[str, Found] = {}
    for k, (name, events) in enumerate(ready.items()):
        suffix = f".{name}" if len(samples) > 1 else ""
        with naming(name):
            below, pairs = _counted(metric, events, thresholds, config, work, name, k)
            neighbours = _neighbours(metric, events, config, work, name, k)
        every = len(events) * (len(events) - 1) // 2
        curve = correlation_dimension(below, thresholds, config.level)
        found[name] = Found(suffix, curve, pairs, every, len(events), neighbours)

    numbers, missing = numbers_of(found, scales, config.level)
    for name, reason in missing.items():
        _log.info("%s was not measured: %s", name, reason)
    arrays: dict[str, NDArray[Any]] = {
        "metric": np.array(metric.name),
        "unit": np.array(metric.unit_for(first)),
        "thresholds": thresholds,
    }
    for name, each in found.items():
        arrays |= {f"{name}.{key}": values for key, values in curves(each).items()}
    return Outcome(f"{answer(found, numbers, missing, scales)} {metric.remark(first)}".strip(), numbers, arrays)


def _prepared(events: Events, config: DimensionConfig) -> Events:
    return preprocess(events, config.steps) if isinstance(events, ParticleClouds) else events


def _thresholds(metric: Metric, samples: Mapping[str, Events], config: DimensionConfig) -> NDArray[np.float64]:
    low, high = config.q_min, config.q_max
    if low is None or high is None:
        usual = range_of_scales(metric, samples, config.seed)
        low, high = low or usual[0], high or usual[1]
    if low >= high:
        raise InputError(f"q_min = {low:g} is not below q_max = {high:g}", remedy="give a rising range of scales")
    return np.geomspace(low, high, config.thresholds)


def _counted(
    metric: Metric,
    events: Events,
    thresholds: NDArray[np.float64],
    config: DimensionConfig,
    work: Work,
    name: str,
    number: int,
) -> tuple[NDArray[np.int64], int]:
    """With how many events each event makes a pair closer than each threshold, and of how many pairs in all."""
    edges = thresholds**2 if metric.root_is_metric else thresholds
    every = len(events) * (len(events) - 1) // 2
    if config.pairs is not None and config.pairs < every:
        _log.info("counting %s random pairs of %s: %d events", f"{config.pairs:,}", name, len(events))
        how = work.engine(f"counts-{number}")
        return counts_of_part(metric, events, edges, config.pairs, seed=config.seed, **how)
    _log.info("counting pairs of %s: %d events", name, len(events))
    if every > _MANY_PAIRS:
        _log.info("these are %s pairs; --pairs 1000000 measures from a random part of them", f"{every:,}")
    return counts(metric, events, edges, **work.engine(f"counts-{number}")), every


def _neighbours(
    metric: Metric, events: Events, config: DimensionConfig, work: Work, name: str, number: int
) -> AmongEvents | None:
    most = _MOST_EVENTS if config.gride_events is None else config.gride_events
    if config.pairs is not None and config.gride_events is None:
        most = min(most, int((1 + np.sqrt(1 + 8 * config.pairs)) / 2))
    if most == 0:
        return None
    _log.info("looking for neighbours of %s: %d events", name, min(most, len(events)))
    file = f"neighbours-{number}"
    return gride_of(metric, events, config.neighbours, most, seed=config.seed, level=config.level, work=work, name=file)


STUDY = Study(
    roles=(Role("samples", "Events, all of one kind; each sample becomes a curve.", most=0),),
    config=DimensionConfig,
    run=run,
    description="""Measure the dimension of one or several samples against the scale Q, in two ways.

The correlation dimension is Q d/dQ ln C(Q), where C(Q) is the fraction of pairs of events closer than Q. Pairs are
counted as they are computed and never stored, so the memory does not grow with their number; --pairs takes a random
part of them. Bands come from a jackknife by event. Gride is the likelihood of ratios of the distances to two neighbours
of each event, at the orders 2, 4, 8, ...; its bands come from random halves of the sample.

Any distance of eventspace distances can be chosen with --metric. For jensen-shannon and mse the square root is used,
which is a metric.

For example: eventspace dimension qcd.h5 w.h5 top.h5 --out runs/dimension""",
)

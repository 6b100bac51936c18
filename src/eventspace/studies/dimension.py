"""How many dimensions does a sample have at each resolution?

The correlation dimension of a sample is dim(Q) = Q d/dQ ln C(Q), where C(Q) is the fraction of pairs of events closer
than Q: Grassberger and Procaccia, Physica D 9 (1983) 189; for jets under the energy mover's distance Komiske, Metodiev
and Thaler, arXiv:1902.02346.
"""

import logging
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat

from eventspace.base.errors import InputError
from eventspace.base.work import Work
from eventspace.distances.engine.pairwise import counts, matrix
from eventspace.distances.metric import Metric
from eventspace.distances.registry import MetricConfig
from eventspace.distances.transport.exact import Transport
from eventspace.events.base import Events
from eventspace.events.particles import ParticleClouds
from eventspace.events.preprocess import preprocess
from eventspace.statistics.dimension import Dimension, correlation_dimension
from eventspace.statistics.number import Number
from eventspace.studies.samples import naming, place
from eventspace.studies.study import Outcome, Role, Study, StudyConfig

__all__ = ["STUDY", "DimensionConfig", "run"]

_log = logging.getLogger(__name__)


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
    at: tuple[PositiveFloat, ...] = Field((0.05, 0.1, 0.2, 0.5), description="Scales at which numbers are reported.")


def run(samples: Mapping[str, Events], config: DimensionConfig, work: Work) -> Outcome:
    """Measure the correlation dimension of each sample against the scale Q.

    Arguments:
        samples: the events of each sample, by name; all of one kind.
        config: see :class:`DimensionConfig`.
        work: how to work.

    Returns:
        Numbers ``dimension.q0.1`` (ending in the name of the sample where there are several), and the curves with their
        bands as arrays. Scales with too few pairs are left out.

    Raises:
        InputError: a sample is too small, or samples cannot be compared.

    Example:
        >>> import eventspace as es
        >>> rng = np.random.default_rng(1)
        >>> disc = es.Points(values=rng.uniform(size=(300, 2)))
        >>> result = es.dimension(disc, at=(0.1,))
        >>> abs(result.numbers["dimension.q0.1"].value - 2) < 0.3
        True
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

    curves: dict[str, Dimension] = {}
    for k, (name, events) in enumerate(ready.items()):
        _log.info("counting pairs of %s: %d events", name, len(events))
        edges = thresholds**2 if metric.root_is_metric else thresholds
        with naming(name):
            below = counts(metric, events, edges, **work.engine(f"counts-{k}"))
        curves[name] = correlation_dimension(below, thresholds, config.level)

    numbers: dict[str, Number] = {}
    for name, curve in curves.items():
        for scale in config.at:
            number = _at(curve, scale)
            if number is not None:
                suffix = f".{name}" if len(samples) > 1 else ""
                numbers[f"dimension.q{scale:g}{suffix}"] = number
    arrays: dict[str, NDArray[Any]] = {
        "metric": np.array(metric.name),
        "unit": np.array(metric.unit_for(first)),
        "thresholds": thresholds,
    }
    for name, curve in curves.items():
        arrays[f"{name}.midpoints"] = curve.midpoints
        arrays[f"{name}.dimension"] = curve.values
        arrays[f"{name}.low"] = curve.low
        arrays[f"{name}.high"] = curve.high
        arrays[f"{name}.pairs"] = curve.pairs
    return Outcome(_answer(curves, config), numbers, arrays)


def _prepared(events: Events, config: DimensionConfig) -> Events:
    return preprocess(events, config.steps) if isinstance(events, ParticleClouds) else events


def _thresholds(metric: Metric, samples: Mapping[str, Events], config: DimensionConfig) -> NDArray[np.float64]:
    """The scales: fixed where distances have a natural unit, else from the distances among some events."""
    low, high = config.q_min, config.q_max
    if low is None or high is None:
        if isinstance(metric, Transport) and metric.normalise:
            natural = (0.01, 1.0)
        else:
            natural = _range_of_distances(metric, samples, config.seed)
        low, high = low or natural[0], high or natural[1]
    if low >= high:
        raise InputError(f"q_min = {low:g} is not below q_max = {high:g}", remedy="give a rising range of scales")
    return np.geomspace(low, high, config.thresholds)


def _range_of_distances(metric: Metric, samples: Mapping[str, Events], seed: int) -> tuple[float, float]:
    rng = np.random.default_rng(seed)
    found = []
    for events in samples.values():
        some = events[rng.permutation(len(events))[:100]]
        found.append(matrix(metric, some, show_progress=False)[np.triu_indices(len(some), 1)])
    distances = np.concatenate(found)
    if metric.root_is_metric:
        distances = np.sqrt(distances)
    distances = distances[distances > 0]
    if len(distances) == 0:
        raise InputError("all events are equal", remedy="a dimension needs events that differ")
    return float(np.quantile(distances, 0.002)), float(distances.max())


def _at(curve: Dimension, scale: float) -> Number | None:
    """The dimension at one scale, or None where too few pairs are closer than that."""
    try:
        return curve.at(scale)
    except InputError:
        return None


def _answer(curves: Mapping[str, Dimension], config: DimensionConfig) -> str:
    for scale in (0.1, *config.at):
        found = {name: _at(curve, scale) for name, curve in curves.items()}
        if all(number is not None for number in found.values()):
            parts = ", ".join(f"{name} {number}" for name, number in found.items())
            return f"At the scale Q = {scale:g} the correlation dimension is: {parts}."
    return "No sample has enough close pairs at these scales: give more events or larger scales."


STUDY = Study(
    roles=(Role("samples", "Events, all of one kind; each sample becomes a curve.", most=0),),
    config=DimensionConfig,
    run=run,
    description="""Measure the correlation dimension Q d/dQ ln C(Q) of one or several samples against the scale Q.

C(Q) is the fraction of pairs of events closer than Q. Pairs are counted as they are computed and never stored, so the
memory does not grow with their number. Bands come from a jackknife by event.

Any distance of eventspace distances can be chosen with --metric. For jensen-shannon and mse the square root is used,
which is a metric.

For example: eventspace dimension qcd.h5 w.h5 top.h5 --out runs/dimension""",
)

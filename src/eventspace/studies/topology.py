"""What shape does a sample have? Its connected components, loops and voids, by persistent homology.

After "Using Topological Data Analysis to Disentangle Complex Datasets" in the talk of K. Jaruskova, "IML Summary:
GANplifying event samples, Topological data analysis", 2020. Around a sample, a shape grows with the scale t: it holds
those parts that are dense at this scale, seen with resolution t. Connected components, loops and voids appear and
vanish as it grows. A feature is significant if it lives over a larger factor of scale than statistical fluctuations of
the sample can give. Density enters by the distance to the measure (H. Anai et al., arXiv:1811.04757), so that a few
events in a hole do not close it; fluctuations enter by a bootstrap of that distance, as in F. Chazal et al., Robust
topological inference, arXiv:1412.7197, here of its logarithm, whose fluctuation hardly depends on density. Any distance
can be used.
"""

import logging
import math
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.random import SeedSequence, default_rng
from numpy.typing import NDArray
from pydantic import Field
from scipy.stats import beta

from eventspace.base.errors import InputError
from eventspace.base.memory import require_memory
from eventspace.base.work import Work
from eventspace.events.base import Events
from eventspace.statistics.bootstrap import interval_of_norm, multiplicities
from eventspace.statistics.number import EXACT, Number
from eventspace.statistics.persistence import bottleneck, memory, persistence, persistence_image, wasserstein
from eventspace.statistics.shape import Features, Shape
from eventspace.studies.geometry import GeometryConfig, all_distances, matrix_memory
from eventspace.studies.samples import comparable, place
from eventspace.studies.study import Outcome, Role, Study

__all__ = ["STUDY", "TopologyConfig", "run"]

FEATURES = ("connected components", "loops", "voids")
PIXELS = 20  # along each side of a persistence image

_DISTANCES = {"distance": wasserstein, "bottleneck": bottleneck}  # the p-value is that of the first
_COUNT = "how many are significant: a count, not an interval for the source, which may have more that are too small"
_ESTIMATED = "estimated from the sizes before the start, without an interval"
_UNRESOLVED = "below the resolution of the landmarks, where nothing can be said"
_SHOWN = 2  # features beyond the significant ones whose persistence is reported

_log = logging.getLogger(__name__)

Floats = NDArray[np.float64]


class TopologyConfig(GeometryConfig):
    """Options of the study ``topology``."""

    neighbours: int = Field(
        50,
        ge=1,
        description="Events that a place must have around it to count as dense; fewer see more and are noisier.",
    )
    landmarks: int = Field(400, ge=3, description="Events, evenly spread, that the shape is made of.")
    dimensions: int = Field(1, ge=0, le=2, description="Highest dimension: 0 components, 1 loops, 2 voids.")
    replicas: int = Field(100, ge=20, description="Bootstrap replicas of the significance threshold.")
    permutations: int = Field(200, ge=19, description="Random exchanges of events between two samples.")


def run(samples: Mapping[str, Events], config: TopologyConfig, work: Work) -> Outcome:
    """Find the connected components, loops and voids of one sample, or of two and whether they differ.

    Arguments:
        samples: the events of one sample or two, by name; all of one kind.
        config: see :class:`TopologyConfig`.
        work: how to work.

    Returns:
        ``betti.0``, ``betti.1``: how many connected components and loops are significant, a count without an interval;
        ``threshold``, the factor of scale over which a feature has to live for that, at the confidence level, with the
        interval for more replicas; ``persistence.1.1``, the factor for the first loop, and so on with two more than are
        significant; ``resolution``, the smallest scale seen. With two samples the name follows, and there are
        ``distance.0``, ``distance.1`` (Wasserstein distance of order 2 between the diagrams, in ln scale),
        ``bottleneck.0``, ``bottleneck.1`` (the largest single change), both with an interval by the triangle
        inequality, and ``p.0``, ``p.1`` and ``p``, the permutation p-values of each ``distance`` and of the largest.
        ``memory`` is what was estimated beforehand for one thread, ``memory.thread`` what each further one adds.

        Neither memory nor resolution has an interval: the former is calculated from the sizes, the latter is exact for
        the landmarks that were chosen.

    Raises:
        InputError: the samples are too small or cannot be compared, or the matrix of distances does not fit into
            memory.
        MissingExtraError: gudhi is not installed.

    Example:
        >>> import eventspace as es
        >>> angle = np.random.default_rng(1).uniform(0, 2 * np.pi, 600)
        >>> circle = es.Points(values=np.stack([np.cos(angle), np.sin(angle)], axis=1))
        >>> result = es.topology(circle, neighbours=20, landmarks=60, replicas=50)
        >>> [result.numbers[f"betti.{k}"].value for k in (0, 1)]
        [1.0, 1.0]
    """
    comparable(samples)
    metric = config.metric_for(next(iter(samples.values())))
    used = {
        name: config.prepared(events[config.drawn(len(events), metric, number)])
        for number, (name, events) in enumerate(samples.items())
    }
    for name, events in used.items():
        if len(events) < 2 * config.neighbours:
            raise InputError(
                f"{len(events)} events are too few for {config.neighbours} neighbours",
                file=place(name),
                remedy="give more events, or fewer --neighbours",
            )
    sizes = [len(events) for events in used.values()]
    alone, each = _memory(sizes, config)
    needed = alone + (_workers(work.threads) - 1) * each
    _log.info("%d events, about %.2f GB of memory", sum(sizes), needed / 1e9)
    require_memory(needed, "give fewer --events, --landmarks or --threads")

    distances, unit = all_distances(metric, list(used.values()), work)
    numbers = {
        "memory": Number(alone / 1e9, None, None, config.level, "GB", _ESTIMATED),
        "memory.thread": Number(each / 1e9, None, None, config.level, "GB", _ESTIMATED),
    }
    arrays: dict[str, NDArray[Any]] = {
        "names": np.array(list(used)),
        "metric": np.array(metric.name),
        "unit": np.array(unit),
    }
    found: dict[str, Features] = {}
    end = 0
    for number, (name, events) in enumerate(used.items()):
        start, end = end, end + len(events)
        _log.info("the shape of %s", name)
        within = distances[start:end, start:end]
        found[name] = Features.of(
            within,
            config.neighbours,
            default_rng(SeedSequence(config.seed, spawn_key=(1, number))),
            count=config.landmarks,
            dimensions=config.dimensions,
            replicas=config.replicas,
            level=config.level,
        )
        suffix = f".{name}" if len(used) > 1 else ""
        numbers |= _numbers(found[name], suffix, unit, config.level)
        arrays |= _arrays(name, found[name], events)
    arrays |= _images(found)
    if len(used) == 2:
        _log.info("exchanging events between the samples")
        numbers |= _compared(distances, sizes, config, arrays, work.threads)
    answer = f"{_answer(found, numbers, config)} {metric.remark(next(iter(used.values())))}".strip()
    return Outcome(answer, numbers, arrays)


def _memory(sizes: Sequence[int], config: TopologyConfig) -> tuple[int, int]:
    """The bytes at the peak on one thread, and what each further thread adds.

    The first are the matrix of distances, the events around the landmarks, and the diagrams. Where two samples are
    compared, up to half of the landmarks may have to look at all events, on each thread with other weights; and the
    allocator keeps what the diagrams of each sample took on threads that have ended (measured with glibc).
    """
    total, marks = sum(sizes), min(config.landmarks, sum(sizes))
    alone = matrix_memory(sizes) + 40 * marks * total + (4 if len(sizes) > 1 else 1) * memory(marks)
    return alone, memory(marks) + (24 * marks * total if len(sizes) > 1 else 0)


def _workers(threads: int | None) -> int:
    return threads or os.cpu_count() or 1


def _numbers(found: Features, suffix: str, unit: str, level: float) -> dict[str, Number]:
    numbers: dict[str, Number] = {}
    for dimension, count in enumerate(found.betti):
        numbers[f"betti.{dimension}{suffix}"] = Number(float(count), None, None, level, note=_COUNT)
    numbers[f"threshold{suffix}"] = Number(found.threshold, *found.threshold_ends, level)
    numbers[f"resolution{suffix}"] = Number(found.shape.floor, None, None, level, unit, EXACT)
    for dimension, count in enumerate(found.betti):
        factors = persistence(found.diagrams[dimension])
        for rank, factor in enumerate(factors[: count + _SHOWN], 1):
            if math.isfinite(factor):
                low, high = max(1.0, factor / found.shift**2), factor * found.shift**2
                numbers[f"persistence.{dimension}.{rank}{suffix}"] = Number(float(factor), low, high, level)
    return numbers


def _arrays(name: str, found: Features, events: Events) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {f"{name}.diagram.{k}": diagram for k, diagram in enumerate(found.diagrams)}
    arrays[f"{name}.threshold"] = np.array(found.threshold)
    arrays[f"{name}.scales"] = found.scales
    values = getattr(events, "values", None)
    if events.kind == "points" and values is not None and values.shape[1] <= 2:
        arrays[f"{name}.landmarks"] = values[found.shape.marks.number]
    return arrays


def _images(found: Mapping[str, Features]) -> dict[str, NDArray[Any]]:
    """Persistence images of all samples, with common axes."""
    arrays: dict[str, NDArray[Any]] = {}
    for dimension in range(len(next(iter(found.values())).diagrams)):
        finite = [d[np.isfinite(d[:, 1])] for d in (each.diagrams[dimension] for each in found.values())]
        both = np.concatenate(finite)
        if len(both) == 0:
            continue
        scales = float(both[:, 0].min()) / 1.2, float(both[:, 0].max()) * 1.2
        highest = float(persistence(both).max()) * 1.2
        arrays[f"image.{dimension}.axes"] = np.array([*scales, highest])
        for name, diagram in zip(found, finite, strict=True):
            arrays[f"{name}.image.{dimension}"] = persistence_image(diagram, scales, highest, PIXELS)
    return arrays


def _compared(
    distances: Floats,
    sizes: Sequence[int],
    config: TopologyConfig,
    arrays: dict[str, NDArray[Any]],
    threads: int | None,
) -> dict[str, Number]:
    """The distance between the diagrams of the two samples, and how often it is as large for random divisions.

    Landmarks come from both samples together, independently of the sample of an event, so that the p-value is exact:
    under the hypothesis of one source it is at or below any alpha in at most a fraction alpha of cases.
    """
    rng = default_rng(SeedSequence(config.seed, spawn_key=(2,)))
    shape = Shape.of(distances, config.landmarks, rng)
    total, fraction = sum(sizes), config.neighbours / min(sizes)
    mine = np.arange(total) < sizes[0]
    masks = [rng.permutation(total) < sizes[0] for _ in range(config.permutations)]
    replicas = [
        np.concatenate(pair)
        for drawn in multiplicities(sizes, config.replicas, rng)
        for pair in zip(*drawn, strict=True)
    ]

    def diagrams(weights: NDArray[np.int64]) -> list[Floats]:
        return shape.diagrams(shape.scales(weights, fraction * weights.sum()), config.dimensions)

    def apart(one: Sequence[Floats], other: Sequence[Floats]) -> list[list[float]]:
        return [[distance(a, b) for a, b in zip(one, other, strict=True)] for distance in _DISTANCES.values()]

    def exchanged(mask: NDArray[np.bool_]) -> list[float]:
        return [wasserstein(a, b) for a, b in zip(diagrams(1 * mask), diagrams(1 * ~mask), strict=True)]

    one, other = diagrams(1 * mine), diagrams(1 * ~mine)

    def moved(weights: NDArray[np.int64]) -> Floats:
        """How far a replica of each sample is from the sample."""
        return np.add(apart(diagrams(weights * mine), one), apart(diagrams(weights * ~mine), other))

    with ThreadPoolExecutor(_workers(threads)) as pool:
        null = np.array(list(pool.map(exchanged, masks)))
        noise = np.array(list(pool.map(moved, replicas)))
    found = np.array(apart(one, other))
    arrays["distances"], arrays["distances.exchanged"] = found[0], null
    numbers = {"p": _p_value(null.max(axis=1), float(found[0].max()), config.level)}
    for dimension in range(config.dimensions + 1):
        for number, name in enumerate(_DISTANCES):
            apart_by = interval_of_norm(noise[:, number, dimension], float(found[number, dimension]), config.level)
            # No landmark has moved, in any replica either, which does not prove that nothing differs.
            numbers[f"{name}.{dimension}"] = apart_by if apart_by.high else replace(apart_by, note=_UNRESOLVED)
        numbers[f"p.{dimension}"] = _p_value(null[:, dimension], float(found[0, dimension]), config.level)
    return numbers


def _p_value(null: Floats, observed: float, level: float) -> Number:
    """(1 + those as far) / (1 + all), with the interval of what more permutations would give."""
    as_far, all_ = int(np.count_nonzero(null >= observed)), len(null)
    low = float(beta.ppf((1 - level) / 2, as_far, all_ - as_far + 1)) if as_far else 0.0
    high = float(beta.ppf((1 + level) / 2, as_far + 1, all_ - as_far)) if as_far < all_ else 1.0
    return Number((1 + as_far) / (1 + all_), low, high, level)


def _answer(found: Mapping[str, Features], numbers: Mapping[str, Number], config: TopologyConfig) -> str:
    parts = []
    for name, each in found.items():
        shown = [f"{count} {FEATURES[k][: -1 if count == 1 else None]}" for k, count in enumerate(each.betti)]
        words = f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else shown[0]
        parts.append(
            f"{name} has {words} that live over more than a factor {float(f'{each.threshold:.2g}'):g} of scale"
        )
    sentence = "; ".join(parts)
    if "p" in numbers:
        if all(numbers[f"distance.{k}"].value == 0 for k in range(config.dimensions + 1)):
            unseen = "whether the shapes differ is below the resolution: give more --landmarks, or fewer --neighbours"
            return f"{sentence}; {unseen}."
        differ = "differ" if numbers["p"].value <= 1 - config.level else "do not differ significantly"
        sentence += f"; the shapes {differ}, p = {numbers['p']}"
    return f"{sentence}."


STUDY = Study(
    roles=(Role("samples", "Events; with a second sample the shapes are compared.", most=2),),
    config=TopologyConfig,
    run=run,
    headline=lambda name: name.split(".")[0] in ("memory", "betti", "threshold", "distance", "p"),
    description="""Count the connected components, loops and voids of a sample, and compare the shapes of two.

Persistent homology of a shape that grows with the scale: what is dense at a scale, seen with that resolution. A feature
is significant if it lives over a larger factor of scale than the threshold, which a bootstrap gives. For two samples
the Wasserstein distance of their diagrams has a permutation p-value: does a generated ring have its hole?

Any distance of eventspace distances can be chosen with --metric. For jensen-shannon and mse the square root is used,
which is a metric.

For example: eventspace topology ring.h5 generated.h5 --out runs/topology""",
)

"""How many different events can a generator make? The birthday paradox test, for calorimeter showers and other events.

After the talk of K. Jaruskova and S. Vallecorsa, "Estimating Support Size of the 3DGAN", IML workshop 2020: draw s
events of a sample; if the chance that two of them are the same is one half, the source can make about s^2 different
ones. Two events are the same if they are close in every feature: closer than the alpha-quantile of the distances within
the reference sample. With a single feature a pair is close with probability alpha by construction, so the support of a
sample alone measures only the correlation of the features. The generator is judged by the ratio of its support to that
of the reference under the same thresholds, and by the overlap of both: whether its events are those of the reference,
or others.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat

from eventspace.base.errors import InputError
from eventspace.base.store import Store
from eventspace.base.work import Work
from eventspace.distances.energy import EnergyDifference
from eventspace.distances.engine.pairs import largest
from eventspace.distances.euclidean import Euclidean
from eventspace.distances.jensen_shannon.divergence import JensenShannon
from eventspace.distances.metric import Metric
from eventspace.distances.ssim.similarity import SSIM
from eventspace.distances.transport.exact import Transport
from eventspace.distances.transport.profiles import ProfileTransport
from eventspace.distances.transport.showers import ShowerTransport
from eventspace.events.base import Events
from eventspace.events.cloud_features import cloud_features
from eventspace.events.particles import ParticleClouds
from eventspace.events.points import Points
from eventspace.events.shower_features import shower_features
from eventspace.events.showers import Showers
from eventspace.statistics.agreement import opinions
from eventspace.statistics.birthdays import corrected_support, first_collisions, half_size
from eventspace.statistics.collisions import Collisions, ratio
from eventspace.statistics.number import EXACT, SETTING, Number
from eventspace.studies.samples import SAMPLES, comparable, distinct, header, labels, naming, place
from eventspace.studies.study import GENERATOR_ROLES, Outcome, Study, StudyConfig
from eventspace.studies.support.comparison import Comparison, compare
from eventspace.studies.support.duplicates import Condition, random_distances
from eventspace.studies.support.energy_bins import in_energy_bins

__all__ = ["STUDY", "SupportConfig", "alpha_suffix", "run", "scan_alphas"]

GALLERY = 3  # pairs shown of each sample
LEAST = 10  # events of a sample, or of a bin of energy
SCANNED = 8  # alphas

_FIXED = "for these thresholds; for those of infinitely many reference events measured to cover in 74 to 93%"
_BOUND = "a bound that holds for every event, without an interval"
_AXES: tuple[Literal["x", "y", "z"], ...] = ("x", "y", "z")

_log = logging.getLogger(__name__)

Fraction = Annotated[float, Field(gt=0, lt=1)]
Feature = Literal["profiles", "total", "ssim", "profile-transport", "transport", "euclidean"]
Integers = NDArray[np.int64]


class SupportConfig(StudyConfig):
    """Options of the study ``support``."""

    alpha: tuple[Fraction, ...] = Field(
        (0.02, 0.05),
        min_length=1,
        description="Fraction of the reference's pairs that is close in one feature; the first gives the headline.",
    )
    features: tuple[Feature, ...] | None = Field(
        None,
        description="Features that have to be close, in the order of the definitions: profiles (Jensen-Shannon along "
        "x, y and z), total (energy), ssim, profile-transport, transport, euclidean. For showers by default profiles "
        "total ssim.",
    )
    normalise: bool | None = Field(
        None,
        description="Compare events of unit energy; by default transport does, the profiles do not, as in the talk.",
    )
    threshold: float = Field(
        0.0, ge=0, description="Leave out cells of showers below this many GeV in both samples, as a generator may do."
    )
    dynamic_range: float | None = Field(
        None, gt=0, description="Range L of the SSIM; by default the largest cell of the reference."
    )
    sigma: float = Field(
        1.5,
        gt=0,
        description="Width of the SSIM's window in cells; the window shrinks to the grid.",
    )
    R: float = Field(1.0, gt=0, description="Scale of the transport distance: an angle; in cells for showers.")
    p: float = Field(1.0, gt=0, description="Power of the angle, or distance, in the transport distance.")
    most_cells: int = Field(
        256,
        ge=1,
        description="Transport of showers: the largest number of groups that the cells of each are merged into.",
    )
    replications: int = Field(1000, ge=100, description="Birthday experiments per curve.")
    sampled_pairs: int = Field(
        20_000, ge=1000, description="Random pairs that give the quantile of a slow distance (ssim, transport)."
    )
    energy_bins: tuple[PositiveFloat, ...] | None = Field(
        None,
        min_length=2,
        description="Edges in GeV, rising: compare in each bin of the incident energy too, each with its thresholds.",
    )
    scan_dynamic_range: tuple[PositiveFloat, ...] | None = Field(
        None, min_length=1, description="Dynamic ranges in GeV: repeat the definition that ends with ssim for each."
    )


def run(samples: Mapping[str, Events], config: SupportConfig, work: Work) -> Outcome:
    """Estimate the support of a generator, beside that of its reference.

    Arguments:
        samples: ``reference``, n events of the true source, which give the thresholds; and ``generated``, m events of
            the generator.
        config: see :class:`SupportConfig`.
        work: how to work.

    Returns:
        For each definition, ``profiles`` to ``profiles+total+ssim``: ``ratio.{definition}``, the support of the
        generator over that of the reference; ``overlap.{definition}``, how far their events are the same, from 0 to 1
        (see :mod:`eventspace.statistics.overlap`); for each sample ``collision.{sample}.{definition}``, the fraction of
        duplicates among all pairs; ``support.{sample}.{definition}``, its inverse; ``s50.…``, the smallest subset with
        a duplicate in more than half of the cases; ``support.talk.…`` = s50^2 and ``support.corrected.…``, the number
        of equally likely outcomes with this s50. Without a duplicate ``support.…`` is a limit for any source, and
        ``support.even.…`` that of equally likely outcomes. Numbers of other alphas than the first end in
        ``.alpha0.05``, those of an energy bin in ``.energy50-100``, those of another dynamic range in ``.L10``.
        ``dynamic_range`` is that of the SSIM, ``merging.{sample}`` bounds the change that merged cells make in the
        transport of a shower. ``opinion.…`` are two-sample metrics on features of showers and clouds, and on points.

        Arrays ``scan.alpha`` (alphas,), ``scan.thresholds`` (conditions, alphas) and ``scan.collision.{sample}.…``,
        ``scan.support.{sample}.…``, ``scan.ratio.…``, ``scan.overlap.…`` (3, alphas): value, low and high; NaN where
        there is none.

    Raises:
        InputError: the samples differ in kind, hold the same events, are too small, or lack a feature or a column of
            the configuration.
    """
    names = labels(samples)
    samples = _checked(samples, config)
    reference = samples["reference"]
    conditions = _conditions(reference, config)
    how, kept = work.engine(), work.store(header(samples, config))
    del how["checkpoint"]  # the steps are kept
    settings: dict[str, Any] = {"sampled_pairs": config.sampled_pairs, "seed": config.seed, "how": how, "kept": kept}
    bins = in_energy_bins(samples, config.energy_bins, LEAST) if config.energy_bins else {}
    ranges = _other_ranges(conditions, config)

    whole = compare(samples, conditions, config.alpha, scan_alphas(config), **settings)
    numbers = _ranges(whole, "", config)
    arrays: dict[str, NDArray[Any]] = {
        "names": np.array(names),
        "conditions": np.array([condition.name for condition in conditions]),
        "units": np.array([condition.metric.unit_for(reference) for condition in conditions]),
        "definitions": np.array(whole.definitions),
        "thresholds": whole.at(config.alpha),
    }
    _record(whole, whole.definitions, "", config, numbers, arrays)
    arrays |= _scan(whole, config)
    for sample, events in samples.items():
        with naming(sample):
            _describe(sample, events, whole, config, how, kept, numbers, arrays)
        if isinstance(events, Showers):
            arrays |= _gallery(sample, events, whole)
    for name, parts in bins.items():
        # As if the bin were all there is, down to the dynamic range.
        of_bin = _conditions(parts["reference"], config)
        found = compare(parts, of_bin, config.alpha, (), name=f".{name}", **settings)
        numbers |= _ranges(found, f".{name}", config)
        _record(found, found.definitions, f".{name}", config, numbers, arrays)
    for L, changed in ranges.items():
        found = compare(samples, changed, config.alpha[:1], (), name=f".L{L:g}", **settings)
        numbers[f"threshold.ssim.L{L:g}"] = Number(float(found.values[-1, 0]), None, None, config.level, note=SETTING)
        _record(found, found.definitions[-1:], f".L{L:g}", config, numbers, arrays)
    tables = [table for table in map(_table, samples.values()) if table is not None]
    if tables:
        _log.info("two-sample metrics")
        second = opinions(*tables, seed=config.seed, level=config.level)
        numbers |= {f"opinion.{name}": number for name, number in second.items()}
    remarks = [condition.metric.remark(reference) for condition in conditions]
    answer = " ".join([_answer(whole.definitions, bins, numbers, names, config.alpha[0]), *filter(None, remarks)])
    return Outcome(answer, numbers, arrays)


def scan_alphas(config: SupportConfig) -> list[float]:
    """The fractions that are scanned: from a quarter of the smallest alpha of the configuration to the largest."""
    scanned: list[float] = np.geomspace(min(config.alpha) / 4, max(config.alpha), SCANNED).tolist()
    return scanned


def _checked(samples: Mapping[str, Events], config: SupportConfig) -> dict[str, Events]:
    """Both samples, without cells below the threshold."""
    for name, events in samples.items():
        if len(events) < LEAST:
            raise InputError(
                f"there are {len(events)} events", file=place(name), remedy=f"give thousands; {LEAST} at the least"
            )
    comparable(samples)
    distinct(samples)  # else every event would be a duplicate of its copy, and the overlap far above 1
    return {name: _above(events, name, config.threshold) for name, events in samples.items()}


def _above(events: Events, name: str, threshold: float) -> Events:
    if threshold and not isinstance(events, Showers):
        raise InputError(f"{events.kind} have no cells", remedy="leave out --threshold")
    try:
        events.check()
        return events.check_unit().above(threshold) if threshold and isinstance(events, Showers) else events
    except InputError as error:
        raise error.at(place(name)) from None


def _conditions(events: Events, config: SupportConfig) -> list[Condition]:
    """The distances that have to be small, in the order in which they are applied."""
    usual: dict[str, tuple[Feature, ...]] = {"showers": ("profiles", "total", "ssim"), "points": ("euclidean",)}
    largest_cell = float(shower_features(events)[:, -1].max()) if isinstance(events, Showers) else None
    found: list[Condition] = []
    for feature in config.features or usual.get(events.kind, ("transport",)):
        match feature:
            case "profiles":
                found += [
                    Condition(axis, feature, JensenShannon(axis, bool(config.normalise)), False) for axis in _AXES
                ]
            case "total":
                found.append(Condition("total", feature, EnergyDifference(), False))
            case "ssim":
                range_ = config.dynamic_range or largest_cell
                if range_ is None:
                    raise InputError("the SSIM needs a dynamic range", remedy="give --dynamic-range")
                found.append(Condition("ssim", feature, SSIM(L=range_, sigma=config.sigma), True))
            case "profile-transport":
                found += [Condition(f"W {axis}", feature, ProfileTransport(axis), False) for axis in _AXES]
            case "transport":
                found.append(Condition("transport", feature, _transport(events, config), True))
            case "euclidean":
                found.append(Condition("euclidean", feature, Euclidean(), False))
    return found


def _transport(events: Events, config: SupportConfig) -> Metric:
    normalise = True if config.normalise is None else config.normalise
    if isinstance(events, Showers):
        return ShowerTransport(config.R, config.p, normalise, config.most_cells)
    return Transport(config.R, config.p, normalise)


def _other_ranges(conditions: Sequence[Condition], config: SupportConfig) -> dict[float, list[Condition]]:
    """The conditions up to the SSIM, with each dynamic range of the scan."""
    if not config.scan_dynamic_range:
        return {}
    features = [condition.feature for condition in conditions]
    if "ssim" not in features:
        raise InputError(
            "there is no SSIM whose dynamic range could be scanned",
            remedy="add ssim to --features, or leave out --scan-dynamic-range",
        )
    place = features.index("ssim")
    return {
        L: [*conditions[:place], conditions[place]._replace(metric=SSIM(L=L, sigma=config.sigma))]
        for L in dict.fromkeys(config.scan_dynamic_range)
    }


def _ranges(comparison: Comparison, suffix: str, config: SupportConfig) -> dict[str, Number]:
    """The dynamic range of the SSIM, if it is one of the conditions."""
    return {
        f"dynamic_range{suffix}": Number(condition.metric.L, None, None, config.level, "GeV", SETTING)
        for condition in comparison.conditions
        if isinstance(condition.metric, SSIM)
    }


def _record(
    comparison: Comparison,
    chosen: Sequence[str],
    suffix: str,
    config: SupportConfig,
    numbers: dict[str, Number],
    arrays: dict[str, NDArray[Any]],
) -> None:
    """The numbers of the chosen definitions, at each alpha of the configuration and the comparison."""
    for alpha in [alpha for alpha in dict.fromkeys(config.alpha) if alpha in comparison.alphas]:
        for definition in chosen:
            name = f"{definition}{alpha_suffix(alpha, config)}{suffix}"
            counts = {sample: comparison.collisions(sample, definition, alpha) for sample in SAMPLES}
            for sample, found in counts.items():
                i, j = comparison.duplicates(sample, definition, alpha)
                rng = np.random.default_rng(config.seed)
                first = first_collisions(found.events, i, j, config.replications, rng)
                numbers |= _numbers(f"{sample}.{name}", found, first, config.level)
                arrays[f"first.{sample}.{name}"] = first
            of_both = ratio(counts["generated"], counts["reference"], config.level)
            if of_both is not None:
                numbers[f"ratio.{name}"] = of_both
            shared = comparison.overlap(definition, alpha, config.level)
            if shared is not None:
                numbers[f"overlap.{name}"] = shared


def alpha_suffix(alpha: float, config: SupportConfig) -> str:
    """The end of the names of numbers at this alpha: empty at the first."""
    return "" if alpha == config.alpha[0] else f".alpha{alpha:g}"


def _scan(comparison: Comparison, config: SupportConfig) -> dict[str, NDArray[Any]]:
    """Collision probability, support, ratio and overlap against alpha."""
    alphas = [alpha for alpha in scan_alphas(config) if alpha in comparison.alphas]
    arrays = {"scan.alpha": np.array(alphas), "scan.thresholds": comparison.at(alphas)}
    for definition in comparison.definitions:
        counts = {s: [comparison.collisions(s, definition, alpha) for alpha in alphas] for s in SAMPLES}
        for sample, found in counts.items():
            name = f"{sample}.{definition}"
            arrays[f"scan.collision.{name}"] = _columns([each.probability(config.level) for each in found])
            arrays[f"scan.support.{name}"] = _columns([each.support(config.level) for each in found])
        both = zip(counts["generated"], counts["reference"], strict=True)
        arrays[f"scan.ratio.{definition}"] = _columns([ratio(made, true, config.level) for made, true in both])
        shared = [comparison.overlap(definition, alpha, config.level) for alpha in alphas]
        arrays[f"scan.overlap.{definition}"] = _columns(shared)
    return arrays


def _columns(found: Sequence[Number | None]) -> NDArray[np.float64]:
    """(3, n) value, low, high; NaN where there is none."""
    rows = [(None, None, None) if each is None else (each.value, each.low, each.high) for each in found]
    return np.array(rows, dtype=np.float64).reshape(len(rows), 3).T


def _numbers(name: str, found: Collisions, first: Integers, level: float) -> dict[str, Number]:
    """The fraction of duplicates and what follows from it."""
    half = half_size(first, found, level)
    low, high = (None if end is None else end**2 for end in (half.low, half.high))
    numbers = {
        f"support.{name}": found.support(level),
        f"s50.{name}": half,
        f"support.talk.{name}": Number(half.value**2, low, high, level, note=half.note),
        f"support.corrected.{name}": corrected_support(half),
    }
    if_even = found.support_if_even(level)
    if if_even is not None:
        numbers[f"support.even.{name}"] = if_even
    noted = {
        key: replace(number, note="; ".join(filter(None, (number.note, _FIXED)))) for key, number in numbers.items()
    }
    return {f"collision.{name}": found.probability(level), **noted}


def _describe(
    sample: str,
    events: Events,
    comparison: Comparison,
    config: SupportConfig,
    how: dict[str, Any],
    kept: Store,
    numbers: dict[str, Number],
    arrays: dict[str, NDArray[Any]],
) -> None:
    """The distances of random pairs, and the largest one of all pairs where that is fast."""
    for number, condition in enumerate(comparison.conditions):
        metric = condition.metric
        arrays[f"distances.{sample}.{condition.name}"] = (
            comparison.random[number]
            if sample == "reference"
            else random_distances(condition, events, config.sampled_pairs, config.seed, how, kept, sample)
        )
        if isinstance(metric, ShowerTransport) and isinstance(events, Showers) and metric.has_bound(events):
            moved, unit = metric.displacement(events), metric.unit_for(events)
            numbers[f"merging.{sample}"] = Number(float(moved.max()), None, None, config.level, unit, _BOUND)
        if condition.slow:
            continue
        found = kept.step(f"largest.{condition.name}.{sample}", partial(_largest, metric, events, how))
        name = f"largest.{condition.name}.{sample}"
        unit = metric.unit_for(events)
        numbers[name] = Number(float(found["largest"]), None, None, config.level, unit, EXACT)


def _largest(metric: Metric, events: Events, how: dict[str, Any]) -> dict[str, NDArray[Any]]:
    return {"largest": np.array(largest(metric, events, **how))}


def _gallery(sample: str, events: Showers, comparison: Comparison) -> dict[str, NDArray[Any]]:
    """The pairs that are closest in what is farthest from its threshold, seen from the side and along the shower."""
    close = comparison.close[sample]
    worst = (close.values / [found.loosest for found in comparison.thresholds]).max(axis=1)
    chosen = np.argsort(worst, kind="stable")[:GALLERY]
    dense = [events[np.array([close.i[k], close.j[k]])].to_dense() for k in chosen]
    shown = np.array(dense) if dense else np.empty((0, 2, *events.shape))
    return {f"gallery.{sample}.side": shown.sum(axis=3), f"gallery.{sample}.front": shown.sum(axis=4)}


def _table(events: Events) -> NDArray[np.float64] | None:
    """(n, f) features of the events, for the two-sample metrics; None for those that have none, images."""
    if isinstance(events, Showers):
        return shower_features(events)
    if isinstance(events, ParticleClouds):
        return cloud_features(events)
    return np.asarray(events.values, dtype=np.float64) if isinstance(events, Points) else None


def _answer(
    named: Sequence[str], bins: Iterable[str], numbers: Mapping[str, Number], names: Sequence[str], alpha: float
) -> str:
    for definition in reversed(named):
        found = numbers.get(f"ratio.{definition}")
        if found is not None:
            made, true = (numbers[f"support.{sample}.{definition}"] for sample in ("generated", "reference"))
            of_bins = ""
            for name in bins:
                of_bin = numbers.get(f"ratio.{definition}.{name}")
                value = "no two events are the same" if of_bin is None else str(of_bin)
                of_bins += f" From {name.removeprefix('energy').replace('-', ' to ')} GeV: {value}."
            shared = numbers.get(f"overlap.{definition}")
            reading = "" if shared is None else f"; their overlap is {shared}{_reading(found, shared)}"
            return (
                f"By {definition}, the support of {names[1]} over that of {names[0]} is {found}: "
                f"{made} against {true} events{reading}.{of_bins}"
            )
    limit, if_even = (numbers[f"support.{kind}generated.{named[0]}"] for kind in ("", "even."))
    return (
        f"At alpha = {alpha:g} no two events are the same in either sample by {named[0]}: the "
        f"support of {names[1]} is {limit} for any source, and "
        f"{if_even} if all outcomes are equally likely."
    )


def _reading(ratio: Number, shared: Number) -> str:
    """What ratio and overlap mean together, where their intervals decide it."""
    if ratio.low is None or ratio.high is None or shared.high is None:
        return ""
    # The overlap if the smaller of two even supports lies within the larger one, for any ratio in its interval.
    least = np.sqrt(min(ratio.low, 1 / ratio.high))
    most = np.sqrt(min(ratio.high, 1 / ratio.low, 1.0))
    if shared.high < least / 2:
        return ", so these are mostly other events"
    if shared.low is None:
        return ""
    if shared.low <= 1 <= shared.high and ratio.low <= 1 <= ratio.high:
        return (
            ", so the events that each repeats most are the same ones; the rarer ones may differ: see the two-sample "
            "metrics (opinion.…)"
        )
    if shared.low <= most / 2:
        return ""
    return ", so most of the smaller support lies within the larger one"


STUDY = Study(
    roles=GENERATOR_ROLES,
    config=SupportConfig,
    run=run,
    headline=lambda name: name.startswith(("ratio.", "overlap.", "s50.", "opinion.")) and ".alpha" not in name,
    description="""Estimate how many different events a generator can make: the birthday paradox test.

Two events are the same if they are closer, in every feature, than a fraction alpha of the pairs of the reference. The
support size follows from the fraction of such duplicates among all pairs, and s50 from the subsets that hold one. The
generator is judged by the ratio of its support to that of the reference, under the same thresholds, and by the overlap
of both, from 0 to 1: whether its events are those of the reference, or others.

For example: eventspace support geant4.h5 gan.h5 --out runs/support""",
)

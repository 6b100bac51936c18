"""How many different events can a generator make? The birthday paradox, asked of calorimeter showers.

After the talk "Support size estimation of a 3D GAN by the birthday paradox test" (seed 000): draw s events of a sample;
if the chance that two of them are the same is one half, the source can make about s^2 different ones. Two events are
the same if they are close in every feature: closer than the alpha-quantile of the distances within the reference
sample. With a single feature a pair is close with probability alpha by construction, so the number of a sample by
itself only measures how the features hang together; what says something about the generator is the ratio of its
support to that of the reference under the same thresholds.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from eventspace.base.errors import InputError
from eventspace.distances.divergence import JensenShannon
from eventspace.distances.energy import EnergyDifference
from eventspace.distances.euclidean import Euclidean
from eventspace.distances.pairs import largest, listed, random_pairs
from eventspace.distances.profile_transport import ProfileTransport
from eventspace.distances.similarity import SSIM
from eventspace.distances.transport import Transport
from eventspace.events.base import Events
from eventspace.events.shower_features import shower_features
from eventspace.events.showers import Showers
from eventspace.statistics.agreement import opinions
from eventspace.statistics.collisions import Collisions, first_collisions, half_size, half_size_of, ratio
from eventspace.statistics.number import Number
from eventspace.studies.duplicates import Close, Condition, Threshold, close_pairs, threshold
from eventspace.studies.study import Result, StudyConfig

__all__ = ["SupportConfig", "definitions", "run"]

QUESTION = "How many different events can the generator make?"
SAMPLES = ("reference", "generated")
GALLERY = 3  # pairs shown of each sample

_AXES: tuple[Literal["x", "y", "z"], ...] = ("x", "y", "z")

_log = logging.getLogger(__name__)

Share = Annotated[float, Field(gt=0, lt=1)]
Feature = Literal["profiles", "total", "ssim", "profile-transport", "transport", "euclidean"]
Integers = NDArray[np.int64]


class SupportConfig(StudyConfig):
    """Options of the study ``support``."""

    alpha: tuple[Share, ...] = Field(
        (0.02, 0.05),
        min_length=1,
        description="Share of the reference's pairs that is close in one feature; the first gives the headline.",
    )
    features: tuple[Feature, ...] | None = Field(
        None,
        description="What has to be close, in the order in which it is asked: profiles (Jensen-Shannon along x, y and "
        "z), total (energy), ssim, profile-transport, transport, euclidean. Showers: profiles total ssim by default.",
    )
    normalise: bool | None = Field(
        None, description="Compare profiles, or jets, of unit energy; by default not for showers, as in the talk."
    )
    dynamic_range: float | None = Field(
        None, gt=0, description="Range L of the SSIM; by default the largest cell of the reference."
    )
    R: float = Field(1.0, gt=0, description="Angular scale of the transport distance.")
    p: float = Field(1.0, gt=0, description="Power of the angle in the transport distance.")
    replications: int = Field(1000, ge=100, description="Birthday experiments a curve.")
    sampled_pairs: int = Field(
        20_000, ge=1000, description="Random pairs that give the quantile of a slow distance (ssim, transport)."
    )


def definitions(features: Sequence[str]) -> list[str]:
    """The definitions of a duplicate: the first feature, the first two, and so on.

    Example:
        >>> definitions(["profiles", "total", "ssim"])
        ['profiles', 'profiles+total', 'profiles+total+ssim']
    """
    return ["+".join(features[: number + 1]) for number in range(len(features))]


def run(
    reference: Events,
    generated: Events,
    config: SupportConfig,
    *,
    names: tuple[str, str] = SAMPLES,
    checkpoints: Any = None,
    **how: Any,
) -> Result:
    """Estimate the support of a generator, beside that of its reference.

    Arguments:
        reference: n events of the true source; they give the thresholds.
        generated: m events of the generator.
        config: see :class:`SupportConfig`.
        names: what to call the two samples.
        how: threads, scheduler, show_progress; see ``pairwise.How``.

    Returns:
        For each definition, ``profiles`` to ``profiles+total+ssim``: ``ratio.{definition}``, the support of the
        generator over that of the reference; for each sample ``collision.{sample}.{definition}``, the share of
        duplicates among all pairs; ``support.{sample}.{definition}``, its inverse; ``s50.…``, the smallest subset with
        a duplicate in more than half of the cases; ``support.talk.…`` = s50^2 and ``support.corrected.…`` = s50^2 /
        (2 ln 2). Numbers of other alphas than the first have ``.alpha0.05`` behind. ``dynamic_range`` is that of the
        SSIM. For showers ``opinion.…``, what other measures say.

    Raises:
        InputError: the samples differ in kind, are too small, or lack a feature that is asked for.
    """
    for name, events in zip(SAMPLES, (reference, generated), strict=True):
        if len(events) < 10:
            raise InputError(f"the {name} sample has {len(events)} events", remedy="give thousands; 10 at the least")
    if generated.kind != reference.kind:
        raise InputError(
            f"{generated.kind} cannot be compared with {reference.kind}", remedy="give two samples of one kind"
        )
    samples = dict(zip(SAMPLES, (reference, generated), strict=True))
    conditions = _conditions(reference, config)
    features = list(dict.fromkeys(condition.feature for condition in conditions))
    numbers: dict[str, Number] = {}
    arrays: dict[str, NDArray[Any]] = {
        "names": np.array(names),
        "conditions": np.array([condition.name for condition in conditions]),
        "units": np.array([condition.metric.unit for condition in conditions]),
        "definitions": np.array(definitions(features)),
    }
    for condition in conditions:
        if isinstance(condition.metric, SSIM):
            numbers["dynamic_range"] = Number(condition.metric.L, None, None, config.level, "GeV")
    _log.info("thresholds of %d conditions", len(conditions))
    thresholds = [threshold(c, reference, config.alpha, config.sampled_pairs, config.seed, how) for c in conditions]
    arrays["thresholds"] = np.array([found.values for found in thresholds])

    counts: dict[tuple[str, str], Collisions] = {}
    for sample, events in samples.items():
        _log.info("close pairs of the %s sample: %d events", sample, len(events))
        loosest = [found.loosest for found in thresholds]
        close = close_pairs(events, conditions, loosest, how)
        for number, alpha in enumerate(config.alpha):
            for definition in definitions(features):
                name = definition + _suffix(alpha, config)
                chosen = [k for k, c in enumerate(conditions) if c.feature in definition.split("+")]
                same = close.duplicates([found.values[number] for found in thresholds], chosen)
                counts[sample, name] = _count(events, close, same, chosen, thresholds, number)
                first = _birthdays(events, close, same, config)
                numbers |= _numbers(f"{sample}.{name}", counts[sample, name], first, config.level)
                arrays[f"first.{sample}.{name}"] = first
        _describe(sample, events, conditions, config, how, numbers, arrays)
        if isinstance(events, Showers):
            arrays |= _gallery(sample, events, close, loosest)
    for name in dict.fromkeys(name for _, name in counts):
        found = ratio(counts["generated", name], counts["reference", name], config.level)
        if found is not None:
            numbers[f"ratio.{name}"] = found
    if isinstance(reference, Showers) and isinstance(generated, Showers):
        _log.info("second opinions")
        tables = (shower_features(sample) for sample in (reference, generated))
        second = opinions(*tables, seed=config.seed, level=config.level)
        numbers |= {f"opinion.{name}": number for name, number in second.items()}
    return Result("support", QUESTION, _answer(features, numbers, names), numbers, arrays, config)


def _conditions(events: Events, config: SupportConfig) -> list[Condition]:
    """What has to be close, in the order in which it is asked."""
    showers = isinstance(events, Showers)
    usual: dict[str, tuple[Feature, ...]] = {"showers": ("profiles", "total", "ssim"), "points": ("euclidean",)}
    normalise = not showers if config.normalise is None else config.normalise
    largest_cell = float(shower_features(events)[:, -1].max()) if isinstance(events, Showers) else None
    found: list[Condition] = []
    for feature in config.features or usual.get(events.kind, ("transport",)):
        match feature:
            case "profiles":
                found += [Condition(axis, feature, JensenShannon(axis, normalise), False) for axis in _AXES]
            case "total":
                found.append(Condition("total", feature, EnergyDifference(), False))
            case "ssim":
                range_ = config.dynamic_range or largest_cell
                if range_ is None:
                    raise InputError("the SSIM needs a dynamic range", remedy="give --dynamic-range")
                found.append(Condition("ssim", feature, SSIM(L=range_), True))
            case "profile-transport":
                found += [Condition(f"W {axis}", feature, ProfileTransport(axis), False) for axis in _AXES]
            case "transport":
                found.append(Condition("transport", feature, Transport(config.R, config.p, normalise), True))
            case "euclidean":
                found.append(Condition("euclidean", feature, Euclidean(), False))
    return found


def _suffix(alpha: float, config: SupportConfig) -> str:
    return "" if alpha == config.alpha[0] else f".alpha{alpha:g}"


def _count(
    events: Events,
    close: Close,
    same: NDArray[np.bool_],
    chosen: Sequence[int],
    thresholds: Sequence[Threshold],
    number: int,
) -> Collisions:
    """Count the duplicates; where a threshold comes from random pairs, their number has a variance from that too."""
    found = Collisions.of(len(events), close.i[same], close.j[same])
    uncertain = [k for k in chosen if len(thresholds[k].replicas)]
    if not uncertain:
        return found
    values = np.array([each.values[number] for each in thresholds])
    pairs = []
    for replica in range(len(thresholds[uncertain[0]].replicas)):
        for k in uncertain:
            values[k] = thresholds[k].replicas[replica, number]
        pairs.append(np.count_nonzero(close.duplicates(values.tolist(), chosen)))
    return found.blurred(pairs)


def _birthdays(events: Events, close: Close, same: NDArray[np.bool_], config: SupportConfig) -> Integers:
    rng = np.random.default_rng(config.seed)
    return first_collisions(len(events), close.i[same], close.j[same], config.replications, rng)


def _numbers(name: str, found: Collisions, first: Integers, level: float) -> dict[str, Number]:
    """The share of duplicates and what follows from it."""
    collision, support = found.probability(level), found.support(level)
    numbers = {f"collision.{name}": collision, f"support.{name}": support}
    size = half_size(first, found.events)
    if size is None:
        assert collision.high is not None
        least = half_size_of(collision.high)
        half = Number(least, least, None, level)
    else:
        # s50 goes with the root of the support; its interval is that of the support, carried over.
        assert support.low is not None
        assert support.high is not None
        low, high = (size * float(np.sqrt(end / support.value)) for end in (support.low, support.high))
        half = Number(size, low, high, level)
    numbers[f"s50.{name}"] = half
    for convention, factor in (("talk", 1.0), ("corrected", 1 / (2 * np.log(2)))):
        low_, high_ = (None if end is None else factor * end**2 for end in (half.low, half.high))
        numbers[f"support.{convention}.{name}"] = Number(factor * half.value**2, low_, high_, level)
    return numbers


def _describe(
    sample: str,
    events: Events,
    conditions: Sequence[Condition],
    config: SupportConfig,
    how: dict[str, Any],
    numbers: dict[str, Number],
    arrays: dict[str, NDArray[Any]],
) -> None:
    """The distribution of each distance, from random pairs, and the largest one of all pairs where that is fast."""
    pairs = random_pairs(len(events), config.sampled_pairs, np.random.default_rng(config.seed))
    for condition in conditions:
        arrays[f"distances.{sample}.{condition.name}"] = listed(condition.metric, events, *pairs, **how)
        if not condition.slow:
            value = largest(condition.metric, events, **how)
            numbers[f"largest.{condition.name}.{sample}"] = Number(
                value, None, None, config.level, condition.metric.unit
            )


def _gallery(sample: str, events: Showers, close: Close, thresholds: Sequence[float]) -> dict[str, NDArray[Any]]:
    """The pairs that are closest in what is farthest from its threshold, seen from the side and along the shower."""
    worst = (close.values / thresholds).max(axis=1)
    chosen = np.argsort(worst, kind="stable")[:GALLERY]
    dense = [events[np.array([close.i[k], close.j[k]])].to_dense() for k in chosen]
    shown = np.array(dense) if dense else np.empty((0, 2, *events.shape))
    return {f"gallery.{sample}.side": shown.sum(axis=3), f"gallery.{sample}.front": shown.sum(axis=4)}


def _answer(features: Sequence[str], numbers: Mapping[str, Number], names: tuple[str, str]) -> str:
    for definition in reversed(definitions(features)):
        found = numbers.get(f"ratio.{definition}")
        if found is not None:
            made, true = (numbers[f"support.{sample}.{definition}"] for sample in ("generated", "reference"))
            return (
                f"By {definition}, the support of {names[1]} over that of {names[0]} is {found}: "
                f"{made} against {true} events."
            )
    limit = numbers[f"support.generated.{definitions(features)[0]}"]
    return f"No two events are the same in either sample: the support of {names[1]} is {limit}."

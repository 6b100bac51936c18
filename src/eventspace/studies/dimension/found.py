"""What the study ``dimension`` found in its samples: the numbers, why others are missing, the curves, the answer."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.statistics.dimension import Dimension
from eventspace.statistics.gride import FEWEST_EVENTS, Gride
from eventspace.statistics.number import Number
from eventspace.studies.dimension.neighbours import AmongEvents

__all__ = ["Found", "answer", "curves", "numbers_of"]


class Found(NamedTuple):
    """What was found in one sample.

    Attributes:
        suffix: of the names of its numbers.
        correlation: the correlation dimension.
        pairs: the number of pairs that it is from.
        all_pairs: the number of pairs of the sample.
        events: the number of events of the sample.
        neighbours: what Gride found; None where it was left out.
    """

    suffix: str
    correlation: Dimension
    pairs: int
    all_pairs: int
    events: int
    neighbours: AmongEvents | None


def numbers_of(
    found: Mapping[str, Found], scales: Sequence[float], level: float
) -> tuple[dict[str, Number], dict[str, str]]:
    """The numbers of all samples, and why others could not be measured.

    Arguments:
        found: by the names of the samples.
        scales: at which numbers are reported.
        level: the confidence level.

    Returns:
        The numbers by name, and by name the reasons of those that are missing.
    """
    numbers: dict[str, Number] = {}
    missing: dict[str, str] = {}
    for each in found.values():
        for scale in scales:
            _report(f"dimension.q{scale:g}{each.suffix}", each.correlation, scale, numbers, missing)
    for each in found.values():
        if each.neighbours is None:
            continue
        if each.neighbours.gride is None:
            reason = f"{each.neighbours.events} events that differ; give at least {FEWEST_EVENTS}"
            missing[f"gride{each.suffix}"] = reason
            continue
        for scale in scales:
            _report(f"gride.q{scale:g}{each.suffix}", each.neighbours.gride, scale, numbers, missing)
    for each in found.values():
        part = f"a random part of {each.all_pairs:,}" if each.pairs < each.all_pairs else "all of the sample"
        numbers[f"pairs{each.suffix}"] = Number(each.pairs, None, None, level, note=f"{part}; a setting")
    for each in found.values():
        if each.neighbours is not None and each.neighbours.gride is not None:
            numbers[f"gride.events{each.suffix}"] = Number(
                each.neighbours.events, None, None, level, note=f"{_which(each.neighbours, each.events)}; a setting"
            )
    return numbers, missing


def _report(
    name: str, curve: Dimension | Gride, scale: float, numbers: dict[str, Number], missing: dict[str, str]
) -> None:
    """The number at a scale, or why there is none."""
    try:
        numbers[name] = curve.at(scale)
    except InputError:
        points = curve.midpoints if isinstance(curve, Dimension) else curve.scales
        span = points[np.isfinite(curve.values)]
        if len(span) == 0:
            missing[name] = "too few close pairs"
        elif span[0] < scale < span[-1]:
            missing[name] = "too few pairs around this scale"
        else:
            missing[name] = f"measured from {span[0]:.2g} to {span[-1]:.2g}"


def _which(neighbours: AmongEvents, events: int) -> str:
    """Which of the events of a sample Gride looked at."""
    taken = neighbours.events + neighbours.copies
    which = f"random ones of {events:,}" if taken < events else "all of the sample"
    return f"{which} without {neighbours.copies:,} equal ones" if neighbours.copies else which


def curves(found: Found) -> dict[str, NDArray[Any]]:
    """The curves of a sample as arrays, for its figures."""
    curve = found.correlation
    arrays: dict[str, NDArray[Any]] = {
        "midpoints": curve.midpoints,
        "dimension": curve.values,
        "low": curve.low,
        "high": curve.high,
        "pairs": curve.pairs,
    }
    if found.neighbours is not None and found.neighbours.gride is not None:
        gride = found.neighbours.gride
        arrays |= {
            "gride": gride.values,
            "gride_low": gride.low,
            "gride_high": gride.high,
            "gride_scales": gride.scales,
            "gride_orders": gride.orders,
        }
    return arrays


def answer(
    found: Mapping[str, Found], numbers: Mapping[str, Number], missing: Mapping[str, str], scales: Sequence[float]
) -> str:
    """The dimensions of all samples at one scale, and what was not measured and why."""
    sentences = []
    for scale in sorted(scales, key=lambda scale: scale != 0.1):  # the usual scale first
        of_samples = {name: numbers.get(f"dimension.q{scale:g}{each.suffix}") for name, each in found.items()}
        if all(of_samples.values()):
            parts = ", ".join(f"{name} {number}" for name, number in of_samples.items())
            sentences.append(f"At the scale Q = {scale:g} the correlation dimension is: {parts}.")
            by_neighbours = {name: numbers.get(f"gride.q{scale:g}{each.suffix}") for name, each in found.items()}
            if all(by_neighbours.values()):
                parts = ", ".join(f"{name} {number}" for name, number in by_neighbours.items())
                sentences.append(f"Gride finds: {parts}.")
            break
    else:
        sentences.append("No sample has enough close pairs at these scales: give more events or larger scales.")
    if missing:
        sentences.append(f"Not measured: {', '.join(f'{name} ({reason})' for name, reason in missing.items())}.")
    return " ".join(sentences)

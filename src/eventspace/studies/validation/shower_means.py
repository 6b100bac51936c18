"""Energy, resolution and mean profiles of two samples of showers, for the reports of a training and of a validation."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.statistics.bootstrap import student_interval
from eventspace.statistics.number import Number
from eventspace.statistics.resolution import resolution
from eventspace.statistics.two_samples import divergence

__all__ = ["energy_numbers", "of_means", "quantities"]

Floats = NDArray[np.float64]

# A tail as rare as 2% may be missing among fewer showers, and resampling cannot contain it then.
_FEW = 300
_FEW_OF_MEAN = "of so few showers, measured to cover in 84 to 95%: a rare tail may be missing"
_FEW_OF_SPREAD = "of so few showers, measured to cover in 41 to 95%: a rare tail may be missing"
# Of a kurtosis above this (3 if normal) the spread is made by few showers.
_LONG = 10.0
_LONG_TAIL = "of a long tail, measured to cover in 86 to 95%"


def quantities(total: Floats, response: Floats, profiles: Mapping[str, Floats]) -> dict[str, NDArray[Any]]:
    """The quantities of which :func:`energy_numbers` needs the means, by name.

    Arguments:
        total: (n,) energy in the cells of each shower.
        response: (n,) the same over the energy of the primary particle.
        profiles: by axis, (n, cells).
    """
    powers = {f"response^{power}": response**power for power in (2, 3, 4)}
    return {"total": total, "response": response, **powers, **profiles}


def energy_numbers(
    reference: Mapping[str, Floats],
    generated: Mapping[str, Floats],
    names: tuple[str, str],
    sizes: tuple[int, int],
    level: float,
    unit: str,
) -> dict[str, Number]:
    """The numbers that follow from the means of two samples.

    Arguments:
        reference, generated: from :func:`eventspace.statistics.bootstrap.means` of the :func:`quantities`.
        names: of the two samples, in the keys.
        sizes: how many showers they have.
        level: the confidence level.
        unit: of the response.

    Returns:
        ``ratio.total`` and ``ratio.response``, mean of generated over mean of reference; for both samples
        ``response.{name}``, its mean, and ``resolution.{name}``, its standard deviation over its mean, and
        ``difference.resolution``, generated - reference; ``divergence.{axis}``, Jensen-Shannon of the mean profiles.
    """
    samples, fewest = (reference, generated), min(sizes)
    numbers = {}
    for quantity in ("total", "response"):
        numbers[f"ratio.{quantity}"] = of_means(generated[quantity] / reference[quantity], fewest, level, positive=True)
    for name, means, size in zip(names, samples, sizes, strict=True):
        numbers[f"response.{name}"] = of_means(means["response"], size, level, unit, positive=True)
    both = [resolution(means["response"], means["response^2"]) for means in samples]
    notes = [_note_of_spread(means, size) for means, size in zip(samples, sizes, strict=True)]
    for name, values, size, note in zip(names, both, sizes, notes, strict=True):
        found = student_interval(values[1:], float(values[0]), size, level, positive=True)
        numbers[f"resolution.{name}"] = replace(found, note=note)
    change = both[1] - both[0]
    difference = student_interval(change[1:], float(change[0]), fewest, level)
    numbers["difference.resolution"] = replace(difference, note=max(notes, key=len))
    for axis in "xyz":
        numbers[f"divergence.{axis}"] = divergence(reference[axis], generated[axis], level)
    return numbers


def of_means(values: Floats, size: int, level: float, unit: str = "", *, positive: bool = False) -> Number:
    """A number that follows from means over showers, with the interval of its bootstrap replicas.

    Arguments:
        values: (1 + replicas,) of the samples and of each replica.
        size: how many showers the smaller sample has.
        level: the confidence level.
        unit: of the number.
        positive: as in :func:`eventspace.statistics.bootstrap.student_interval`.
    """
    found = student_interval(values[1:], float(values[0]), size, level, unit, positive=positive)
    return replace(found, note=_FEW_OF_MEAN if size < _FEW else "")


def _note_of_spread(means: Mapping[str, Floats], size: int) -> str:
    """The note of the interval of the resolution."""
    first, second, third, fourth = (float(means[f"response^{p}" if p > 1 else "response"][0]) for p in (1, 2, 3, 4))
    variance = second - first**2
    about_the_mean = fourth - 4 * first * third + 6 * first**2 * second - 3 * first**4
    if size < _FEW:
        return _FEW_OF_SPREAD
    return _LONG_TAIL if variance > 0 and about_the_mean > _LONG * variance**2 else ""

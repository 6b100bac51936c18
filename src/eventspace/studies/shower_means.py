"""Energy, resolution and mean profiles of two samples of showers: what a training and a validation both report."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.statistics.bootstrap import interval
from eventspace.statistics.number import Number
from eventspace.statistics.resolution import resolution
from eventspace.statistics.two_samples import divergence

__all__ = ["energy_numbers", "quantities"]

Floats = NDArray[np.float64]


def quantities(total: Floats, response: Floats, profiles: Mapping[str, Floats]) -> dict[str, NDArray[Any]]:
    """What :func:`energy_numbers` needs the means of, by name.

    Arguments:
        total: (n,) energy in the cells of each shower.
        response: (n,) the same over the energy of the primary particle.
        profiles: by axis, (n, cells).
    """
    return {"total": total, "response": response, "response squared": response**2, **profiles}


def energy_numbers(
    reference: Mapping[str, Floats], generated: Mapping[str, Floats], names: tuple[str, str], level: float, unit: str
) -> dict[str, Number]:
    """The numbers that follow from the means of two samples.

    Arguments:
        reference, generated: from :func:`eventspace.statistics.bootstrap.means` of the :func:`quantities`.
        names: what to call the two samples.
        level: the confidence level.
        unit: of the response.

    Returns:
        ``ratio.total`` and ``ratio.response``, mean of generated over mean of reference; for both samples
        ``response.{name}``, its mean, and ``resolution.{name}``, its standard deviation over its mean, and
        ``difference.resolution``, generated - reference; ``divergence.{axis}``, Jensen-Shannon of the mean profiles.
    """
    samples = (reference, generated)
    numbers = {}
    for quantity in ("total", "response"):
        numbers[f"ratio.{quantity}"] = _number(generated[quantity] / reference[quantity], level)
    for name, means in zip(names, samples, strict=True):
        numbers[f"response.{name}"] = _number(means["response"], level, unit)
    both = [resolution(means["response"], means["response squared"]) for means in samples]
    for name, values in zip(names, both, strict=True):
        numbers[f"resolution.{name}"] = _number(values, level)
    numbers["difference.resolution"] = _number(both[1] - both[0], level)
    for axis in "xyz":
        numbers[f"divergence.{axis}"] = divergence(reference[axis], generated[axis], level)
    return numbers


def _number(values: Floats, level: float, unit: str = "") -> Number:
    return interval(values[1:], float(values[0]), level, unit)

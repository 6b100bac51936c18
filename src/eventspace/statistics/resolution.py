"""The resolution of an energy measurement: its spread over its mean."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError
from eventspace.statistics.bootstrap import multiplicities, student_interval
from eventspace.statistics.narrowest import narrowest
from eventspace.statistics.number import Number

__all__ = ["Resolutions", "resolution", "resolutions"]

_FRACTION = 0.9


class Resolutions(NamedTuple):
    """Spread over mean of a sample and of its bootstrap replicas.

    Attributes:
        value: that of the sample.
        replicas: (replicas,) those of its replicas.
        events: how many the sample has.
    """

    value: float
    replicas: NDArray[np.float64]
    events: int

    def number(self, level: float) -> Number:
        """With the interval of Student's t of its logarithm."""
        return student_interval(self.replicas, self.value, self.events, level, positive=True)


def resolution(mean: ArrayLike, square: ArrayLike) -> NDArray[np.float64]:
    """Standard deviation over mean, sqrt(<E^2> - <E>^2) / <E>.

    Arguments:
        mean, square: the mean of the energy and of its square, of any shape; 0 where the mean is.

    Example:
        >>> float(resolution(2.0, 5.0))
        0.5
    """
    mean, square = np.asarray(mean, dtype=np.float64), np.asarray(square, dtype=np.float64)
    spread = np.sqrt(np.maximum(square - mean**2, 0))
    return np.asarray(np.divide(spread, mean, out=np.zeros_like(spread), where=mean > 0))


def resolutions(energies: ArrayLike, *, replicas: int, rng: np.random.Generator) -> Resolutions:
    """The resolution RMS90 / mean90: standard deviation over mean of the narrowest 90% of the energies.

    A few events far off, as from a leak, do not spoil it. Of a normal distribution RMS90 is 0.789 sigma.

    Arguments:
        energies: (n,) of the events.
        replicas: bootstrap replicas, by event.
        rng: the source of randomness.

    Raises:
        InputError: there are no energies, or one is not a positive number.

    Example:
        >>> energies = np.random.default_rng(1).normal(100, 10, 10_000)
        >>> found = resolutions(np.r_[energies, 1000.0], replicas=100, rng=np.random.default_rng(1))
        >>> number = found.number(0.95)
        >>> number.low < 0.0789 < number.high
        True

    Source: M. Thomson, Particle flow calorimetry and the PandoraPFA algorithm, arXiv:0907.3577, section 6.
    """
    values = np.sort(np.asarray(energies, dtype=np.float64))
    if values.ndim != 1 or not len(values) or not (np.isfinite(values).all() and values[0] > 0):
        raise InputError("the energies are not positive numbers", remedy="give at least one, (n,)")
    found = [
        _narrowest(np.repeat(values, count))
        for (weights,) in multiplicities([len(values)], replicas, rng)
        for count in weights
    ]
    return Resolutions(_narrowest(values), np.array(found), len(values))


def _narrowest(values: NDArray[np.float64]) -> float:
    """Spread over mean of the shortest stretch of these sorted values that holds the fraction of them."""
    held = narrowest(values, _FRACTION)
    return float(held.std() / held.mean())

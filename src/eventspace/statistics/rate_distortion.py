"""How many dimensions a sample has at a resolution, from what an autoencoder keeps and loses there.

An encoder that keeps R nats of an event and a decoder whose reconstruction is rho away minimise
rho^2 / (2 beta^2) + R at the resolution beta. A direction much wider than beta costs ln(width / beta) nats and leaves
the error beta^2, a narrower one costs nothing and leaves its own width; so both derivatives count the wide ones,

    D1 = d<rho^2> / d beta^2,    D2 = -dR / d ln beta,

and at the minimum they are equal, since there d<rho^2> = -2 beta^2 dR. Where they differ, a training has not found it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError
from eventspace.statistics.event_means import bounded_mean
from eventspace.statistics.number import Number

__all__ = ["error_dimension", "rate_dimension", "spanned"]

Floats = NDArray[np.float64]


def error_dimension(beta: ArrayLike, squared: ArrayLike) -> Floats:
    """D1 = d rho^2 / d beta^2 at each resolution, from its neighbours, or one of them at the ends.

    Arguments:
        beta: (k,) rising resolutions.
        squared: (..., k) squared distances of events from their reconstructions.

    Returns:
        (..., k).

    Raises:
        InputError: fewer than two resolutions, or they do not rise.

    Example:
        >>> beta = np.array([0.1, 0.2, 0.4])
        >>> error_dimension(beta, 3 * beta**2).round(6).tolist()  # three directions wider than beta
        [3.0, 3.0, 3.0]
    """
    return _slope(_rising(beta) ** 2, squared)


def rate_dimension(beta: ArrayLike, kl: ArrayLike) -> Floats:
    """D2 = -d KL / d ln beta at each resolution; arguments, result and errors as for :func:`error_dimension`.

    Example:
        >>> beta = np.array([0.1, 0.2, 0.4])
        >>> rate_dimension(beta, 3 * np.log(1 / beta)).round(6).tolist()
        [3.0, 3.0, 3.0]
    """
    return -_slope(np.log(_rising(beta)), kl)


def spanned(
    curves: Sequence[ArrayLike], level: float, unit: str = "", note: str = "", chosen: Sequence[int] | None = None
) -> Number:
    """The mean over trainings of means over events, with an interval that holds all of these trainings.

    It reaches from the lowest lower end to the highest upper end of the intervals by event of the single trainings. So
    it contains how far trainings of different seeds and directions end apart, as far as they were tried; no probability
    belongs to that, since local minima are not drawn at random. Of a single training it has the events alone.

    Arguments:
        curves: (n,) values of the same quantity for each training.
        level: of the intervals by event.
        unit, note: of the number.
        chosen: those of the trainings of which the value is the mean, the better ones; by default all.

    Example:
        >>> print(spanned([[0.9, 1.0, 1.1], [1.9, 2.0, 2.1]], 0.95))
        1.50 [0.75, 2.25] (95%)
    """
    numbers = [bounded_mean(values, -np.inf, np.inf, level) for values in curves]
    low = min(number.value if number.low is None else number.low for number in numbers)
    high = max(number.value if number.high is None else number.high for number in numbers)
    value = float(np.mean([numbers[k].value for k in (range(len(numbers)) if chosen is None else chosen)]))
    return Number(value, low, high, level, unit, note)


def _rising(beta: ArrayLike) -> Floats:
    found = np.asarray(beta, dtype=np.float64)
    if found.ndim != 1 or len(found) < 2 or not (np.diff(found) > 0).all() or not found[0] > 0:
        raise InputError("these are not two or more rising resolutions", remedy="give several, the smallest first")
    return found


def _slope(x: Floats, y: ArrayLike) -> Floats:
    values = np.asarray(y, dtype=np.float64)
    last = len(x) - 1
    left, right = np.maximum(np.arange(len(x)) - 1, 0), np.minimum(np.arange(len(x)) + 1, last)
    return np.asarray((values[..., right] - values[..., left]) / (x[right] - x[left]))

"""The scales of the study ``dimension``: where the curve is measured, and where numbers are reported."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.distances.engine.pairwise import matrix
from eventspace.distances.metric import Metric
from eventspace.distances.transport.exact import Transport
from eventspace.events.base import Events

__all__ = ["between_thresholds", "has_natural_scales", "range_of_scales"]

_ROUND = np.array([1.0, 2.0, 5.0])
_NATURAL = (0.01, 1.0)  # of normalised transport, as a fraction of pT R
_REPORTED = (0.05, 0.1, 0.2, 0.5)
_SOME = 100  # events of each sample whose distances show the range


def has_natural_scales(metric: Metric) -> bool:
    """Whether the distances are fractions of a size that is the same for all samples."""
    return isinstance(metric, Transport) and metric.normalise


def range_of_scales(metric: Metric, samples: Mapping[str, Events], seed: int) -> tuple[float, float]:
    """The least and the largest scale: fixed where scales are natural, else of the distances among some events.

    Raises:
        InputError: all these distances are 0.
    """
    if has_natural_scales(metric):
        return _NATURAL
    rng = np.random.default_rng(seed)
    found = []
    for events in samples.values():
        some = events[rng.permutation(len(events))[:_SOME]]
        found.append(matrix(metric, some, show_progress=False)[np.triu_indices(len(some), 1)])
    distances = np.concatenate(found)
    if metric.root_is_metric:
        distances = np.sqrt(distances)
    distances = distances[distances > 0]
    if len(distances) == 0:
        raise InputError("all events are equal", remedy="a dimension needs events that differ")
    return float(np.quantile(distances, 0.002)), float(distances.max())


def between_thresholds(metric: Metric, thresholds: NDArray[np.float64]) -> tuple[float, ...]:
    """Scales at which numbers are reported where none are asked for: up to four round values.

    Without a natural unit they are the values 1, 2 or 5 times a power of ten that are nearest to evenly spaced ones
    between the ends of the thresholds; with two digits where these are less than a factor of five apart.

    Example:
        >>> from eventspace.distances.euclidean import Euclidean
        >>> between_thresholds(Euclidean(), np.geomspace(3.0, 4000.0, 41))
        (10.0, 50.0, 200.0, 1000.0)
        >>> between_thresholds(Euclidean(), np.geomspace(11.0, 19.0, 41))
        (12.0, 14.0, 15.0, 17.0)
    """
    low, high = float(thresholds[0]), float(thresholds[-1])
    if has_natural_scales(metric):
        return _REPORTED
    even = np.geomspace(low, high, 6)[1:-1]
    if high / low < _ROUND[-1]:
        return tuple(sorted({float(f"{value:.2g}") for value in even}))
    decades = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    steps = [float(f"{value:.1g}") for value in np.outer(decades, _ROUND).ravel() if low < value < high]
    nearest = np.abs(np.log(np.divide.outer(even, steps))).argmin(axis=1)
    return tuple(sorted({steps[place] for place in nearest}))

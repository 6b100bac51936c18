"""What physicists look at in a shower: energies, depth, width, cells, as a table of numbers."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.ragged import event_of_entry
from eventspace.events.showers import Showers

__all__ = ["SHOWER_FEATURES", "shower_features"]

SHOWER_FEATURES = {
    "total energy": "units of the set",
    "mean z": "layers",
    "width z": "layers",
    "mean x": "cells",
    "mean y": "cells",
    "width x": "cells",
    "width y": "cells",
    "hit cells": "",
    "largest cell": "units of the set",
}
"""Name and unit of each feature."""


def shower_features(showers: Showers, threshold: float = 0.0) -> NDArray[np.float64]:
    """Total energy, energy-weighted mean and standard deviation along each axis, hit cells and the largest of them.

    Arguments:
        showers: n showers.
        threshold: a cell is hit if it holds more than this, in the units of the set.

    Returns:
        (n, 9) float64, columns as in ``SHOWER_FEATURES``; positions in cells from the first one, at their centres.

    Raises:
        InputError: the showers are not valid, or the threshold is negative.

    Example:
        >>> dense = np.zeros((1, 3, 1, 2)); dense[0, 0, 0, 0] = 1.0; dense[0, 2, 0, 1] = 3.0
        >>> shower_features(Showers.from_dense(dense)).round(3).tolist()
        [[4.0, 0.75, 0.433, 1.5, 0.0, 0.866, 0.0, 2.0, 3.0]]
    """
    if not threshold >= 0:
        raise InputError(f"the threshold is {threshold:g}", remedy="give 0 or a positive energy")
    showers.check()
    first, last = showers.offsets[0], showers.offsets[-1]
    cell, energy = showers.cell[first:last], showers.energy[first:last].astype(np.float64)
    event, n = event_of_entry(showers.offsets), len(showers)
    total = np.bincount(event, weights=energy, minlength=n)
    columns: dict[str, NDArray[Any]] = {"total energy": total}
    for number, axis in enumerate("xyz"):
        place = cell // math.prod(showers.shape[number + 1 :]) % showers.shape[number]
        mean = np.bincount(event, weights=energy * place, minlength=n) / total
        variance = np.bincount(event, weights=energy * (place - mean[event]) ** 2, minlength=n) / total
        columns |= {f"mean {axis}": mean, f"width {axis}": np.sqrt(variance)}
    largest = np.zeros(n)
    np.maximum.at(largest, event, energy)
    columns |= {"hit cells": np.bincount(event[energy > threshold], minlength=n), "largest cell": largest}
    return np.column_stack([columns[name] for name in SHOWER_FEATURES]).astype(np.float64)

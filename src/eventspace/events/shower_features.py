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
    "maximum z": "layers",
    "R90": "cells",
    "hit cells": "",
    "largest cell": "units of the set",
}
"""Name and unit of each feature."""

_AT_ONCE = 1 << 20  # columns of cells: 8 MiB
_ROUNDING = 1e-12


def shower_features(showers: Showers, threshold: float = 0.0) -> NDArray[np.float64]:
    """Total energy, energy-weighted mean and standard deviation along each axis, and what follows.

    ``maximum z`` is the layer that holds most energy. ``R90`` is the radius around the axis of the shower, which goes
    along z through the mean of x and y, within which lies 90% of the energy: the distance of the centre of the cell
    with which 90% are reached. It takes x and y as lengths on a plane, of cells of equal size. ``hit cells`` and the
    energy of the ``largest cell`` close the list.

    Arguments:
        showers: n showers.
        threshold: a cell is hit if it holds more than this, in the units of the set.

    Returns:
        (n, 11) float64, columns as in ``SHOWER_FEATURES``; positions in cells from the first one, at their centres.

    Raises:
        InputError: the showers are not valid, or the threshold is negative.

    Example:
        >>> dense = np.zeros((1, 3, 1, 2)); dense[0, 0, 0, 0] = 1.0; dense[0, 2, 0, 1] = 3.0
        >>> shower_features(Showers.from_dense(dense)).round(3).tolist()
        [[4.0, 0.75, 0.433, 1.5, 0.0, 0.866, 0.0, 1.0, 1.5, 2.0, 3.0]]
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
    columns["maximum z"] = showers.profile("z").argmax(axis=1)
    columns["R90"] = _containment_radius(showers, np.stack((columns["mean x"], columns["mean y"])), 0.9)
    largest = np.zeros(n)
    np.maximum.at(largest, event, energy)
    columns |= {"hit cells": np.bincount(event[energy > threshold], minlength=n), "largest cell": largest}
    return np.column_stack([columns[name] for name in SHOWER_FEATURES]).astype(np.float64)


def _containment_radius(showers: Showers, axis: NDArray[np.float64], fraction: float) -> NDArray[np.float64]:
    """The radius around the axis, at these x and y (2, n), within which lies a fraction of each shower's energy."""
    x, y = (centres.ravel() for centres in np.indices(showers.shape[:2]))
    radius = np.empty(len(showers))
    block = max(1, _AT_ONCE // len(x))
    for start in range(0, len(showers), block):
        some = showers[start : start + block]
        column = some.cell[some.offsets[0] : some.offsets[-1]] // showers.shape[2]  # of cells, along z
        energy = np.bincount(
            event_of_entry(some.offsets) * len(x) + column,
            weights=some.energy[some.offsets[0] : some.offsets[-1]],
            minlength=len(some) * len(x),
        ).reshape(len(some), len(x))
        at_x, at_y = axis[:, start : start + block, np.newaxis]
        distance = np.hypot(x - at_x, y - at_y)
        order = np.argsort(distance, axis=1, kind="stable")
        within = np.cumsum(np.take_along_axis(energy, order, axis=1), axis=1)
        reached = (within >= (fraction - _ROUNDING) * within[:, -1:]).argmax(axis=1)
        rows = np.arange(len(some))
        radius[start : start + block] = distance[rows, order[rows, reached]]
    return radius

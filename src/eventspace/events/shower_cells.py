"""How many cells of a shower hold how much energy."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError
from eventspace.events.ragged import event_of_entry
from eventspace.events.showers import Showers

__all__ = ["cell_spectrum"]


def cell_spectrum(showers: Showers, edges: ArrayLike) -> NDArray[np.int64]:
    """Count the cells of each shower in bins of their energy.

    Arguments:
        showers: n showers.
        edges: (k + 1,) rising energies, in the unit of the cells; a bin holds its lower edge. The last may be infinite.

    Returns:
        (n, k) cells in each bin; those outside the bins are not counted.

    Raises:
        InputError: there are fewer than two edges, or they do not rise.

    Example:
        >>> showers = Showers.from_dense(np.array([0.1, 0.5, 0.7, 2.0]).reshape(1, 2, 2, 1))
        >>> cell_spectrum(showers, [0.5, 1.0, np.inf]).tolist()
        [[2, 1]]
    """
    edges = np.asarray(edges, dtype=np.float64)
    if edges.ndim != 1 or len(edges) < 2 or not (np.diff(edges) > 0).all():
        raise InputError("the edges of the bins do not rise", remedy="give at least two rising energies")
    bins = len(edges) - 1
    energy = showers.energy[showers.offsets[0] : showers.offsets[-1]]
    place = np.searchsorted(edges, energy, side="right") - 1
    inside = (place >= 0) & (place < bins)
    counted = np.bincount(event_of_entry(showers.offsets)[inside] * bins + place[inside], minlength=len(showers) * bins)
    return counted.reshape(len(showers), bins)

"""The energies of incident particles: the same numbers for any precision and unit of the file."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["ROUNDING", "in_double", "on_edges"]

Floats = NDArray[np.float64]

ROUNDING = 1e-6
"""Energies that differ by no more than this, relatively, are the same one: single precision rounds by 6e-8."""


def in_double(values: ArrayLike) -> Floats:
    """Energies in double precision.

    A number in single or half precision is taken for the shortest decimal that it stands for, so that a sample and its
    copy in single precision have the same energies.

    Example:
        >>> in_double(np.array([65.536, 100.1], dtype=np.float32)).tolist()
        [65.536, 100.1]
    """
    numbers: NDArray[Any] = np.asarray(values)
    if numbers.dtype.kind == "f" and numbers.dtype.itemsize < np.dtype(np.float64).itemsize:
        numbers = numbers.astype(np.str_)
    return numbers.astype(np.float64)


def on_edges(values: Floats, edges: ArrayLike) -> Floats:
    """Energies, those within rounding of an edge moved onto it, so that they fall into the bin they are meant for.

    Example:
        >>> on_edges(np.array([65.53600001, 70.0]), [32.768, 65.536]).tolist()
        [65.536, 70.0]
    """
    moved = np.array(values)
    for edge in np.asarray(edges, dtype=np.float64):
        moved[np.abs(values - edge) <= ROUNDING * abs(edge)] = edge
    return moved

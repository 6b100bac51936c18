"""The largest angular distance between particles, with bounded memory however many there are."""

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["largest_theta"]

Floats = NDArray[np.float64]

_FEW = 512
_MOST_CELLS = 2048  # compared pair by pair
_SMALLEST_CELL = 2**20


def largest_theta(y: Floats, phi: Floats) -> float:
    """The largest theta = sqrt(dy^2 + dphi^2) between two of these particles, dphi periodic.

    The plane is cut into cells; those that cannot hold one of the two are dropped, and so on with smaller cells until
    few particles are left. Where too many are about as far apart as the farthest two (a ring around the cylinder),
    the result is an upper bound, less than 1% too large.

    Arguments:
        y: (n,), rapidity or pseudorapidity, n >= 1.
        phi: (n,), radians, from -pi to pi.

    Example:
        >>> largest_theta(np.array([0.0, 1.0, 3.0]), np.array([3.0, -3.0, 3.0]))
        3.0
    """
    bound, cells = np.inf, 16
    while len(y) > _FEW:
        height, width = max(float(np.ptp(y)), 1e-9) / cells, 2 * np.pi / cells
        row = np.clip((y - y.min()) // height, 0, cells - 1).astype(np.int64)
        column = np.clip((phi + np.pi) // width, 0, cells - 1).astype(np.int64)
        occupied, some, cell = np.unique(row * cells + column, return_index=True, return_inverse=True)
        if len(occupied) > _MOST_CELLS or cells > _SMALLEST_CELL:
            return bound
        rows, columns = np.divmod(occupied, cells)
        apart = np.abs(columns[:, None] - columns)
        across = np.minimum((np.minimum(apart, cells - apart) + 1) * width, np.pi)
        upper = np.sqrt((((np.abs(rows[:, None] - rows) + 1) * height) ** 2 + across**2).max(axis=1)) * (1 + 1e-12)
        keep = (upper >= _largest(y[some], phi[some]))[cell]
        distinct = np.unique(y[keep] + 1j * phi[keep])
        y, phi = distinct.real, distinct.imag
        bound, cells = float(upper.max()), 2 * cells
    return _largest(y, phi)


def _largest(y: Floats, phi: Floats) -> float:
    turn = np.abs(phi[:, None] - phi)
    return math.sqrt(((y[:, None] - y) ** 2 + np.minimum(turn, 2 * np.pi - turn) ** 2).max())

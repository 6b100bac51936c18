"""The largest angular distance between particles, with bounded memory however many there are."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["largest_theta"]

Floats = NDArray[np.float64]

_FEW = 2048
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
    bound, cells = np.inf, 32
    while len(y) > _FEW:
        height, width = max(float(np.ptp(y)), 1e-9) / cells, 2 * np.pi / cells
        row = np.minimum((y - y.min()) // height, cells - 1).astype(np.int64)
        column = np.minimum((phi + np.pi) // width, cells - 1).astype(np.int64)
        occupied, some, cell = np.unique(row * cells + column, return_index=True, return_inverse=True)
        if len(occupied) > _FEW or cells > _SMALLEST_CELL:
            return bound
        rows, columns = np.divmod(occupied, cells)
        apart = np.abs(columns[:, None] - columns)
        across = np.minimum((np.minimum(apart, cells - apart) + 1) * width, np.pi)
        upper = np.hypot((np.abs(rows[:, None] - rows) + 1) * height, across).max(axis=1)
        keep = (upper >= _largest(y[some], phi[some]))[cell]
        y, phi = np.unique(np.stack((y[keep], phi[keep])), axis=1)
        bound, cells = float(upper.max()), 2 * cells
    return _largest(y, phi)


def _largest(y: Floats, phi: Floats) -> float:
    turn = np.abs(phi[:, None] - phi)
    return float(np.hypot(y[:, None] - y, np.minimum(turn, 2 * np.pi - turn)).max())

"""The one definition of the Durham measure, that of the metric, of clustering and of the truth labels."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["directions", "kt2", "kt2_matrix"]

Floats = NDArray[np.float64]


@njit(nogil=True, cache=True, error_model="numpy", inline="always")
def kt2(ei: float, xi: float, yi: float, zi: float, ej: float, xj: float, yj: float, zj: float) -> float:
    """The square of the relative transverse momentum of two particles, min(E_i^2, E_j^2) |u_i - u_j|^2.

    |u - v|^2 of unit vectors is 2 (1 - cos theta), and keeps its digits at small angles, where 1 - cos theta has none.

    Arguments:
        ei, xi, yi, zi: energy and direction, a unit vector, of one particle.
        ej, xj, yj, zj: those of the other.

    Returns:
        In the square of the unit of E; divided by E_vis^2 it is y_ij.

    Example:
        >>> kt2(10.0, 1.0, 0.0, 0.0, 5.0, 0.0, 1.0, 0.0)
        50.0

    Source:
        S. Catani, Y. L. Dokshitzer, M. Olsson, G. Turnock, B. R. Webber, Phys. Lett. B 269 (1991) 432,
        doi:10.1016/0370-2693(91)90196-W.
    """
    softer = ei if ei < ej else ej  # which becomes a vector instruction, as min does not
    dx, dy, dz = xi - xj, yi - yj, zi - zj
    return softer * softer * (dx * dx + dy * dy + dz * dz)


@njit(nogil=True, cache=True, error_model="numpy")
def kt2_matrix(left: Floats, right: Floats, upper: bool) -> Floats:
    """``kt2`` between all particles of two sets.

    Arguments:
        left, right: (n, 4) and (m, 4) energy and unit vector.
        upper: only the pairs i < j; the others are 0.
    """
    found = np.zeros((len(left), len(right)))
    for i in range(len(left)):
        a = left[i]
        for j in range(i + 1 if upper else 0, len(right)):
            b = right[j]
            found[i, j] = kt2(a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3])
    return found


def directions(momenta: Floats) -> Floats:
    """The unit vectors of momenta in space, NaN where a momentum is 0.

    Arguments:
        momenta: (n, 3).

    Example:
        >>> directions(np.array([[0.0, 3e200, 4e200]]))
        array([[0. , 0.6, 0.8]])
    """
    largest = np.abs(momenta).max(axis=1, keepdims=True, initial=0.0)
    with np.errstate(invalid="ignore"):
        scaled = momenta / largest  # so that no square is too large or too small for a double
    units: Floats = scaled / np.linalg.norm(scaled, axis=1, keepdims=True)
    return units

"""Two divisions of the same particles, compared by the energy that their parts have in common."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from eventspace.events.ragged import event_of_entry

__all__ = ["energy_in_common", "energy_of_parts", "partners"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def energy_in_common(
    offsets: Integers, energy: Floats, first: Integers, second: Integers, parts: tuple[int, int]
) -> Floats:
    """The energy of the particles that are in part k of one division and in part t of another.

    Arguments:
        offsets: (n + 1,); event i owns as many particles as ``offsets[i + 1] - offsets[i]``.
        energy: (particles,).
        first, second: (particles,) the part of each particle in each division, from 0; -1 for none, not counted.
        parts: how many the divisions have.

    Returns:
        (n, parts of the first, parts of the second) in the unit of the energies.

    Example:
        >>> first, second = np.array([0, 0, 1]), np.array([0, 1, 1])
        >>> energy_in_common(np.array([0, 3]), np.array([1.0, 2.0, 4.0]), first, second, (2, 2))
        array([[[1., 2.],
                [0., 4.]]])
    """
    events, (rows, columns) = len(offsets) - 1, parts
    known = (first >= 0) & (second >= 0)
    place = (event_of_entry(offsets)[known] * rows + first[known]) * columns + second[known]
    sums = np.bincount(place, weights=energy[known], minlength=events * rows * columns)
    return sums.astype(np.float64, copy=False).reshape(events, rows, columns)


def energy_of_parts(offsets: Integers, energy: Floats, part: Integers, parts: int) -> Floats:
    """The energy of each part of a division of the particles.

    Arguments:
        offsets: (n + 1,); event i owns as many particles as ``offsets[i + 1] - offsets[i]``.
        energy: (particles,).
        part: (particles,) from 0; -1 for particles of none.
        parts: how many there are.

    Returns:
        (n, parts) in the unit of the energies.

    Example:
        >>> energy_of_parts(np.array([0, 3]), np.array([1.0, 2.0, 4.0]), np.array([1, 1, -1]), 2)
        array([[0., 3.]])
    """
    return energy_in_common(offsets, energy, np.where(part >= 0, 0, -1), part, (1, parts))[:, 0]


def partners(common: Floats) -> Integers:
    """One-to-one matchings of the parts of two divisions, with the largest sum of the energy in common.

    Arguments:
        common: (n, rows, columns) from ``energy_in_common``.

    Returns:
        (n, rows) the column of each row; -1 where a row has no partner, or none with which it shares energy.

    Example:
        >>> partners(np.array([[[3.0, 2.0], [2.0, 0.0], [0.0, 0.0]]])).tolist()
        [[1, 0, -1]]

    Source:
        H. W. Kuhn, Naval Research Logistics Quarterly 2 (1955) 83, doi:10.1002/nav.3800020109.
    """
    found = np.full(common.shape[:2], -1, dtype=np.int64)
    for event, matrix in enumerate(common):
        rows, columns = linear_sum_assignment(matrix, maximize=True)
        shares = matrix[rows, columns] > 0
        found[event, rows[shares]] = columns[shares]
    return found

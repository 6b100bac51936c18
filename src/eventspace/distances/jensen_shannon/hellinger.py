"""Pairs of profiles whose Hellinger distance may be small, found in single precision, compiled.

With the roots r of the bins, H = (sum P + sum Q) / 2 - sum_k r_k r'_k is the squared Hellinger distance: for all pairs
one product of matrices, of which no entry is kept. Nothing is checked here; ``screening`` allows for the rounding. Bins
come in multiples of 4.
"""

import numpy as np
from numpy.typing import NDArray

from eventspace.distances.vectorised import compiled

__all__ = ["near", "still_near"]

Singles = NDArray[np.float32]
Integers = NDArray[np.int64]


@compiled(fastmath=["contract"])
def near(
    rows: Singles, columns: Singles, row_halves: Singles, column_halves: Singles, limit: np.float32, upper: bool
) -> Integers:
    """The pairs with H < limit as numbers i * m + j, rising; with ``upper``, those with i < j.

    Arguments:
        rows, columns: the roots, (n, bins) and (bins, m): the columns are transposed, so that a row of H is summed in
            vector instructions.
        row_halves, column_halves: half the sum of each profile.
    """
    width = columns.shape[1]
    bounds = np.empty(width, np.float32)
    numbers = np.empty(len(rows) * width + 1, np.int64)
    count = 0
    for i in range(len(rows)):
        for j in range(width):
            bounds[j] = row_halves[i] + column_halves[j]
        for k in range(0, len(columns), 4):
            a, b, c, d = rows[i, k], rows[i, k + 1], rows[i, k + 2], rows[i, k + 3]
            for j in range(width):
                more = bounds[j] - a * columns[k, j] - b * columns[k + 1, j]
                bounds[j] = more - c * columns[k + 2, j] - d * columns[k + 3, j]
        # Every number is written and most are overwritten: there is no branch to be guessed wrong.
        for j in range(i + 1 if upper else 0, width):
            numbers[count] = i * width + j
            count += bounds[j] < limit
    return numbers[:count].copy()


@compiled(fastmath=["contract", "reassoc"])
def still_near(
    rows: Singles,
    columns: Singles,
    row_halves: Singles,
    column_halves: Singles,
    limit: np.float32,
    numbers: Integers,
) -> Integers:
    """Those of these pairs with H < limit; here the columns are not transposed, (m, bins)."""
    kept = np.empty(len(numbers) + 1, np.int64)
    count = 0
    for number in numbers:
        i, j = number // len(columns), number % len(columns)
        product = np.float32(0)
        for k in range(rows.shape[1]):
            product += rows[i, k] * columns[j, k]
        kept[count] = number
        count += row_halves[i] + column_halves[j] - product < limit
    return kept[:count].copy()

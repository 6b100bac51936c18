"""The nearest of many points to each of some, by a sum over coordinates in single precision."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from eventspace.distances.vectorised import compiled

__all__ = ["nearest_points"]

_NUMBERS = 32_768  # coordinates of points that are compared with one at once: they fit into the cache

Singles = NDArray[np.float32]
Integers = NDArray[np.int64]


def nearest_points(
    queries: Singles,
    points: Singles,
    count: int,
    *,
    power: float = 2.0,
    within: bool = False,
    threads: int | None = None,
) -> Integers:
    """The numbers of the ``count`` nearest points to each query, nearest first; ties go to the lower number.

    All are compared, with the sum of |x_k - y_k|^power in single precision and a fixed order, so that the result does
    not depend on the number of threads. Memory is bounded by the result.

    Arguments:
        queries, points: (n, d) and (m, d).
        count: at most m, or m - 1 ``within`` one set.
        power: 2 is the Euclidean distance.
        within: the queries are the points, and none is its own neighbour.
        threads: all cores by default.

    Returns:
        (n, count).

    Example:
        >>> points = np.array([[0.0], [1.0], [3.0]], np.float32)
        >>> nearest_points(points, points, 2, within=True).tolist()
        [[1, 2], [0, 2], [1, 0]]
    """
    found = np.zeros((len(queries), count), np.int64)
    block = max(_NUMBERS // max(points.shape[1], 1), 16)
    parts = np.array_split(np.arange(len(queries)), min(threads or os.cpu_count() or 1, max(len(queries), 1)))

    def search(part: Integers) -> None:
        if not len(part):
            return
        first, last = int(part[0]), int(part[-1]) + 1
        best = np.full((last - first, count), np.inf, np.float32)
        own = np.arange(first, last) if within else np.full(last - first, -1)
        for start in range(0, len(points), block):
            columns = np.ascontiguousarray(points[start : start + block].T)
            _take_in(queries[first:last], columns, start, own, power, best, found[first:last])

    with ThreadPoolExecutor(len(parts)) as executor:
        list(executor.map(search, parts))
    return found


@compiled(fastmath=("contract",))
def _take_in(
    queries: Singles, columns: Singles, start: int, own: Integers, power: float, best: Singles, found: Integers
) -> None:
    """Take points, given by their coordinates (d, points) and the number of the first, into lists of the nearest."""
    dimensions, points = columns.shape
    sums = np.empty(points, np.float32)
    for q in range(len(queries)):
        sums[:] = 0
        for k in range(dimensions):
            x = queries[q, k]
            if power == 2:
                for j in range(points):
                    difference = columns[k, j] - x
                    sums[j] += difference * difference
            elif power == 1:
                for j in range(points):
                    sums[j] += abs(columns[k, j] - x)
            else:
                for j in range(points):
                    sums[j] += np.float32(abs(columns[k, j] - x) ** power)
        for j in range(points):
            if sums[j] < best[q, -1] and start + j != own[q]:
                place = best.shape[1] - 1
                while place > 0 and best[q, place - 1] > sums[j]:
                    best[q, place], found[q, place] = best[q, place - 1], found[q, place - 1]
                    place -= 1
                best[q, place], found[q, place] = sums[j], start + j

"""Structural similarity of sparse grids under a sliding window, compiled.

The window is a product of one weight an axis and takes only positions at which it lies within the grid. A sparse grid
is smoothed by spreading each of its cells over the windows that hold it, one axis at a time; lines and layers of the
grid without a cell are skipped. Means and variances belong to one grid and are computed once for many pairs; a pair
adds only the mean of the product, which has few cells.

Nothing is checked here. Every operation treats the two grids of a pair alike, so that S(x, y) = S(y, x) to the last
bit.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["Grids", "Window", "fill"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_COLUMNS_AT_ONCE = 32  # whose means and variances are held in memory, whatever the size of the block


class Grids(NamedTuple):
    """Sparse grids of one shape; grid ``i`` owns the entries ``offsets[i]:offsets[i + 1]``.

    Attributes:
        offsets: (n + 1,).
        cell: flat cell number of each entry in C order, rising within a grid.
        value: of each entry, in units of the dynamic range.
    """

    offsets: Integers
    cell: Integers
    value: Floats


class Window(NamedTuple):
    """The grid's shape, the window's weights along each axis, and the two constants."""

    shape: tuple[int, int, int]
    a: Floats
    b: Floats
    c: Floats
    c1: float
    c2: float


class _Memory(NamedTuple):
    """What smoothing needs, for one thread.

    Attributes:
        weight: of each entry.
        line: one line of cells, smoothed along the last axis, with the window's margin on both sides.
        layers: smoothed along the last two axes, (a, windows along b times windows along c).
        begin, end: which windows along b of each layer hold anything; the others are not set.
        smooth: smoothed along all axes, flat.
    """

    weight: Floats
    line: Floats
    layers: Floats
    begin: Integers
    end: Integers
    smooth: Floats


@njit(cache=True, nogil=True, error_model="numpy")
def fill(left: Grids, right: Grids, window: Window, upper: bool, losses: Floats) -> None:
    """1 - SSIM of all pairs, or of those with i < j."""
    memory = _reserve(left, right, window)
    positions = len(memory.smooth)
    mean, variance = np.empty(positions), np.empty(positions)
    means, variances = np.empty((_COLUMNS_AT_ONCE, positions)), np.empty((_COLUMNS_AT_ONCE, positions))
    dense = np.zeros(window.shape[0] * window.shape[1] * window.shape[2])
    rows, columns = len(left.offsets) - 1, len(right.offsets) - 1
    for first in range(0, columns, _COLUMNS_AT_ONCE):
        last = min(first + _COLUMNS_AT_ONCE, columns)
        for j in range(first, last):
            _moments(right, j, window, memory, means[j - first], variances[j - first])
        for i in range(min(rows, last - 1) if upper else rows):
            _moments(left, i, window, memory, mean, variance)
            begin, end = left.offsets[i], left.offsets[i + 1]
            for entry in range(begin, end):
                dense[left.cell[entry]] = left.value[entry]
            for j in range(max(first, i + 1) if upper else first, last):
                start, stop = right.offsets[j], right.offsets[j + 1]
                for entry in range(start, stop):
                    memory.weight[entry - start] = right.value[entry] * dense[right.cell[entry]]
                _smooth(right.cell[start:stop], window, memory)
                losses[i, j] = _loss(mean, variance, means[j - first], variances[j - first], window, memory.smooth)
            for entry in range(begin, end):
                dense[left.cell[entry]] = 0.0


@njit(nogil=True)
def _reserve(left: Grids, right: Grids, window: Window) -> _Memory:
    most = 1
    for offsets in (left.offsets, right.offsets):
        for i in range(len(offsets) - 1):
            most = max(most, offsets[i + 1] - offsets[i])
    a, b, c = window.shape
    along_b, along_c = b - len(window.b) + 1, c - len(window.c) + 1
    return _Memory(
        np.empty(most),
        np.empty(c + len(window.c) - 1),
        np.empty((a, along_b * along_c)),
        np.empty(a, dtype=np.int64),
        np.empty(a, dtype=np.int64),
        np.empty((a - len(window.a) + 1) * along_b * along_c),
    )


@njit(nogil=True)
def _moments(grids: Grids, number: int, window: Window, memory: _Memory, mean: Floats, variance: Floats) -> None:
    """Mean and variance of a grid under each window."""
    start, stop = grids.offsets[number], grids.offsets[number + 1]
    cell = grids.cell[start:stop]
    for entry in range(start, stop):
        memory.weight[entry - start] = grids.value[entry]
    _smooth(cell, window, memory)
    mean[:] = memory.smooth
    for entry in range(start, stop):
        memory.weight[entry - start] = grids.value[entry] * grids.value[entry]
    _smooth(cell, window, memory)
    for k in range(len(mean)):
        variance[k] = memory.smooth[k] - mean[k] * mean[k]


@njit(nogil=True)
def _smooth(cell: Integers, window: Window, memory: _Memory) -> None:
    """The mean of the weights of these cells under each window."""
    a, b, c = window.shape
    margin = len(window.c) - 1
    along_b, along_c = b - len(window.b) + 1, c - margin
    memory.begin[:] = memory.end[:] = 0
    entry = 0
    while entry < len(cell):
        # Cells of one line, spread along it: cell k is under the windows that begin at k - margin to k.
        row = cell[entry] // c
        beyond = (row + 1) * c
        filled = False
        while entry < len(cell) and cell[entry] < beyond:
            if memory.weight[entry] != 0:
                if not filled:
                    memory.line[:] = 0.0
                    filled = True
                at = cell[entry] - row * c
                _add(memory.line[at : at + margin + 1], window.c, memory.weight[entry])
            entry += 1
        if not filled:
            continue
        # The line is under the windows that begin at its place - len(window.b) + 1 to its place in the layer.
        layer, place = row // b, row % b
        begin, end = max(0, place - len(window.b) + 1), min(along_b, place + 1)
        if memory.end[layer] == 0:
            memory.begin[layer] = memory.end[layer] = begin
        memory.layers[layer, memory.end[layer] * along_c : end * along_c] = 0.0
        memory.end[layer] = end
        windows = memory.layers[layer, begin * along_c : end * along_c].reshape(end - begin, along_c)
        _spread(memory.line[margin:c], window.b, place - begin, windows)
    memory.smooth[:] = 0.0
    for first in range(a - len(window.a) + 1):
        plane = memory.smooth[first * along_b * along_c : (first + 1) * along_b * along_c]
        for layer in range(first, first + len(window.a)):
            at, end = memory.begin[layer] * along_c, memory.end[layer] * along_c
            _add(plane[at:end], memory.layers[layer, at:end], window.a[layer - first])


@njit(fastmath={"contract"})
def _spread(line: Floats, weights: Floats, last: int, windows: Floats) -> None:
    """Add a line to the windows that it is under, which see it under the weights from the last to the first."""
    for n in range(len(windows)):
        factor = weights[last - n]
        for k in range(len(line)):
            windows[n, k] += factor * line[k]


@njit(fastmath={"contract"})
def _add(target: Floats, source: Floats, factor: float) -> None:
    # Slices start at 0: numba takes an index that is a sum for one that may be negative, and makes no vectors of it.
    for k in range(len(target)):
        target[k] += factor * source[k]


@njit(error_model="numpy")
def _loss(mean: Floats, variance: Floats, means: Floats, variances: Floats, window: Window, product: Floats) -> float:
    """1 - SSIM from the moments and the mean of the product, which is overwritten."""
    c1, c2 = window.c1, window.c2
    for k in range(len(product)):
        x, y = mean[k], means[k]
        covariance = product[k] - x * y
        similar = (2 * x * y + c1) * (2 * covariance + c2)
        largest = (x * x + y * y + c1) * (variance[k] + variances[k] + c2)
        product[k] = 1 - similar / largest
    return max(0.0, _sum(product) / len(product))


@njit(fastmath={"reassoc"})
def _sum(terms: Floats) -> float:
    total = 0.0
    for term in terms:
        total += term
    return total

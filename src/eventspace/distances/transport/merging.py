"""Showers with fewer cells: neighbours merged where that moves little energy."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["merge"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@njit(cache=True, nogil=True, error_model="numpy")
def merge(offsets: Integers, energy: Floats, place: Floats, most: int) -> tuple[Integers, Floats, Floats, Integers]:
    """Merge the cells of each shower into at most ``most`` groups, each at the centre of its energy.

    All cells begin as one group. The group whose energy is moved farthest by the merging, sum of e |x - centre|, is cut
    in two, at its centre, across the axis along which it is widest; and so on until there are enough. A shower that has
    no more cells than that keeps them.

    Arguments:
        offsets: (n + 1,); shower i owns the entries ``offsets[i]:offsets[i + 1]``.
        energy: of each entry, all positive.
        place: (entries, 3) position of each.
        most: groups of a shower.

    Returns:
        The offsets, energies and places of the groups, and for each entry the number of its group.
    """
    group = np.empty(len(energy), np.int64)
    new_offsets = np.zeros_like(offsets)
    new_energy, new_place = np.empty(len(energy)), np.empty((len(energy), 3))
    used: int = np.int64(0)  # type: ignore[assignment]  # for a literal numba would compile _cut a second time
    for shower in range(len(offsets) - 1):
        start, stop = offsets[shower], offsets[shower + 1]
        if stop - start <= most:
            for entry in range(start, stop):
                group[entry] = used
                new_energy[used], new_place[used] = energy[entry], place[entry]
                used += 1
        else:
            used = _cut(energy[start:stop], place[start:stop], most, group[start:stop], new_energy, new_place, used)
        new_offsets[shower + 1] = used
    return new_offsets, new_energy[:used].copy(), new_place[:used].copy(), group


@njit(nogil=True, error_model="numpy")
def _cut(
    energy: Floats, place: Floats, most: int, group: Integers, new_energy: Floats, new_place: Floats, used: int
) -> int:
    """Groups of one shower, written behind the first ``used``; returns how many are used then."""
    order, memory = np.arange(len(energy)), np.empty(len(energy), np.int64)
    first, last, moved = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most)
    centre, spread = np.empty((most, 3)), np.empty((most, 3))
    first[0], last[0], count = 0, len(energy), 1
    moved[0] = _describe(energy, place, order, centre[0], spread[0])
    while count < most:
        widest = int(np.argmax(moved[:count]))
        if moved[widest] == 0:
            break
        axis = int(np.argmax(spread[widest]))
        begin, end = first[widest], last[widest]
        least, largest = math.inf, -math.inf
        for k in range(begin, end):
            least, largest = min(least, place[order[k], axis]), max(largest, place[order[k], axis])
        at = centre[widest, axis]
        if not least < at <= largest:  # by rounding: then neither part would be empty no longer
            at = largest
        middle, others = begin, 0
        for k in range(begin, end):
            entry = order[k]
            if place[entry, axis] < at:
                order[middle] = entry
                middle += 1
            else:
                memory[others] = entry
                others += 1
        for k in range(others):  # to copy a slice takes numba two seconds to compile
            order[middle + k] = memory[k]
        first[count], last[count], last[widest] = middle, end, middle
        for part in (widest, count):
            moved[part] = _describe(energy, place, order[first[part] : last[part]], centre[part], spread[part])
        count += 1
    for part in range(count):
        total = 0.0
        for k in range(first[part], last[part]):
            group[order[k]] = used + part
            total += energy[order[k]]
        new_energy[used + part], new_place[used + part] = total, centre[part]
    return used + count


@njit(nogil=True, error_model="numpy")
def _describe(energy: Floats, place: Floats, entries: Integers, centre: Floats, spread: Floats) -> float:
    """The centre of the energy of some entries, its spread along each axis, and how far it has to be moved."""
    if len(entries) == 1:
        centre[:], spread[:] = place[entries[0]], 0.0
        return 0.0
    total = 0.0
    centre[:], spread[:] = 0.0, 0.0
    for entry in entries:
        total += energy[entry]
        for axis in range(3):
            centre[axis] += energy[entry] * place[entry, axis]
    centre /= total
    moved = 0.0
    for entry in entries:
        square = 0.0
        for axis in range(3):
            away = (place[entry, axis] - centre[axis]) ** 2
            spread[axis] += energy[entry] * away
            square += away
        moved += energy[entry] * math.sqrt(square)
    return moved

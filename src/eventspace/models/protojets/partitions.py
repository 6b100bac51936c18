"""All ways to merge protojets to jets, and those that the Durham measure likes best."""

import math
from functools import cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.durham.measure import kt2

__all__ = ["cheapest_partitions", "partition_number", "set_partitions"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_MOST = 12  # protojets: their subsets are listed
_SMALLEST = 1e-300  # of y, whose logarithm is taken
_AT_ONCE = 500  # events, so that the costs of all partitions of all events are never in memory


@cache
def set_partitions(protojets: int, jets: int) -> NDArray[np.int64]:
    """All ways to divide protojets into jets, none of which is empty.

    Arguments:
        protojets: how many, up to 12.
        jets: how many, up to as many as protojets.

    Returns:
        (S(protojets, jets), protojets) the jet of each protojet, numbered in the order of their first protojets, and in
        lexical order. S is the Stirling number of the second kind: 2,646 for 9 protojets and 6 jets.

    Raises:
        InputError: there are no such partitions, or too many protojets.

    Example:
        >>> set_partitions(3, 2).tolist()
        [[0, 0, 1], [0, 1, 0], [0, 1, 1]]
    """
    if not 1 <= jets <= protojets <= _MOST:
        text = f"{jets} jets of {protojets} protojets"
        raise InputError(text, remedy=f"give 1 to {_MOST} protojets, and at least 1 and no more jets than protojets")
    found: list[list[int]] = []

    def extend(labels: list[int], used: int) -> None:
        left = protojets - len(labels)
        if not left:
            found.append(labels)
            return
        for label in range(min(used + 1, jets)):
            after = max(used, label + 1)
            if after + left - 1 >= jets:  # enough protojets remain to fill the jets that are still empty
                extend([*labels, label], after)

    extend([], 0)
    made = np.array(found, dtype=np.int64)
    made.flags.writeable = False  # it is kept for the next caller
    return made


def partition_number(partitions: Integers, labels: Integers) -> Integers:
    """Which partition each labelling is, whatever the numbers of its jets.

    Arguments:
        partitions: from ``set_partitions``.
        labels: (n, protojets) the jet of each protojet.

    Returns:
        (n,) rows of ``partitions``.

    Raises:
        InputError: a labelling is not among them.

    Example:
        >>> partition_number(set_partitions(3, 2), np.array([[1, 1, 0], [5, 2, 5]])).tolist()
        [0, 1]
    """
    row = {tuple(partition): number for number, partition in enumerate(partitions.tolist())}
    found = np.empty(len(labels), dtype=np.int64)
    for event, labelling in enumerate(np.asarray(labels).tolist()):
        numbers: dict[int, int] = {}
        ordered = tuple(numbers.setdefault(label, len(numbers)) for label in labelling)
        if ordered not in row:
            text = f"the protojets are in {len(numbers)} jets"
            raise InputError(text, event=event, remedy=f"give {int(partitions.max()) + 1} jets")
        found[event] = row[ordered]
    return found


def cheapest_partitions(
    protojets: Floats, visible_energy: Floats, partitions: Integers, count: int, always: Integers
) -> tuple[Integers, Floats, Floats]:
    """The partitions of protojets with the smallest sums of ln y over the merges inside their jets.

        cost = sum_jet sum_merge ln y,    y_ij = 2 min(E_i^2, E_j^2) (1 - cos theta_ij) / E_vis^2

    where the protojets of each jet are merged with the Durham algorithm. Partitions of one number of protojets into one
    number of jets have equally many merges, so their costs can be compared.

    Arguments:
        protojets: (n, protojets, 4) E, px, py, pz.
        visible_energy: (n,) in the same unit.
        partitions: from ``set_partitions``.
        count: how many to keep of each event, at most all.
        always: (n,) a partition that is kept in place of the last, if it is not among the cheapest: Durham's own.

    Returns:
        numbers: (n, count) rows of ``partitions``, the cheapest first; equal ones in the order of ``partitions``.
        costs: (n, count).
        largest: (n, count) the largest ln y of these merges; 0 where nothing is merged.

    Raises:
        InputError: the count is not from 1 to the number of partitions.
    """
    if not 1 <= count <= len(partitions):
        text = f"{count} of {len(partitions)} partitions were asked for"
        raise InputError(text, remedy="ask for at least 1, and no more than there are")
    size, jets = partitions.shape[1], int(partitions.max()) + 1
    masks = np.stack([((partitions == jet) << np.arange(size)).sum(axis=1) for jet in range(jets)], axis=1)
    momenta = np.ascontiguousarray(protojets, dtype=np.float64)
    square = np.asarray(visible_energy, dtype=np.float64) ** 2
    numbers = np.empty((len(momenta), count), dtype=np.int64)
    costs, largest = np.empty((len(momenta), count)), np.empty((len(momenta), count))
    for start in range(0, len(momenta), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        every, highest = _costs(momenta[some], square[some], masks, size - jets + 1)
        chosen, wanted = np.argsort(every, axis=1, kind="stable")[:, :count], always[some]
        missing = ~(chosen == wanted[:, np.newaxis]).any(axis=1)
        chosen[missing, -1] = wanted[missing]
        numbers[some], costs[some] = chosen, np.take_along_axis(every, chosen, axis=1)
        largest[some] = np.take_along_axis(highest, chosen, axis=1)
    return numbers, costs, largest


@njit(nogil=True, cache=True, error_model="numpy")
def _costs(protojets: Floats, square: Floats, masks: Integers, most: int) -> tuple[Floats, Floats]:
    """The sum and the largest ln y of each partition of each event, (n, partitions).

    ``masks`` are the jets of each partition as sets of bits.
    """
    events, size, _ = protojets.shape
    sums, largest = np.zeros((events, len(masks))), np.zeros((events, len(masks)))
    inside, highest = np.zeros(1 << size), np.zeros(1 << size)
    for event in range(events):
        _merge_subsets(protojets[event], square[event], most, inside, highest)
        for number in range(len(masks)):
            total, top = 0.0, -math.inf
            for jet in range(masks.shape[1]):
                total += inside[masks[number, jet]]
                top = max(top, highest[masks[number, jet]])
            sums[event, number] = total
            largest[event, number] = top if top > -math.inf else 0.0
    return sums, largest


@njit(nogil=True, cache=True, error_model="numpy")
def _merge_subsets(protojets: Floats, square: float, most: int, inside: Floats, highest: Floats) -> None:
    """Sum and largest ln y of the merges inside each set of protojets that is not too large for a jet."""
    size = len(protojets)
    p, u = np.empty((most, 4)), np.empty((most, 3))
    for chosen in range(1, 1 << size):
        inside[chosen], highest[chosen] = 0.0, -math.inf
        count = 0
        for i in range(size):
            count += (chosen >> i) & 1
        if count < 2 or count > most:
            continue
        count = 0
        for i in range(size):
            if (chosen >> i) & 1:
                p[count] = protojets[i]
                _direct(p, u, count)
                count += 1
        while count > 1:
            best, a, b = math.inf, 0, 1
            for i in range(count):
                for j in range(i):
                    scale = kt2(p[i, 0], u[i, 0], u[i, 1], u[i, 2], p[j, 0], u[j, 0], u[j, 1], u[j, 2])
                    if scale < best:
                        best, a, b = scale, j, i
            logarithm = math.log(max(best / square, _SMALLEST))
            inside[chosen] += logarithm
            highest[chosen] = max(highest[chosen], logarithm)
            p[a] += p[b]
            _direct(p, u, a)
            count -= 1
            p[b], u[b] = p[count], u[count]


@njit(nogil=True, cache=True, error_model="numpy")
def _direct(p: Floats, u: Floats, i: int) -> None:
    """The direction of a cluster; one at rest is at 90 degrees to all others."""
    length = math.sqrt(p[i, 1] ** 2 + p[i, 2] ** 2 + p[i, 3] ** 2)
    scale = 1.0 / length if length > 0 else 0.0
    for axis in range(3):
        u[i, axis] = p[i, axis + 1] * scale

"""Jets grouped in pairs to bosons: all ways, the best one by their masses, and the best one by the truth."""

from collections.abc import Hashable, Sequence
from itertools import combinations, permutations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.jet_momenta import invariant_mass

__all__ = ["ZHH", "Boson", "chi2_pairing", "named_by_truth", "pairings", "truth_pairing"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_MOST = 4  # bosons, which have 2,520 pairings
_AT_ONCE = 1000  # events, so that the scores of all pairings of all events are never in memory


class Boson(NamedTuple):
    """What the masses of the two jets of a boson are compared with.

    Attributes:
        mass: where the masses of its di-jets peak, in GeV.
        width: their standard deviation around it, in GeV.
    """

    mass: float
    width: float


ZHH = (Boson(88.0, 8.0), Boson(113.0, 10.0), Boson(113.0, 10.0))
"""Z and two Higgs bosons at 500 GeV. Neutrinos are missing in the jets, so their masses are below 91 and 125 GeV."""


def pairings(bosons: Sequence[Hashable]) -> Integers:
    """All ways to give each boson two of the jets, twice as many as bosons.

    There are (2B)! / 2^B of them for B bosons. Where bosons are identical, ways that differ by their exchange alone
    are one: of these, that is listed in which the first jets of identical bosons rise. So the six jets of ZHH have
    90 / 2 = 45 pairings.

    Arguments:
        bosons: up to 4; those that are equal are identical.

    Returns:
        (pairings, bosons, 2) the jets of each boson, the smaller number first, in lexical order.

    Raises:
        InputError: there are no bosons, or too many.

    Example:
        >>> pairings(["H", "H"]).tolist()
        [[[0, 1], [2, 3]], [[0, 2], [1, 3]], [[0, 3], [1, 2]]]
        >>> len(pairings(["Z", "H"])), len(pairings(ZHH))
        (6, 45)
    """
    if not 1 <= len(bosons) <= _MOST:
        raise InputError(f"{len(bosons)} bosons", remedy=f"give 1 to {_MOST}")
    found: list[list[tuple[int, int]]] = []

    def extend(pairs: list[tuple[int, int]], left: list[int]) -> None:
        if not left:
            found.append(pairs)
            return
        boson = bosons[len(pairs)]
        before = [pair[0] for pair, other in zip(pairs, bosons, strict=False) if other == boson]
        for pair in combinations(left, 2):
            if pair[0] > max(before, default=-1):
                extend([*pairs, pair], [jet for jet in left if jet not in pair])

    extend([], list(range(2 * len(bosons))))
    return np.array(found, dtype=np.int64)


def chi2_pairing(momenta: Floats, bosons: Sequence[Boson]) -> Integers:
    """The pairing of jets that is nearest to the masses of the bosons.

        chi^2 = sum_boson ((m - m_0) / sigma)^2

    with m the mass of its two jets, and m_0 and sigma its ``mass`` and ``width``, is the smallest of all ``pairings``.

    Arguments:
        momenta: (n, jets, 4) E, px, py, pz in GeV, twice as many jets as bosons; 0 for empty jets, which are paired
            like others.
        bosons: B of them.

    Returns:
        (n, B, 2) the jets of each boson; of several with one chi^2, the first in ``pairings``. Which of identical
        bosons is which has no meaning here.

    Raises:
        InputError: the number of jets is not twice that of the bosons, or a width is not positive.

    Example:
        Two bosons at rest, each of two back-to-back jets:

        >>> jets = np.array([[[44.0, 44, 0, 0], [57.0, 0, 57, 0], [44.0, -44, 0, 0], [57.0, 0, -57, 0]]])
        >>> chi2_pairing(jets, [Boson(113.0, 10.0), Boson(88.0, 8.0)]).tolist()
        [[[1, 3], [0, 2]]]

    Source:
        C. F. Duerig, Measuring the Higgs self-coupling at the International Linear Collider, DESY-THESIS-2016-027.
    """
    if not all(boson.width > 0 for boson in bosons):
        raise InputError("the width of a boson is not positive", remedy="give the resolution of its mass in GeV")
    _check(momenta.shape, (2 * len(bosons), 4))
    pair_mass = invariant_mass(momenta[:, :, np.newaxis] + momenta[:, np.newaxis])
    pulls = [((pair_mass - boson.mass) / boson.width) ** 2 for boson in bosons]
    return _smallest(np.stack(pulls, axis=3), pairings(bosons))


def truth_pairing(shared: Floats) -> Integers:
    """The pairing of jets that puts the most energy into the right boson.

    All bosons are different here, since the truth says which is which.

    Arguments:
        shared: (n, 2B, B) the energy common to each jet and each boson.

    Returns:
        (n, B, 2) the jets of each boson; of several with one energy, the first in ``pairings``.

    Raises:
        InputError: the number of jets is not twice that of the bosons.

    Example:
        >>> truth_pairing(np.array([[[1.0, 2.0], [9.0, 0.0], [4.0, 3.0], [0.0, 5.0]]])).tolist()
        [[[1, 2], [0, 3]]]
    """
    bosons = shared.shape[-1]
    _check(shared.shape, (2 * bosons, bosons))
    return _smallest(-(shared[:, :, np.newaxis] + shared[:, np.newaxis]), pairings(range(bosons)))


def named_by_truth(pairs: Integers, shared: Floats, bosons: Sequence[Hashable]) -> Integers:
    """The same pairing, with identical bosons exchanged so that most energy is in the right one.

    Masses do not say which of two Higgs bosons is the first of the truth.

    Arguments:
        pairs: (n, B, 2) the jets of each boson.
        shared: (n, jets, B) the energy common to each jet and each boson.
        bosons: B of them; those that are equal are identical.

    Returns:
        (n, B, 2).

    Example:
        >>> shared = np.array([[[1.0, 2.0], [9.0, 0.0], [4.0, 3.0], [0.0, 5.0]]])
        >>> named_by_truth(np.array([[[0, 3], [1, 2]]]), shared, ["H", "H"]).tolist()
        [[[1, 2], [0, 3]]]
    """
    all_orders = permutations(range(len(bosons)))
    orders = np.array([order for order in all_orders if all(bosons[a] == bosons[b] for a, b in enumerate(order))])
    event, boson = np.arange(len(pairs))[:, np.newaxis, np.newaxis], np.arange(len(bosons))
    of_pair = shared[event, pairs].sum(axis=2)  # (n, pairs, bosons)
    best = orders[of_pair[:, orders, boson].sum(axis=2).argmax(axis=1)]
    return np.take_along_axis(pairs, best[:, :, np.newaxis], axis=1)


def _smallest(costs: Floats, rows: Integers) -> Integers:
    """The pairing with the smallest sum of costs (n, jet, jet, boson) over its pairs, (n, bosons, 2)."""
    first, second = rows[:, :, 0], rows[:, :, 1]
    boson = np.arange(rows.shape[1])
    best = np.empty(len(costs), dtype=np.int64)
    for start in range(0, len(costs), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        best[some] = costs[some][:, first, second, boson].sum(axis=2).argmin(axis=1)
    return rows[best]


def _check(shape: tuple[int, ...], wanted: tuple[int, int]) -> None:
    if len(shape) != 3 or shape[1:] != wanted:
        raise InputError(f"the jets have the shape {shape}", remedy=f"give (events, {wanted[0]}, {wanted[1]})")

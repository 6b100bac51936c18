"""What can be said of a candidate: one way to merge the protojets of an event to jets."""

import itertools
import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from eventspace.events.durham.measure import kt2
from eventspace.models.protojets.densities import BIN, Densities

__all__ = ["best_matches", "boson_pairs", "candidate_values", "count_of_values", "likelihood_places"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_LIKELIHOODS = 6  # three of each resolution
_COMMON = 7  # merge costs, sizes, and the smallest y between jets
_LIGHT, _NEAR = 1e-2, 1e-9  # GeV^2 and kt^2 / E_vis^2 below which logarithms are not taken


def boson_pairs(bosons: int) -> Integers:
    """Which pair of jets is which boson, in all ways.

    Arguments:
        bosons: how many; there are twice as many jets.

    Returns:
        (groupings, assignments, bosons) numbers of the pairs (i, j), i < j, in lexical order. A grouping divides the
        jets into pairs, and its assignments are the bosons' permutations: 15 and 6 for three bosons.

    Example:
        >>> boson_pairs(2)[:, 0].tolist()  # pairs 01 02 03 12 13 23
        [[0, 5], [1, 4], [2, 3]]
    """
    number = {pair: place for place, pair in enumerate(itertools.combinations(range(2 * bosons), 2))}

    def groupings(jets: tuple[int, ...]) -> list[list[int]]:
        if not jets:
            return [[]]
        first, *others = jets
        return [
            [number[first, other], *rest]
            for other in others
            for rest in groupings(tuple(jet for jet in others if jet != other))
        ]

    every = groupings(tuple(range(2 * bosons)))
    return np.array([list(itertools.permutations(grouping)) for grouping in every], dtype=np.int64)


def count_of_values(bosons: int, *, displaced: bool) -> int:
    """How many numbers ``candidate_values`` gives for a candidate."""
    return _COMMON + 4 * bosons + _block(bosons) + displaced * (2 * bosons + _block(bosons))


def likelihood_places(bosons: int, *, displaced: bool) -> tuple[int, ...]:
    """Where among these numbers likelihoods stand, which are best told by their differences from the best candidate."""
    first = _COMMON + 4 * bosons
    starts = (first, first + _block(bosons) + 2 * bosons)[: 1 + displaced]
    return tuple(start + place for start in starts for place in range(_LIKELIHOODS))


def candidate_values(
    protojets: Floats,
    visible_energy: Floats,
    tracks: Integers | None,
    partitions: Integers,
    chosen: tuple[Integers, Floats, Floats],
    densities: Densities,
) -> NDArray[np.float32]:
    """What a network is told of each candidate.

    Jets are sorted by energy, the largest first. The likelihood of a grouping of the jets to pairs is the mean over the
    assignments of pairs to bosons of the product of the densities of the pairs' masses; with displaced tracks also of
    those of the tracks in each jet.

    Arguments:
        protojets: (n, protojets, 4) E, px, py, pz in GeV.
        visible_energy: (n,) in GeV.
        tracks: (n, protojets) how many displaced tracks each holds; none if they are not to be used.
        partitions: from ``set_partitions``.
        chosen: numbers, costs and largest merges of the candidates, (n, candidates) each, from ``cheapest_partitions``.
        densities: of masses and displaced tracks.

    Returns:
        (n, candidates, values): the sum and the largest of ln y of the merges, how many jets have more than one
        protojet, how many the largest jet has, the three smallest ln y between jets; ln E and ln m of each jet; for
        both resolutions the logarithms of the likelihoods of the best and second best grouping and of their sum; mass,
        energy in 100 GeV, |E_1 - E_2| / p and ln y of each boson in the best grouping. With displaced tracks
        follow their numbers in each jet, the likelihoods again, and mass, energy, asymmetry and the smaller number of
        displaced tracks of each boson.
    """
    numbers, costs, largest = chosen
    jets, (_, bosons, _) = int(partitions.max()) + 1, densities.mass.shape
    found = np.zeros((*numbers.shape, count_of_values(bosons, displaced=tracks is not None)), np.float32)
    found[:, :, 0], found[:, :, 1] = costs, largest
    counted = np.zeros(protojets.shape[:2], np.int64) if tracks is None else tracks
    _fill(
        np.ascontiguousarray(protojets, dtype=np.float64),
        np.asarray(visible_energy, dtype=np.float64) ** 2,
        np.ascontiguousarray(counted, dtype=np.int64),
        tracks is not None,
        partitions,
        numbers,
        np.array(list(itertools.combinations(range(jets), 2)), dtype=np.int64),
        boson_pairs(bosons),
        np.exp(densities.mass),
        np.exp(densities.displaced),
        found,
    )
    return found


def _block(bosons: int) -> int:
    """Numbers of likelihoods, and of the bosons in the best grouping."""
    return _LIKELIHOODS + 4 * bosons


@njit(nogil=True, cache=True, error_model="numpy")
def _fill(
    protojets: Floats,
    square: Floats,
    tracks: Integers,
    displaced: bool,
    partitions: Integers,
    numbers: Integers,
    pairs: Integers,
    groupings: Integers,
    of_mass: Floats,
    of_tracks: Floats,
    out: NDArray[np.float32],
) -> None:
    """Densities are multiplied, which is faster than to add logarithms; their floors keep the products above 0."""
    events, size, _ = protojets.shape
    bosons, most = len(of_tracks), of_tracks.shape[1] - 1
    jets = 2 * bosons
    p, u, held, sizes = np.empty((jets, 4)), np.empty((jets, 3)), np.empty(jets, np.int64), np.empty(jets, np.int64)
    y, mass, fewest = np.empty(len(pairs)), np.empty(len(pairs)), np.empty(len(pairs))
    density = np.empty((2, bosons, len(pairs)))
    likelihood, best = np.empty(len(groupings)), np.zeros(bosons, np.int64)
    for event in range(events):
        for candidate in range(numbers.shape[1]):
            values = out[event, candidate]
            p[:], held[:], sizes[:] = 0.0, 0, 0
            for i in range(size):
                jet = partitions[numbers[event, candidate], i]
                for component in range(4):
                    p[jet, component] += protojets[event, i, component]
                held[jet] += tracks[event, i]
                sizes[jet] += 1
            values[2], values[3] = (sizes > 1).sum(), sizes.max()
            _sort_by_energy(p, held)
            for jet in range(jets):
                length = math.sqrt(p[jet, 1] ** 2 + p[jet, 2] ** 2 + p[jet, 3] ** 2)
                for axis in range(3):
                    u[jet, axis] = p[jet, axis + 1] / length if length > 0 else 0.0
            for k in range(len(pairs)):
                i, j = pairs[k]
                scale = kt2(p[i, 0], u[i, 0], u[i, 1], u[i, 2], p[j, 0], u[j, 0], u[j, 1], u[j, 2])
                y[k] = math.log(max(scale / square[event], _NEAR))
                mass[k] = _mass_of_two(p[i], p[j])
            smallest = np.sort(y)
            for k in range(3):
                values[4 + k] = smallest[min(k, len(pairs) - 1)]
            at = _COMMON
            for jet in range(jets):
                values[at + jet] = math.log(max(p[jet, 0], _LIGHT))
                values[at + jets + jet] = math.log(max(_mass(p[jet]), _LIGHT))
            at += 2 * jets
            for k in range(len(pairs)):
                row = min(int(mass[k] / BIN), of_mass.shape[2] - 1)
                for boson in range(bosons):
                    density[0, boson, k], density[1, boson, k] = of_mass[0, boson, row], of_mass[1, boson, row]
            at = _likelihoods(groupings, density, likelihood, best, values, at)
            at = _bosons(p, pairs, best, mass, y, values, at)
            if displaced:
                for jet in range(jets):
                    values[at + jet] = held[jet]
                at += jets
                for k in range(len(pairs)):
                    i, j = pairs[k]
                    fewest[k] = min(held[i], held[j])
                    for boson in range(bosons):
                        both = of_tracks[boson, min(held[i], most)] * of_tracks[boson, min(held[j], most)]
                        density[0, boson, k] *= both
                        density[1, boson, k] *= both
                at = _likelihoods(groupings, density, likelihood, best, values, at)
                at = _bosons(p, pairs, best, mass, fewest, values, at)


@njit(nogil=True, cache=True, error_model="numpy")
def _sort_by_energy(p: Floats, held: Integers) -> None:
    """The largest first; jets are few, so each is moved to its place."""
    for jet in range(1, len(p)):
        place = jet
        while place > 0 and p[place - 1, 0] < p[place, 0]:
            for component in range(4):
                p[place - 1, component], p[place, component] = p[place, component], p[place - 1, component]
            held[place - 1], held[place] = held[place], held[place - 1]
            place -= 1


@njit(nogil=True, cache=True, error_model="numpy")
def _likelihoods(
    groupings: Integers, density: Floats, likelihood: Floats, best: Integers, values: NDArray[np.float32], at: int
) -> int:
    """Write the best, the second and the sum for both resolutions; returns the end.

    ``best`` gets the pairs of the bosons in the best grouping and assignment at the first resolution.
    """
    number, assignments, bosons = groupings.shape
    for resolution in range(len(density)):
        chosen, second, total = 0, 0.0, 0.0
        for grouping in range(number):
            likelihood[grouping] = 0.0
            for assignment in range(assignments):
                product = 1.0
                for boson in range(bosons):
                    product *= density[resolution, boson, groupings[grouping, assignment, boson]]
                likelihood[grouping] += product / assignments
            total += likelihood[grouping]
            if likelihood[grouping] > likelihood[chosen]:
                chosen = grouping
        for grouping in range(number):
            if grouping != chosen:
                second = max(second, likelihood[grouping])
        values[at] = math.log(likelihood[chosen])
        values[at + 1] = math.log(second if number > 1 else likelihood[chosen])
        values[at + 2] = math.log(total)
        at += 3
        if resolution == 0:
            largest = 0.0
            for assignment in range(assignments):
                product = 1.0
                for boson in range(bosons):
                    product *= density[0, boson, groupings[chosen, assignment, boson]]
                if product > largest:
                    largest = product
                    best[:] = groupings[chosen, assignment]
    return at


@njit(nogil=True, cache=True, error_model="numpy")
def _bosons(
    p: Floats, pairs: Integers, best: Integers, mass: Floats, last: Floats, values: NDArray[np.float32], at: int
) -> int:
    """Write mass, energy and asymmetry of each boson, and a last value of its pair; returns the end."""
    for k in best:
        i, j = pairs[k]
        x, y, z = p[i, 1] + p[j, 1], p[i, 2] + p[j, 2], p[i, 3] + p[j, 3]
        momentum = math.sqrt(x * x + y * y + z * z)
        values[at] = mass[k] / 100
        values[at + 1] = (p[i, 0] + p[j, 0]) / 100
        values[at + 2] = min(abs(p[i, 0] - p[j, 0]) / max(momentum, 1.0), 1.5)
        values[at + 3] = last[k]
        at += 4
    return at


@njit(nogil=True, cache=True, error_model="numpy")
def _mass(p: Floats) -> float:
    return math.sqrt(max(p[0] ** 2 - p[1] ** 2 - p[2] ** 2 - p[3] ** 2, 0.0))


@njit(nogil=True, cache=True, error_model="numpy")
def _mass_of_two(p: Floats, q: Floats) -> float:
    """Without an array for their sum."""
    e, x, y, z = p[0] + q[0], p[1] + q[1], p[2] + q[2], p[3] + q[3]
    return math.sqrt(max(e * e - x * x - y * y - z * z, 0.0))


def best_matches(shared: Floats, partitions: Integers, numbers: Integers) -> Floats:
    """The fraction of energy in the right jet of each candidate, as ``energy_in_right_jet`` has it.

    Arguments:
        shared: (n, protojets, truth jets) the energy common to each protojet and each truth jet.
        partitions: from ``set_partitions``.
        numbers: (n, candidates) rows of them.

    Returns:
        (n, candidates).
    """
    found = np.empty(numbers.shape)
    _match(np.ascontiguousarray(shared), partitions, numbers, int(partitions.max()) + 1, found)
    return found


@njit(nogil=True, cache=True, error_model="numpy")
def _match(shared: Floats, partitions: Integers, numbers: Integers, jets: int, found: Floats) -> None:
    """The best one-to-one matching, of jets in their order to sets of truth jets, one more at a time."""
    events, size, true = shared.shape
    common = np.empty((jets, true))
    best = np.empty(1 << true)
    for event in range(events):
        total = shared[event].sum()
        for candidate in range(numbers.shape[1]):
            common[:] = 0.0
            for i in range(size):
                common[partitions[numbers[event, candidate], i]] += shared[event, i]
            best[:] = -1.0
            best[0] = 0.0
            for matched in range(1 << true):
                jet = 0
                for t in range(true):
                    jet += (matched >> t) & 1
                if jet == jets:
                    continue
                for t in range(true):
                    if not (matched >> t) & 1:
                        with_it = matched | (1 << t)
                        best[with_it] = max(best[with_it], best[matched] + common[jet, t])
            found[event, candidate] = best[-1] / total

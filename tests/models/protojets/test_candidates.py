"""The compiled values against slow and plain code, event by event and candidate by candidate."""

import itertools

import numpy as np
import pytest

import eventspace as es
from eventspace.events.durham.history import durham_history
from eventspace.events.tracks import displaced_tracks
from eventspace.models.protojets.candidates import (
    best_matches,
    boson_pairs,
    candidate_values,
    count_of_values,
    likelihood_places,
)
from eventspace.models.protojets.densities import BIN, MASS_BINS, boson_densities
from eventspace.models.protojets.partitions import cheapest_partitions, set_partitions
from eventspace.statistics.right_jet import energy_in_right_jet, shared_energy


def mass(p: np.ndarray) -> float:
    return float(np.sqrt(max(p[0] ** 2 - (p[1:] ** 2).sum(), 0)))


def log_y(a: np.ndarray, b: np.ndarray, visible: float) -> float:
    cosine = a[1:] @ b[1:] / np.linalg.norm(a[1:]) / np.linalg.norm(b[1:])
    return float(np.log(2 * min(a[0], b[0]) ** 2 * (1 - cosine) / visible**2))


@pytest.mark.parametrize(("bosons", "groupings"), [(1, 1), (2, 3), (3, 15), (4, 105)])
def test_all_groupings_are_there_once(bosons: int, groupings: int) -> None:
    found = boson_pairs(bosons)
    assert found.shape == (groupings, len(list(itertools.permutations(range(bosons)))), bosons)
    pairs = np.array(list(itertools.combinations(range(2 * bosons), 2)))
    assert len({frozenset(row[0].tolist()) for row in found}) == groupings
    for row in found.reshape(-1, bosons):
        assert sorted(pairs[row].ravel().tolist()) == list(range(2 * bosons))


@pytest.mark.parametrize("displaced", [False, True])
@pytest.mark.parametrize("process", ["zhh", "zz"])
def test_values_are_those_of_plain_code(process: str, displaced: bool, request: pytest.FixtureRequest) -> None:
    events: es.Collisions = request.getfixturevalue(process)[:4]
    bosons = {"zhh": 3, "zz": 2}[process]
    jets, size = 2 * bosons, 2 * bosons + 2
    history, far = durham_history(events), displaced_tracks(events)
    densities = boson_densities(events, far)
    partitions, momenta, labels = set_partitions(size, jets), history.jets(size), history.labels(size)
    chosen = cheapest_partitions(momenta, events.visible_energy, partitions, 5, np.zeros(len(events), np.int64))
    event = np.repeat(np.arange(len(events)), events.multiplicity)
    tracks = np.zeros((len(events), size), np.int64)
    np.add.at(tracks, (event, labels), far)
    found = candidate_values(
        momenta, events.visible_energy, tracks if displaced else None, partitions, chosen, densities
    )
    assert found.shape == (len(events), 5, count_of_values(bosons, displaced=displaced))
    pairs = list(itertools.combinations(range(jets), 2))
    for i, k in itertools.product(range(len(events)), range(5)):
        labelling = partitions[chosen[0][i, k]]
        p = np.stack([momenta[i, labelling == jet].sum(axis=0) for jet in range(jets)])
        order = np.argsort(-p[:, 0])
        held = np.array([tracks[i, labelling == jet].sum() for jet in range(jets)])[order]
        sizes, p = np.bincount(labelling), p[order]
        y = {pair: log_y(p[pair[0]], p[pair[1]], events.visible_energy[i]) for pair in pairs}
        expected = [chosen[1][i, k], chosen[2][i, k], (sizes > 1).sum(), sizes.max(), *sorted(y.values())[:3]]
        expected += [*np.log(p[:, 0]), *(np.log(max(mass(each), 1e-2)) for each in p)]
        for with_tracks in (False, True)[: 1 + displaced]:
            likelihood = np.zeros((2, len(boson_pairs(bosons))))
            best: dict[int, tuple[float, list[tuple[int, int]]]] = {}
            for g, grouping in enumerate(boson_pairs(bosons)):
                for assignment in grouping:
                    products = np.ones(2)
                    for boson, pair in enumerate(assignment):
                        a, b = pairs[pair]
                        row = min(int(mass(p[a] + p[b]) / BIN), MASS_BINS - 1)
                        products *= np.exp(densities.mass[:, boson, row])
                        if with_tracks:
                            products *= np.exp(densities.displaced[boson, np.minimum(held[[a, b]], 8)].sum())
                    likelihood[:, g] += products / len(grouping)
                    if products[0] > best.get(g, (0.0, []))[0]:  # of equal ones the first
                        best[g] = products[0], [pairs[pair] for pair in assignment]
            block = []
            for row in likelihood:
                falling = np.sort(row)[::-1]
                block += np.log([falling[0], falling[1], row.sum()]).tolist()
            for a, b in best[int(likelihood[0].argmax())][1]:
                both = p[a] + p[b]
                asymmetry = min(abs(p[a, 0] - p[b, 0]) / max(np.linalg.norm(both[1:]), 1), 1.5)
                last = min(held[a], held[b]) if with_tracks else y[(a, b)]
                block += [mass(both) / 100, both[0] / 100, asymmetry, last]
            expected += [*(held if with_tracks else []), *block]
        np.testing.assert_allclose(found[i, k], expected, rtol=2e-5, atol=1e-6)
    places = likelihood_places(bosons, displaced=displaced)
    assert len(places) == 6 * (1 + displaced)
    np.testing.assert_array_less(
        found[:, :, places[1]], found[:, :, places[0]] + 1e-6
    )  # the second is not above the best


def test_matches_are_the_energy_in_the_right_jet(zhh: es.Collisions) -> None:
    history = durham_history(zhh)
    labels, partitions = history.labels(8), set_partitions(8, 6)
    rng = np.random.default_rng(1)
    numbers = rng.integers(len(partitions), size=(len(zhh), 3))
    found = best_matches(shared_energy(zhh, labels), partitions, numbers)
    event = np.repeat(np.arange(len(zhh)), zhh.multiplicity)
    for k in range(3):
        jets = partitions[numbers[event, k], labels]
        np.testing.assert_allclose(found[:, k], energy_in_right_jet(zhh, jets), rtol=1e-12)

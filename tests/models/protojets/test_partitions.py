import itertools
import math

import numpy as np
import pytest

import eventspace as es
from eventspace.events.collisions import Collisions
from eventspace.events.durham.history import durham_history
from eventspace.models.protojets.partitions import cheapest_partitions, partition_number, set_partitions


@pytest.fixture(scope="module")
def zhh() -> Collisions:
    return next(es.simulate("zhh", 12, seed=1, processes=1))


@pytest.mark.parametrize(("protojets", "jets", "stirling"), [(9, 6, 2646), (7, 4, 350), (5, 5, 1), (4, 1, 1)])
def test_there_are_as_many_as_stirling_counts(protojets: int, jets: int, stirling: int) -> None:
    found = {tuple(row) for row in set_partitions(protojets, jets).tolist()}
    assert len(set_partitions(protojets, jets)) == len(found) == stirling
    assert all(len(set(row)) == jets for row in found)


def test_they_are_all_labellings_up_to_the_numbers_of_the_jets() -> None:
    every = {
        tuple(list(dict.fromkeys(labels)).index(label) for label in labels)
        for labels in itertools.product(range(4), repeat=7)
        if len(set(labels)) == 4
    }
    assert {tuple(row) for row in set_partitions(7, 4).tolist()} == every


def cost(protojets: np.ndarray, visible: float, labels: list[int]) -> float:
    """From the histories of the jets, one by one, by other code."""
    total = 0.0
    for jet in set(labels):
        members = protojets[[label == jet for label in labels]]
        columns = {name: members[:, k] for k, name in enumerate(("E", "px", "py", "pz"))}
        y = durham_history(Collisions.from_flat([len(members)], columns)).y
        total += float(np.log(y * members[:, 0].sum() ** 2 / visible**2).sum())
    return total


@pytest.mark.slow
def test_the_cheapest_of_all_are_found(zhh: Collisions) -> None:
    history, partitions = durham_history(zhh), set_partitions(6, 4)
    protojets, visible = history.jets(6), zhh.visible_energy
    everything = np.array(
        [[cost(p, e, row) for row in partitions.tolist()] for p, e in zip(protojets, visible, strict=True)]
    )
    cheapest = everything.argmin(axis=1)
    numbers, costs, _ = cheapest_partitions(protojets, visible, partitions, 20, cheapest)
    np.testing.assert_allclose(costs, np.sort(everything, axis=1)[:, :20], rtol=1e-9)
    np.testing.assert_allclose(np.take_along_axis(everything, numbers, axis=1), costs, rtol=1e-9)


def test_the_one_that_is_wanted_is_always_there(zhh: Collisions) -> None:
    partitions = set_partitions(6, 4)
    protojets, visible = durham_history(zhh).jets(6), zhh.visible_energy
    all_numbers, _, _ = cheapest_partitions(
        protojets, visible, partitions, len(partitions), np.zeros(len(zhh), np.int64)
    )
    dearest = all_numbers[:, -1]
    numbers, costs, _ = cheapest_partitions(protojets, visible, partitions, 5, dearest)
    assert (numbers[:, -1] == dearest).all()
    assert (numbers[:, :4] == all_numbers[:, :4]).all()
    assert (np.diff(costs) >= 0).all()


def test_durhams_own_partition_is_recognised(zhh: Collisions) -> None:
    history = durham_history(zhh)
    nine, six = history.labels(9), history.labels(6)
    labels = np.empty((len(zhh), 9), np.int64)
    event = np.repeat(np.arange(len(zhh)), zhh.multiplicity)
    labels[event, nine] = six
    partitions = set_partitions(9, 6)
    own = partitions[partition_number(partitions, labels)]
    for before, after in zip(labels, own, strict=True):
        assert ((before[:, None] == before) == (after[:, None] == after)).all()


def test_events_do_not_depend_on_those_beside_them(zhh: Collisions, monkeypatch: pytest.MonkeyPatch) -> None:
    partitions, always = set_partitions(6, 4), np.zeros(len(zhh), np.int64)
    arguments = durham_history(zhh).jets(6), zhh.visible_energy, partitions, 9, always
    together = cheapest_partitions(*arguments)
    monkeypatch.setattr("eventspace.models.protojets.partitions._AT_ONCE", 5)
    for one, other in zip(together, cheapest_partitions(*arguments), strict=True):
        np.testing.assert_array_equal(one, other)
    none = cheapest_partitions(np.empty((0, 6, 4)), np.empty(0), partitions, 9, always[:0])
    assert [found.shape for found in none] == [(0, 9)] * 3


def test_protojets_in_one_direction_have_a_finite_cost() -> None:
    protojets = np.array([[[2.0, 0.0, 0.0, 2.0], [3.0, 0.0, 0.0, 3.0], [1.0, 1.0, 0.0, 0.0]]])
    numbers, costs, _ = cheapest_partitions(protojets, np.array([6.0]), set_partitions(3, 2), 3, np.array([0]))
    assert numbers[0, 0] == 0
    assert all(map(math.isfinite, costs[0]))


@pytest.mark.parametrize(("protojets", "jets"), [(3, 4), (3, 0), (13, 6)])
def test_impossible_partitions_are_refused(protojets: int, jets: int) -> None:
    with pytest.raises(es.InputError, match="protojets"):
        set_partitions(protojets, jets)


def test_labels_of_other_numbers_of_jets_are_refused() -> None:
    with pytest.raises(es.InputError, match=r"event 1.*in 3 jets"):
        partition_number(set_partitions(3, 2), np.array([[0, 1, 1], [0, 1, 2]]))

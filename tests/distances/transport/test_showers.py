"""Transport between whole showers: against POT and closed forms; what merging cells changes is within its bound."""

import numpy as np
import ot
import pytest

from eventspace import InputError, Points, Showers, ShowerTransport, TriangleInequalityWarning, matrix
from eventspace.distances.engine.pairs import listed
from eventspace.distances.transport.merging import merge

ALL = 10**6  # more cells than any shower has
QUIET = {"threads": 2, "show_progress": False}


def showers(n, seed, shape=(5, 4, 6)):
    rng = np.random.default_rng(seed)
    dense = rng.exponential(size=(n, *shape)) ** 3 * (rng.random((n, *shape)) < 0.6)
    dense[:, 2, 2, 2] += 1
    return Showers.from_dense(dense)


def cells(events, number):
    dense = events[number : number + 1].to_dense()[0]
    place = np.argwhere(dense)
    return dense[tuple(place.T)], place.astype(float)


def oracle(metric, a, b):
    (supply, x), (demand, y) = a, b
    cost = (np.linalg.norm(x[:, None] - y[None], axis=2) / metric.R) ** metric.p
    if metric.normalise:
        supply, demand = supply / supply.sum(), demand / demand.sum()
    elif supply.sum() > demand.sum():
        demand, cost = np.append(demand, supply.sum() - demand.sum()), np.column_stack((cost, np.ones(len(x))))
    else:
        supply, cost = np.append(supply, demand.sum() - supply.sum()), np.vstack((cost, np.ones(len(y))))
    total = supply.sum()
    value = ot.emd2(supply / total, demand / demand.sum(), np.ascontiguousarray(cost), numItermax=10**6) * total
    return value ** (1 / metric.p) if metric.normalise and metric.p > 1 else value


@pytest.mark.parametrize(("R", "p", "normalise"), [(1, 1, True), (2, 0.5, True), (1, 2, True), (7, 1, False)])
def test_pairs_agree_with_pot(R, p, normalise):
    metric, events = ShowerTransport(R=R, p=p, normalise=normalise, most_cells=ALL), showers(12, 1)
    ours = matrix(metric, events, **QUIET)
    for i in range(12):
        for j in range(i):
            assert ours[i, j] == pytest.approx(oracle(metric, cells(events, i), cells(events, j)), rel=1e-9)


@pytest.mark.parametrize(("R", "p", "normalise"), [(1, 1, True), (1, 0.5, True), (1, 2, True), (7, 1, False)])
@pytest.mark.parametrize("most", [1, 5, 20])
def test_merging_changes_no_distance_by_more_than_its_bound(R, p, normalise, most):
    events = showers(20, 2)
    parameters = {"R": R, "p": p, "normalise": normalise}
    merged = ShowerTransport(**parameters, most_cells=most)
    moved = merged.displacement(events)
    change = np.abs(matrix(merged, events, **QUIET) - matrix(ShowerTransport(**parameters, most_cells=ALL), events))
    assert (moved > 0).all()
    assert (change <= moved[:, None] + moved[None, :] + 1e-12).all()
    assert change.max() > 0.02 * moved.max()  # the comparison says something
    assert (ShowerTransport(**parameters, most_cells=ALL).displacement(events) == 0).all()


def test_merged_shower_against_its_own_displacement():
    """A plan that moves each cell to its centre costs the displacement; the cheapest one costs no more."""
    events = showers(5, 3)
    metric = ShowerTransport(most_cells=8)
    for number, moved in enumerate(metric.displacement(events)):
        energy, place = cells(events, number)
        offsets, new_energy, new_place, _ = merge(np.array([0, len(energy)]), energy / energy.sum(), place, 8)
        assert offsets.tolist() == [0, 8]
        assert oracle(metric, (energy, place), (new_energy, new_place)) <= moved * (1 + 1e-9)


def test_merging_keeps_energy_and_centre():
    rng = np.random.default_rng(4)
    energy, place = rng.exponential(size=300), rng.integers(0, 9, (300, 3)).astype(float)
    offsets, new_energy, new_place, group = merge(np.array([0, 100, 300]), energy, place, 30)
    assert offsets.tolist() == [0, 30, 60]
    for number in range(60):
        own = group == number
        assert own.any()
        assert new_energy[number] == pytest.approx(energy[own].sum())
        np.testing.assert_allclose(new_place[number], np.average(place[own], axis=0, weights=energy[own]))
    assert (group[:100] < 30).all()
    assert (group[100:] >= 30).all()


def test_more_groups_move_less_energy():
    events = showers(10, 5)
    moved = [ShowerTransport(most_cells=most).displacement(events).mean() for most in (1, 2, 4, 8, 16, 32)]
    assert (np.diff(moved) < 0).all()


def test_one_cell_that_outweighs_all_rounding_is_still_cut_off():
    energy, place = np.array([1.0, 1e-30, 1e-30, 1.0]), np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0], [0, 0, 0]])
    offsets, _, _, group = merge(np.array([0, 4]), energy, place, 3)
    assert offsets[-1] <= 3
    assert group[0] == group[3]


def test_shift_by_two_cells_costs_two():
    dense = np.zeros((2, 3, 3, 9))
    dense[0, :, :, :4], dense[1, :, :, 2:6] = 1.0, 5.0
    events = Showers.from_dense(dense)
    assert ShowerTransport().between(events[:1], events[1:]) == pytest.approx(2)
    assert ShowerTransport(R=4).between(events[:1], events[1:]) == pytest.approx(0.5)


def test_laws_hold_to_the_last_bit():
    events = showers(8, 6)
    metric = ShowerTransport(most_cells=30)
    all_pairs = matrix(metric, events, **QUIET)
    assert (matrix(metric, events, events, **QUIET) == all_pairs).all()
    assert (matrix(metric, events[::-1], events, **QUIET)[::-1] == all_pairs).all()
    assert (np.diag(all_pairs) == 0).all()
    assert (all_pairs[:, None] <= all_pairs[:, :, None] + all_pairs[None] + 1e-12).all()
    i, j = np.triu_indices(8, 1)
    assert (listed(metric, events, i, j, **QUIET) == all_pairs[i, j]).all()
    part = events[3:6]  # entries that do not begin at 0, and prepared slices
    assert (matrix(metric, part, **QUIET) == all_pairs[3:6, 3:6]).all()


def test_cells_without_energy_do_not_matter():
    energy = np.array([1.0, 0.0, 2.0])
    some = Showers(shape=(1, 1, 9), offsets=np.array([0, 3]), cell=np.array([0, 4, 8], np.int32), energy=energy)
    same = Showers(shape=(1, 1, 9), offsets=np.array([0, 2]), cell=np.array([0, 8], np.int32), energy=energy[[0, 2]])
    assert ShowerTransport().between(some, same) == 0


@pytest.mark.parametrize(
    ("metric", "left", "right", "message"),
    [
        (ShowerTransport(), showers(2, 1), Points(values=np.zeros((2, 2))), "not defined for points"),
        (ShowerTransport(), showers(2, 1), showers(2, 1, (5, 4, 7)), "5 x 4 x 6 and 5 x 4 x 7"),
    ],
)
def test_bad_input(metric, left, right, message):
    with pytest.raises(InputError, match=message):
        matrix(metric, left, right, **QUIET)


@pytest.mark.parametrize("parameters", [{"R": 0}, {"p": -1}, {"most_cells": 0}])
def test_bad_parameters(parameters):
    with pytest.raises(InputError, match="give a positive number"):
        ShowerTransport(**parameters)


def test_no_bound_where_there_is_no_metric():
    with pytest.raises(InputError, match="no bound"):
        ShowerTransport(p=2, normalise=False).displacement(showers(2, 1))


def test_a_small_radius_warns_and_leaves_no_bound():
    metric, events = ShowerTransport(normalise=False), showers(2, 1)
    with pytest.warns(TriangleInequalityWarning, match="the diagonal of the grid is longer than 2 cells"):
        assert (matrix(metric, events, **QUIET) >= 0).all()
    with pytest.raises(InputError, match="merging has no bound"):
        metric.displacement(events)
    assert not metric.has_bound(events)
    assert ShowerTransport(R=10, normalise=False).has_bound(events)

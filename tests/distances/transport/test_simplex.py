"""The solver: optimal, exact in its amounts, finite, and independent of what was in memory before."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from eventspace.distances.transport import simplex
from eventspace.distances.transport.simplex import CAPPED, OPTIMAL, PROVEN, Particles

SHAPES = ("cloud", "grid", "equal", "repeated", "steep", "line")


def event(rng, count, shape="cloud", total=None):
    """An event of a kind that is ordinary, or hard in its own way."""
    energy = rng.exponential(size=count)
    y, phi = rng.normal(0, 0.4, size=(2, count))
    if shape in ("grid", "equal"):
        y, phi = rng.integers(0, 4, size=(2, count)) * 0.25
    if shape == "equal":
        energy = np.ones(count)
    if shape == "repeated":
        y, phi, energy = np.resize(y[:3], count), np.resize(phi[:3], count), np.resize(energy[:2], count)
    if shape == "steep":
        energy = 10.0 ** rng.uniform(-12, 4, count)
        y, phi = y * 10.0 ** rng.uniform(-6, 0, count), phi * 10.0 ** rng.uniform(-6, 0, count)
    if shape == "line":
        phi = np.zeros(count)
    order = np.argsort(-energy)
    energy = energy[order] if total is None else energy[order] * (total / energy.sum())
    return Particles(energy, np.ascontiguousarray(y[order]), np.ascontiguousarray(phi[order]))


def costs(a, b, power):
    return np.hypot(a.y[:, None] - b.y, a.phi[:, None] - b.phi) ** power


def run(a, b, power=1.0, normalise=True, R=1.0, limit=np.inf, pivots_a_node=1000, memory=None):
    memory = memory or simplex.reserve(len(a.energy), len(b.energy))
    wanted = simplex.Wanted(np.array([limit]), True, 0.0)
    return simplex.solve(memory, a, b, R, power, normalise, wanted, pivots_a_node)


def arcs(solution):
    """Row, column and flow of each arc of the tree, and whether its lower end is a row."""
    problem = solution.problem
    height = len(problem.cost)
    node = np.flatnonzero(problem.parent >= 0)
    above, from_row = problem.parent[node], node < height
    return (
        np.where(from_row, node, above),
        np.where(from_row, above, node) - height,
        problem.flow[node],
        from_row,
    )


def linear_program(a, b, cost):
    rows, columns = cost.shape
    sums = np.vstack((np.kron(np.eye(rows), np.ones(columns)), np.kron(np.ones(rows), np.eye(columns))))
    return linprog(cost.ravel(), A_eq=sums[:-1], b_eq=np.r_[a.energy, b.energy][:-1], method="highs").fun


many = st.integers(0, 2**32 - 1)
counts = st.integers(1, 40)


@settings(max_examples=200)
@given(many, counts, counts, st.sampled_from(SHAPES), st.sampled_from(SHAPES), st.sampled_from([0.5, 1.0, 1.7, 2.0]))
def test_tree_is_optimal_and_its_amounts_are_exact(seed, rows, columns, left, right, power):
    rng = np.random.default_rng(seed)
    a, b = event(rng, rows, left, total=1), event(rng, columns, right, total=1)
    solution = run(a, b, power)
    problem = solution.problem
    assert solution.status == OPTIMAL

    # The plan ships what there is, to the last of 2**61 units, and all that it ships is positive.
    row, column, flow, from_row = arcs(solution)
    assert len(row) == rows + columns - 1
    assert (flow >= 0).all()
    assert (np.bincount(row, flow * 0 + 1, rows) >= 1).all()
    for index, amounts, number in ((row, problem.supply, rows), (column, problem.demand, columns)):
        shipped = np.zeros(number, dtype=np.int64)
        np.add.at(shipped, index, flow)
        np.testing.assert_array_equal(shipped, amounts[:number])
    np.testing.assert_allclose(problem.supply[:rows] * solution.unit, a.energy, rtol=1e-12, atol=1e-15)
    # What carries nothing leads from a row to its parent: the condition under which the method cannot cycle.
    assert from_row[flow == 0].all()

    cost = costs(a, b, power)
    largest = max(cost.max(), 1e-300)
    assert solution.value == pytest.approx((flow * solution.unit) @ cost[row, column], rel=1e-12, abs=1e-15 * largest)
    assert abs(solution.value - simplex.dual_bound(problem) * solution.unit) <= 1e-12 * largest


@settings(max_examples=60)
@given(many, st.integers(1, 8), st.integers(1, 8), st.sampled_from(SHAPES))
def test_value_is_that_of_the_linear_program(seed, rows, columns, shape):
    rng = np.random.default_rng(seed)
    a, b = event(rng, rows, shape, total=1), event(rng, columns, shape, total=1)
    assert run(a, b).value == pytest.approx(linear_program(a, b, costs(a, b, 1.0)), rel=1e-8, abs=1e-9)


@settings(max_examples=40)
@given(many, st.integers(1, 6), st.sampled_from(["grid", "cloud"]), st.sampled_from([0.5, 1.0, 2.0]))
def test_equal_amounts_are_matched_best(seed, count, shape, power):
    rng = np.random.default_rng(seed)
    a, b = (event(rng, count, shape)._replace(energy=np.full(count, 1 / count)) for _ in range(2))
    cost = costs(a, b, power)
    best = min(cost[range(count), list(order)].mean() for order in permutations(range(count)))
    assert run(a, b, power).value == pytest.approx(best, rel=1e-12, abs=1e-15)


@given(many, counts, counts, st.sampled_from(SHAPES), st.booleans())
def test_memory_and_its_size_do_not_matter(seed, rows, columns, shape, normalise):
    rng = np.random.default_rng(seed)
    a, b = event(rng, rows, shape, total=1), event(rng, columns, shape, total=1 if normalise else 2.5)
    exact = run(a, b, normalise=normalise, R=9.0)
    used = simplex.reserve(61, 50)
    run(event(rng, 60, "grid", total=1), event(rng, 50, "steep", total=1), memory=used)
    again = run(a, b, normalise=normalise, R=9.0, memory=used)
    assert (exact.value, exact.pivots) == (again.value, again.pivots)


@settings(max_examples=60)
@given(many, counts, counts, st.one_of(st.just(1.0), st.floats(0.2, 1.5)), st.booleans())
def test_search_ends_early_only_above_the_limit(seed, rows, columns, share, normalise):
    rng = np.random.default_rng(seed)
    a, b = event(rng, rows, total=1), event(rng, columns, total=1 if normalise else 1.3)
    full = run(a, b, normalise=normalise, R=9.0)
    limited = run(a, b, normalise=normalise, R=9.0, limit=share * full.value)
    if limited.status == OPTIMAL:
        assert limited.value == full.value
    else:
        assert limited.status == PROVEN
        assert share < 1
        assert limited.pivots <= full.pivots


def test_most_of_the_search_is_saved_far_below_the_distance():
    rng = np.random.default_rng(4)
    a, b = event(rng, 80, total=1), event(rng, 80, total=1)
    full = run(a, b)
    limited = run(a, b, limit=full.value / 2)
    assert limited.status == PROVEN
    assert limited.pivots < full.pivots / 3


@settings(max_examples=100)
@given(many, counts, counts, st.sampled_from(SHAPES), st.lists(st.floats(0.5, 1.6), max_size=6), st.booleans())
def test_search_ends_early_between_the_right_edges(seed, rows, columns, shape, shares, normalise):
    rng = np.random.default_rng(seed)
    a, b = event(rng, rows, shape, total=1), event(rng, columns, shape, total=1 if normalise else 1.3)
    full = run(a, b, normalise=normalise, R=9.0)
    edges = full.value * np.sort(np.array([1.0, *shares]))  # one edge is hit exactly
    memory = simplex.reserve(rows, columns)
    found = simplex.solve(memory, a, b, 9.0, 1.0, normalise, simplex.Wanted(edges, False, 1e-12), 1000)
    assert np.searchsorted(edges, found.value, "right") == np.searchsorted(edges, full.value, "right")
    assert found.pivots <= full.pivots


def test_part_of_the_search_is_saved_between_edges():
    rng = np.random.default_rng(4)
    a, b = event(rng, 80, total=1), event(rng, 80, total=1)
    full = run(a, b)
    edges = full.value * 1.15 ** (np.arange(-20, 20) + 0.4)
    found = simplex.solve(simplex.reserve(80, 80), a, b, 1.0, 1.0, True, simplex.Wanted(edges, False, 1e-12), 1000)
    assert found.status == PROVEN
    assert found.pivots < 0.7 * full.pivots


def test_cap_on_pivots_is_reported():
    rng = np.random.default_rng(5)
    a, b = event(rng, 30, total=1), event(rng, 30, total=1)
    assert run(a, b, pivots_a_node=0).status == CAPPED
    assert run(a, b, pivots_a_node=10).status == OPTIMAL


@pytest.mark.parametrize("shape", SHAPES)
def test_hard_events_need_few_pivots(shape):
    """The cap is a hundred times what any of these needs."""
    rng = np.random.default_rng(6)
    for _ in range(100):
        rows, columns = rng.integers(1, 150, 2)
        solution = run(event(rng, rows, shape, total=1), event(rng, columns, shape, total=1))
        assert solution.status == OPTIMAL
        assert solution.pivots <= 10 * (rows + columns)


@pytest.mark.parametrize(("rows", "columns"), [(1600, 80), (400, 400), (900, 900), (1, 500), (500, 1)])
def test_large_problems(rows, columns):
    rng = np.random.default_rng(rows)
    a, b = event(rng, rows, total=1), event(rng, columns, "line", total=1)
    solution = run(a, b)
    assert solution.status == OPTIMAL
    assert solution.value - simplex.dual_bound(solution.problem) * solution.unit <= 1e-12 * solution.value


@pytest.mark.parametrize("R", [1e-30, 1e-6, 1.0, 1e6, 1e30])
def test_scale_of_the_costs_does_not_matter(R):
    rng = np.random.default_rng(8)
    a, b = event(rng, 50, "steep", total=1), event(rng, 40, "steep", total=1)
    assert run(a, b, R=R).value * R == pytest.approx(run(a, b).value, rel=1e-13)

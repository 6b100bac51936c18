"""The transport metric: against other solvers, closed forms and the laws that it promises."""

import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import ot
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from eventspace import (
    Images,
    InputError,
    ParticleClouds,
    Points,
    Transport,
    TriangleInequalityWarning,
    counts,
    matrix,
)
from eventspace.distances.transport import exact as transport
from eventspace.distances.transport.exact import SolverError
from eventspace.events.preprocess import centre

WIDE = 20.0  # an R that is large enough for every event here


@pytest.fixture(scope="module")
def jets(qcd_jets):
    return centre(qcd_jets)


def rows(clouds, number):
    one = clouds[number : number + 1]
    return np.column_stack([one.flat(name) for name in ("pt", one.coordinate, "phi")])


def between(metric, a, b):
    clouds = ParticleClouds.from_lists([a, b])
    return metric.between(clouds[0:1], clouds[1:2])


def oracle(metric, a, b):
    """The definition, written as a linear program for POT: the missing energy becomes a particle that costs 1."""
    a, b = (event[event[:, 0] > 0] for event in (a, b))
    turn = np.abs(a[:, None, 2] - b[:, 2]) % (2 * np.pi)
    theta = np.hypot(a[:, None, 1] - b[:, 1], np.minimum(turn, 2 * np.pi - turn))
    cost = (theta / metric.R) ** metric.p
    supply, demand = a[:, 0], b[:, 0]
    if metric.normalise:
        supply, demand = supply / supply.sum(), demand / demand.sum()
    elif supply.sum() > demand.sum():
        demand = np.append(demand, supply.sum() - demand.sum())
        cost = np.column_stack((cost, np.ones(len(a))))
    else:
        supply = np.append(supply, demand.sum() - supply.sum())
        cost = np.vstack((cost, np.ones(len(b))))
    total = supply.sum()
    supply, demand = supply / total, demand / demand.sum()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value = ot.emd2(supply, demand, np.ascontiguousarray(cost), numItermax=10**7) * total
    return value ** (1 / metric.p) if metric.normalise and metric.p > 1 else value


# Against the exact solver of POT


@pytest.mark.slow
def test_thousands_of_pairs_of_jets_agree_with_pot(jets):
    metric = Transport()
    ours = matrix(metric, jets, threads=2, show_progress=False)
    events = [rows(jets, number) for number in range(80)]
    pairs = [(i, j) for i in range(80) for j in range(i)]
    assert len(pairs) > 3000
    theirs = [oracle(metric, events[i], events[j]) for i, j in pairs]
    np.testing.assert_allclose([ours[i, j] for i, j in pairs], theirs, rtol=1e-9)


def random_event(rng):
    """From one particle to 24, of one of the kinds that make ties: equal energies, grids, duplicates, lines."""
    count = rng.integers(1, 25)
    energy = rng.choice([np.ones(count), rng.integers(1, 4, count), rng.exponential(size=count)])
    energy = energy * rng.choice([1.0, 50.0])
    place = rng.normal(0, 0.4, (count, 2))
    match rng.integers(5):
        case 0:
            place = np.round(4 * place) / 4
        case 1:
            place[:, 1] = 0.1
        case 2:
            place = place[rng.integers(0, count, count)]
        case 3:
            energy = np.sort(10.0 ** rng.uniform(-9, 2, count))
        case _:
            pass
    return np.column_stack((energy, place))


@pytest.mark.parametrize("p", [0.5, 1.0, 1.7, 2.0])
@pytest.mark.parametrize("normalise", [True, False])
def test_random_and_degenerate_pairs_agree_with_pot(p, normalise):
    """2415 pairs of each of the eight metrics."""
    rng = np.random.default_rng(17)
    events = [random_event(rng) for _ in range(70)]
    metric = Transport(R=WIDE, p=p, normalise=normalise)
    ours = matrix(metric, ParticleClouds.from_lists(events), threads=2, show_progress=False)
    i, j = np.triu_indices(len(events), 1)
    theirs = np.array([oracle(metric, events[a], events[b]) for a, b in zip(i, j, strict=True)])
    sizes = np.array([1.0 if normalise else event[:, 0].sum() for event in events])
    assert np.all(np.abs(ours[i, j] - theirs) <= 1e-9 * theirs + 1e-13 * np.maximum(sizes[i], sizes[j]))


@pytest.mark.parametrize("p", [0.5, 1.0, 1.5, 2.0])
@pytest.mark.parametrize("normalise", [True, False])
def test_other_powers_agree_with_pot(jets, p, normalise):
    metric = Transport(R=1.6, p=p, normalise=normalise)
    ours = matrix(metric, jets[:18], jets[20:36], show_progress=False)
    theirs = [[oracle(metric, rows(jets, i), rows(jets, j)) for j in range(20, 36)] for i in range(18)]
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)


def hard_events():
    rng = np.random.default_rng(3)

    def on_grid(count, energy):
        return np.column_stack((np.broadcast_to(energy, count), rng.integers(0, 4, size=(count, 2)) * 0.2))

    soft = np.column_stack((10.0 ** rng.uniform(-12, 4, 50), rng.normal(0, 0.3, size=(50, 2))))
    narrow = np.column_stack((rng.exponential(size=40), rng.normal(0, 1e-5, size=(40, 2))))
    return {
        "one particle": np.array([[3.0, 0.1, 0.2]]),
        "many particles": np.column_stack((rng.exponential(size=200), rng.normal(0, 0.4, size=(200, 2)))),
        "equal energies on a grid": on_grid(60, 1.0),
        "as many of them": on_grid(60, 1.0),
        "few of them": on_grid(7, 1.0),
        "other energies on the grid": on_grid(45, rng.integers(1, 4, 45)),
        "energies over 16 decades": soft,
        "narrow": narrow,
        "zero energies": np.vstack((on_grid(20, 1.0), [[0.0, 1.5, 1.5], [0.0, -1.5, 0.0]])),
        "all in one place": np.column_stack((rng.exponential(size=30), np.full((30, 2), 0.4))),
        "across phi = pi": np.column_stack((rng.exponential(size=30), rng.normal([0.0, np.pi], 0.2, size=(30, 2)))),
    }


@pytest.mark.parametrize("p", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("normalise", [True, False])
def test_hard_events_agree_with_pot(p, normalise):
    metric = Transport(R=WIDE, p=p, normalise=normalise)
    events = hard_events()
    for a in events.values():
        for b in events.values():
            expected = oracle(metric, a, b)
            assert between(metric, a, b) == pytest.approx(expected, rel=1e-9, abs=1e-13 * max(a[:, 0].sum(), 1))


def test_image_of_1600_pixels_against_a_jet(jets):
    rng = np.random.default_rng(1)
    image = Images(values=rng.exponential(size=(1, 40, 40)), half_width=1.0)
    pixels = image.to_particles()
    expected = oracle(Transport(), rows(pixels, 0), rows(jets, 0))
    assert Transport().between(image, jets[0:1]) == pytest.approx(expected, rel=1e-9)
    assert Transport().between(image, pixels) == 0


# Closed forms


steps = st.floats(-1, 1).map(lambda step: round(step, 12))


@given(st.floats(0.1, 100), st.floats(0.1, 100), steps, steps, st.sampled_from([0.5, 1.0, 2.0]))
def test_two_single_particles(energy, other, dy, dphi, p):
    theta = np.hypot(dy, dphi)
    a, b = [[energy, 0.0, 3.0]], [[other, dy, 3.0 + dphi]]
    expected = min(energy, other) * (theta / 2) ** p + abs(energy - other)
    assert between(Transport(R=2.0, p=p, normalise=False), a, b) == pytest.approx(expected, rel=1e-12, abs=1e-300)
    expected = theta / 2 if p > 1 else (theta / 2) ** p
    assert between(Transport(R=2.0, p=p), a, b) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("p", [1.0, 2.0, 3.0])
def test_translated_jet_is_as_far_as_the_translation(jets, p):
    jet = rows(jets, 0)
    assert between(Transport(R=0.7, p=p), jet, jet + np.array([0, 0.3, -0.4])) == pytest.approx(0.5 / 0.7, rel=1e-12)


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 30))
def test_on_a_line_it_is_the_area_between_the_distributions(seed, count, other):
    rng = np.random.default_rng(seed)
    a, b = (np.column_stack((rng.exponential(size=n), rng.normal(size=n), np.zeros(n))) for n in (count, other))
    edges = np.sort(np.concatenate((a[:, 1], b[:, 1])))
    share = [
        np.array([event[event[:, 1] <= edge, 0].sum() for edge in edges[:-1]]) / event[:, 0].sum() for event in (a, b)
    ]
    area = (np.abs(share[0] - share[1]) * np.diff(edges)).sum()
    assert between(Transport(), a, b) == pytest.approx(area, rel=1e-11, abs=1e-14)


# What a distance between events must not depend on, and the laws of a metric

coordinate = st.one_of(st.floats(-1, 1), st.integers(-4, 4).map(lambda step: step / 4))
particle = st.tuples(st.one_of(st.floats(0.01, 100), st.sampled_from([1.0, 2.0])), coordinate, coordinate)
event = st.lists(particle, min_size=1, max_size=14).map(np.array)
metrics = st.builds(Transport, st.just(2.0), st.sampled_from([0.3, 0.5, 1.0, 2.0, 3.0]), st.booleans())
angle = st.floats(-np.pi, np.pi)


ROUNDING = 1e-14  # of the coordinates


def close(metric, a, b, moved=0.0):
    """Equal but for rounding, before the root is taken, if no particle of at most 1400 GeV has moved farther than that.

    A small power makes much of the smallest movement.
    """
    power = metric.p if metric.normalise and metric.p > 1 else 1
    return a**power == pytest.approx(b**power, rel=1e-9, abs=1e-9 + 1400 * (moved / metric.R) ** min(metric.p, 1))


@given(metrics, event, event)
def test_symmetry_to_the_last_bit(metric, a, b):
    assert between(metric, a, b) == between(metric, b, a)


@given(metrics, event, st.integers(0, 99))
def test_distance_to_itself_is_zero_exactly(metric, a, seed):
    assert between(metric, a, a) == 0
    assert between(metric, a, a[np.random.default_rng(seed).permutation(len(a))]) == 0


@given(metrics, event, event)
def test_distances_are_not_negative_and_not_below_the_missing_energy(metric, a, b):
    missing = 0 if metric.normalise else abs(a[:, 0].sum() - b[:, 0].sum())
    assert between(metric, a, b) >= missing * (1 - 1e-12)


@given(metrics, event, st.floats(0.01, 0.5))
def test_different_events_are_apart(metric, a, step):
    assert between(metric, a, a + np.array([0, step, 0])) > 0
    if not metric.normalise:
        assert between(metric, a, a * np.array([1 + step, 1, 1])) == pytest.approx(step * a[:, 0].sum(), rel=1e-9)


@pytest.mark.slow
@given(metrics, event, event, event)
@settings(max_examples=150)
def test_triangle_inequality(metric, a, b, c):
    assume(metric.is_metric)
    ab, bc, ac = between(metric, a, b), between(metric, b, c), between(metric, a, c)
    assert ac <= (ab + bc) * (1 + 1e-9) + 1e-9


@pytest.mark.slow
@given(st.sampled_from([0.5, 1.0]), event, event, event)
@settings(max_examples=100)
def test_triangle_inequality_at_the_smallest_radius(p, a, b, c):
    points = np.concatenate((a, b, c))
    theta = np.hypot(*(points[:, None, k] - points[:, k] for k in (1, 2))).max()
    assume(theta > 1e-3)
    metric = Transport(R=theta / 2 ** (1 / p), p=p, normalise=False)
    ab, bc, ac = between(metric, a, b), between(metric, b, c), between(metric, a, c)
    assert ac <= (ab + bc) * (1 + 1e-9)


def test_why_the_radius_is_bounded_from_below():
    """Where a move costs more than 2, it would be cheaper to pass through almost nothing."""
    jets = ParticleClouds.from_lists([[(1.0, 0.0, 0.0)], [(1e-6, 1.0, 0.0)], [(1.0, 2.0, 0.0)]])
    for p, enough in ((1.0, 1.0), (0.5, 0.5)):
        prepared, _ = Transport(p=p, R=enough, normalise=False).prepare(jets, jets)
        small = Transport(R=0.8 * enough, p=p, normalise=False)
        unchecked = small.block(prepared, prepared, upper=False)
        assert unchecked[0, 2] > unchecked[0, 1] + unchecked[1, 2] + 0.1
        with pytest.warns(TriangleInequalityWarning, match="the triangle inequality may fail; the distances are right"):
            ready, _ = small.prepare(jets, jets)
        np.testing.assert_array_equal(small.block(ready, ready, upper=False), unchecked)


def test_power_that_is_no_metric_takes_any_radius():
    assert between(Transport(R=0.5, p=2, normalise=False), [(1.0, 0.0, 0.0)], [(1.0, 2.0, 0.0)]) == pytest.approx(16)


def test_square_without_root_breaks_the_triangle_inequality():
    metric = Transport(p=2, normalise=False)
    assert not metric.is_metric
    a, b, c = ([[1.0, y, 0.0]] for y in (0.0, 1.0, 2.0))
    assert (between(metric, a, b), between(metric, b, c), between(metric, a, c)) == (1, 1, 4)


@pytest.mark.parametrize(
    ("metric", "expected", "unit"),
    [
        (Transport(), True, ""),
        (Transport(p=0.5), True, ""),
        (Transport(p=2), True, ""),
        (Transport(normalise=False), True, "GeV"),
        (Transport(p=0.5, normalise=False), True, "GeV"),
        (Transport(p=1.01, normalise=False), False, "GeV"),
    ],
)
def test_facts(metric, expected, unit):
    assert (metric.name, metric.is_metric, metric.unit) == ("transport", expected, unit)


@pytest.mark.slow
@given(metrics, event, event, st.integers(0, 13), st.floats(0.01, 0.99))
def test_collinear_splitting_changes_nothing(metric, a, b, number, share):
    number %= len(a)
    split = np.vstack((a, a[number]))
    split[number, 0] *= share
    split[-1, 0] *= 1 - share
    assert close(metric, between(metric, split, b), between(metric, a, b))


@pytest.mark.slow
@given(metrics, event, event, coordinate, coordinate, st.floats(0, 1e-10))
def test_soft_particles_change_nothing(metric, a, b, y, phi, energy):
    nothing = np.vstack(([[0.0, y, phi]], a))
    assert between(metric, nothing, b) == between(metric, a, b)
    soft = np.vstack((a, [[energy, y, phi]]))
    assert close(metric, between(metric, soft, b), between(metric, a, b))


@pytest.mark.slow
@given(metrics, event, event, st.integers(0, 99))
def test_order_of_particles_changes_nothing(metric, a, b, seed):
    shuffled = a[np.random.default_rng(seed).permutation(len(a))]
    assert between(metric, shuffled, b) == between(metric, a, b)


@pytest.mark.slow
@given(metrics, event, event, angle)
def test_common_rotation_about_the_axis_changes_nothing(metric, a, b, turn):
    """Turning both jets in the plane, and turning the detector around the beam, wherever phi jumps."""
    matrix_ = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    turned = [np.column_stack((jet[:, 0], jet[:, 1:] @ matrix_.T)) for jet in (a, b)]
    assert close(metric, between(metric, *turned), between(metric, a, b), ROUNDING)
    around = [jet + np.array([0, 0, turn]) for jet in (a, b)]
    assert close(metric, between(metric, *around), between(metric, a, b), ROUNDING)


@pytest.mark.slow
@given(metrics, event, event, st.integers(-3, 3))
def test_full_turns_of_phi_change_nothing(metric, a, b, turns):
    assert close(metric, between(metric, a + np.array([0, 0, 2 * np.pi * turns]), b), between(metric, a, b), ROUNDING)


@pytest.mark.slow
@given(st.sampled_from([0.5, 1.0, 2.0]), event, event, st.floats(1e-3, 1e3))
def test_energy_scale(p, a, b, scale):
    shape, absolute = Transport(R=2, p=p), Transport(R=2, p=p, normalise=False)
    assert close(shape, between(shape, a * [scale, 1, 1], b), between(shape, a, b))
    both = between(absolute, a * [scale, 1, 1], b * [scale, 1, 1])
    assert both == pytest.approx(scale * between(absolute, a, b), rel=1e-9, abs=1e-12 * scale)


# Blocks, threads and the engine


def test_a_pair_has_one_distance_in_every_block_and_on_every_thread(jets):
    metric = Transport(p=0.5)
    reference = matrix(metric, jets[:40], threads=1, show_progress=False)
    np.testing.assert_array_equal(matrix(metric, jets[:40], threads=3, block=7, show_progress=False), reference)
    np.testing.assert_array_equal(
        matrix(metric, jets[:40], jets[:40], threads=2, block=11, show_progress=False), reference
    )
    prepared, _ = metric.prepare(jets, jets)
    with ThreadPoolExecutor(4) as pool:
        alone = pool.map(lambda j: metric.block(prepared[3:4], prepared[j : j + 1], upper=False)[0, 0], range(40))
        np.testing.assert_array_equal(list(alone), reference[3])


def test_prepared_slices_copy_nothing(jets):
    prepared, same = Transport().prepare(jets, jets)
    assert same is prepared
    part = prepared[20:90][5:9]
    assert (len(part), part.first) == (4, 25)
    assert np.shares_memory(part.offsets, prepared.offsets)
    assert part.particles is prepared.particles
    assert len(prepared[50:40]) == 0
    with pytest.raises(ValueError, match="neighbours"):
        prepared[::2]


def test_upper_block_leaves_the_rest_at_zero(jets):
    prepared, _ = Transport().prepare(jets[:6], jets[:6])
    upper = Transport().block(prepared, prepared, upper=True)
    np.testing.assert_array_equal(upper, np.triu(Transport().block(prepared, prepared, upper=False), k=1))


def test_cap_raises_and_names_the_pair(jets, monkeypatch):
    monkeypatch.setattr(transport, "_PIVOTS_A_NODE", 0)
    with pytest.raises(SolverError, match="event 5 of the left set to event 11 of the right set"):
        metric = Transport()
        prepared, _ = metric.prepare(jets, jets)
        metric.block(prepared[5:8], prepared[11:20], upper=False)


# Plans


@pytest.mark.slow
@given(metrics, event, event, st.booleans())
@settings(max_examples=150)
def test_plan_is_feasible_and_proven_optimal(metric, a, b, with_nothing):
    nothing = [[0.0, 0.3, 0.3]] if with_nothing else np.empty((0, 3))  # is no particle, and has no number in the plan
    clouds = ParticleClouds.from_lists([np.vstack((nothing, a)), b])
    plan = metric.plan(clouds[0:1], clouds[1:2])
    supply, demand = a[:, 0], b[:, 0]
    if metric.normalise:
        supply, demand = supply / supply.sum(), demand / demand.sum()
    sent, received = np.bincount(plan.source, plan.energy, len(a)), np.bincount(plan.target, plan.energy, len(b))
    scale = max(supply.sum(), demand.sum())
    assert (plan.energy > 0).all()
    assert (sent <= supply + 1e-12 * scale).all()
    assert (received <= demand + 1e-12 * scale).all()
    assert plan.energy.sum() == pytest.approx(min(supply.sum(), demand.sum()), rel=1e-12)

    cost = (np.hypot(a[:, None, 1] - b[:, 1], a[:, None, 2] - b[:, 2]) / metric.R) ** metric.p
    total = plan.energy @ cost[plan.source, plan.target] + abs(supply.sum() - demand.sum())
    expected = total ** (1 / metric.p) if metric.normalise and metric.p > 1 else total
    assert close(metric, plan.distance, expected)

    u, v = plan.potentials
    assert (u[:, None] + v <= cost + 1e-12).all()
    assert not (supply.sum() > demand.sum() + 1e-9 * scale and (u > 0).any())
    assert not (supply.sum() < demand.sum() - 1e-9 * scale and (v > 0).any())
    assert plan.gap == pytest.approx(total - supply @ u - demand @ v - abs(supply.sum() - demand.sum()), abs=1e-9)
    assert abs(plan.gap) <= 1e-12 * scale * max(cost.max(), 1e-3)


@pytest.mark.parametrize("metric", [Transport(), Transport(p=0.5), Transport(R=1.6, normalise=False), Transport(p=2)])
def test_gap_of_jets_is_tiny(jets, metric):
    for i in range(0, 60, 2):
        plan = metric.plan(jets[i : i + 1], jets[i + 1 : i + 2])
        power = metric.p if metric.normalise and metric.p > 1 else 1
        assert abs(plan.gap) <= 1e-12 * plan.distance**power
        assert plan.distance == metric.between(jets[i + 1 : i + 2], jets[i : i + 1])
        assert plan.pivots > 0


# Input that cannot be used


@pytest.mark.parametrize("name", ["R", "p"])
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_parameters_must_be_positive(name, value):
    with pytest.raises(InputError, match=f"{name} is .*; give a positive number"):
        Transport(**{name: value})


def one(coordinate="rapidity", **metadata):
    return ParticleClouds.from_lists([[(1.0, 0.0, 0.0)]], coordinate=coordinate, **metadata)


def test_coordinates_must_agree():
    assert Transport().between(one("eta"), one("eta")) == 0
    with pytest.raises(InputError, match="events in eta cannot be compared with events in rapidity"):
        Transport().between(one("eta"), one())
    with pytest.raises(InputError, match="eta cannot be compared"):
        Transport().between(one("eta"), Images(values=np.ones((1, 2, 2)), half_width=1.0))


def test_energies_in_different_units_are_told():
    here, there = (ParticleClouds.from_lists([[(1.0, 0.0, 0.0)]], units={"pt": unit}) for unit in ("GeV", "MeV"))
    with pytest.raises(InputError, match="energies in GeV cannot be compared with energies in MeV"):
        Transport(normalise=False).between(here, there)
    assert Transport().between(here, there) == 0


@pytest.mark.parametrize("normalise", [True, False])
def test_events_must_be_usable(normalise):
    metric = Transport(normalise=normalise)
    with pytest.raises(InputError, match="not defined for points; give particles or images"):
        metric.prepare(Points(values=np.zeros((2, 2))), one())
    with pytest.raises(InputError, match="there are no events"):
        metric.prepare(one()[0:0], one())
    bad = ParticleClouds.from_flat([1, 1], {"pt": [1.0, np.nan], "rapidity": [0.0, 0.0], "phi": [0.0, 0.0]})
    with pytest.raises(InputError, match="event 1: pt"):
        metric.prepare(one(), bad)
    negative = Images(values=np.array([[[1.0, -1.0]]]), half_width=1.0)
    with pytest.raises(InputError, match="negative"):
        metric.prepare(negative, negative)
    huge = ParticleClouds.from_lists([[(1e250, 0.0, 0.0)]])
    with pytest.raises(InputError, match="event 0: the total pt is 1e\\+250"):
        metric.prepare(huge, huge)
    with pytest.raises(InputError, match="a set of 2 events"):
        metric.plan(bad, one())


@pytest.mark.parametrize(("R", "p"), [(1e-200, 1.0), (1e200, 2.0), (1.0, 500.0)])
def test_costs_must_stay_within_the_doubles(R, p):
    with pytest.raises(InputError, match=r"\(theta / R\)\^p cannot be computed"):
        Transport(R=R, p=p).between(one(), one())


def test_the_warning_comes_exactly_where_particles_are_too_far_apart(jets):
    points = np.concatenate([rows(jets, number) for number in range(30)])
    largest = np.hypot(*(points[:, None, k] - points[:, k] for k in (1, 2))).max()
    Transport(R=1.01 * largest / 2, normalise=False).prepare(jets, jets)
    Transport(R=1.01 * largest / 4, p=0.5, normalise=False).prepare(jets, jets)
    for R, p in ((0.99 * largest / 2, 1.0), (0.99 * largest / 4, 0.5)):
        with pytest.warns(TriangleInequalityWarning, match=rf"with R = {R:g}, p = {p:g} and unequal energies"):
            Transport(R=R, p=p, normalise=False).prepare(jets, jets)


def test_a_small_radius_changes_no_distance():
    """At R = 0.4 a program of linear programming finds the same number, whatever the largest angle is."""
    a, b = [[3.0, 0.0, 0.0], [1.0, 2.0, 0.5]], [[1.0, 0.1, 0.0], [2.5, -1.5, 1.0]]
    costs = np.hypot(*(np.subtract.outer(np.array(a)[:, k], np.array(b)[:, k]) for k in (1, 2))) / 0.4
    with pytest.warns(TriangleInequalityWarning):
        found = between(Transport(R=0.4, normalise=False), a, b)
    poorer = linprog(
        costs.ravel(),
        A_ub=[[1, 1, 0, 0], [0, 0, 1, 1]],
        b_ub=[3.0, 1.0],
        A_eq=[[1, 0, 1, 0], [0, 1, 0, 1]],
        b_eq=[1.0, 2.5],
    )
    assert found == pytest.approx(poorer.fun + 0.5)


def test_images_are_clouds_of_their_pixels():
    rng = np.random.default_rng(9)
    values = rng.exponential(size=(4, 12, 12)) * (rng.random((4, 12, 12)) < 0.2)
    images = Images(values=values, half_width=1.2)
    metric = Transport(R=2.0, normalise=False)
    as_pixels = matrix(metric, images.to_particles(), show_progress=False)
    np.testing.assert_array_equal(matrix(metric, images, show_progress=False), as_pixels)
    assert (as_pixels[np.triu_indices(4, 1)] > 0).all()


# The correlation integral, and what the solver has to do


@pytest.mark.slow
@pytest.mark.parametrize("p", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("normalise", [True, False])
def test_counts_that_stop_early_are_those_of_the_matrix(jets, p, normalise):
    metric = Transport(R=1.6, p=p, normalise=normalise)
    within, across = matrix(metric, jets[:80]), matrix(metric, jets[:80], jets[80:])
    # Every twentieth threshold is a distance itself; some lie below and above all.
    values = np.sort(within[np.triu_indices(80, 1)])
    thresholds = np.unique(np.r_[-1.0, 0.0, 1e-9, values[::150], np.geomspace(values[0], 2 * values[-1], 30)])
    others = within.copy()
    np.fill_diagonal(others, np.inf)
    for block, threads in ((64, 2), (17, 1)):
        how = {"block": block, "threads": threads, "show_progress": False}
        np.testing.assert_array_equal(
            counts(metric, jets[:80], thresholds, **how), (others[:, :, None] < thresholds).sum(axis=1)
        )
        np.testing.assert_array_equal(
            counts(metric, jets[:80], thresholds, jets[80:], **how), (across[:, :, None] < thresholds).sum(axis=1)
        )


@pytest.mark.slow
def test_counting_spares_most_of_the_pivots(jets):
    metric = Transport()
    full = metric.effort(jets[:60])
    early = metric.effort(jets[:60], thresholds=np.geomspace(0.01, 1, 41))
    assert full.pairs == full.begun == full.finished == early.pairs == early.begun == 60 * 59 // 2
    assert early.finished < 0.1 * full.finished
    assert early.pivots < 0.4 * full.pivots
    assert full.pivots == sum(metric.plan(jets[i : i + 1], jets[j : j + 1]).pivots for i in range(60) for j in range(i))

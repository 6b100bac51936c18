"""Entropic transport: against a converged solution, POT, the exact solver and the laws that it promises."""

import numpy as np
import ot
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventspace import InputError, ParticleClouds, Sinkhorn, Transport, matrix

ENERGY, PLACE = 1.0, 0.3


@pytest.fixture(scope="module")
def jets():
    rng = np.random.default_rng(5)
    return ParticleClouds.from_lists(
        [np.c_[rng.exponential(ENERGY, n), rng.normal(0, PLACE, (n, 2))] for n in rng.integers(1, 40, 12)]
    )


def rows(clouds, number):
    one = clouds[number : number + 1]
    return np.column_stack([one.flat(name) for name in ("pt", one.coordinate, "phi")])


def between(metric, a, b):
    clouds = ParticleClouds.from_lists([a, b])
    return metric.between(clouds[0:1], clouds[1:2])


def oracle(metric, a, b):
    """The definition by POT: the missing energy becomes a particle at cost 1."""
    turn = np.abs(a[:, None, 2] - b[:, 2]) % (2 * np.pi)
    cost = (np.hypot(a[:, None, 1] - b[:, 1], np.minimum(turn, 2 * np.pi - turn)) / metric.R) ** metric.p
    supply, demand, unit = a[:, 0], b[:, 0], 1.0
    if not metric.normalise:
        unit = max(supply.sum(), demand.sum())
        if supply.sum() > demand.sum():
            demand, cost = np.append(demand, unit - demand.sum()), np.column_stack((cost, np.ones(len(a))))
        else:
            supply, cost = np.append(supply, unit - supply.sum()), np.vstack((cost, np.ones(len(b))))
    supply, demand = supply / supply.sum(), demand / demand.sum()
    plan = ot.sinkhorn(supply, demand, cost, metric.eps, method="sinkhorn_log", numItermax=20_000, stopThr=1e-10)
    product = supply[:, None] * demand
    divergence = np.where(plan > 0, plan * np.log(np.where(plan > 0, plan, 1) / product), 0).sum()
    value = unit * ((plan * cost).sum() + metric.eps * divergence)
    return value ** (1 / metric.p) if metric.normalise and metric.p > 1 else value


@pytest.mark.parametrize("normalise", [True, False])
@pytest.mark.parametrize(("p", "eps"), [(0.5, 0.05), (1.0, 0.02), (2.0, 0.05), (1.3, 0.5)])
def test_values_agree_with_pot(jets, normalise, p, eps):
    metric = Sinkhorn(R=1.5, p=p, eps=eps, normalise=normalise)
    ours = matrix(metric, jets[:5], jets[6:10], show_progress=False)
    theirs = [[oracle(metric, rows(jets, i), rows(jets, j)) for j in range(6, 10)] for i in range(5)]
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("p", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("normalise", [True, False])
@pytest.mark.parametrize("divergence", [True, False])
def test_tends_to_the_exact_transport(jets, p, normalise, divergence):
    exact = matrix(Transport(R=2.0, p=p, normalise=normalise), jets[:6], jets[6:], show_progress=False)
    errors = []
    for eps in (0.1, 0.01, 0.001):
        metric = Sinkhorn(R=2.0, p=p, eps=eps, normalise=normalise, divergence=divergence)
        ours = matrix(metric, jets[:6], jets[6:], show_progress=False)
        if not divergence:
            assert (ours >= exact - 1e-5 * exact.max()).all()
        errors.append(np.abs(ours - exact).max() / exact.max())
    assert errors[0] > 2 * errors[1] > 4 * errors[2]
    assert errors[2] < 0.05


@pytest.mark.parametrize("normalise", [True, False])
@pytest.mark.parametrize("p", [0.5, 1.0, 2.0])
def test_divergence_is_zero_for_equal_events_and_positive_for_others(jets, normalise, p):
    metric = Sinkhorn(R=1.6, p=p, eps=0.1, normalise=normalise, divergence=True)
    values = matrix(metric, jets, jets, show_progress=False)
    assert (np.diag(values) == 0).all()
    assert (values[~np.eye(len(jets), dtype=bool)] > 1e-4).all()
    plain = Sinkhorn(R=1.6, p=p, eps=0.1, normalise=normalise)
    assert plain.between(jets[:1], jets[:1]) > 0


def test_two_single_particles():
    a, b = [[3.0, 0.0, 3.0]], [[3.0, 0.3, 3.4]]
    assert between(Sinkhorn(), a, b) == pytest.approx(0.5, rel=1e-6)
    assert between(Sinkhorn(normalise=False), a, b) == pytest.approx(1.5, rel=1e-6)
    assert between(Sinkhorn(p=2), a, b) == pytest.approx(0.5, rel=1e-6)


def test_full_turns_order_and_soft_particles_change_nothing(jets):
    metric = Sinkhorn(R=1.5)
    a, b = rows(jets, 0), rows(jets, 1)
    reference = between(metric, a, b)
    assert between(metric, b, a) == reference
    assert between(metric, a[::-1], b) == reference
    assert between(metric, a + np.array([0, 0, 4 * np.pi]), b) == pytest.approx(reference, rel=1e-5)
    assert between(metric, np.vstack((a, [[0.0, 1.0, 1.0]])), b) == reference
    assert between(metric, np.vstack((a, [[1e-12, 1.0, 1.0]])), b) == pytest.approx(reference, rel=1e-3)
    split = np.vstack((a, a[-1]))
    split[-2:, 0] /= 2
    assert between(metric, split, b) == pytest.approx(reference, rel=1e-4)


@pytest.mark.parametrize("divergence", [True, False])
@pytest.mark.parametrize("normalise", [True, False])
def test_a_pair_has_one_distance_in_every_block_and_on_every_thread(jets, normalise, divergence):
    metric = Sinkhorn(R=1.6, normalise=normalise, divergence=divergence)
    reference = matrix(metric, jets, jets, threads=1, show_progress=False)
    np.testing.assert_array_equal(matrix(metric, jets, jets, threads=3, block=5, show_progress=False), reference)
    within = matrix(metric, jets, threads=2, block=3, show_progress=False)
    off = ~np.eye(len(jets), dtype=bool)
    np.testing.assert_array_equal(within[off], reference[off])


# A total below 1e-200 is refused.
energies = st.one_of(st.just(0.0), st.floats(1e-150, 1), st.floats(-12, 6).map(lambda power: 10.0**power))
coordinates = st.one_of(st.floats(-4, 4), st.just(0.0))
event = st.lists(st.tuples(energies, coordinates, coordinates), min_size=1, max_size=6).filter(
    lambda particles: sum(particle[0] for particle in particles) > 0
)


@pytest.mark.slow
@given(event, event, st.floats(-9, 3), st.sampled_from([0.3, 1.0, 2.0]), st.floats(-3, 3), st.booleans(), st.booleans())
@settings(max_examples=150)
def test_every_valid_pair_has_a_finite_distance(a, b, eps, p, R, normalise, divergence):
    if not normalise:
        R = max(R, 2.0)  # the radius of a metric
    metric = Sinkhorn(R=10.0**R, p=p, eps=10.0**eps, normalise=normalise, divergence=divergence)
    value = between(metric, np.array(a), np.array(b))
    assert np.isfinite(value)
    assert value >= 0


def test_facts():
    assert (Sinkhorn.name, Sinkhorn().unit, Sinkhorn(normalise=False).unit) == ("sinkhorn", "", "GeV")
    assert not Sinkhorn(divergence=True).is_metric


@pytest.mark.parametrize("name", ["R", "p", "eps"])
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_parameters_must_be_positive(name, value):
    with pytest.raises(InputError, match=f"{name} is .*; give a positive number"):
        Sinkhorn(**{name: value})


def test_radius_must_suit_single_precision(jets):
    with pytest.raises(InputError, match=r"does not fit single precision .*; choose R closer"):
        Sinkhorn(R=1e-20, p=2).between(jets[:1], jets[1:2])

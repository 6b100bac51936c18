"""The matrix element of e+e- -> ZHH against traces, symmetries and limits."""

import numpy as np
import pytest
from numpy.random import default_rng

from eventspace.events.simulate.electron_positron.amplitude import (
    FLAVOURS,
    Momenta,
    _chiral,
    current,
    dot,
    squared_amplitudes,
)
from eventspace.events.simulate.electron_positron.constants import HIGGS_MASS, VACUUM_VALUE, Z_MASS, Z_WIDTH
from eventspace.events.simulate.electron_positron.phase_space import random_momenta

METRIC = np.diag([1.0, -1.0, -1.0, -1.0])


@pytest.fixture(scope="module")
def momenta():
    return random_momenta(default_rng(1), 500, 500.0)[0]


def turned(momenta, matrix):
    return Momenta(*(p @ matrix.T for p in momenta))


def boost(velocity):
    """A boost along a direction that is none of the axes."""
    direction = np.array([0.48, -0.6, 0.64])
    gamma = 1 / np.sqrt(1 - velocity**2)
    matrix = np.eye(4)
    matrix[0, 0] = gamma
    matrix[0, 1:] = matrix[1:, 0] = gamma * velocity * direction
    matrix[1:, 1:] += (gamma - 1) * np.outer(direction, direction)
    return matrix


def rotation(seed):
    matrix = np.eye(4)
    q = np.linalg.qr(default_rng(seed).normal(size=(3, 3)))[0]
    matrix[1:, 1:] = q * np.sign(np.linalg.det(q))
    return matrix


def test_momentum_is_conserved_and_masses_are_right(momenta):
    total = momenta.electron + momenta.positron
    out = momenta.quark + momenta.antiquark + momenta.higgs_1 + momenta.higgs_2
    np.testing.assert_allclose(out, total, atol=1e-9)
    for p, mass in ((momenta.quark, 0.0), (momenta.antiquark, 0.0), (momenta.higgs_1, 125.0), (momenta.higgs_2, 125.0)):
        np.testing.assert_allclose(dot(p, p), mass**2, atol=1e-7)


def test_currents_are_conserved_and_of_massless_fermions(momenta):
    for a, b in ((momenta.positron, momenta.electron), (momenta.quark, momenta.antiquark)):
        j = current(a, b)
        assert abs(dot(j, a + b)).max() < 1e-9 * abs(j).max() * 500
        np.testing.assert_allclose(
            dot(j, j.conj()).real, -4 * dot(a, b), rtol=1e-9, atol=1e-6
        )  # Tr[a gamma^mu b gamma_mu] / 2
        np.testing.assert_allclose(abs(dot(j, j)), 0, atol=1e-6)


@pytest.mark.parametrize("polarisations", [(0.0, 0.0), (-0.8, 0.3), (1.0, -1.0)])
@pytest.mark.parametrize("change", [boost(0.9), boost(-0.6) @ rotation(3), rotation(5)])
def test_lorentz_transformations_change_nothing(momenta, change, polarisations):
    before = squared_amplitudes(momenta, 1.3, *polarisations)
    np.testing.assert_allclose(squared_amplitudes(turned(momenta, change), 1.3, *polarisations), before, rtol=1e-8)


def test_the_two_higgs_bosons_are_alike(momenta):
    swapped = momenta._replace(higgs_1=momenta.higgs_2, higgs_2=momenta.higgs_1)
    np.testing.assert_allclose(squared_amplitudes(swapped), squared_amplitudes(momenta), rtol=1e-12)


def test_charge_conjugation_of_all_fermions_changes_left_into_right(momenta):
    """C and P together: beams and quarks exchanged with their antiparticles, momenta mirrored."""
    mirror = np.diag([1.0, -1.0, -1.0, -1.0])
    exchanged = Momenta(
        momenta.positron, momenta.electron, momenta.antiquark, momenta.quark, momenta.higgs_1, momenta.higgs_2
    )
    np.testing.assert_allclose(
        squared_amplitudes(turned(exchanged, mirror), 1.0, -0.8, 0.3),
        squared_amplitudes(momenta, 1.0, -0.3, 0.8),
        rtol=1e-9,
    )


def test_it_is_a_parabola_in_the_coupling(momenta):
    at = {kappa: squared_amplitudes(momenta, kappa) for kappa in (-1.0, 0.0, 1.0, 5.0)}
    even, odd = (at[1.0] + at[-1.0]) / 2 - at[0.0], (at[1.0] - at[-1.0]) / 2
    np.testing.assert_allclose(at[5.0], at[0.0] + 5 * odd + 25 * even, rtol=1e-10)


def test_polarised_beams_are_two_independent_processes(momenta):
    left, right = squared_amplitudes(momenta, 1.0, -1.0, 1.0), squared_amplitudes(momenta, 1.0, 1.0, -1.0)
    np.testing.assert_allclose((left + right) / 4, squared_amplitudes(momenta), rtol=1e-12)
    assert not squared_amplitudes(momenta, 1.0, 1.0, 1.0).any()
    mixed = (1.8 * 1.3 * left + 0.2 * 0.7 * right) / 4
    np.testing.assert_allclose(squared_amplitudes(momenta, 1.0, -0.8, 0.3), mixed, rtol=1e-12)


def slashed(p):
    """The trace tensor Tr[a gamma^mu b gamma^nu] / 4 of two massless momenta: its symmetric and antisymmetric part."""
    a, b = p
    symmetric = np.outer(a, b) + np.outer(b, a) - METRIC * (a @ METRIC @ b)
    lowered_a, lowered_b = METRIC @ a, METRIC @ b
    antisymmetric = 1j * np.einsum("abmn,a,b->mn", levi_civita(), lowered_a, lowered_b)
    return symmetric, antisymmetric


def levi_civita():
    epsilon = np.zeros((4, 4, 4, 4))
    for a, b, c, d in np.argwhere(np.ones((4, 4, 4, 4))):
        order = [a, b, c, d]
        if len(set(order)) == 4:
            epsilon[a, b, c, d] = np.linalg.det(np.eye(4)[order])
    return epsilon


def by_traces(p, kappa, pid):
    """|M|^2 of one event from traces, in which no spinor occurs."""
    e, eb, q, qb, h1, h2 = p
    z = q + qb

    def square(v):
        return v @ METRIC @ v

    coupling = 2 * Z_MASS / VACUUM_VALUE
    tensor = (
        2 * Z_MASS**2 / VACUUM_VALUE**2 * (1 + 3 * kappa * HIGGS_MASS**2 / (square(h1 + h2) - HIGGS_MASS**2)) * METRIC
    )
    for h in (h1, h2):
        v = z + h
        lowered = METRIC @ v
        propagator = (METRIC - np.outer(lowered, lowered) / Z_MASS**2) / (square(v) - Z_MASS**2)
        tensor = tensor + 4 * Z_MASS**4 / VACUUM_VALUE**2 * propagator
    leptons, quarks = slashed((eb, e)), slashed((q, qb))  # outgoing, incoming fermion
    (le, re), (lq, rq) = _chiral(11), _chiral(pid)
    into = 2 * ((le**2 + re**2) * leptons[0] + (re**2 - le**2) * leptons[1])
    out = 2 * ((lq**2 + rq**2) * quarks[0] + (rq**2 - lq**2) * quarks[1])
    total = np.einsum("mn,mr,ns,rs->", into, tensor, tensor, out).real
    poles = (square(e + eb) - Z_MASS**2) ** 2 * ((square(z) - Z_MASS**2) ** 2 + (Z_MASS * Z_WIDTH) ** 2)
    return 3 / 4 * coupling**4 * total / poles


@pytest.mark.parametrize("kappa", [0.0, 1.0, -3.0])
def test_it_is_what_traces_give(momenta, kappa):
    ours = squared_amplitudes(momenta, kappa)
    for event in range(25):
        expected = [by_traces([p[event] for p in momenta], kappa, pid) for pid in FLAVOURS]
        np.testing.assert_allclose(ours[event], expected, rtol=1e-8)

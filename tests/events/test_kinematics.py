import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventspace.events.kinematics import about_axis, cylindrical, wrapped
from eventspace.events.particles import ParticleClouds


@given(st.floats(-1e6, 1e6))
def test_wrapped_angles_point_the_same_way(angle):
    turned = wrapped(angle)
    assert -np.pi <= turned <= np.pi
    np.testing.assert_allclose([np.cos(turned), np.sin(turned)], [np.cos(angle), np.sin(angle)], atol=1e-9)


def test_pi_is_pi_from_both_sides():
    assert wrapped(np.pi) == np.pi
    assert wrapped(-np.pi) == np.pi


def test_cylindrical_is_that_of_vector(toy_jets, momenta):
    rows = np.concatenate(toy_jets(50))
    columns = cylindrical(*rows.T)
    for name in ("pt", "rapidity", "phi"):
        np.testing.assert_allclose(columns[name], getattr(momenta(rows), name), atol=1e-10)
    np.testing.assert_allclose(columns["mass"] ** 2, momenta(rows).mass2, atol=1e-9)


def test_forward_particles_keep_their_rapidity():
    """For a massless particle the rapidity is asinh(pz / pt), far beyond where E - pz cancels to zero."""
    pt, pz = 1e-3, 7e6
    assert np.hypot(pt, pz) == pz
    assert cylindrical(pz, pt, 0.0, pz)["rapidity"] == pytest.approx(np.log(2 * pz / pt), rel=1e-12)


def test_spacelike_momenta_are_massless_and_negative_energies_none():
    columns = cylindrical([3.0 - 1e-9, -5.0], [3.0, 3.0], [0.0, 0.0], [0.0, 0.0])
    assert columns["mass"][0] == 0
    assert np.isnan(columns["mass"][1])


def test_the_axis_of_a_jet_from_its_axis_is_the_origin(toy_jets, check_relative):
    jets = toy_jets(20)
    flat = cylindrical(*np.concatenate(jets).T)
    clouds = about_axis(ParticleClouds.from_flat([len(jet) for jet in jets], flat))
    check_relative(clouds, jets)
    again = about_axis(clouds)
    np.testing.assert_allclose(again.per_event["jet_rapidity"], 0, atol=1e-9)
    np.testing.assert_allclose(again.per_event["jet_phi"], 0, atol=1e-9)
    for name in ("pt", "mass"):
        np.testing.assert_allclose(again.per_event[f"jet_{name}"], clouds.per_event[f"jet_{name}"], rtol=1e-9)


def test_boosts_and_turns_of_the_jet_change_nothing(toy_jets):
    jets = toy_jets(20)
    flat = cylindrical(*np.concatenate(jets).T)
    counts = [len(jet) for jet in jets]
    one = about_axis(ParticleClouds.from_flat(counts, flat))
    moved = {**flat, "rapidity": flat["rapidity"] + 0.7, "phi": flat["phi"] + 2.5}
    other = about_axis(ParticleClouds.from_flat(counts, moved))
    for name in ("rapidity", "phi"):
        np.testing.assert_allclose(other.flat(name), one.flat(name), atol=1e-9)
    np.testing.assert_allclose(other.per_event["jet_rapidity"], one.per_event["jet_rapidity"] + 0.7)
    np.testing.assert_allclose(other.per_event["jet_mass"], one.per_event["jet_mass"])


def test_an_invalid_jet_leaves_the_others_alone():
    columns = {"pt": [1.0, 2.0, np.nan, 3.0], "rapidity": [0.1, 0.2, 0.3, 0.4], "phi": [0.1, 0.2, 0.3, 0.4]}
    jets = about_axis(ParticleClouds.from_flat([2, 1, 0, 1], columns))
    assert [(problem.event, problem.text) for problem in jets.problems()] == [
        (2, "the event holds no particles"),
        (1, "pt is NaN or infinite"),
    ]
    assert jets.flat("phi")[3] == pytest.approx(0)
    assert jets.per_event["jet_pt"][[0, 3]].tolist() == pytest.approx(
        [np.hypot(1 + 2 * np.cos(0.1), 2 * np.sin(0.1)), 3]
    )

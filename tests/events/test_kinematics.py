import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventspace.events.kinematics import about_axis, wrapped
from eventspace.events.momenta import cylindrical
from eventspace.events.particles import ParticleClouds


@given(st.floats(-1e6, 1e6))
def test_wrapped_angles_point_the_same_way(angle):
    turned = wrapped(angle)
    assert -np.pi <= turned <= np.pi
    np.testing.assert_allclose([np.cos(turned), np.sin(turned)], [np.cos(angle), np.sin(angle)], atol=1e-9)


def test_pi_is_pi_from_both_sides():
    assert wrapped(np.pi) == np.pi
    assert wrapped(-np.pi) == np.pi


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


def test_the_axis_is_in_the_unit_of_the_particles():
    """In MeV the jet is the same jet."""
    columns = {"pt": [1.0, 2.0], "rapidity": [0.1, 0.2], "phi": [0.1, 0.3]}
    jets = about_axis(ParticleClouds.from_flat([2], columns))
    same = about_axis(ParticleClouds.from_flat([2], {**columns, "pt": [1e3, 2e3]}, units={"pt": "MeV"}))
    assert (jets.units["jet_pt"], same.units["jet_pt"], same.units["jet_mass"]) == ("GeV", "MeV", "MeV")
    for name in ("jet_pt", "jet_mass"):
        np.testing.assert_allclose(same.per_event[name], 1e3 * jets.per_event[name])

"""Collisions: what is refused at the door, flags, features in closed form, and distances between particles."""

import awkward as ak
import numpy as np
import pytest

import eventspace as es
from eventspace.events.features import features


def collisions(**changed):
    """Two events of 3 and 2 particles."""
    columns = {
        "px": [3.0, 0.0, -3.0, 0.0, 0.0],
        "py": [0.0, 4.0, 0.0, 1.0, -1.0],
        "pz": [0.0, 0.0, 0.0, 0.0, 0.0],
        "E": [5.0, 4.0, 3.0, 1.0, 1.0],
        "charge": [1, 0, -1, 0, 0],
        "pid": [211, 22, 11, 22, 130],
        "truth_boson": [0, 0, 1, 0, 1],
        "truth_jet": [0, 0, 2, 0, 1],
    }
    return es.Collisions.from_flat([3, 2], {name: np.array(v) for name, v in (columns | changed).items()})


def test_flags_come_from_charge_and_identifier():
    events = collisions()
    assert events.charged.tolist() == [True, False, True, False, False]
    assert events.photon.tolist() == [False, True, False, True, False]
    assert events[1:].photon.tolist() == [True, False]
    bare = es.Collisions.from_flat([1], {"px": [1.0], "py": [0.0], "pz": [0.0], "E": [1.0]})
    for name, call in (("charge", lambda: bare.charged), ("pid", lambda: bare.photon)):
        with pytest.raises(es.InputError, match=f"no column {name}"):
            call()


@pytest.mark.parametrize(
    ("changed", "said", "event"),
    [
        ({"E": [5.0, 4.0, 3.0, 1.0, 0.9]}, "below its momentum", 1),
        ({"E": [-5.0, 4.0, 3.0, 1.0, 1.0]}, "below its momentum", 0),
        ({"py": [0.0, 4.0, 0.0, 0.0, -1.0]}, "at rest", 1),
        ({"pz": [0.0, 0.0, 0.0, np.inf, 0.0]}, "pz is NaN or infinite", 1),
        ({"truth_jet": [0, 0, 0, 0, 1]}, "belong to several bosons", 0),
        ({"truth_boson": [0, 0, 1, 0, -2]}, "a truth_boson is below -1", 1),
        ({"truth_jet": [0.0, 0.0, 2.0, 0.0, 1.0]}, "truth_jet holds float64", None),
        ({"d0": [0.0, 0.0, np.nan, 0.0, 0.0]}, "d0 is NaN", 0),
    ],
)
def test_what_cannot_be_is_named_with_its_event(changed, said, event):
    with pytest.raises(es.InputError, match=said) as error:
        collisions(**changed).check()
    assert error.value.event == event
    assert error.value.remedy


def test_rounding_to_single_precision_is_no_fault():
    events = collisions(E=[5.0, 4.0, 3.0, 1.0 - 1e-6, 1.0])
    assert events.check() is events


def test_unlabelled_particles_are_allowed():
    collisions(truth_jet=[-1, 0, 2, -1, -1], truth_boson=[1, 0, 1, 0, -1]).check()


def test_missing_columns_and_units_that_differ_are_refused():
    with pytest.raises(es.InputError, match="the columns are px, E; give px, py, pz, E"):
        es.Collisions.from_flat([1], {"px": [1.0], "E": [1.0]}).check()
    with pytest.raises(es.InputError, match="GeV and MeV"):
        columns = {"px": [1.0], "py": [0.0], "pz": [0.0], "E": [1.0]}
        es.Collisions.from_flat([1], columns, units={"E": "MeV"}).check()
    with pytest.raises(es.InputError, match=r"E has the shape \(2,\) for 1 particles"):
        es.Collisions.from_flat([1], {"E": [1.0, 2.0]})


def test_features_in_closed_form():
    table = features(collisions())
    assert table["visible_energy"].tolist() == [12.0, 2.0]
    assert table["missing_pt"].tolist() == [4.0, 0.0]
    np.testing.assert_allclose(table["visible_mass"], [np.sqrt(144 - 16), 2.0])
    assert table["multiplicity"].tolist() == [3, 2]
    assert table["charged_multiplicity"].tolist() == [2, 0]
    # Momenta 3, 4, 3 along x, y, x: the eigenvalues are 6/10, 4/10, 0. Back to back: 1, 0, 0.
    np.testing.assert_allclose(table["sphericity"], [1.5 * 0.4, 0.0], atol=1e-15)


def test_sphericity_of_six_momenta_along_the_axes_is_one():
    momenta = np.vstack([np.eye(3), -np.eye(3)])
    columns = dict(zip(("px", "py", "pz"), momenta.T, strict=True)) | {"E": np.ones(6)}
    assert features(es.Collisions.from_flat([6], columns))["sphericity"] == pytest.approx([1.0])


def test_awkward_arrays_there_and_back():
    events = collisions(mass=[4.0, 0.0, 0.0, 0.0, 0.0])
    array = events.to_awkward()
    assert ak.num(array).tolist() == [3, 2]
    np.testing.assert_allclose(ak.flatten(array.mass), [4, 0, 0, 0, 0])
    again = es.Collisions.from_awkward(array)
    assert again.columns.keys() == events.columns.keys() - {"mass"}
    np.testing.assert_array_equal(again.flat("truth_jet"), events.flat("truth_jet"))
    with pytest.raises(es.InputError, match="no field px"):
        es.Collisions.from_awkward(ak.Array([[{"pt": 1.0}]]))


def test_rows_without_energy_and_masked_rows_are_no_particles():
    columns = {"px": np.ma.array([1.0, 9.0, 2.0], mask=[0, 1, 0]), "py": [0.0] * 3, "pz": [0.0] * 3, "E": [1.0, 1.0, 0]}
    assert es.Collisions.from_flat([2, 1], columns).multiplicity.tolist() == [1, 0]


def test_particles_of_an_event_have_durham_distances():
    events = collisions()
    y = es.matrix(es.Durham(visible_energy=12.0), events[:1].as_points())
    assert y[0, 2] == pytest.approx(4 * 9 / 144)  # opposite: 2 min(5, 3)^2 (1 + 1) / 12^2
    assert y[0, 1] == pytest.approx(2 * 16 / 144)  # at right angles
    with pytest.raises(es.InputError, match=r"collisions; give the particles of one event: events\[i:i\+1\].as_points"):
        es.matrix(es.Durham(visible_energy=12.0), events)

"""What the four kinds of events accept and refuse."""

import awkward as ak
import numpy as np
import pytest
import vector

from eventspace.base.errors import InputError
from eventspace.events.images import Images
from eventspace.events.particles import ParticleClouds
from eventspace.events.points import Points
from eventspace.events.preprocess import pixelate
from eventspace.events.showers import Showers


def clouds(offsets=(0, 2, 3), **columns):
    filled = {"pt": [3.0, 1.0, 2.0], "rapidity": [0.0, 0.1, 0.2], "phi": [0.0, 0.1, 0.2], **columns}
    return ParticleClouds(
        offsets=np.array(offsets), columns={name: np.asarray(c) for name, c in filled.items() if c is not None}
    )


def showers(shape=(2, 2, 2), offsets=(0, 2, 3), cell=(0, 7, 3), energy=(1.0, 2.0, 3.0)):
    return Showers(shape=shape, offsets=np.array(offsets), cell=np.array(cell), energy=np.array(energy))


FAULTS = [
    (lambda: clouds(pt=[3.0, -1.0, 2.0]), 0, "pt is negative"),
    (lambda: clouds(pt=[3.0, 1.0, np.nan]), 1, "pt is NaN or infinite"),
    (lambda: clouds(phi=[3.0, 1.0, np.inf]), 1, "phi is NaN or infinite"),
    (lambda: clouds(pt=[3.0, 1.0, 0.0]), 1, "a particle has pt 0"),
    (lambda: clouds(mass=[0.0, np.nan, 0.0]), 0, "mass is NaN or infinite, or an energy negative"),
    (lambda: clouds(offsets=(0, 3, 3)), 1, "the event holds no particles"),
    (lambda: clouds(offsets=(0, 3, 2)), None, "the offsets fall"),
    (lambda: clouds(offsets=(-1, 2, 3)), None, "the offsets fall"),
    (lambda: clouds(offsets=(0, 2, 4)), None, "pt ends after 3 of 4 entries"),
    (lambda: clouds(pid=["a", "b", "c"]), None, "pid holds <U1"),
    (lambda: clouds(pt=[[3.0], [1.0], [2.0]]), None, r"pt holds float64 of shape \(3, 1\)"),
    (lambda: clouds(phi=None), None, "the columns are pt, rapidity"),
    (lambda: clouds(eta=[0.0, 0.0, 0.0]), None, "the columns are pt, rapidity, phi, eta"),
    (lambda: showers(energy=(1.0, -2.0, 3.0)), 0, "a cell energy is negative"),
    (lambda: showers(energy=(1.0, 2.0, np.nan)), 1, "a cell energy is NaN or infinite"),
    (lambda: showers(energy=(1.0, 2.0, 0.0)), 1, "the shower is empty"),
    (lambda: showers(offsets=(0, 3, 3), cell=(0, 1, 2)), 1, "the shower is empty"),
    (lambda: showers(cell=(0, 7, 8)), 1, "a cell number is outside the grid"),
    (lambda: showers(cell=(0, -7, 3)), 0, "a cell number is outside the grid"),
    (lambda: showers(cell=(3, 2, 3)), 0, "the cells do not rise"),
    (lambda: showers(cell=(3, 3, 3)), 0, "a cell occurs twice"),
    (lambda: showers(shape=(2, 2)), None, "is not \\(x, y, z\\)"),
    (lambda: showers(shape=(2, 0, 2)), None, "is not \\(x, y, z\\)"),
    (lambda: showers(offsets=(0, 2, 5)), None, "cell ends after 3 of 5 entries"),
    (lambda: Images(values=np.array([[[1.0]], [[np.nan]]]), half_width=1.0), 1, "a pixel is NaN"),
    (lambda: Images(values=np.array([[[1.0, -1.0]]]), half_width=1.0), 0, "a pixel is negative"),
    (lambda: Images(values=np.zeros((1, 2, 2)), half_width=1.0), 0, "the image is empty"),
    (lambda: Images(values=np.ones((2, 2)), half_width=1.0), None, "is not \\(images, rows, columns\\)"),
    (lambda: Images(values=np.ones((1, 2, 2)), half_width=np.nan), None, "half_width is nan"),
    (lambda: Points(values=np.array([[1.0], [np.inf]])), 1, "a coordinate is NaN"),
    (lambda: Points(values=np.ones(3)), None, "is not \\(points, coordinates\\)"),
    (lambda: Points(values=np.ones((2, 1)), per_event={"x": np.ones(3)}), None, "x has 3 values for 2 events"),
    (lambda: Points(values=np.ones((2, 1)), per_event={"x": np.array([1.0, np.nan])}), 1, "x is NaN or infinite"),
    (lambda: Points(values=np.ones((1, 1)), per_event={"x": np.ones((1, 2))}), None, "x holds float64 of shape"),
    (lambda: Points(values=np.ones((1, 1)), per_event={"x": np.array([[None]])}), 0, "x holds None"),
]


@pytest.mark.parametrize(("make", "event", "problem"), FAULTS)
def test_a_fault_is_named_with_its_event(make, event, problem):
    with pytest.raises(InputError, match=problem) as error:
        make().check()
    assert error.value.event == event
    assert error.value.remedy


@pytest.mark.parametrize("make", [clouds, showers])
def test_what_is_whole_passes(make):
    events = make()
    assert events.check() is events
    assert len(events[1:].check()) == 1


def test_all_events_with_a_fault_are_listed():
    pt = [1.0, -1.0, 2.0, -3.0, -4.0, 1.0]
    events = clouds(offsets=range(7), pt=pt, rapidity=np.zeros(6), phi=np.zeros(6))
    (problem,) = events.problems()
    assert problem.events == (1, 3, 4)
    (problem,) = events[2:].problems()
    assert problem.events == (1, 2)


def test_dense_showers_come_back():
    dense = np.random.default_rng(1).choice([0.0, 1.5, 2.5], size=(5, 3, 4, 2), p=[0.7, 0.2, 0.1])
    sparse = Showers.from_dense(dense)
    np.testing.assert_array_equal(sparse.to_dense(), dense)
    np.testing.assert_allclose(sparse[2:4].total_energy, dense[2:4].sum(axis=(1, 2, 3)))
    with pytest.raises(InputError, match="is not \\(showers, x, y, z\\)"):
        Showers.from_dense(dense[0])


def test_awkward_keeps_the_momenta(toy_jets, momenta):
    jets = toy_jets(6)
    vector.register_awkward()
    rows = np.concatenate(jets)
    flat = ak.zip(dict(zip(("E", "px", "py", "pz"), rows.T, strict=True)), with_name="Momentum4D")
    events = ParticleClouds.from_awkward(ak.unflatten(flat, [len(jet) for jet in jets]))
    np.testing.assert_allclose(events.flat("rapidity"), momenta(rows).rapidity, atol=1e-12)
    back = events.to_awkward()
    for name in ("px", "py", "pz", "E"):
        np.testing.assert_allclose(ak.to_numpy(ak.flatten(back[name])), ak.to_numpy(flat[name]), atol=1e-8)


def test_particles_that_lack_a_coordinate_are_refused():
    with pytest.raises(InputError, match="do not describe particles"):
        ParticleClouds.from_awkward(ak.Array([[{"pt": 1.0, "phi": 0.0}]]))
    with pytest.raises(InputError, match=r"event 1: shape \(2, 2\) is not \(particles, 3\)"):
        ParticleClouds.from_lists([[(1.0, 0.0, 0.0)], [(1.0, 0.0), (1.0, 0.0)]])


def test_pixels_are_particles_at_their_centres():
    values = np.zeros((2, 4, 4))
    values[0, 0, 3], values[1, 2, 1] = 5.0, 7.0
    events = Images(values=values, half_width=0.8).to_particles()
    np.testing.assert_allclose(events.flat("rapidity"), [-0.6, 0.2])
    np.testing.assert_allclose(events.flat("phi"), [0.6, -0.2])
    assert events.flat("pt").tolist() == [5.0, 7.0]


def test_pixels_and_particles_keep_their_unit():
    clouds = ParticleClouds.from_lists([[(3.0, 0.1, 0.1)]], units={"pt": "MeV"})
    images = pixelate(clouds, 4, 1.0)
    assert images.units["values"] == "MeV"
    assert images.to_particles().units["pt"] == "MeV"


def test_pt_and_mass_in_different_units_are_refused():
    columns = {"pt": [1.0], "eta": [0.0], "phi": [0.0], "mass": [1.0]}
    assert ParticleClouds.from_flat([1], columns, units={"pt": "MeV"}).check().units["mass"] == "MeV"
    with pytest.raises(InputError, match="pt is in MeV and mass in GeV"):
        ParticleClouds.from_flat([1], columns, units={"pt": "MeV", "mass": "GeV"}).check()


SHOWN = [
    (
        ParticleClouds.from_lists([[(3.0, 0.1, 0.1)]] * 1200, per_event={"label": ["top"] * 1200}, seed=3),
        "<ParticleClouds: 1,200 events; 1,200 particles of pt [GeV], rapidity, phi [rad]; per event label; seed 3>",
    ),
    (
        Images(values=np.ones((2, 4, 4)), half_width=0.8, units={"values": "MeV"}, origin="mine\n" * 100),
        "<Images: 2 events; 4 x 4 pixels of values [MeV], half width 0.8; origin: mine mine",
    ),
    (Points(values=np.ones((6, 3)), per_event={"x": np.ones(6)}), "<Points: 6 events; 3 coordinates; per event x>"),
    (
        Showers.from_dense(np.ones((2, 3, 4, 5)), units={"energy": "GeV", "incident_energy": "GeV"}),
        "<Showers: 2 events; 3 x 4 x 5 cells of energy [GeV]>",
    ),
]


@pytest.mark.parametrize(("events", "expected"), SHOWN, ids=[events.kind for events, _ in SHOWN])
def test_events_are_shown_in_one_line(events, expected):
    assert repr(events).startswith(expected)
    assert "\n" not in repr(events)
    assert len(repr(events)) < 200
    assert repr(events[:0]).startswith(f"<{type(events).__name__}: 0 events")

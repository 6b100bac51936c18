"""Awkward arrays as users have them: of vector, with None, of lists, too deep."""

import awkward as ak
import numpy as np
import pytest
import vector

from eventspace.base.errors import InputError
from eventspace.events.particles import ParticleClouds

PT = ak.Array([[10.0, 1.0], [20.0, 2.0], [30.0, 3.0]])
EVENTS = ak.zip({"pt": PT, "eta": PT * 0 + 0.1, "phi": PT * 0 + 0.2})


def test_records_of_pt_and_direction_stay_as_they_are():
    jets = ParticleClouds.from_awkward(EVENTS)
    assert list(jets.columns) == ["pt", "eta", "phi"]
    assert jets.flat("pt").tolist() == ak.flatten(PT).to_list()


@pytest.mark.parametrize(
    "names", [("pt", "eta", "phi", "mass"), ("pt", "theta", "phi", "energy"), ("x", "y", "z", "t")]
)
def test_momenta_of_vector_become_rapidities(toy_jets, momenta, names):
    jets = toy_jets(4)
    vectors, counts = momenta(np.concatenate(jets)), [len(jet) for jet in jets]
    record = {name: ak.unflatten(getattr(vectors, name), counts) for name in names}
    for array in (vector.zip(record), ak.zip(record, with_name="Momentum4D")):
        clouds = ParticleClouds.from_awkward(array)
        np.testing.assert_allclose(clouds.flat("rapidity"), vectors.rapidity, atol=1e-9)
        np.testing.assert_allclose(clouds.flat("mass"), np.maximum(vectors.mass, 0), atol=1e-4)


def test_extra_columns_come_along():
    record = {"px": PT, "py": PT * 0, "pz": PT * 0, "E": PT, "pid": ak.values_astype(PT, int), "other": PT}
    jets = ParticleClouds.from_awkward(ak.zip(record))
    assert set(jets.columns) == {"pt", "rapidity", "phi", "mass", "pid"}
    assert jets.flat("pid").tolist() == [10, 1, 20, 2, 30, 3]


def test_a_record_of_lists_for_each_event_is_understood():
    jets = ParticleClouds.from_awkward(ak.Array({"pt": PT, "eta": PT * 0, "phi": PT * 0}))
    assert jets.multiplicity.tolist() == [2, 2, 2]


def test_the_remains_of_a_beam_are_left_out():
    jets = ParticleClouds.from_awkward(
        vector.zip({"px": [[3.0, 0.0]], "py": [[4.0, 0.0]], "pz": [[0, 65]], "E": [[5, 65]]})
    )
    assert jets.flat("pt").tolist() == [5.0]


REFUSED = {
    "event 2: the event is None": ak.mask(EVENTS, [True, True, False]),
    "event 1: the event is None": ak.mask(EVENTS, [True, False, True]),
    "event 3: the event is None": ak.pad_none(EVENTS, 5, axis=0),
    "event 0: a particle is masked in phi": ak.with_field(EVENTS, ak.mask(PT, PT > 1.5), "phi"),
    "event 2: the event holds no particles": ak.mask(EVENTS, PT < 25)[:, :1],
    "pt is nested 1 deep, not events and particles; give a set of one event": EVENTS[0],
    "pt is nested 3 deep, not events and particles; flatten the jets": EVENTS[np.newaxis],
    "event 1: phi has 1 particles where another field has 2": ak.Array(
        {"pt": PT, "eta": PT, "phi": ak.Array([[0.0, 0.0], [0.0], [0.0, 0.0]])}
    ),
    "Record is not an awkward array": EVENTS[0, 0],
    "ndarray is not an awkward array": np.zeros(3),
    "the fields given do not describe particles": PT,
    "phi holds": ak.with_field(EVENTS, "text", "phi"),
}


@pytest.mark.parametrize("problem", REFUSED)
def test_what_is_not_events_and_particles_is_refused(problem):
    with pytest.raises(InputError, match=problem) as error:
        ParticleClouds.from_awkward(REFUSED[problem])
    assert error.value.remedy

"""Every metric, given what is no set of events."""

from typing import get_args

import h5py
import numpy as np
import pandas as pd
import pytest

import eventspace as es
from eventspace.distances.engine.pairwise import matrix_to_file
from eventspace.distances.named import MetricName, named_metric

METRICS = [
    *(named_metric(name, dynamic_range=1.0, visible_energy=1.0) for name in get_args(MetricName)),
    es.ProfileTransport("z"),
    es.ShowerTransport(),
]
NO_EVENTS = [[np.ones((1, 3))], np.ones((1, 3)), pd.DataFrame(np.ones((1, 3))), ((1.0, 0.0, 0.0),)]


@pytest.mark.parametrize("given", NO_EVENTS, ids=lambda given: type(given).__name__)
@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_plain_arrays_are_refused_with_the_way_to_make_events(metric, given):
    problem = f"{type(given).__name__} is not a set of events; make one: es.Points"
    for call in (metric.between, metric.prepare, lambda *pair: es.matrix(metric, *pair)):
        with pytest.raises(es.InputError, match=problem):
            call(given, given)
    with pytest.raises(es.InputError, match="list is not a set of events"):
        es.nearest(metric, [*given, *given])


ENERGIES = [metric for metric in METRICS if metric.unit == "GeV"] + [
    es.Transport(normalise=False),
    es.Sinkhorn(normalise=False),
    es.ShowerTransport(normalise=False),
    es.JensenShannon(axis="z", normalise=False),
]


@pytest.mark.parametrize("metric", ENERGIES, ids=repr)
def test_distances_that_are_energies_have_the_unit_of_the_events(metric):
    images = es.Images(values=np.ones((1, 2, 2)), half_width=1.0, units={"values": "MeV"})
    showers = es.Showers.from_dense(np.ones((1, 2, 2, 2)), units={"energy": "MeV"})
    clouds = images.to_particles()
    for events in (images, showers, clouds):
        assert metric.unit_for(events) == "MeV"
    assert metric.unit_for(es.Showers.from_dense(np.ones((1, 2, 2, 2)))) == "GeV"
    assert es.Transport().unit_for(clouds) == ""


def test_a_file_of_distances_says_its_unit(tmp_path):
    jets = es.ParticleClouds.from_lists([[(1.0, 0.0, 0.0)], [(2.0, 0.1, 0.0)]], units={"pt": "MeV"})
    path = matrix_to_file(es.Transport(normalise=False), jets, path=tmp_path / "d.h5", show_progress=False)
    with h5py.File(path) as file:
        assert file["distances"].attrs["unit"] == "MeV"

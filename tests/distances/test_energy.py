"""The difference of total energies."""

import numpy as np
import pytest

import eventspace as es


def showers(totals, units=()):
    dense = np.zeros((len(totals), 2, 2, 2))
    dense[:, 0, 1, 1] = np.asarray(totals) / 4
    dense[:, 1, 0, 1] = np.asarray(totals) * 3 / 4
    return es.Showers.from_dense(dense, units=dict(units))


def jets(totals):
    return es.ParticleClouds.from_lists([[(t / 2, 0.1, 0.2), (t / 2, -0.4, 3.0)] for t in totals])


def images(totals):
    values = np.zeros((len(totals), 3, 3), dtype=np.float32)
    values[:, 1, 2] = totals
    return es.Images(values=values, half_width=1.0)


@pytest.mark.parametrize("make", [showers, jets, images])
def test_distance_is_the_difference_of_the_totals(make):
    totals, others = np.array([4.0, 16.0, 8.0, 4.0, 100.0]), np.array([1.0, 20.0])
    metric, events = es.EnergyDifference(), make(totals)
    np.testing.assert_array_equal(es.matrix(metric, events), np.abs(totals[:, None] - totals))
    np.testing.assert_array_equal(es.matrix(metric, events, make(others)), np.abs(totals[:, None] - others))
    assert es.medoids(metric, events, 1, seed=1).index.tolist() == [2]


def test_different_events_of_equal_energy_are_at_distance_zero():
    there, here = np.zeros((1, 2, 2, 2)), np.zeros((1, 2, 2, 2))
    there[0, 0, 0, 0] = here[0, 1, 1, 1] = 3.0
    assert es.EnergyDifference().between(es.Showers.from_dense(there), es.Showers.from_dense(here)) == 0
    assert es.EnergyDifference().is_metric
    assert es.EnergyDifference().unit == "GeV"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda d: d.between(showers([1.0]), jets([1.0])), "showers and particles cannot be compared"),
        (lambda d: d.between(showers([1.0]), showers([1.0], {"energy": "MeV"})), "GeV cannot .* MeV"),
        (lambda d: es.matrix(d, es.Points(values=np.ones((2, 2)))), "points have no energy"),
        (lambda d: es.matrix(d, es.Images(values=-np.ones((2, 2, 2)), half_width=1.0)), "negative"),
        (lambda d: es.matrix(d, jets([1e308, 1e308 * 3.2])), "NaN or infinite"),
        (
            lambda d: es.matrix(d, es.ParticleClouds.from_lists([[(1e308, 0, 0), (1e308, 0, 1)]])),
            "event 0: the total energy is infinite",
        ),
    ],
)
def test_wrong_input_ends_with_one_message(call, message):
    with pytest.raises(es.InputError, match=message):
        call(es.EnergyDifference())

"""Cells of showers: cut by a threshold, counted by their energy."""

from dataclasses import replace

import numpy as np
import pytest

from eventspace import InputError, Showers
from eventspace.events.shower_cells import cell_spectrum


def showers(n: int, seed: int = 1) -> Showers:
    rng = np.random.default_rng(seed)
    dense = rng.exponential(size=(n, 4, 3, 2)) * (rng.random((n, 4, 3, 2)) < 0.7)
    dense[:, 0, 0, 0] = 2.0
    return Showers.from_dense(dense, per_event={"incident_energy": np.arange(n) + 1.0}, units={"energy": "GeV"})


def test_threshold_leaves_the_cells_of_the_dense_array():
    made = showers(9)
    dense = made.to_dense()
    kept = made.above(0.5)
    np.testing.assert_array_equal(kept.to_dense(), np.where(dense >= 0.5, dense, 0))
    np.testing.assert_array_equal(kept.per_event["incident_energy"], made.per_event["incident_energy"])
    np.testing.assert_array_equal(made[3:6].above(0.5).to_dense(), kept[3:6].to_dense())
    np.testing.assert_array_equal(made.above(0.0).to_dense(), dense)


def test_cell_of_exactly_the_threshold_stays():
    energies = np.float32([1e-4, 0.5, np.nextafter(np.float32(1e-4), np.float32(0)), 0]).reshape(1, 2, 2, 1)
    assert Showers.from_dense(energies).above(1e-4).energy.tolist() == energies.ravel()[:2].tolist()


def test_threshold_that_leaves_nothing_names_the_shower():
    dense = np.full((5, 2, 2, 2), 3.0)
    dense[3] = 0.1
    with pytest.raises(InputError, match=r"event 3: a shower has no cell above 1 GeV; .*--threshold"):
        Showers.from_dense(dense).above(1.0)
    for wrong in (-1.0, np.nan):
        with pytest.raises(InputError, match="threshold is"):
            Showers.from_dense(dense).above(wrong)


def test_other_units_are_refused():
    made = showers(2)
    assert made.check_unit() is made
    for column in ("energy", "incident_energy"):
        with pytest.raises(InputError, match=f"{column} is in MeV"):
            replace(made, units={column: "MeV"}).check_unit()


def test_spectrum_is_the_histogram_of_each_shower():
    made = showers(8)
    edges = np.array([0.2, 0.5, 1.0, 4.0])
    expected = [np.histogram(shower[shower > 0], edges)[0] for shower in made.to_dense()]
    np.testing.assert_array_equal(cell_spectrum(made, edges), expected)
    np.testing.assert_array_equal(cell_spectrum(made[2:5], edges), expected[2:5])
    above = cell_spectrum(made, [1.0, np.inf])[:, 0]
    np.testing.assert_array_equal(above, (made.to_dense() >= 1.0).sum(axis=(1, 2, 3)))


@pytest.mark.parametrize("edges", [[1.0], [1.0, 1.0], [2.0, 1.0], [[1.0, 2.0]], [np.nan, 1.0]])
def test_edges_that_do_not_rise(edges):
    with pytest.raises(InputError, match="edges"):
        cell_spectrum(showers(1), edges)

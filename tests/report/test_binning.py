"""Histograms of values that differ by rounding alone, as of distances with p = 1e-320."""

import numpy as np
import pytest

from eventspace.report.binning import bin_edges


@pytest.mark.parametrize("values", [[0.0, 0.0], [1.0, 1 + 1e-16], [1e300, 1e300 * (1 + 1e-15)], [1e-320, 2e-320, 0]])
def test_all_values_are_in_finite_bins(values):
    edges = bin_edges(np.array(values), 40)
    assert np.histogram(values, bins=edges)[0].sum() == len(values)
    assert (np.diff(edges) > 0).all()
    np.histogram(values, bins=edges, density=True)


def test_ordinary_values_have_the_edges_of_numpy():
    values = np.random.default_rng(1).normal(size=100)
    assert np.array_equal(bin_edges(values, 30), np.histogram_bin_edges(values, bins=30))

"""Momenta of jets against sums by hand, and masses."""

import numpy as np
import pytest

from eventspace import InputError
from eventspace.events.jet_momenta import invariant_mass, jet_momenta


def test_momenta_are_the_sums_over_the_particles():
    rng = np.random.default_rng(1)
    momenta, labels = rng.normal(size=(30, 4)), rng.integers(-1, 3, 30)
    offsets = np.array([2, 12, 12, 32])  # as of a slice, with an empty event
    found = jet_momenta(offsets, momenta, labels, 4)
    event = np.repeat([0, 2], [10, 20])
    for i in range(3):
        for jet in range(4):
            np.testing.assert_allclose(found[i, jet], momenta[(event == i) & (labels == jet)].sum(axis=0), atol=1e-14)


def test_masses():
    boosted = [np.cosh(3) * 91.2, 0.0, np.sinh(3) * 91.2, 0.0]
    np.testing.assert_allclose(invariant_mass([boosted, [5.0, 0.0, 0.0, 3.0]]), [91.2, 4.0])
    assert invariant_mass([1.0, 0.0, 0.0, 1.0 + 1e-12]) == 0


def test_labels_that_do_not_fit_are_named_with_their_event():
    offsets, momenta = np.array([0, 1, 3]), np.ones((3, 4))
    with pytest.raises(InputError, match="event 1: the jet of a particle is 2 where an event has 2 jets"):
        jet_momenta(offsets, momenta, np.array([0, 1, 2]), 2)
    with pytest.raises(InputError, match="one label a particle"):
        jet_momenta(offsets, momenta, np.array([0, 1]), 2)

"""How much of the energy of an event a clustering puts into the right jet."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from eventspace.base.errors import InputError
from eventspace.events.collisions import Collisions
from eventspace.events.ragged import event_of_entry

__all__ = ["energy_in_right_jet", "shared_energy"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def shared_energy(events: Collisions, labels: Integers) -> Floats:
    """The energy common to each jet and each truth jet.

    Arguments:
        events: n events with the column truth_jet.
        labels: (particles,) the jet of each particle from 0; -1 for particles of none.

    Returns:
        (n, jets, truth jets) in the unit of the events. Particles without a jet or a truth jet are not counted.

    Raises:
        InputError: the column is missing, or there is not one label a particle.

    Example:
        >>> columns = {"px": [3.0, 2.0], "py": [0.0, 0.0], "pz": [0.0, 0.0], "E": [3.0, 2.0], "truth_jet": [1, 0]}
        >>> shared_energy(Collisions.from_flat([2], columns), np.array([0, 0]))
        array([[[2., 3.]]])
    """
    if "truth_jet" not in events.columns:
        raise InputError("the particles have no column truth_jet", remedy="give events with truth labels")
    truth, energy = events.flat("truth_jet").astype(np.int64), events.flat("E").astype(np.float64)
    if np.shape(labels) != truth.shape:
        raise InputError(f"{np.shape(labels)} labels for {len(truth)} particles", remedy="give one label a particle")
    jets, true = int(labels.max(initial=0)) + 1, int(truth.max(initial=0)) + 1
    known = (labels >= 0) & (truth >= 0)
    place = (event_of_entry(events.offsets)[known] * jets + labels[known]) * true + truth[known]
    sums = np.bincount(place, weights=energy[known], minlength=len(events) * jets * true)
    return sums.astype(np.float64, copy=False).reshape(len(events), jets, true)


def energy_in_right_jet(events: Collisions, labels: Integers) -> Floats:
    """The fraction of the energy of each event that is in the right jet.

    With M[k, t] the energy common to jet k and truth jet t, it is the largest sum of M over one-to-one matchings of
    jets to truth jets, divided by the sum of all M; 1 for a perfect clustering.

    Arguments:
        events: n events with the column truth_jet.
        labels: (particles,) the jet of each particle from 0; -1 for particles of none.

    Returns:
        (n,) from 0 to 1; NaN for events without a particle that has both labels.

    Raises:
        InputError: the column is missing, or there is not one label a particle.

    Example:
        >>> columns = {"px": [3.0, 2.0], "py": [0.0, 0.0], "pz": [0.0, 0.0], "E": [3.0, 2.0], "truth_jet": [1, 0]}
        >>> energy_in_right_jet(Collisions.from_flat([2], columns), np.array([0, 0]))
        array([0.6])

    Source:
        Matching: H. W. Kuhn, Naval Research Logistics Quarterly 2 (1955) 83, doi:10.1002/nav.3800020109.
    """
    shared = shared_energy(events, labels)
    matched = [matrix[linear_sum_assignment(matrix, maximize=True)].sum() for matrix in shared]
    with np.errstate(invalid="ignore"):
        fraction: Floats = np.array(matched) / shared.sum(axis=(1, 2))
    return fraction

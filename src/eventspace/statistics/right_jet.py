"""How much of the energy of an event a clustering puts into the right jet, and how good each jet is."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.collisions import Collisions
from eventspace.statistics.matching import energy_in_common, energy_of_parts, partners

__all__ = ["MatchedJets", "energy_in_right_jet", "matched_jets", "shared_energy"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def shared_energy(
    events: Collisions, labels: Integers, truth: Literal["truth_jet", "truth_boson"] = "truth_jet"
) -> Floats:
    """The energy common to each jet and each truth jet, or to each jet and each boson.

    Arguments:
        events: n events with the column of the truth.
        labels: (particles,) the jet of each particle from 0; -1 for particles of none.
        truth: the column, truth_jet or truth_boson.

    Returns:
        (n, jets, truth jets or bosons) in the unit of the events. Particles without a jet or a truth are not counted.

    Raises:
        InputError: the column is missing, or there is not one label a particle.

    Example:
        >>> columns = {"px": [3.0, 2.0], "py": [0.0, 0.0], "pz": [0.0, 0.0], "E": [3.0, 2.0], "truth_jet": [1, 0]}
        >>> shared_energy(Collisions.from_flat([2], columns), np.array([0, 0]))
        array([[[2., 3.]]])
    """
    if truth not in events.columns:
        raise InputError(f"the particles have no column {truth}", remedy="give events with truth labels")
    true, energy = events.flat(truth).astype(np.int64), events.flat("E").astype(np.float64)
    if np.shape(labels) != true.shape:
        raise InputError(f"{np.shape(labels)} labels for {len(true)} particles", remedy="give one label a particle")
    parts = int(labels.max(initial=0)) + 1, int(true.max(initial=0)) + 1
    return energy_in_common(events.offsets, energy, labels, true, parts)


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
    with np.errstate(invalid="ignore"):
        fraction: Floats = _in_common(shared, partners(shared)).sum(axis=1) / shared.sum(axis=(1, 2))
    return fraction


class MatchedJets(NamedTuple):
    """The truth jet of each jet, and how well it agrees with it.

    Attributes:
        truth: (n, jets) the number of the truth jet; -1 for jets without one.
        efficiency: (n, jets) E(common) / E(true), the fraction of the truth jet's energy that the jet has; NaN for jets
            without a truth jet.
        purity: (n, jets) E(common) / E(reconstructed), the fraction of the jet's energy that comes from the truth jet;
            NaN for jets without one.
    """

    truth: Integers
    efficiency: Floats
    purity: Floats


def matched_jets(events: Collisions, labels: Integers) -> MatchedJets:
    """Match jets one-to-one to truth jets, so that they share the most energy; efficiency and purity of each.

    E(true) is the energy of all particles of the truth jet, also of those that are in no jet, and E(reconstructed) that
    of all particles of the jet, also of those without a truth jet. A jet that is empty, left over, or shares no energy
    with the truth jet that is left for it, has no truth jet.

    Arguments:
        events: n events with the column truth_jet.
        labels: (particles,) the jet of each particle from 0; -1 for particles of none.

    Raises:
        InputError: the column is missing, or there is not one label a particle.

    Example:
        >>> columns = {"px": [3.0, 2.0], "py": [0.0, 0.0], "pz": [0.0, 0.0], "E": [3.0, 2.0], "truth_jet": [1, 0]}
        >>> found = matched_jets(Collisions.from_flat([2], columns), np.array([1, 1]))
        >>> found.truth.tolist(), found.efficiency.tolist(), found.purity.tolist()
        ([[-1, 1]], [[nan, 1.0]], [[nan, 0.6]])
    """
    shared = shared_energy(events, labels)
    energy, true = events.flat("E").astype(np.float64), events.flat("truth_jet").astype(np.int64)
    reconstructed, truth_energy = (
        energy_of_parts(events.offsets, energy, part, size)
        for part, size in zip((labels, true), shared.shape[1:], strict=True)
    )
    truth = partners(shared)
    common = np.where(truth >= 0, _in_common(shared, truth), np.nan)
    with np.errstate(invalid="ignore"):  # a jet without particles has no partner
        return MatchedJets(truth, common / np.take_along_axis(truth_energy, truth, axis=1), common / reconstructed)


def _in_common(shared: Floats, truth: Integers) -> Floats:
    """The energy that each jet shares with its truth jet, (n, jets); 0 for jets without one."""
    found = np.take_along_axis(shared, np.maximum(truth, 0)[:, :, np.newaxis], axis=2)[:, :, 0]
    return np.where(truth >= 0, found, 0.0)

"""Di-jets: the two jets that a pairing gives to each boson, and how well they agree with the boson."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError
from eventspace.events.collisions import Collisions
from eventspace.events.jet_momenta import invariant_mass, jet_momenta
from eventspace.statistics.matching import energy_in_common, energy_of_parts
from eventspace.statistics.pairings import Boson, chi2_pairing, named_by_truth, truth_pairing

__all__ = ["REGIONS", "DiJets", "dijets", "in_regions", "right_pairing"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

REGIONS = ("A", "B", "C", "D")
"""Names of the regions of efficiency and purity, see ``in_regions``."""

_ROUNDING = 1e-12  # of a fraction of energy


class DiJets(NamedTuple):
    """The di-jets of the bosons, in the order of truth_boson; events are kept apart for the resampling by event.

    Attributes:
        jets: (n, B, 2) the numbers of the two jets of each boson.
        in_right_boson: (n,) the fraction of the energy of the event that is in the di-jet of the right boson, of all
            energy that has a jet and a boson; NaN where there is none.
        efficiency: (n, B) E(common) / E(true), the fraction of the boson's energy that its di-jet has; NaN for bosons
            without a particle.
        purity: (n, B) E(common) / E(reconstructed), the fraction of the di-jet's energy that comes from the boson; NaN
            for di-jets without a particle.
        mass: (n, B) of the di-jets in the unit of the events, 0 for those without a particle.
    """

    jets: Integers
    in_right_boson: Floats
    efficiency: Floats
    purity: Floats
    mass: Floats


def dijets(
    events: Collisions, labels: Integers, bosons: Sequence[Boson], by: Literal["truth", "chi2"] = "chi2"
) -> DiJets:
    """Group the jets in pairs to bosons, and compare each pair with the true particles of its boson.

    By the truth, the pairing is that of ``truth_pairing``: the most energy is in the right boson, and all that is wrong
    is due to the clustering. By chi^2 it is that of ``chi2_pairing``, as in an analysis of data; identical bosons are
    then exchanged so that most energy is in the right one.

    E(true) is the energy of all particles of the boson, also of those in no jet, and E(reconstructed) that of all
    particles of the two jets, also of those that come from no boson. Events with too few jets count as they are: a jet
    without particles has no momentum and no energy, and is paired like the others.

    Arguments:
        events: n events with the column truth_boson.
        labels: (particles,) the jet of each particle, from 0 to 2B - 1; -1 for particles of none.
        bosons: B of them, in the order of truth_boson; those that are equal are identical.
        by: what the pairing is chosen by.

    Raises:
        InputError: the column is missing, there is not one label a particle, there are more jets than two a boson or
            more true bosons than given, a width is not positive, or there is no such way to pair.

    Example:
        >>> columns = {"px": [44.0, 0, -44, 0], "py": [0, 60.0, 0, -60], "pz": [0.0] * 4, "E": [44.0, 60, 44, 60]}
        >>> events = Collisions.from_flat([4], columns | {"truth_boson": [0, 1, 0, 1]})
        >>> found = dijets(events, np.arange(4), [Boson(88.0, 8.0), Boson(113.0, 10.0)])
        >>> found.jets.tolist(), found.mass.tolist(), found.in_right_boson.tolist()
        ([[[0, 2], [1, 3]]], [[88.0, 120.0]], [1.0])

    Source:
        J. Torndal and J. List, Higgs self-coupling measurement at the International Linear Collider, arXiv:2307.16515.
    """
    if by not in ("truth", "chi2"):
        raise InputError(f"jets are not paired by {by!r}", remedy="choose from truth, chi2")
    count = len(bosons)
    true = _true_bosons(events, count)
    labels = np.asarray(labels)
    momenta = jet_momenta(events.offsets, events.momenta(), labels, 2 * count)
    energy = events.flat("E").astype(np.float64)
    shared = energy_in_common(events.offsets, energy, labels, true, (2 * count, count))
    jets = truth_pairing(shared) if by == "truth" else named_by_truth(chi2_pairing(momenta, bosons), shared, bosons)
    event = np.arange(len(events))[:, np.newaxis, np.newaxis]
    both = momenta[event, jets].sum(axis=2)
    common = shared[event, jets, np.arange(count)[:, np.newaxis]].sum(axis=2)
    with np.errstate(invalid="ignore"):
        return DiJets(
            jets,
            common.sum(axis=1) / shared.sum(axis=(1, 2)),
            common / energy_of_parts(events.offsets, energy, true, count),
            common / both[:, :, 0],
            invariant_mass(both),
        )


def right_pairing(chosen: DiJets, true: DiJets) -> NDArray[np.bool_]:
    """Whether the chosen pairing of each event is that of the truth.

    It is if it has as much energy in the right boson. So it does not matter which of two empty jets is in which pair.

    Arguments:
        chosen: from ``dijets`` by chi^2.
        true: from ``dijets`` of the same labels by the truth.

    Returns:
        (n,); false for events without energy that has a jet and a boson.

    Example:
        >>> one = DiJets(np.array([[[0, 1]]]), np.array([0.8]), *[np.array([[1.0]])] * 3)
        >>> right_pairing(one._replace(in_right_boson=np.array([0.7])), one).tolist(), right_pairing(one, one).tolist()
        ([False], [True])
    """
    return np.asarray(chosen.in_right_boson >= (1 - _ROUNDING) * true.in_right_boson)


def in_regions(efficiency: ArrayLike, purity: ArrayLike, above: float = 0.95) -> NDArray[np.bool_]:
    """In which region of efficiency and purity each jet or di-jet is.

    A: both are above 0.95; B: only the efficiency is, so the di-jet has foreign energy; C: only the purity is, so it
    has lost energy; D: neither is. NaN is not above.

    Arguments:
        efficiency: (...) E(common) / E(true).
        purity: (...) E(common) / E(reconstructed).
        above: the threshold of both.

    Returns:
        (..., 4) whether it is in A, B, C, D: exactly one of them. Means over events are the fractions.

    Example:
        >>> found = in_regions([0.99, 0.97, 0.5, 0.96], [0.98, 0.9, np.nan, 0.99])
        >>> dict(zip(REGIONS, found.mean(axis=0).tolist()))
        {'A': 0.5, 'B': 0.25, 'C': 0.0, 'D': 0.25}

    Source:
        J. Torndal and J. List, Higgs self-coupling measurement at the International Linear Collider, arXiv:2307.16515.
    """
    whole, clean = np.asarray(efficiency) > above, np.asarray(purity) > above
    return np.stack([whole & clean, whole & ~clean, ~whole & clean, ~whole & ~clean], axis=-1)


def _true_bosons(events: Collisions, count: int) -> Integers:
    """The boson of each particle, none of which is missing in the given ones."""
    if "truth_boson" not in events.columns:
        raise InputError("the particles have no column truth_boson", remedy="give events with truth labels")
    true = events.flat("truth_boson").astype(np.int64)
    if true.max(initial=-1) >= count:
        text = f"the events have {int(true.max()) + 1} bosons, not {count}"
        raise InputError(text, remedy="give mass and width of each, in the order of truth_boson")
    return true

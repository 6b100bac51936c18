"""What the jets of one method are worth: energy in the right jet and boson, masses, and safety."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventspace.events.collisions import Collisions
from eventspace.events.jet_momenta import invariant_mass, jet_momenta
from eventspace.statistics.bootstrap import student_interval
from eventspace.statistics.dijets import REGIONS, DiJets, dijets, in_regions, right_pairing
from eventspace.statistics.event_means import bounded_mean
from eventspace.statistics.fraction import fraction
from eventspace.statistics.narrowest import narrowest_widths
from eventspace.statistics.number import Number
from eventspace.statistics.pairings import chi2_pairing
from eventspace.statistics.right_jet import energy_in_right_jet, matched_jets
from eventspace.studies.colorization.bosons import Bosons

__all__ = ["PAIRINGS", "Measured", "chi2_and_masses", "measure", "numbers_of_gain"]

Floats = NDArray[np.float64]

_SHORT = "an interval of 95% held the width of a peak in 90 to 92% of toys"

PAIRINGS: tuple[Literal["truth", "chi2"], ...] = ("truth", "chi2")


class Measured(NamedTuple):
    """What was found of one method.

    Attributes:
        fractions: (n,) the fraction of the energy of each event in the right jet.
        masses: (n, bosons) of the di-jets in GeV, by the name of the pairing.
        numbers: by name, without that of the method.
    """

    fractions: Floats
    masses: Mapping[str, Floats]
    numbers: dict[str, Number]


def measure(events: Collisions, labels: NDArray[np.int64], bosons: Bosons, config: Any) -> Measured:
    """The numbers of one method, with intervals.

    Arguments:
        events: n events with truth labels.
        labels: (particles,) the jet of each.
        bosons: of the events.
        config: of the study.
    """
    level = config.level
    fractions = energy_in_right_jet(events, labels)
    numbers = {"fraction": bounded_mean(fractions, 0, 1, level)}
    matched = matched_jets(events, labels)
    for name, values in (("efficiency", matched.efficiency), ("purity", matched.purity)):
        # Of the jets of one event first, since these are not independent.
        with np.errstate(invalid="ignore"):
            numbers[name] = bounded_mean(np.nanmean(values, axis=1), 0, 1, level)
    numbers["unmatched"] = bounded_mean((matched.truth < 0).mean(axis=1), 0, 1, level)
    paired = {name: dijets(events, labels, bosons.expected, name) for name in PAIRINGS}
    for name, found in paired.items():
        numbers[f"right-boson.{name}"] = bounded_mean(found.in_right_boson, 0, 1, level)
        numbers |= _regions(name, found, level)
        numbers |= _peaks(name, found.mass, bosons, config)
    right = right_pairing(paired["chi2"], paired["truth"])
    numbers["right-pairing"] = fraction(int(right.sum()), len(right), level)
    return Measured(fractions, {name: found.mass for name, found in paired.items()}, numbers)


def chi2_and_masses(events: Collisions, labels: NDArray[np.int64], bosons: Bosons) -> tuple[Floats, Floats]:
    """The smallest chi^2 of the pairings of each event, (n,), and the masses of its di-jets in GeV, (n, bosons)."""
    momenta = jet_momenta(events.offsets, events.momenta(), labels, 2 * len(bosons.names))
    jets = chi2_pairing(momenta, bosons.expected)
    masses = invariant_mass(momenta[np.arange(len(events))[:, np.newaxis, np.newaxis], jets].sum(axis=2))
    expected, width = np.array(bosons.expected).T
    return (((masses - expected) / width) ** 2).sum(axis=1), masses


def numbers_of_gain(measured: Mapping[str, Measured], level: float) -> dict[str, Number]:
    """By how much more energy each method puts into the right jet than Durham does, in the same events."""
    numbers: dict[str, Number] = {}
    for name, found in measured.items():
        for baseline, title in (("durham", "gain"), ("durham-vertices", "gain-over-vertices")):
            if baseline in measured and name not in (baseline, "durham"):
                difference = found.fractions - measured[baseline].fractions
                numbers[f"{title}.{name}"] = bounded_mean(difference, -1, 1, level)
    return numbers


def _regions(pairing: str, found: DiJets, level: float) -> dict[str, Number]:
    """The fraction of the di-jets of an event in each region, and its mean over the events."""
    inside = in_regions(found.efficiency, found.purity).mean(axis=1)
    return {f"region-{region}.{pairing}": bounded_mean(inside[:, k], 0, 1, level) for k, region in enumerate(REGIONS)}


def _peaks(pairing: str, masses: Floats, bosons: Bosons, config: Any) -> dict[str, Number]:
    """Position and width of the masses of each kind of boson."""
    numbers: dict[str, Number] = {}
    for name, places in bosons.places().items():
        # One seed for all methods, so that all see the same replicas.
        replicas = narrowest_widths(masses[:, places], replicas=config.replicas, rng=np.random.default_rng(config.seed))
        for k, quantity in enumerate(("width", "position")):
            value = float(replicas[0, k])
            number = student_interval(replicas[1:, k], value, len(masses), config.level, "GeV", positive=True)
            noted = replace(number, note=_SHORT) if quantity == "width" else number
            numbers[f"{quantity}.{name}.{pairing}"] = noted
    return numbers

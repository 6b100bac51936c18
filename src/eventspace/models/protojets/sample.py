"""Events as the ranker sees them: protojets, and the candidates into which they can be merged."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventspace.events.collisions import Collisions
from eventspace.events.durham.history import DurhamHistory
from eventspace.events.ragged import event_of_entry
from eventspace.events.tracks import displaced_tracks
from eventspace.models.protojets.candidates import candidate_values
from eventspace.models.protojets.densities import Densities
from eventspace.models.protojets.partitions import cheapest_partitions, partition_number, set_partitions

__all__ = [
    "PROTOJET_VALUES",
    "Candidates",
    "Shape",
    "find_candidates",
    "protojet_values",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_LEPTONS = (11, 13)
_LEPTON_MOMENTUM = 3.0  # GeV
_LIGHT = 0.1  # GeV, added to masses, which may be 0


PROTOJET_VALUES = (10, 12)
"""How many numbers a network is told of each protojet, without and with displaced tracks."""


class Shape(NamedTuple):
    """How many of everything there are.

    Attributes:
        jets: that are wanted.
        protojets: at which the Durham algorithm stops.
        candidates: partitions of the protojets, those with the smallest costs.
    """

    jets: int
    protojets: int
    candidates: int


class Candidates(NamedTuple):
    """Candidates of n events.

    Attributes:
        protojets: (particles,) that of each particle.
        momenta: (n, protojets, 4) E, px, py, pz in GeV.
        visible: (n,) visible energy in GeV.
        values: (n, protojets, values) what a network is told of each protojet.
        numbers: (n, candidates) rows of ``set_partitions``.
        durham: (n,) which candidate the Durham algorithm chooses.
        candidate_values: (n, candidates, values).
    """

    protojets: Integers
    momenta: NDArray[np.float32]
    visible: NDArray[np.float32]
    values: NDArray[np.float32]
    numbers: Integers
    durham: Integers
    candidate_values: NDArray[np.float32]


def find_candidates(
    events: Collisions, history: DurhamHistory, shape: Shape, densities: Densities, *, displaced: bool
) -> Candidates:
    """The candidates of events, each of which has at least as many particles as there are protojets.

    Arguments:
        events: n collisions in GeV with the columns charge and pid, and for displaced tracks d0 and z0.
        history: of their merges.
        shape: how many protojets, jets and candidates.
        densities: of masses and displaced tracks.
        displaced: whether displaced tracks are used.

    Raises:
        InputError: a column is missing.
    """
    labels = history.labels(shape.protojets)
    event = event_of_entry(events.offsets)
    partitions = set_partitions(shape.protojets, shape.jets)
    own = np.empty((len(events), shape.protojets), np.int64)
    own[event, labels] = history.labels(shape.jets)
    number = partition_number(partitions, own)
    momenta, visible = history.jets(shape.protojets), events.visible_energy
    chosen = cheapest_partitions(momenta, visible, partitions, shape.candidates, number)
    far = displaced_tracks(events) if displaced else None
    values, tracks = protojet_values(events, labels, momenta, far)
    return Candidates(
        labels,
        momenta.astype(np.float32),
        visible.astype(np.float32),
        values,
        chosen[0],
        (chosen[0] == number[:, np.newaxis]).argmax(axis=1),
        candidate_values(momenta, visible, tracks, partitions, chosen, densities),
    )


def protojet_values(
    events: Collisions, labels: Integers, momenta: Floats, displaced: NDArray[np.bool_] | None
) -> tuple[NDArray[np.float32], Integers | None]:
    """What a network is told of each protojet, and how many displaced tracks each holds.

    Arguments:
        events: n collisions.
        labels: (particles,) the protojet of each particle.
        momenta: (n, protojets, 4) of the protojets, in GeV.
        displaced: (particles,) whether each particle is a displaced track; none if they are not to be used.

    Returns:
        values: (n, protojets, 10 or 12) ln E, ln m, m/E, cos theta, ln(1 + particles), charged particles, charge
            weighted with sqrt(p), and fractions of the energy that charged particles, photons and leptons above 3 GeV
            have; then the number of displaced tracks and their fraction of the energy.
        tracks: (n, protojets), or none.

    Raises:
        InputError: a column is missing.
    """
    size = momenta.shape[:2]
    place = event_of_entry(events.offsets) * size[1] + labels
    particle = events.momenta()
    p = np.linalg.norm(particle[:, 1:], axis=1)
    charged, photon = events.charged, events.photon
    lepton = np.isin(np.abs(events.flat("pid").astype(np.int64)), _LEPTONS) & (p > _LEPTON_MOMENTUM)

    def total(weights: NDArray[np.generic]) -> Floats:
        sums = np.bincount(place, weights.astype(np.float64), size[0] * size[1])
        return sums.astype(np.float64, copy=False).reshape(size)

    energy, momentum = momenta[:, :, 0], np.linalg.norm(momenta[:, :, 1:], axis=2)
    mass = np.sqrt(np.maximum(energy**2 - momentum**2, 0))
    charge = events.flat("charge").astype(np.float64)
    values = [
        np.log(energy),
        np.log(mass + _LIGHT),
        mass / energy,
        momenta[:, :, 3] / energy,
        np.log1p(total(np.ones(len(p)))),
        total(charged) / 10,
        total(charge * np.sqrt(p)) / 5,
        total(charged * particle[:, 0]) / energy,
        total(photon * particle[:, 0]) / energy,
        total(lepton * particle[:, 0]) / energy,
    ]
    tracks = None
    if displaced is not None:
        tracks = total(displaced).astype(np.int64)
        values += [tracks / 3, total(displaced * particle[:, 0]) / energy]
    return np.stack(values, axis=2).astype(np.float32), tracks

"""The Durham algorithm on e+e- events: the history of all merges, and the jets at any number of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.collisions import Collisions, collisions
from eventspace.events.durham.kernels import label_events, merge_events
from eventspace.events.jet_momenta import jet_momenta

__all__ = ["VERTEX_PENALTY", "DurhamHistory", "Vertices", "durham_history"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

VERTEX_PENALTY = 100.0
"""What is added to y between two clusters that both have a secondary vertex, as in LCFIPlus."""


@dataclass(frozen=True)
class DurhamHistory:
    """The merges of each event, from its N particles to one cluster.

    Attributes:
        offsets: (n + 1,) from 0; event i owns the particles ``offsets[i]:offsets[i + 1]`` and the merges
            ``offsets[i] - i:offsets[i + 1] - i - 1``.
        momenta: (particles, 4) E, px, py, pz.
        first, second: (merges,) what is merged: the particles of an event are 0 ... N - 1, and its merge k makes the
            cluster N + k.
        y: (merges,) y_ij = 2 min(E_i^2, E_j^2) (1 - cos theta_ij) / E_vis^2 of the merged pair. It may fall from one
            merge to the next.
    """

    offsets: Integers
    momenta: Floats
    first: Integers
    second: Integers
    y: Floats

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def labels(self, jets: int) -> Integers:
        """The jet of each particle, where this many are left; between particles and jets they are protojets.

        Arguments:
            jets: how many, 1 or more.

        Returns:
            (particles,) from 0 to jets - 1, numbered in the order of their first particles; -1 for all particles of an
            event that has fewer particles than jets.

        Raises:
            InputError: the number is not positive.
        """
        return label_events(self.offsets, self.first, self.second, _positive(jets))

    def jets(self, jets: int) -> Floats:
        """The four-momenta of the jets, sums of those of their particles (E-scheme).

        Arguments:
            jets: how many, 1 or more.

        Returns:
            (n, jets, 4) E, px, py, pz in the unit of the events; NaN for events with fewer particles than jets.

        Raises:
            InputError: the number is not positive.
        """
        found = jet_momenta(self.offsets, self.momenta, self.labels(jets), jets)
        found[np.diff(self.offsets) < jets] = np.nan
        return found

    def y_merge(self, jets: int) -> Floats:
        """The y at which jets + 1 clusters become that many, which experiments call y_34 for 3 jets.

        Arguments:
            jets: how many remain, 1 or more.

        Returns:
            (n,); NaN where the event has no more particles than jets.

        Raises:
            InputError: the number is not positive.
        """
        last = self.offsets[1:] - np.arange(1, len(self) + 1) - _positive(jets)
        has = np.diff(self.offsets) > jets
        return np.where(has, self.y[np.where(has, last, 0)] if self.y.size else np.nan, np.nan)


@dataclass(frozen=True)
class Vertices:
    """What counts as a secondary vertex where the Durham algorithm is to keep vertices apart.

    Attributes:
        displaced: (particles,) whether a particle is a displaced track, as ``displaced_tracks`` says.
        tracks: how many of them a cluster needs to have a vertex, 2 or more.
        angle: two clusters with vertices are kept apart if they are farther apart than this, in rad: those of a b and
            the c hadron that it decays to, and the halves of one vertex, are nearer.
    """

    displaced: NDArray[np.bool_]
    tracks: int = 3
    angle: float = 0.4


def durham_history(events: Collisions, vertices: Vertices | None = None) -> DurhamHistory:
    """Cluster e+e- events with the Durham algorithm: again and again, the two nearest clusters are merged.

        y_ij = 2 min(E_i^2, E_j^2) (1 - cos theta_ij) / E_vis^2,    p_ij = p_i + p_j  (E-scheme)

    With vertices it becomes "Durham with vertices": y is larger by 100 between two clusters that both have a secondary
    vertex, so that jets of different heavy hadrons are merged last. LCFIPlus fits vertices first and then adds 100.
    Here nothing is fitted: a cluster has a vertex if it has enough displaced tracks, and since these also come from one
    hadron in several clusters, clusters at small angles are exempt.

    Arguments:
        events: n events with one or more particles each.
        vertices: which tracks are displaced, and how many make a vertex.

    Returns:
        The history, from which jets at any number are read.

    Raises:
        InputError: the events are not collisions or not valid, or the vertices do not fit them.

    Example:
        >>> columns = {"px": [9.0, 0.0, 1.0], "py": [0.0, 9.0, 8.0], "pz": [0.0, 0.0, 0.0], "E": [9.0, 9.0, 8.1]}
        >>> history = durham_history(Collisions.from_flat([3], columns))
        >>> history.labels(2).tolist(), history.jets(2)[0, :, 0].tolist()
        ([0, 1, 1], [9.0, 17.1])

    Source:
        S. Catani et al., Phys. Lett. B 269 (1991) 432, doi:10.1016/0370-2693(91)90196-W; with vertices, T. Suehara,
        T. Tanabe, "LCFIPlus: A Framework for Jet Analysis in Linear Collider Studies", arXiv:1506.08371.
    """
    events = collisions(events)
    offsets, momenta = events.offsets - events.offsets[0], events.momenta()
    tracks, least, apart = np.zeros(len(momenta), np.int64), 0, 0.0
    if vertices is not None:
        tracks = np.asarray(vertices.displaced, dtype=np.int64)
        if tracks.shape != (len(momenta),):
            text = f"displaced has the shape {tracks.shape} for {len(momenta)} particles"
            raise InputError(text, remedy="give one value a particle")
        if vertices.tracks < 2 or not 0 <= vertices.angle <= np.pi:
            text = f"vertices of {vertices.tracks} tracks at angles above {vertices.angle:g}"
            raise InputError(text, remedy="give 2 or more tracks, and an angle from 0 to pi")
        least, apart = vertices.tracks, 2 * (1 - float(np.cos(vertices.angle)))
    square = events.visible_energy**2
    first, second, kt2 = merge_events(offsets, momenta, tracks, least, apart, VERTEX_PENALTY * square)
    return DurhamHistory(offsets, momenta, first, second, kt2 / np.repeat(square, np.diff(offsets) - 1))


def _positive(jets: int) -> int:
    if jets < 1:
        raise InputError(f"{jets} jets were asked for", remedy="ask for 1 or more")
    return jets

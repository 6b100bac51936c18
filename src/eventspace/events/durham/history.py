"""The Durham algorithm on e+e- events: the history of all merges, and the jets at any number of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.collisions import Collisions
from eventspace.events.durham.kernels import label_events, merge_events

__all__ = ["VERTEX_PENALTY", "DurhamHistory", "durham_history"]

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
        labels = self.labels(jets)
        event = np.repeat(np.arange(len(self)), np.diff(self.offsets))
        place = (event * jets + labels)[labels >= 0]
        found = np.empty((len(self), jets, 4))
        for component, values in enumerate(self.momenta.T):
            sums = np.bincount(place, weights=values[labels >= 0], minlength=len(self) * jets)
            found[:, :, component] = sums.reshape(len(self), jets)
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


def durham_history(
    events: Collisions, *, displaced: NDArray[np.bool_] | None = None, tracks_in_vertex: int = 0
) -> DurhamHistory:
    """Cluster e+e- events with the Durham algorithm: again and again, the two nearest clusters are merged.

        y_ij = 2 min(E_i^2, E_j^2) (1 - cos theta_ij) / E_vis^2,    p_ij = p_i + p_j  (E-scheme)

    With displaced tracks it becomes "Durham with vertices": y is larger by 100 between two clusters that both have a
    secondary vertex, so jets of different heavy hadrons are not merged while others can be. In LCFIPlus vertices are
    fitted first; here a cluster counts as one with a vertex if it has ``tracks_in_vertex`` displaced tracks or more.

    Arguments:
        events: n events with one or more particles each.
        displaced: (particles,) whether a particle is a displaced track, as ``displaced_tracks`` says.
        tracks_in_vertex: how many of them make a vertex, 2 or more; 0, the default, for no vertices.

    Returns:
        The history, from which jets at any number are read.

    Raises:
        InputError: the events are not valid, or displaced tracks are asked for and not given.

    Example:
        >>> columns = {"px": [9.0, 0.0, 1.0], "py": [0.0, 9.0, 8.0], "pz": [0.0, 0.0, 0.0], "E": [9.0, 9.0, 8.1]}
        >>> history = durham_history(Collisions.from_flat([3], columns))
        >>> history.labels(2).tolist(), history.jets(2)[0, :, 0].tolist()
        ([0, 1, 1], [9.0, 17.1])

    Source:
        S. Catani et al., Phys. Lett. B 269 (1991) 432, doi:10.1016/0370-2693(91)90196-W; with vertices, T. Suehara,
        T. Tanabe, "LCFIPlus: A Framework for Jet Analysis in Linear Collider Studies", arXiv:1506.08371.
    """
    events = events.check()
    offsets, momenta = events.offsets - events.offsets[0], events.momenta()
    if tracks_in_vertex < 0 or tracks_in_vertex == 1:
        raise InputError(f"a vertex of {tracks_in_vertex} tracks", remedy="give 2 or more, or 0 for no vertices")
    if tracks_in_vertex and displaced is None:
        raise InputError("which tracks are displaced is not known", remedy="give displaced=displaced_tracks(events)")
    tracks = np.zeros(len(momenta), np.int64) if displaced is None else np.asarray(displaced, dtype=np.int64)
    if tracks.shape != (len(momenta),):
        raise InputError(f"displaced has the shape {tracks.shape} for {len(momenta)} particles", remedy="give one each")
    square = events.visible_energy**2
    first, second, kt2 = merge_events(offsets, momenta, tracks, tracks_in_vertex, VERTEX_PENALTY * square)
    return DurhamHistory(offsets, momenta, first, second, kt2 / np.repeat(square, np.diff(offsets) - 1))


def _positive(jets: int) -> int:
    if jets < 1:
        raise InputError(f"{jets} jets were asked for", remedy="ask for 1 or more")
    return jets

"""Exclusive Durham jets with FastJet, an implementation that is independent of ours."""

import numpy as np
from numpy.typing import NDArray

from eventspace.events.collisions import Collisions
from eventspace.events.ragged import event_of_entry
from eventspace.events.simulate.clustering import load_fastjet

__all__ = ["fastjet_labels"]


def fastjet_labels(events: Collisions, jets: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The jet of each particle and the scale of the last merge, by FastJet's ``ee_kt_algorithm``.

    FastJet takes all events in one call, but tells nothing of the merges before: for those, and for protojets, there is
    ``durham_history``, which is also faster.

    Arguments:
        events: n events.
        jets: how many.

    Returns:
        labels: (particles,) from 0 to jets - 1, in FastJet's order; -1 in events with fewer particles than jets.
        y: (n,) at which jets + 1 clusters become that many, NaN in events with no more particles than jets.

    Raises:
        MissingExtraError: FastJet is not installed.
        InputError: the events are not valid.

    Example:
        >>> columns = {"px": [9.0, 0.0, 1.0], "py": [0.0, 9.0, 8.0], "pz": [0.0, 0.0, 0.0], "E": [9.0, 9.0, 8.1]}
        >>> labels, y = fastjet_labels(Collisions.from_flat([3], columns), 2)
        >>> labels[1] == labels[2] != labels[0]
        np.True_

    Source: M. Cacciari, G. P. Salam, G. Soyez, "FastJet user manual", arXiv:1111.6097.
    """
    import awkward as ak

    events = events.check()
    enough = events.multiplicity >= jets
    chosen = events[enough]
    labels = np.full(len(events.flat("E")), -1, dtype=np.int64)
    y = np.full(len(events), np.nan)
    if len(chosen):
        fastjet = load_fastjet()
        momenta = chosen.to_awkward()[["px", "py", "pz", "E"]]
        records = ak.zip({name: momenta[name] for name in ("px", "py", "pz", "E")}, with_name="Momentum4D")
        sequence = fastjet.ClusterSequence(records, fastjet.JetDefinition0Param(fastjet.ee_kt_algorithm))
        members = sequence.exclusive_jets_constituent_index(njets=jets)
        counts = ak.to_numpy(ak.num(members, axis=2)).ravel()
        event = np.repeat(np.arange(len(chosen)), ak.to_numpy(ak.sum(ak.num(members, axis=2), axis=1)))
        place = ak.to_numpy(ak.flatten(members, axis=None)) + (chosen.offsets[:-1] - chosen.offsets[0])[event]
        found = np.empty(len(chosen.flat("E")), dtype=np.int64)
        found[place] = np.repeat(np.tile(np.arange(jets), len(chosen)), counts)
        labels[enough[event_of_entry(events.offsets)]] = found
        y[enough] = np.asarray(sequence.exclusive_dmerge(jets)) / chosen.visible_energy**2
    y[events.multiplicity <= jets] = np.nan
    return labels, y

"""Which jet holds a decaying particle: the quarks of its decay, from the generator's record."""

from typing import Any

import numpy as np

__all__ = ["decay_quarks", "holds_decay"]


def decay_quarks(record: Any, parent: int) -> Any:
    """The quarks that a particle and its antiparticle decay to, before the quarks radiate.

    Arguments:
        record: awkward array (events, entries) of Pythia's event record; each event has one pair of the parents, and
            both decay to quarks alone.
        parent: Pythia's number of the particle: 6 for t -> b q q', 24 for W -> q q'.

    Returns:
        (events, 2, quarks) numpy array of vector momenta in GeV: the particle's quarks, then the antiparticle's.
    """
    import awkward as ak
    import vector

    length = ak.to_numpy(ak.num(record))
    event = np.repeat(np.arange(len(record)), length)
    start = np.repeat(np.cumsum(length) - length, length)
    entries = ak.flatten(record)
    pid, status = ak.to_numpy(entries.id), ak.to_numpy(entries.status)
    mother = start + ak.to_numpy(entries.mother1)

    # Pythia marks what leaves the hard process, or a decay of its particles, with 23. Mother 0 is the whole event.
    quark = np.flatnonzero((abs(pid) <= 5) & (abs(status) == 23))
    ancestor = quark
    while (climbing := (abs(pid[ancestor]) != parent) & (ancestor != start[ancestor])).any():
        ancestor = np.where(climbing, mother[ancestor], ancestor)

    found = abs(pid[ancestor]) == parent
    quark, antiparticle = quark[found], pid[ancestor[found]] < 0
    by_parent = quark[np.lexsort((antiparticle, event[quark]))]
    momenta = entries.p[by_parent.reshape(len(record), 2, -1).ravel()]
    columns = {name: ak.to_numpy(momenta[name.lower()]) for name in ("px", "py", "pz", "E")}
    return vector.array({name: values.reshape(len(record), 2, -1) for name, values in columns.items()})


def holds_decay(jets: Any, quarks: Any, radius: float) -> Any:
    """Whether all quarks of one decay lie within a radius of the jet's axis, in rapidity and phi.

    Arguments:
        jets: awkward array (events, jets) of vector momenta.
        quarks: (events, decays, quarks) numpy array of vector momenta.
        radius: the largest distance.

    Returns:
        Awkward array (events, jets) of truth values.
    """
    import awkward as ak
    import vector

    counts = ak.to_numpy(ak.num(jets))
    flat = ak.flatten(jets)
    axes = vector.array({name: ak.to_numpy(flat[name]) for name in ("px", "py", "pz", "E")})
    near = quarks[np.repeat(np.arange(len(jets)), counts)].deltaRapidityPhi(axes[:, None, None]) < radius
    return ak.unflatten(near.all(axis=2).any(axis=1), counts)

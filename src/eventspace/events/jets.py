"""Jets of e+e- events: which particle belongs to which, and their four-momenta."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.collisions import Collisions
from eventspace.events.jet_momenta import jet_momenta
from eventspace.events.ragged import event_of_entry

__all__ = ["Jets", "enough_particles"]


@dataclass(frozen=True, repr=False)
class Jets:
    """The jets of collisions, equally many in each, in no order: sort them where the order matters.

    Attributes:
        events: n collisions.
        labels: (particles,) the jet of each particle, from 0 in each event; -1 for particles of none.
        number: of jets in each event.

    Example:
        >>> columns = {"px": [3.0, 2.0, 1.0], "py": [0.0, 0.0, 0.0], "pz": [0.0, 0.0, 0.0], "E": [3.0, 2.0, 1.0]}
        >>> jets = Jets(Collisions.from_flat([3], columns), np.array([0, 1, 0]), 2)
        >>> jets.momenta.tolist()
        [[[4.0, 4.0, 0.0, 0.0], [2.0, 2.0, 0.0, 0.0]]]
        >>> jets.to_awkward()[0].constituents.tolist()
        [[0, 2], [1]]
    """

    events: Collisions
    labels: NDArray[np.int64]
    number: int

    def __repr__(self) -> str:
        return f"<Jets: {len(self.events):,} events of {self.number} jets>"

    @property
    def momenta(self) -> NDArray[np.float64]:
        """The four-momenta, sums of those of the particles: (n, jets, 4) E, px, py, pz in the unit of E."""
        return jet_momenta(self.events.offsets, self.events.momenta(), self.labels, self.number)

    def to_awkward(self) -> Any:
        """An awkward array (events, jets) of vector momenta, each with the numbers of its constituents in the event."""
        import awkward as ak
        import vector

        vector.register_awkward()
        names = ("E", "px", "py", "pz")
        fields = {name: ak.from_regular(self.momenta[:, :, k]) for k, name in enumerate(names)}
        event, inside = event_of_entry(self.events.offsets), np.flatnonzero(self.labels >= 0)
        place = event[inside] * self.number + self.labels[inside]
        order = np.argsort(place, kind="stable")
        counts = np.bincount(place, minlength=len(self.events) * self.number)
        members = inside[order] - (self.events.offsets - self.events.offsets[0])[event[inside[order]]]
        listed = ak.unflatten(ak.unflatten(members, counts), np.full(len(self.events), self.number))
        return ak.zip({**fields, "constituents": listed}, depth_limit=2, with_name="Momentum4D")


def enough_particles(events: Collisions, jets: int) -> None:
    """Make sure that each event has at least as many particles as jets are to be made of it.

    Raises:
        InputError: an event has fewer.

    Example:
        >>> one = Collisions.from_flat([1], {"px": [3.0], "py": [0.0], "pz": [0.0], "E": [3.0]})
        >>> enough_particles(one, 2)
        Traceback (most recent call last):
        eventspace.base.errors.InputError: event 0: it has 1 particles, of which no 2 jets can be made; ...
    """
    few = np.flatnonzero(events.multiplicity < jets)
    if few.size:
        text = f"it has {events.multiplicity[few[0]]} particles, of which no {jets} jets can be made"
        raise InputError(text, event=int(few[0]), remedy="leave out such events, or ask for fewer jets")

"""Events in the form that the transport kernel reads: particles with energy, hardest first."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.distances.neighbours import run_of
from eventspace.distances.transport.simplex import Particles
from eventspace.events.base import Events, kind_of
from eventspace.events.images import Images
from eventspace.events.particles import ParticleClouds
from eventspace.events.ragged import event_of_entry, offsets_of, sum_over_entries

__all__ = ["SortedParticles", "as_clouds", "particles_of", "rank", "sort_particles"]

_MOST_ENERGY = 1e200  # sums and scales stay far from the ends of the doubles


@dataclass(frozen=True, eq=False)
class SortedParticles:
    """A set of events; a slice of neighbours copies nothing.

    Attributes:
        offsets: (n + 1,); event i owns the particles ``offsets[i]:offsets[i + 1]``.
        particles: of all events, none without energy, in an order that depends on their values only.
        first: the number of the first event in the whole set.
    """

    offsets: NDArray[np.int64]
    particles: Particles
    first: int = 0

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: slice) -> Self:
        offsets, start = run_of(self.offsets, index)
        return type(self)(offsets, self.particles, self.first + start)


def as_clouds(events: Events) -> ParticleClouds:
    """These events as valid particle clouds.

    Raises:
        InputError: there are none, they are neither particles nor images, or one is not valid.
    """
    if not isinstance(events, (ParticleClouds, Images)):
        raise InputError(
            f"the transport distance is not defined for {kind_of(events)}", remedy="give particles or images"
        )
    if len(events) == 0:
        raise InputError("there are no events", remedy="give at least one")
    events.check()
    return events.to_particles() if isinstance(events, Images) else events


def particles_of(events: ParticleClouds) -> Particles:
    """The particles of all events as they are, but with phi from -pi to pi."""
    energy, y, phi = (events.flat(name).astype(np.float64) for name in ("pt", events.coordinate, "phi"))
    return Particles(energy, y, phi - 2 * np.pi * np.rint(phi / (2 * np.pi)))


def rank(particles: Particles, event: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers of the particles with energy, event by event, hardest first; at equal energy by y, then phi."""
    order = np.lexsort((particles.phi, particles.y, -particles.energy, event))
    return order[particles.energy[order] > 0]


def sort_particles(events: ParticleClouds, normalise: bool) -> SortedParticles:
    """Bring events into the kernel's form; the energies of each sum to 1 if ``normalise``.

    Raises:
        InputError: an energy is too large or too small to compute with.
    """
    particles, event = particles_of(events), event_of_entry(events.offsets)
    order = rank(particles, event)
    offsets = offsets_of(np.bincount(event[order], minlength=len(events)))
    energy, y, phi = (column[order] for column in particles)
    total = sum_over_entries(offsets, energy)
    for number in np.flatnonzero((total > _MOST_ENERGY) | (total < 1 / _MOST_ENERGY)):
        raise InputError(f"the total pt is {total[number]:g}", event=int(number), remedy="choose another unit")
    if normalise:
        energy /= total[event[order]]
    return SortedParticles(offsets, Particles(energy, y, phi))

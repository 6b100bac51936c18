"""What events a network has learned from."""

import hashlib

import numpy as np

from eventspace.events.base import Events
from eventspace.events.particle_events import ParticleEvents

__all__ = ["digest", "digest_of_events"]


def digest(events: ParticleEvents) -> str:
    """SHA-256 of the particles of each event and of all their columns."""
    found = hashlib.sha256(events.multiplicity.astype(np.int64).tobytes())
    for name in sorted(events.columns):
        found.update(name.encode() + np.ascontiguousarray(events.flat(name)).tobytes())
    return found.hexdigest()


def digest_of_events(events: Events) -> str:
    """SHA-256 of all columns of events of any kind.

    Example:
        >>> from eventspace.events.points import Points
        >>> digest_of_events(Points(values=[[1.0]])) == digest_of_events(Points(values=[[2.0]]))
        False
    """
    parts = events.taken_apart()
    found = hashlib.sha256()
    for name, values in sorted(parts.columns.items()):
        found.update(f"{name} {values.dtype} {values.shape}".encode() + np.ascontiguousarray(values).tobytes())
    if parts.counts is not None:
        found.update(np.ascontiguousarray(parts.counts).tobytes())
    return found.hexdigest()

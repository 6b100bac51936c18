"""What events a network has learned from."""

import hashlib

import numpy as np

from eventspace.events.particle_events import ParticleEvents

__all__ = ["digest"]


def digest(events: ParticleEvents) -> str:
    """SHA-256 of the particles of each event and of all their columns."""
    found = hashlib.sha256(events.multiplicity.astype(np.int64).tobytes())
    for name in sorted(events.columns):
        found.update(name.encode() + np.ascontiguousarray(events.flat(name)).tobytes())
    return found.hexdigest()

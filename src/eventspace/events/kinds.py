"""All kinds of events by name. A new kind is one file and one line here."""

from eventspace.events.base import Events
from eventspace.events.collisions import Collisions
from eventspace.events.images import Images
from eventspace.events.particles import ParticleClouds
from eventspace.events.points import Points
from eventspace.events.showers import Showers

__all__ = ["KINDS"]

KINDS: dict[str, type[Events]] = {kind.kind: kind for kind in (ParticleClouds, Images, Points, Showers, Collisions)}

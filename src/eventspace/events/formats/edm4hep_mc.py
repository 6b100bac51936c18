"""EDM4hep events in ROOT files: the particles of the generator; see ``edm4hep``."""

from eventspace.events.formats.edm4hep import GENERATOR

__all__ = ["FORMAT"]

FORMAT = GENERATOR

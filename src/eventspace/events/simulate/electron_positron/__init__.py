"""Simulated e+e- collisions: ZHH with our own matrix element; ZH, WW and ZZ with those of Pythia."""

from eventspace.events.simulate.electron_positron.sample import SIMULATIONS

__all__ = ["SIMULATIONS"]

"""Colouring: a network gives each particle of an e+e- event the jet that it belongs to."""

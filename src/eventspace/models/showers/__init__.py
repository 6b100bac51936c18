"""Generators of calorimeter showers."""

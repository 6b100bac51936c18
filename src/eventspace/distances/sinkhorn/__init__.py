"""Optimal transport with entropic regularisation: a distance for the engine, and a loss that torch differentiates."""

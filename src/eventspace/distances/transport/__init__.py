"""Optimal transport, exact: between particles or pixels, between whole showers, between profiles."""

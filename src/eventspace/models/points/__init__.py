"""Generators of points: many small networks trained at once."""

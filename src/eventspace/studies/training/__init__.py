"""Trainings of models, and how like what they learned from is what they make."""

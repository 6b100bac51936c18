"""The figures of trainings."""

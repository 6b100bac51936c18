"""The figures of the training of any model: those of what judges it."""

from importlib import import_module

from eventspace.models.registry import model
from eventspace.report.style import Picture, style
from eventspace.studies.study import Result

__all__ = ["figures"]


def figures(result: Result) -> list[Picture]:
    """Draw what a training has found."""
    with style():
        pictures: list[Picture] = import_module(f"eventspace.report.training.{model(result.study).judge}").figures(
            result
        )
    return pictures

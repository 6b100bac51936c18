"""Losses against steps."""

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

__all__ = ["POINTS", "draw_curve"]

POINTS = 400
"""Of a curve, at most."""


def draw_curve(axis: Axes, values: NDArray[np.float64], colour: str, label: str | None = None) -> None:
    """Draw the losses of all steps; where there are many, means of neighbouring steps."""
    parts = np.array_split(np.arange(len(values)), min(len(values), POINTS))
    steps = [part.mean() + 1 for part in parts]
    axis.plot(steps, [values[part].mean() for part in parts], color=colour, label=label, linewidth=1)
    axis.set_xlabel("step")

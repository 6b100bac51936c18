"""Losses against steps."""

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from eventspace.report.style import COLOURS, Picture, panels
from eventspace.studies.study import Result

__all__ = ["POINTS", "draw_curve", "losses"]

_VALIDATION = "loss.validation."

POINTS = 400
"""Of a curve, at most."""


def draw_curve(axis: Axes, values: NDArray[np.float64], colour: str, label: str | None = None) -> None:
    """Draw the losses of all steps; where there are many, means of neighbouring steps."""
    parts = np.array_split(np.arange(len(values)), min(len(values), POINTS))
    steps = [part.mean() + 1 for part in parts]
    axis.plot(steps, [values[part].mean() for part in parts], color=colour, label=label, linewidth=1)
    axis.set_xlabel("step")


def losses(result: Result) -> Picture:
    """A panel for each loss of a training."""
    every = [name for name in result.arrays if name.startswith("loss.")]
    names = [name for name in every if not name.startswith(_VALIDATION)]
    figure, [axes] = panels(1, len(names), max(3.4 * len(names), 4.6), 3.2)
    for axis, name in zip(axes, names, strict=True):
        unseen = _VALIDATION + name.removeprefix("loss.")
        draw_curve(axis, result.arrays[name], COLOURS[0], "training" if unseen in every else None)
        if unseen in every:
            draw_curve(axis, result.arrays[unseen], COLOURS[1], "events held back")
            axis.legend()
        axis.set_title(name.removeprefix("loss."))
    caption = (
        "The losses of the training; their formula is in the card of the model. Means of neighbouring steps where "
        f"there are more than {POINTS}."
    )
    return Picture("losses", caption, figure)

"""The figures of a training judged by clustering: its losses, and the energy in the right jet beside Durham's."""

import numpy as np

from eventspace.report.style import COLOURS, Picture, panels
from eventspace.report.training.curves import losses
from eventspace.studies.study import Result

__all__ = ["figures"]

_MANY = 200  # events, of which rare ones are worth a logarithmic axis


def figures(result: Result) -> list[Picture]:
    """Draw the energy in the right jet, and the losses of all steps."""
    return [_fractions(result), losses(result)]


def _fractions(result: Result) -> Picture:
    durham, model = result.arrays["fraction.durham"], result.arrays["fraction.model"]
    figure, [[left, right]] = panels(1, 2, 8.6, 3.6)
    edges = np.linspace(0, 1, 41)
    for colour, name, values in ((COLOURS[1], "Durham", durham), (COLOURS[0], "model", model)):
        left.stairs(np.histogram(values, edges)[0], edges, color=colour, label=name)
    scale = "log" if len(model) >= _MANY else "linear"
    left.set(xlabel="fraction of the energy in the right jet", ylabel="events", yscale=scale)
    left.legend(loc="upper left")
    reach = max(float(np.abs(model - durham).max()), 0.01)
    edges = np.linspace(-reach, reach, 42)
    right.stairs(np.histogram(model - durham, edges)[0], edges, color=COLOURS[0])
    right.axvline(0, color="0.6", linewidth=1)
    right.set(xlabel="model - Durham", ylabel="events", yscale=scale)
    caption = (
        f"The fraction of the energy in the right jet of {len(model)} events that were held back, and its difference "
        f"from the Durham algorithm in the same event, after {int(result.arrays['steps'])} steps."
    )
    return Picture("fractions", caption, figure)

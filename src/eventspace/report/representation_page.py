"""Places of events in the latent space as a page of their own: point at one to see the event and its reconstruction."""

from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_hex
from numpy.typing import NDArray
from scipy.stats import rankdata

from eventspace.report.page import rendered
from eventspace.report.style import COLOURS
from eventspace.studies.study import Result

__all__ = ["places_page"]

_SIZE, _EDGE = 320, 10
_AREA, _SMALLEST = 28.0, 0.8  # radius of all pt in one particle, and of the softest
_SHADES = 32  # of colour


def places_page(result: Result, latent: str, axes: tuple[int, int], reach: float) -> str:
    """The page, in HTML complete in itself.

    Arguments:
        result: of the study.
        latent: the latent space.
        axes: the coordinates across and upwards.
        reach: half the side of a view of an event.
    """
    seen = {name.removeprefix(f"{latent}.shown."): values for name, values in result.arrays.items()}
    count = len(seen["event.weight"])
    places = seen["points"][:count][:, axes]
    low, high = places.min(axis=0), places.max(axis=0)
    scaled = _EDGE + (_SIZE - 2 * _EDGE) * (places - low) / np.where(high > low, high - low, 1)
    observed, names = seen["observables"][:count], [str(name) for name in seen["observables.names"]]
    fills = [_colours(column) for column in observed.T]
    events = [
        {
            "x": round(float(scaled[k, 0]), 1),
            "y": round(float(_SIZE - scaled[k, 1]), 1),
            "event": _particles(seen["event.weight"][k], seen["event.position"][k], reach),
            "made": _particles(seen["reconstruction.weight"][k], seen["reconstruction.position"][k], reach),
            "fills": [column[k] for column in fills],
            "facts": [(name, f"{value:.3g}") for name, value in zip(names, observed[k], strict=True)],
        }
        for k in range(count)
    ]
    across, upwards = (str(seen["points.names"][axis]) for axis in axes)
    data = {"events": events, "colours": list(COLOURS)}
    return rendered("representation.html.j2", data=data, names=names, across=across, upwards=upwards, size=_SIZE)


def _particles(weight: NDArray[Any], position: NDArray[Any], reach: float) -> list[list[float]]:
    """Place and radius of each particle; of points the first two coordinates."""
    found = []
    for k in np.flatnonzero(weight > 0):
        x, y = position[k, 0], position[k, 1] if position.shape[1] > 1 else 0.0
        radius = max(_AREA * float(np.sqrt(weight[k])) if len(weight) > 1 else 6.0, _SMALLEST)
        at = [_SIZE / 2 * (1 + float(x) / reach), _SIZE / 2 * (1 - float(y) / reach)]
        found.append([round(number, 1) for number in (*at, radius)])
    return found


def _colours(values: NDArray[Any]) -> list[str]:
    """From dark to light by rank: a few large values would make all others dark."""
    part = (rankdata(values) - 1) / max(len(values) - 1, 1)
    return [to_hex(colormaps["cividis"](round(float(each) * _SHADES) / _SHADES)) for each in part]

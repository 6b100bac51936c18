"""Curves of two samples with bands, and their ratio below."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from eventspace.report.style import COLOURS

__all__ = ["Pair", "band"]

Floats = NDArray[np.float64]

_FACTORS = (1.02, 1.05, 1.1, 1.2, 1.5, 2.0)  # marks of a panel of ratios
_MARGIN = 1.6  # power of the mark at which the panel ends


class Pair:
    """Draws what two samples have in common from the arrays of a study.

    Arguments:
        arrays: holds NAME.SAMPLE for both samples and NAME.ratio, each (3, bins): value, low, high.
        samples: the two, as in the names of the arrays; the ratio is the second over the first.
        labels: what to call them.
    """

    def __init__(self, arrays: Mapping[str, Floats], samples: Sequence[str], labels: Sequence[str]):
        self._arrays = arrays
        self._samples = samples
        self._labels = labels

    def curves(self, axis: Axes, name: str, edges: Floats) -> None:
        """Both curves, as steps, with bands."""
        widths = (2.2, 1.1)  # so that one is seen behind the other
        for colour, width, sample, label in zip(COLOURS, widths, self._samples, self._labels, strict=False):
            band(axis, edges, self._arrays[f"{name}.{sample}"], colour, label, width)

    def ratio(self, axis: Axes, name: str, edges: Floats) -> None:
        """Their ratio, with its band where all replicas have one; triangles stand for what is off the panel."""
        values = self._arrays[f"{name}.ratio"]
        band(axis, edges, values, COLOURS[1], None)
        axis.axhline(1, color="grey", linewidth=1)
        axis.set_ylabel("ratio", fontsize=8)
        known = np.isfinite(values).all(axis=0)
        known = known if known.any() else np.isfinite(values[0])
        if not known.any():
            return
        # The panel shows most ratios; of their bands, which grow where there is little, what fits.
        reach = np.exp(np.quantile(np.abs(np.log(np.maximum(values[0, known], 1e-9))), 0.9))
        mark = next((factor for factor in _FACTORS if factor >= reach), _FACTORS[-1])
        factor = mark**_MARGIN
        axis.set(yscale="log", ylim=(1 / factor, factor))
        axis.set_yticks([1 / mark, 1, mark], [f"{tick:.3g}" for tick in (1 / mark, 1, mark)])
        axis.minorticks_off()
        middle = (edges[1:] + edges[:-1]) / 2
        for beyond, marker, place in (
            (values[0] > factor, "^", factor**0.93),
            (values[0] < 1 / factor, "v", factor**-0.93),
        ):
            axis.plot(middle[beyond], np.full(beyond.sum(), place), marker, color=COLOURS[1], markersize=3)


def band(axis: Axes, edges: Floats, values: Floats, colour: str, label: str | None, width: float = 1.3) -> None:
    """A curve of steps with its interval: (3, bins), value, low and high; NaN leaves a gap."""
    axis.stairs(values[0], edges, color=colour, label=label, baseline=None, linewidth=width)
    low, high = (np.append(end, end[-1:]) for end in values[1:])
    axis.fill_between(edges, low, high, step="post", color=colour, alpha=0.25, linewidth=0)

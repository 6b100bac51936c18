"""Images of showers of two samples, on one scale of colours."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from numpy.typing import NDArray

from eventspace.report.style import Picture, panels

__all__ = ["mean_images", "single_showers"]

Arrays = Mapping[str, NDArray[Any]]

_DECADES = 5  # that the scale of colours spans
_FACTOR = 2.0  # the largest ratio with a colour of its own
_VIEWS = {"front": ("x [cells]", "y [cells]"), "side": ("z [layers]", "x [cells]")}


def mean_images(arrays: Arrays, samples: Sequence[str], labels: Sequence[str]) -> Picture:
    """The mean shower of both samples from the front and from the side, and their ratio.

    Arguments:
        arrays: holds mean.SAMPLE.front (x, y) and mean.SAMPLE.side (x, z) in GeV.
        samples, labels: the two, in the names of the arrays and in the figure.
    """
    figure, rows = panels(2, 3, 10.2, 5.6)
    for axes, view in zip(rows, _VIEWS, strict=True):
        both = [arrays[f"mean.{sample}.{view}"] for sample in samples]
        norm = _norm(both)
        for axis, image, label in zip(axes, both, labels, strict=False):
            drawn = _show(axis, image, view, norm)
            axis.set_title(label)
        figure.colorbar(drawn, ax=axes[1], label="mean energy [GeV]")
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.log2(both[1] / both[0])  # infinite or NaN where one is empty or both
        drawn = _show(axes[2], ratio, view, Normalize(-np.log2(_FACTOR), np.log2(_FACTOR)), "PuOr_r")
        axes[2].set_title(f"{labels[1]} / {labels[0]}")
        bar = figure.colorbar(drawn, ax=axes[2], label="ratio")
        bar.set_ticks([-1, 0, 1], labels=["1/2", "1", "2"])
    caption = (
        "The mean shower from the front (summed along z) and from the side (summed along y), on one logarithmic scale, "
        "and the ratio; grey where one of them is empty. Patterns, as stripes or squares, are "
        "the marks of a network's layers; away from the core, few showers make the ratio noisy."
    )
    return Picture("mean-images", caption, figure)


def single_showers(arrays: Arrays, samples: Sequence[str], labels: Sequence[str]) -> Picture:
    """A few showers of each sample, from the front and from the side.

    Arguments:
        arrays: holds shower.SAMPLE.front (k, x, y), shower.SAMPLE.side (k, x, z), and where they differ the primary
            energies shower.SAMPLE.energy (k,).
        samples, labels: the two, in the names of the arrays and in the figure.
    """
    count = len(arrays[f"shower.{samples[0]}.front"])
    figure, rows = panels(4, count, 2.5 * count, 8.4)
    for first, view in zip((0, 2), _VIEWS, strict=True):
        both = [arrays[f"shower.{sample}.{view}"] for sample in samples]
        norm = _norm(both)
        for axes, sample, images, label in zip(rows[first : first + 2], samples, both, labels, strict=True):
            energies = arrays.get(f"shower.{sample}.energy")
            for number, (axis, image) in enumerate(zip(axes, images, strict=True)):
                drawn = _show(axis, image, view, norm)
                axis.set_title(label if energies is None else f"{label}, {energies[number]:.3g} GeV", fontsize=8)
        figure.colorbar(drawn, ax=[axis for axes in rows[first : first + 2] for axis in axes], label="energy [GeV]")
    caption = (
        "Single showers of both samples, drawn at random, from the front and from the side on one logarithmic scale; "
        "where primary energies differ, those above each other are of the same energy or nearly so. Single showers "
        "show what a mean image does not: whether they are too smooth, too noisy, or too similar."
    )
    return Picture("showers", caption, figure)


def _norm(images: Sequence[NDArray[Any]]) -> LogNorm:
    top = max(float(image.max()) for image in images)
    least = min(float(image[image > 0].min()) for image in images)
    return LogNorm(max(least, 10.0**-_DECADES * top) if least < top else top / 10, top, clip=True)


def _show(axis: Axes, image: NDArray[Any], view: str, norm: Normalize, colours: str = "viridis") -> Any:
    horizontal, vertical = _VIEWS[view]
    # From the front x runs to the right, from the side z does.
    shown = image.T if view == "front" else image
    drawn = axis.imshow(
        np.where((shown > 0) if isinstance(norm, LogNorm) else np.isfinite(shown), shown, np.nan),
        origin="lower",
        aspect="auto",
        cmap=colormaps[colours].with_extremes(bad="white" if isinstance(norm, LogNorm) else "lightgrey"),
        norm=norm,
        interpolation="nearest",
    )
    axis.set_xlabel(horizontal, fontsize=8)
    axis.set_ylabel(vertical, fontsize=8)
    axis.tick_params(labelsize=7)
    axis.grid(visible=False)
    return drawn

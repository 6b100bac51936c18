"""The pictures of the study ``topology``: diagrams, barcodes, persistence images, and two samples compared."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.ticker import LogLocator, NullFormatter
from numpy.typing import NDArray

from eventspace.report.binning import bin_edges
from eventspace.report.style import COLOURS, Picture, panels, style
from eventspace.studies.study import Result
from eventspace.studies.topology import FEATURES, TopologyConfig

__all__ = ["figures"]

_BARS = 12  # of each dimension
_MARKERS = "os^"


def figures(result: Result) -> list[Picture]:
    """Draw the features and their lifetimes, and for two samples how far apart their shapes are."""
    names = [str(name) for name in result.arrays["names"]]
    with style():
        pictures = [_diagrams(result, names), _barcodes(result, names)]
        if f"{names[0]}.landmarks" in result.arrays:
            pictures.append(_landmarks(result, names))
        pictures.append(_images(result, names))
        if "distances" in result.arrays:
            pictures.append(_exchanged(result))
        return pictures


def _config(result: Result) -> TopologyConfig:
    assert isinstance(result.config, TopologyConfig)
    return result.config


def _all_diagrams(result: Result, name: str) -> list[NDArray[np.float64]]:
    return [result.arrays[f"{name}.diagram.{k}"] for k in range(_config(result).dimensions + 1)]


def _unit(result: Result) -> str:
    unit = str(result.arrays["unit"])
    return f" [{unit}]" if unit else ""


def _range(result: Result, names: list[str]) -> tuple[float, float]:
    """The scales that occur, with room for features that never die."""
    values = np.concatenate([diagram.ravel() for name in names for diagram in _all_diagrams(result, name)])
    finite = values[np.isfinite(values)]
    return float(finite.min()) / 1.2, float(finite.max()) * 1.8


def _diagrams(result: Result, names: list[str]) -> Picture:
    low, high = _range(result, names)
    figure, (axes,) = panels(1, len(names), 4.6 * len(names), 4.4)
    for axis, name in zip(axes, names, strict=True):
        threshold = float(result.arrays[f"{name}.threshold"])
        line = np.array([low, high])
        axis.fill_between(line, line, line * threshold, color="grey", alpha=0.2, linewidth=0, label="not significant")
        axis.plot(line, line, color="grey", linewidth=1)
        for diagram, feature, colour, marker in zip(
            _all_diagrams(result, name), FEATURES, COLOURS, _MARKERS, strict=False
        ):
            dies = np.isfinite(diagram[:, 1])
            axis.plot(*diagram[dies].T, marker, color=colour, markersize=5, alpha=0.7, label=feature)
            for birth in diagram[~dies, 0]:
                axis.plot([birth], [high / 1.15], "^", color=colour, markersize=8, fillstyle="none", clip_on=False)
        axis.set(xscale="log", yscale="log", xlim=(low, high), ylim=(low, high), aspect="equal", title=name)
        axis.set(xlabel=f"scale of birth{_unit(result)}", ylabel=f"scale of death{_unit(result)}")
        _label(axis)
        axis.legend(loc="lower right", fontsize=8)
    caption = (
        "Persistence diagrams: each mark is a feature of the growing shape, and lives the longer the farther it lies "
        "above the diagonal; the open triangle is the connected component that never dies. Features in the grey area "
        f"are not significant at {_level(result)}: its edge is the threshold from a bootstrap of the distance to the "
        "measure."
    )
    return Picture("diagrams", caption, figure)


def _barcodes(result: Result, names: list[str]) -> Picture:
    low, high = _range(result, names)
    figure, (axes,) = panels(1, len(names), 4.6 * len(names), 3.6)
    for axis, name in zip(axes, names, strict=True):
        threshold = float(result.arrays[f"{name}.threshold"])
        row = 0
        for diagram, feature, colour in zip(_all_diagrams(result, name), FEATURES, COLOURS, strict=False):
            for number, (birth, death) in enumerate(diagram[:_BARS]):
                significant = death / birth > threshold
                axis.plot(
                    [birth, min(death, high)],
                    [row, row],
                    color=colour,
                    alpha=1.0 if significant else 0.3,
                    linewidth=3.0 if significant else 1.5,
                    solid_capstyle="butt",
                    label=feature if number == 0 else None,
                )
                row += 1
            row += 1
        axis.set(xscale="log", xlim=(low, high), yticks=[], xlabel=f"scale{_unit(result)}", title=name)
        axis.invert_yaxis()
        _label(axis)
        axis.legend(loc="lower right", fontsize=8)
    caption = (
        f"Barcodes: the scales over which each feature lives, the {_BARS} longest of each dimension; thick bars are "
        "significant. The bar to the right edge is the connected component that never dies."
    )
    return Picture("barcodes", caption, figure)


def _landmarks(result: Result, names: list[str]) -> Picture:
    figure, (axes,) = panels(1, len(names), 4.8 * len(names), 4.0)
    scales = np.concatenate([result.arrays[f"{name}.scales"] for name in names])
    norm = LogNorm(scales.min(), scales.max())
    for axis, name in zip(axes, names, strict=True):
        points, values = result.arrays[f"{name}.landmarks"], result.arrays[f"{name}.scales"]
        if points.shape[1] == 1:
            shown = axis.scatter(points[:, 0], values, c=values, norm=norm, cmap="viridis", s=12)
            axis.set(xlabel="coordinate", ylabel=f"scale{_unit(result)}", yscale="log", title=name)
        else:
            shown = axis.scatter(points[:, 0], points[:, 1], c=values, norm=norm, cmap="viridis", s=12)
            axis.set(xlabel="first coordinate", ylabel="second coordinate", aspect="equal", title=name)
        bar = figure.colorbar(shown, ax=axis, label=f"scale{_unit(result)}", format="{x:g}")
        bar.ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        bar.ax.yaxis.set_minor_formatter(NullFormatter())
    caption = (
        "The landmarks, and the scale from which on each is part of the shape: its distance to the measure, small "
        "where events are dense, and never below what the landmarks resolve."
    )
    return Picture("landmarks", caption, figure)


def _images(result: Result, names: list[str]) -> Picture:
    shown = [k for k in range(_config(result).dimensions + 1) if f"image.{k}.axes" in result.arrays]
    figure, axes = panels(len(names), max(len(shown), 1), 4.2 * max(len(shown), 1), 3.4 * len(names))
    for row, name in zip(axes, names, strict=True):
        for axis, k in zip(row, shown, strict=False):
            low, high, highest = result.arrays[f"image.{k}.axes"]
            image = result.arrays[f"{name}.image.{k}"]
            extent = (np.log(low), np.log(high), 0.0, np.log(highest))
            top = max(float(result.arrays[f"{other}.image.{k}"].max()) for other in names)
            drawn = axis.imshow(image, origin="lower", extent=extent, aspect="auto", cmap="viridis", vmin=0, vmax=top)
            axis.grid(visible=False)
            axis.set(xlabel="ln birth", ylabel="ln death/birth", title=f"{name}: {FEATURES[k]}")
            figure.colorbar(drawn, ax=axis, label="weight")
    for axis in axes[0] if not shown else []:
        axis.set_visible(False)
    caption = (
        "Persistence images: the diagrams as pictures of fixed size, each feature a Gaussian weighted with its ln "
        "death/birth; they are in arrays.npz, for machine learning."
    )
    return Picture("images", caption, figure)


def _exchanged(result: Result) -> Picture:
    observed, null = result.arrays["distances"], result.arrays["distances.exchanged"]
    figure, (axes,) = panels(1, len(observed), 4.4 * len(observed), 3.4)
    for k, axis in enumerate(axes):
        edges = bin_edges(null[:, k], 30)
        axis.hist(null[:, k], bins=list(edges), color=COLOURS[0], alpha=0.4, label="events exchanged at random")
        axis.axvline(observed[k], color=COLOURS[1], label=f"the two samples: p = {result.numbers[f'p.{k}'].value:.2g}")
        axis.set(xlabel=f"Wasserstein distance of {FEATURES[k]} [ln scale]", ylabel="permutations")
        axis.set_ylim(0, 1.3 * axis.get_ylim()[1])
        axis.legend(fontsize=8)
    caption = (
        f"How far apart the diagrams of {' and '.join(map(str, result.arrays['names']))} are, and how far those of "
        f"{len(null)} random divisions of their events."
    )
    return Picture("exchanged", caption, figure)


def _label(axis: Axes) -> None:
    """Label 1, 2 and 5 of each decade of logarithmic axes, which may span less than one."""
    for one in (axis.xaxis, axis.yaxis):
        if one.get_scale() == "log":
            low, high = one.get_view_interval()
            one.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 50 * low else (1,)))
            one.set_major_formatter("{x:g}")
            one.set_minor_formatter(NullFormatter())


def _level(result: Result) -> str:
    return f"{100 * _config(result).level:g}%"

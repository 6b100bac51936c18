"""The pictures of the study ``anomaly``: ROC curves, the scan over medoids, scores, and the jets themselves."""

from itertools import product
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from eventspace.report.binning import bin_edges
from eventspace.report.style import COLOURS, Picture, panels, style
from eventspace.studies.anomaly import AnomalyConfig
from eventspace.studies.study import Result

__all__ = ["figures"]

_METHODS = {"medoids": "nearest medoid", "average": "average image"}
_BELOW: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.18), "fontsize": 8}


def figures(result: Result) -> list[Picture]:
    """Draw how well the distance separates the two samples, in both directions, and single jets."""
    with style():
        return [_roc(result), _scan(result), _scores(result), _gallery(result)]


def _config(result: Result) -> AnomalyConfig:
    assert isinstance(result.config, AnomalyConfig)
    return result.config


def _roc(result: Result) -> Picture:
    config = _config(result)
    figure, (axes,) = panels(1, 2, 9.0, 4.8)
    efficiencies = result.arrays["efficiencies"]
    for axis, (suffix, title) in zip(axes, _tasks(result), strict=True):
        for colour, (method, p) in zip(COLOURS * 9, product(_METHODS, config.p), strict=False):
            name = f"{method}.p{p:g}{suffix}"
            value, low, high = result.arrays[f"roc.{name}"]
            label = f"{_METHODS[method]}, p = {p:g}: AUC {result.numbers[f'auc.{name}'].value:.3f}"
            axis.fill_between(efficiencies, low, high, color=colour, alpha=0.15, linewidth=0)
            axis.plot(efficiencies, value, color=colour, label=label)
        axis.plot(efficiencies, efficiencies, color="grey", linestyle=":", linewidth=1, label="no separation")
        axis.set(title=title, xlabel="signal efficiency", ylabel="background efficiency", yscale="log")
        resolved = 0.5 / len(result.arrays[f"scores.medoids.p{config.p[0]:g}{suffix}.ordinary"])
        axis.set(xlim=(0, 1), ylim=(resolved, 1))
        axis.legend(**_BELOW)
    caption = (
        "Fraction of ordinary events against fraction of unusual events that pass a cut on the distance (lower is "
        f"better): means over the {config.splits} splits, with {100 * config.level:g}% bands for a reference of other "
        "events. Left: the task; right: its inverse. The axis ends at half an event."
    )
    return Picture("roc", caption, figure)


def _scan(result: Result) -> Picture:
    config = _config(result)
    figure, (axes,) = panels(1, 2, 9.0, 3.6)
    for axis, (suffix, title) in zip(axes, _tasks(result), strict=True):
        for colour, p in zip(COLOURS * 9, config.p, strict=False):
            scan = [result.numbers[f"auc.medoids.p{p:g}.n{n}{suffix}"] for n in config.medoids]
            low = [np.nan if number.low is None else number.low for number in scan]
            high = [np.nan if number.high is None else number.high for number in scan]
            axis.fill_between(config.medoids, low, high, color=colour, alpha=0.2, linewidth=0)
            for n in config.medoids:
                each = result.arrays[f"splits.auc.medoids.p{p:g}.n{n}{suffix}"]
                axis.plot(np.full(len(each), n), each, ".", color=colour, markersize=3, alpha=0.6)
            axis.plot(config.medoids, [n.value for n in scan], "o-", color=colour, label=f"nearest medoid, p = {p:g}")
            average = result.numbers[f"auc.average.p{p:g}{suffix}"].value
            axis.axhline(average, color=colour, linestyle="--", linewidth=1, label=f"average image, p = {p:g}")
        axis.set(title=title, xscale="log", xlabel="number of medoids", ylabel="AUC")
        axis.set_xticks(config.medoids, [str(n) for n in config.medoids])
        axis.minorticks_off()
        axis.legend(ncols=2, **_BELOW)
    caption = (
        f"AUC against the number of medoids, with {100 * config.level:g}% bands for a reference of other events; "
        "small points, each split; dashed, the average image instead."
    )
    return Picture("medoids", caption, figure)


def _scores(result: Result) -> Picture:
    config = _config(result)
    names = result.arrays["names"]
    figure, rows = panels(2, len(config.p), 4.5 * len(config.p), 5.6)
    for row, method in zip(rows, _METHODS, strict=True):
        for axis, p in zip(row, config.p, strict=True):
            name = f"scores.{method}.p{p:g}"
            pair = [result.arrays[f"{name}.{kind}"] for kind in ("ordinary", "unusual")]
            edges = bin_edges(np.concatenate(pair), 40)
            for colour, label, values in zip(COLOURS, names, pair, strict=False):
                density, _ = np.histogram(values, bins=edges, density=True)
                axis.stairs(density, edges, color=colour, fill=True, alpha=0.25)
                axis.stairs(density, edges, color=colour, label=label, linewidth=1.4)
            unit = "" if config.normalise else " [GeV]"
            axis.set(xlabel=f"distance to the {_METHODS[method]}{unit}, p = {p:g}", ylabel="density")
            axis.legend(fontsize=8)
    caption = (
        "The scores themselves, in the first split: distance to the nearest medoid and to the average image of "
        f"{names[0]}."
    )
    return Picture("scores", caption, figure)


def _gallery(result: Result) -> Picture:
    gallery = result.arrays["gallery"]
    background, signal = result.arrays["names"]
    titles = (f"medoids of {background}", f"most distant {background}", f"most distant {signal}")
    rows, columns = gallery.shape[:2]
    figure, axes = panels(rows, columns, 1.9 * columns, 2.0 * rows)
    for row, column in product(range(rows), range(columns)):
        jet = gallery[row, column]
        _draw_jet(axes[row][column], jet[jet[:, 0] > 0], COLOURS[(0, 0, 1)[row]])
        if column == 0:
            axes[row][column].set_ylabel(f"{titles[row]}\nφ [rad]", fontsize=8)
        if row == rows - 1:
            axes[row][column].set_xlabel("rapidity", fontsize=8)
    caption = "Single jets, preprocessed; the area of a disc is proportional to the pt fraction of the particle."
    return Picture("gallery", caption, figure)


def _draw_jet(axis: Axes, particles: NDArray[np.floating[Any]], colour: str) -> None:
    fraction = particles[:, 0] / particles[:, 0].sum() if len(particles) else particles[:, 0]
    axis.scatter(particles[:, 1], particles[:, 2], s=400 * fraction, color=colour, alpha=0.6, linewidth=0)
    axis.set(xlim=(-1.1, 1.1), ylim=(-1.1, 1.1), aspect="equal")
    axis.tick_params(labelsize=7)


def _tasks(result: Result) -> list[tuple[str, str]]:
    """The suffix of the names of numbers, and the title, of the task and of its inverse."""
    background, signal = result.arrays["names"]
    return [("", f"{signal} among {background}"), (".inverse", f"inverse task: {background} among {signal}")]

"""The pictures of the study ``anomaly``: ROC curves, the scan over medoids, scores, and the jets themselves."""

from itertools import product
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from eventspace.report.binning import bin_edges
from eventspace.report.style import COLOURS, Picture, panels, style
from eventspace.studies.anomaly.anomaly import AnomalyConfig
from eventspace.studies.study import Result

__all__ = ["figures"]

_METHODS = {"medoids": "nearest medoid", "average": "average image"}
_SCORES = _METHODS | {"neighbours": "nearest jets", "sliced": "nearest jets, on lines"}
_CONTROLS = {"input": "images", "untrained": "untrained", "pca": "PCA", "blur": "blurred"}
_PARTS = (".reconstruction", ".kl", ".latent")  # of the loss of a network
_MOST = 3000  # pairs that are drawn
_BELOW: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.18), "fontsize": 8}


def figures(result: Result) -> list[Picture]:
    """Draw how well the distance separates the two samples, in both directions, and single jets."""
    with style():
        pictures = [_roc(result), _areas(result), _scan(result), _scores(result), _gallery(result)]
        layers = [name for name in result.arrays if name.startswith("geometry.layers")]
        for name in layers:
            pictures += [_correlation(result, name.removeprefix("geometry.layers")), _pairs(result, name)]
        return pictures


def _config(result: Result) -> AnomalyConfig:
    assert isinstance(result.config, AnomalyConfig)
    return result.config


def _roc(result: Result) -> Picture:
    config = _config(result)
    figure, (axes,) = panels(1, 2, 9.0, 4.8)
    efficiencies = result.arrays["efficiencies"]
    first = f".p{config.p[0]:g}"
    for axis, (suffix, title) in zip(axes, _tasks(result), strict=True):
        shown = [name for name in _names(result, suffix) if name.endswith(first) or _whole(name)]
        for colour, name in zip(COLOURS * 9, shown, strict=False):
            value, low, high = result.arrays[f"roc.{name}{suffix}"]
            label = f"{_label(name)}: AUC {result.numbers[f'auc.{name}{suffix}'].value:.3f}"
            if name.startswith("medoids.") or name.partition(".")[0] not in _SCORES:
                axis.fill_between(efficiencies, low, high, color=colour, alpha=0.15, linewidth=0)
            axis.plot(efficiencies, value, color=colour, label=label)
        axis.plot(efficiencies, efficiencies, color="grey", linestyle=":", linewidth=1, label="no separation")
        axis.set(title=title, xlabel="signal efficiency", ylabel="background efficiency", yscale="log")
        resolved = 0.5 / len(result.arrays[f"scores.medoids.p{config.p[0]:g}{suffix}.ordinary"])
        axis.set(xlim=(0, 1), ylim=(resolved, 1))
        axis.legend(**_BELOW)
    caption = (
        "Fraction of ordinary events against fraction of unusual events that pass a cut on the score (lower is "
        f"better): means over the {config.splits} splits. {100 * config.level:g}% bands for a reference of other "
        "events and another training are drawn for the medoids and for networks. Left: the task; right: its inverse. "
        "The axis ends at half an event. The next figure has all scores."
    )
    return Picture("roc", caption, figure)


def _areas(result: Result) -> Picture:
    """All scores, in both directions."""
    names = list(dict.fromkeys(name for suffix, _ in _tasks(result) for name in _names(result, suffix)))
    figure, (axes,) = panels(1, 2, 9.4, 1.3 + 0.3 * len(names))
    for axis, (suffix, title) in zip(axes, _tasks(result), strict=True):
        for row, name in enumerate(names):
            number = result.numbers.get(f"auc.{name}{suffix}")
            if number is not None:
                ends = [end for end in (number.low, number.high) if end is not None]
                axis.plot(ends, [row] * len(ends), color=COLOURS[0], linewidth=1.6)
                axis.plot(number.value, row, "o", color=COLOURS[0], markersize=4)
        axis.axvline(0.5, color="grey", linestyle=":", linewidth=1)
        axis.set(title=title, xlabel="AUC", xlim=(0, 1.02), ylim=(len(names) - 0.5, -0.5))
        axis.set_yticks(range(len(names)), [_label(name) for name in names] if axis is axes[0] else [""] * len(names))
    caption = (
        f"Area under the ROC curve of every score, with {100 * _config(result).level:g}% intervals for a reference of "
        "other events and another training. Below 0.5 the score calls the ordinary events unusual."
    )
    return Picture("areas", caption, figure)


def _names(result: Result, suffix: str) -> list[str]:
    """The scores that have a curve."""
    found = [name.removeprefix("roc.") for name in result.arrays if name.startswith("roc.")]
    if suffix:
        return [name.removesuffix(suffix) for name in found if name.endswith(suffix)]
    return [name for name in found if not name.endswith(".inverse")]


def _whole(name: str) -> bool:
    """Whether it is a score of its own: of a network its loss and not a part of it, of distances without a power."""
    return "." not in name if name.partition(".")[0] in _SCORES else not name.endswith(_PARTS)


def _label(name: str) -> str:
    """A score in words."""
    method, _, rest = name.partition(".")
    if method not in _SCORES:
        return name.replace(".", ", ")
    return f"{_SCORES[method]}, p = {rest[1:]}" if rest else _SCORES[method]


def _correlation(result: Result, suffix: str) -> Picture:
    """How far distances at each layer follow those of transport, and the controls."""
    layers = [str(name) for name in result.arrays[f"geometry.layers{suffix}"]]
    inside = [name for name in layers if name not in ("untrained", "pca", "blur")]
    order = [*inside, *(name for name in layers if name not in inside)]
    figure, [axes] = panels(1, 2, 9.4, 3.6)
    for axis, kind, title in zip(
        axes, ("", ".spearman"), ("of distances (Pearson)", "of ranks (Spearman)"), strict=True
    ):
        powers = {f"p{p:g}": f"transport, p = {p:g}" for p in _config(result).correlated_p}
        for row, (power, label) in enumerate((powers | {"mse": "MSE of the images"}).items()):
            names = [f"correlation.{name}.{power}{suffix}{kind}" for name in order]
            there = np.array([name in result.numbers for name in names])
            numbers = [result.numbers[name] for name in names if name in result.numbers]
            ends = np.array([[number.low, number.high] for number in numbers], dtype=float)
            value = np.array([number.value for number in numbers])
            place = np.flatnonzero(there) + 0.12 * (row - len(powers) / 2)
            first = place < len(inside) - 0.5
            axis.vlines(place, *ends.T, color=COLOURS[row], linewidth=1.4)
            axis.plot(place[first], value[first], "o-", markersize=4, color=COLOURS[row], label=label)
            axis.plot(place[~first], value[~first], "s", markersize=4, color=COLOURS[row])
        axis.axvline(len(inside) - 0.5, color="grey", linestyle=":", linewidth=1)
        axis.set(title=title, ylabel="correlation", ylim=(None, 1.02))
        axis.set_xticks(range(len(order)), [_CONTROLS.get(name, name) for name in order], rotation=30, ha="right")
        axis.legend(fontsize=8)
    caption = (
        "Correlation of Euclidean distances at each layer with transport distances of the jets, and with the mean "
        "squared difference of the pixels, over all pairs, with "
        f"{100 * _config(result).level:g}% intervals for other jets and another training. Behind the dotted line, "
        "controls: the latent space before training, principal components of the images, images with coarser pixels."
    )
    return Picture(f"correlation{suffix}", caption, figure)


def _pairs(result: Result, layers: str) -> Picture:
    """Distances of the images and in the latent space against transport."""
    suffix = layers.removeprefix("geometry.layers")
    powers = _config(result).correlated_p
    spaces = {"input": "images", "latent": "latent space", "untrained": "untrained"}
    spaces = {name: words for name, words in spaces.items() if f"geometry.{name}{suffix}" in result.arrays}
    figure, rows = panels(len(spaces), len(powers), 3.2 * len(powers), 2.7 * len(spaces))
    for row, layer in zip(rows, spaces, strict=True):
        for axis, p in zip(row, powers, strict=True):
            x, y = result.arrays[f"geometry.p{p:g}"], result.arrays[f"geometry.{layer}{suffix}"]
            some = slice(None, None, max(len(x) // _MOST, 1))
            axis.plot(x[some], y[some], ".", markersize=1.5, alpha=0.5, color=COLOURS[0])
            number = result.numbers[f"correlation.{layer}.p{p:g}{suffix}"]
            axis.set(title=f"{number.value:.2f}", xlabel=f"transport distance, p = {p:g}")
            axis.set_ylabel(f"distance, {spaces[layer]}")
    caption = (
        "Euclidean distance of the images, in the latent space of the first training, and in that of the same network "
        "before training, against the transport distance, for pairs of jets of "
        f"{result.arrays['names'][0]}. Above each, the correlation."
    )
    return Picture(f"pairs{suffix}", caption, figure)


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

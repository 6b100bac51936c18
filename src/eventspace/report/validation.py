"""The pictures of the study ``validation``: the summary, then energy, profiles, cells, features and images."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eventspace.events.shower_features import SHOWER_FEATURES
from eventspace.report.ratio import Pair
from eventspace.report.shower_images import mean_images, single_showers
from eventspace.report.style import COLOURS, Picture, panels, style
from eventspace.statistics.number import Number
from eventspace.studies.samples import SAMPLES
from eventspace.studies.study import Result
from eventspace.studies.validation.validation import ValidationConfig

__all__ = ["figures"]

_UNITS = {**SHOWER_FEATURES, "total energy": "GeV", "largest cell": "GeV", "incident energy": "GeV", "hit cells": ""}
_AXES = {"x": "x [cells]", "y": "y [cells]", "z": "z [layers]"}


def figures(result: Result) -> list[Picture]:
    """Draw the comparison, from the summary to single showers."""
    with style():
        pictures = [_summary(result), _energy(result)]
        if "edges.energy" in result.arrays:
            pictures.append(_against_energy(result))
        pictures += [_profiles(result), _spreads(result), _cells(result), _features(result), _correlations(result)]
        labels = _labels(result)
        return [*pictures, mean_images(result.arrays, SAMPLES, labels), single_showers(result.arrays, SAMPLES, labels)]


def _labels(result: Result) -> tuple[str, str]:
    reference, generated = (str(name) for name in result.arrays["names"])
    return (reference, generated) if reference != generated else SAMPLES


def _pair(result: Result) -> Pair:
    return Pair(result.arrays, SAMPLES, _labels(result))


def _ratio(result: Result) -> str:
    reference, generated = _labels(result)
    return f"{generated} over {reference}"


def _level(result: Result) -> str:
    return f"{100 * result.config.level:g}%"


def _with_ratio(columns: int, width: float, height: float, upper: int = 1) -> tuple[Figure, list[list[Axes]]]:
    """Columns of panels with a low one for the ratio below."""
    figure = Figure(figsize=(width, height))
    axes = figure.subplots(
        upper + 1, columns, squeeze=False, sharex="col", gridspec_kw={"height_ratios": [3] * upper + [1.3]}
    )
    return figure, [list(row) for row in axes]


def _summary(result: Result) -> Picture:
    names = [str(name).replace(" ", "_") for name in result.arrays["features"]]
    labels = _labels(result)
    ratios = {name.removeprefix("ratio."): n for name, n in result.numbers.items() if name.startswith("ratio.")}
    if "incident_energy" not in names:
        del ratios["response"]  # it is that of the total
    columns = [
        (ratios, "ratio of means", 1.0),
        ({name: result.numbers[f"ks.{name}"] for name in names}, "Kolmogorov-Smirnov distance", 0.0),
        ({name: result.numbers[f"wasserstein.{name}"] for name in names}, "Wasserstein distance [widths]", 0.0),
    ]
    rows = max(len(numbers) for numbers, _, _ in columns)
    figure, (axes,) = panels(1, 3, 10.2, 0.8 + 0.26 * rows)
    for axis, (numbers, title, equal) in zip(axes, columns, strict=True):
        for place, number in enumerate(numbers.values()):
            _point(axis, place, number, equal)
        axis.axvline(equal, color="grey", linewidth=1)
        axis.set_yticks(range(len(numbers)), [_label(name) for name in numbers], fontsize=8)
        axis.set(xlabel=title, ylim=(len(numbers) - 0.5, -0.5))
    for axis in axes[1:]:
        axis.set_xlim(left=min(0.0, axis.get_xlim()[0]))
    caption = (
        f"{labels[1]} beside {labels[0]}, with {_level(result)} intervals; filled where the interval does not contain "
        "the grey line of equality. Left, the ratios of the means; middle and right, distances between the "
        "distributions, which can differ where the means agree: the largest difference of the cumulative "
        f"distributions, and the Wasserstein distance in widths of {labels[0]}. One of twenty equal distributions is "
        "filled by chance."
    )
    return Picture("summary", caption, figure)


def _label(name: str) -> str:
    return f"{name.replace('_', ' ')}{' GeV' if name.startswith('cells_above') else ''}"


def _point(axis: Axes, place: float, number: Number, equal: float) -> None:
    assert number.low is not None
    assert number.high is not None
    apart = not number.low <= equal <= number.high
    colour = COLOURS[1] if apart else COLOURS[0]
    axis.plot([number.low, number.high], [place, place], color=colour)
    axis.plot([number.value], [place], "o", color=colour, markersize=5, markerfacecolor=colour if apart else "white")


def _energy(result: Result) -> Picture:
    figure = Figure(figsize=(9.6, 3.8))
    grid = figure.add_gridspec(2, 3, height_ratios=[3, 1.3], width_ratios=[2, 1, 1])
    upper = figure.add_subplot(grid[0, 0])
    lower = figure.add_subplot(grid[1, 0], sharex=upper)
    edges, pair = result.arrays["edges.response"], _pair(result)
    pair.curves(upper, "fraction.response", edges)
    pair.ratio(lower, "fraction.response", edges)
    unit = str(result.arrays["unit"])
    what = "energy in the cells" if unit else "energy in the cells / primary energy"
    lower.set(xlabel=f"{what} [{unit}]" if unit else what)
    upper.set(ylabel="fraction of showers", ylim=(0, None))
    upper.tick_params(labelbottom=False)
    upper.legend(fontsize=7)
    means, widths = figure.add_subplot(grid[:, 1]), figure.add_subplot(grid[:, 2])
    for place, (colour, sample) in enumerate(zip(COLOURS, SAMPLES, strict=False)):
        _error_bar(means, place, result.numbers[f"response.{sample}"], colour, "o", None)
        _error_bar(widths, place - 0.12, result.numbers[f"resolution.{sample}"], colour, "o", "sigma / mean")
        _error_bar(widths, place + 0.12, result.numbers[f"resolution90.{sample}"], colour, "s", "RMS90 / mean90")
    for axis, label in ((means, f"mean response{f' [{unit}]' if unit else ''}"), (widths, "resolution [%]")):
        axis.set_xticks([0, 1], _labels(result), fontsize=8)
        axis.set(xlim=(-0.5, 1.5), ylabel=label)
    widths.yaxis.set_major_formatter(lambda value, _: f"{100 * value:g}")
    handles, names = widths.get_legend_handles_labels()
    widths.legend(handles[:2], names[:2], fontsize=7)
    caption = (
        "The energy in the cells, which is what a calorimeter measures: its distribution and the ratio "
        f"({_ratio(result)}), its mean, and its resolution, all with {_level(result)} intervals. RMS90 is that of the "
        "narrowest 90% of the showers, so a difference in the standard deviation alone comes from the tails. The "
        "outermost bins also hold what lies beyond; a ratio without a band comes from too few showers."
    )
    return Picture("energy", caption, figure)


def _error_bar(axis: Axes, place: float, number: Number, colour: str, marker: str, label: str | None) -> None:
    assert number.low is not None
    assert number.high is not None
    axis.plot([place, place], [number.low, number.high], color=colour)
    axis.plot([place], [number.value], marker, color=colour, markersize=5, label=label)


def _against_energy(result: Result) -> Picture:
    figure, axes = _with_ratio(2, 8.4, 3.8)
    pair, edges = _pair(result), result.arrays["edges.energy"]
    for column, (name, label) in enumerate((("response_at", "mean response"), ("resolution_at", "resolution"))):
        pair.curves(axes[0][column], name, edges)
        pair.ratio(axes[1][column], name, edges)
        axes[0][column].set(ylabel=label)
        axes[1][column].set(xlabel="primary energy [GeV]")
    axes[0][0].legend(fontsize=7)
    caption = (
        "Mean and resolution of the response against the energy of the primary particle, in bins that hold equal "
        "fractions of the reference. A generator that was trained on a range of energies is often worst at its ends."
    )
    return Picture("against-energy", caption, figure)


def _profiles(result: Result) -> Picture:
    figure, axes = _with_ratio(3, 10.2, 6.6, upper=2)
    pair = _pair(result)
    for column, (name, label) in enumerate(_AXES.items()):
        edges = np.arange(result.arrays[f"profile.{name}.ratio"].shape[1] + 1) - 0.5
        for row in (0, 1):
            pair.curves(axes[row][column], f"profile.{name}", edges)
        pair.ratio(axes[2][column], f"profile.{name}", edges)
        _logarithmic(axes[1][column], [result.arrays[f"profile.{name}.{sample}"][0] for sample in SAMPLES])
        axes[0][column].set(ylim=(0, None))
        axes[2][column].set(xlabel=label)
    for row in (0, 1):
        axes[row][0].set_ylabel("mean energy [GeV]")
    axes[0][0].legend(fontsize=7)
    caption = (
        f"Mean energy in the layers across each axis, linear and logarithmic, and the ratio ({_ratio(result)}), with "
        f"{_level(result)} bands by shower. The linear scale shows the core, the logarithmic one the tails: a "
        "generator that has learned the core first is off by factors there. Triangles are ratios off the panel."
    )
    return Picture("profiles", caption, figure)


def _logarithmic(axis: Axes, values: list[np.ndarray]) -> None:
    filled = np.concatenate([some[some > 0] for some in values])
    axis.set_yscale("log")
    axis.set_ylim(filled.min() / 2, 2 * filled.max())


def _spreads(result: Result) -> Picture:
    figure, axes = _with_ratio(3, 10.2, 4.2)
    pair = _pair(result)
    for column, (name, label) in enumerate(_AXES.items()):
        edges = np.arange(result.arrays[f"spread.{name}.ratio"].shape[1] + 1) - 0.5
        pair.curves(axes[0][column], f"spread.{name}", edges)
        pair.ratio(axes[1][column], f"spread.{name}", edges)
        _logarithmic(axes[0][column], [result.arrays[f"spread.{name}.{sample}"][0] for sample in SAMPLES])
        axes[1][column].set(xlabel=label)
    axes[0][0].set_ylabel("standard deviation [GeV]")
    axes[0][0].legend(fontsize=7)
    caption = (
        "How much the energy in each layer varies from shower to shower. A ratio below 1 where the mean profiles agree "
        "means that the generated showers vary too little."
    )
    return Picture("profile-spreads", caption, figure)


def _cells(result: Result) -> Picture:
    figure, axes = _with_ratio(2, 9.2, 4.4)
    pair, edges = _pair(result), result.arrays["edges.cells"]
    curves = {"cells": "cells a shower and bin", "cells_above": "cells above, a shower"}
    for column, (name, label) in enumerate(curves.items()):
        pair.curves(axes[0][column], name, edges)
        pair.ratio(axes[1][column], name, edges)
        _logarithmic(axes[0][column], [result.arrays[f"{name}.{sample}"][0] for sample in SAMPLES])
        axes[0][column].set(ylabel=label)
        axes[1][column].set(xscale="log", xlabel="energy of the cell [GeV]", xlim=(edges[0], edges[-1]))
    axes[0][0].legend(fontsize=7)
    threshold = _config(result).threshold
    cut = f"Cells below {threshold:g} GeV are left out of both samples. " if threshold else ""
    caption = (
        f"Left, the mean number of cells in bins of their energy; right, of cells above an energy. {cut}"
        "An edge at small energies in one sample alone is a threshold: give it to the other sample too (--threshold)."
    )
    return Picture("cells", caption, figure)


def _config(result: Result) -> ValidationConfig:
    assert isinstance(result.config, ValidationConfig)
    return result.config


def _features(result: Result) -> Picture:
    names = [str(name) for name in result.arrays["features"]]
    columns = 4
    rows = -(-len(names) // columns)
    figure, axes = panels(rows, columns, 10.6, 2.4 * rows)
    flat = [axis for row in axes for axis in row]
    pair = _pair(result)
    for axis, name in zip(flat, names, strict=False):
        pair.curves(axis, f"fraction.{name}", result.arrays[f"edges.{name}"])
        distance, chance = (result.numbers[f"{kind}.{name.replace(' ', '_')}"].value for kind in ("ks", "p_value"))
        probability = f"p {chance:.2g}" if chance else "p < 1e-300"
        axis.set_title(f"KS {distance:.3f}, {probability}", fontsize=8)
        unit = _UNITS.get(name, "")
        axis.set_xlabel(f"{name} [{unit}]" if unit else name, fontsize=8)
        axis.tick_params(labelsize=7)
        axis.set_ylim(0, None)
    for row in axes:
        row[0].set_ylabel("fraction of showers", fontsize=8)
    for axis in flat[len(names) :]:
        axis.set_visible(False)
    handles, labels = flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=2)
    caption = (
        "The distributions of features: means and widths are those of the energy along each axis, R90 the radius that "
        "holds 90% of the energy, maximum z the layer with most. Above, the Kolmogorov-Smirnov distance and its "
        f"p-value; of {len(names)} the smallest is below {1 / len(names):.2g} by chance in two of three cases."
    )
    return Picture("features", caption, figure)


def _correlations(result: Result) -> Picture:
    names = [str(name) for name in result.arrays["features"]]
    true, made = (result.arrays[f"correlation.{sample}"] for sample in SAMPLES)
    figure, (axes,) = panels(1, 3, 11.4, 4.2)
    for axis, values, title in zip(axes, (true, made, made - true), (*_labels(result), "difference"), strict=True):
        image = axis.imshow(values, cmap="PuOr_r", vmin=-1, vmax=1)
        for row, column in np.ndindex(*values.shape):
            if row != column:
                colour = "white" if abs(values[row, column]) > 0.6 else "black"
                text = f"{round(values[row, column], 2) + 0.0:.2f}".replace("0.", ".")
                axis.text(column, row, text, ha="center", va="center", fontsize=5, color=colour)
        axis.set_title(title)
        axis.grid(visible=False)
        axis.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
        axis.set_yticks(range(len(names)), names if axis is axes[0] else [], fontsize=7)
    figure.colorbar(image, ax=axes, shrink=0.7, label="linear correlation")
    caption = (
        "Linear correlations of the features and their difference. They can differ even if every distribution agrees: "
        f"the root mean square difference is {result.numbers['correlation.difference']}."
    )
    return Picture("correlations", caption, figure)

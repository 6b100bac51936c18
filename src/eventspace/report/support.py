"""The pictures of the study ``support``: distances, birthday curves, supports and their ratio, the closest pairs."""

import numpy as np
from matplotlib.colors import LogNorm

from eventspace.report.marks import label_decades, point, ratio_axis
from eventspace.report.style import COLOURS, Picture, panels, style
from eventspace.report.support_scans import scans
from eventspace.studies.samples import SAMPLES
from eventspace.studies.study import Result
from eventspace.studies.support.support import SupportConfig

__all__ = ["figures"]

_COLOURS = dict(zip(SAMPLES, COLOURS, strict=False))
_DASHES = ("-", "--", ":", "-.")


def figures(result: Result) -> list[Picture]:
    """Draw the distances, how often two events are the same, and the closest pairs."""
    with style():
        pictures = [_curves(result), _supports(result), *scans(result), _distances(result)]
        if "gallery.reference.side" in result.arrays:
            pictures.append(_gallery(result))
        return pictures


def _config(result: Result) -> SupportConfig:
    assert isinstance(result.config, SupportConfig)
    return result.config


def _suffixes(result: Result) -> dict[float, str]:
    """The end of the names of numbers for each alpha."""
    first, *others = _config(result).alpha
    return {first: ""} | {alpha: f".alpha{alpha:g}" for alpha in others}


def _curves(result: Result) -> Picture:
    suffixes = _suffixes(result)
    figure, (axes,) = panels(1, len(suffixes), 4.6 * len(suffixes), 4.4)
    replications = _config(result).replications
    for axis, (alpha, suffix) in zip(axes, suffixes.items(), strict=True):
        for definition, dash in zip(result.arrays["definitions"], _DASHES * 9, strict=False):
            for sample, name in zip(SAMPLES, result.arrays["names"], strict=True):
                first = np.sort(result.arrays[f"first.{sample}.{definition}{suffix}"])
                if result.numbers[f"s50.{sample}.{definition}{suffix}"].high is None:
                    continue  # no two events are the same
                fraction = np.arange(1, len(first) + 1) / len(first)
                error = np.sqrt(fraction * (1 - fraction) / len(first))
                colour = _COLOURS[sample]
                axis.step(first, fraction, where="post", color=colour, linestyle=dash, label=f"{name}: {definition}")
                axis.fill_between(
                    first, fraction - error, fraction + error, step="post", color=colour, alpha=0.15, lw=0
                )
        axis.axhline(0.5, color="grey", linewidth=1)
        axis.set(xscale="log", ylim=(0, 1), xlabel="events in the subset", title=f"alpha = {alpha:g}")
        axis.set_ylabel("probability of a duplicate among them")
        if axis.get_legend_handles_labels()[0]:
            axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), fontsize=7, ncols=2)
        else:
            axis.text(0.5, 0.4, "no two events are the same", transform=axis.transAxes, ha="center")
    caption = (
        f"How often a random subset holds two events that are the same; {replications} subsets of one sample, bands of "
        "one binomial standard deviation, the uncertainty from the number of subsets. The difference that another "
        "sample would make is in the intervals of the numbers. The grey line at one half defines s50. A sample without "
        "any duplicate has no curve."
    )
    return Picture("birthdays", caption, figure)


def _supports(result: Result) -> Picture:
    suffixes = _suffixes(result)
    definitions = [str(name) for name in result.arrays["definitions"]]
    figure, ((left, middle, right),) = panels(1, 3, 12.6, 3.6)
    for number, (alpha, suffix) in enumerate(suffixes.items()):
        at = np.arange(len(definitions)) + 0.12 * (number - (len(suffixes) - 1) / 2)
        for shift, (sample, name) in enumerate(zip(SAMPLES, result.arrays["names"], strict=True)):
            for place, definition in zip(at + 0.3 * (shift - 0.5), definitions, strict=True):
                point(
                    left,
                    place,
                    result.numbers[f"support.{sample}.{definition}{suffix}"],
                    _COLOURS[sample],
                    "os^D"[number % 4],
                    f"{name}, alpha = {alpha:g}" if definition == definitions[0] else None,
                )
        for place, definition in zip(at, definitions, strict=True):
            label = f"alpha = {alpha:g}" if definition == definitions[0] else None
            for axis, name, colour in ((middle, "ratio", COLOURS[2]), (right, "overlap", COLOURS[3])):
                found = result.numbers.get(f"{name}.{definition}{suffix}")
                if found is not None:
                    point(axis, place, found, colour, "os^D"[number % 4], label)
            ratio = result.numbers.get(f"ratio.{definition}{suffix}")
            if ratio is not None and ratio.low is not None and ratio.high is not None:
                nested = min(ratio.value, 1 / ratio.value) ** 0.5
                label = "one within the other"
                name = None if label in right.get_legend_handles_labels()[1] else label
                right.plot([place - 0.05, place + 0.05], [nested, nested], color="black", linewidth=1, label=name)
    left.set(yscale="log", ylabel="support size 1/q [events]")
    middle.set(ylabel=f"support of {result.arrays['names'][1]}\nover {result.arrays['names'][0]}")
    right.set(ylabel="overlap of both")
    for axis in (middle, right):
        ratio_axis(axis)
    for axis in (left, middle, right):
        axis.set_xticks(range(len(definitions)), [name.replace("+", "\n+ ") for name in definitions])
        axis.set_xlim(-0.6, len(definitions) - 0.4)
        if axis.get_legend_handles_labels()[0]:
            axis.legend(fontsize=7, ncols=2, loc="lower left", bbox_to_anchor=(0, 1))  # above, clear of the points
    caption = (
        f"Left, the support of each sample by each definition of a duplicate, from all pairs, with "
        f"{100 * _config(result).level:g}% intervals; arrows are limits. Middle, the ratio: a support alone depends "
        "on the correlation of the features; the ratio compares the generator with its reference. Right, the overlap: "
        "1 where the most repeated events are the same, 0 where none are; short lines, its value if the smaller "
        "support lies evenly within the larger one. An overlap is missing, and unknown, where there is no duplicate "
        "between the samples and not one within each."
    )
    return Picture("support", caption, figure)


def _distances(result: Result) -> Picture:
    conditions, units = result.arrays["conditions"], result.arrays["units"]
    columns = min(len(conditions), 3)
    rows = -(-len(conditions) // columns)
    figure, axes = panels(rows, columns, 3.4 * columns, 3.0 * rows)
    flat = [axis for row in axes for axis in row]
    for axis, condition, unit, thresholds in zip(flat, conditions, units, result.arrays["thresholds"], strict=False):
        pair = [result.arrays[f"distances.{sample}.{condition}"] for sample in SAMPLES]
        both = np.concatenate(pair)
        edges = np.geomspace(np.quantile(both[both > 0], 1e-3), both.max(), 61)
        for sample, name, values in zip(SAMPLES, result.arrays["names"], pair, strict=True):
            largest = result.numbers.get(f"largest.{condition}.{sample}")
            label = f"{name}, largest {largest.value:.3g}" if largest else f"{name}, largest shown {values.max():.3g}"
            number, _ = np.histogram(values, bins=edges)
            axis.stairs(number / len(values), edges, color=_COLOURS[sample], label=label)
        for alpha, value, dash in zip(_config(result).alpha, thresholds, _DASHES * 9, strict=False):
            axis.axvline(value, color="grey", linewidth=1, linestyle=dash, label=f"alpha = {alpha:g}")
        axis.set(xlabel=f"{condition}{f' [{unit}]' if unit else ''}", ylabel="fraction of pairs", xscale="log")
        label_decades(axis.xaxis)
        axis.set_ylim(0, 1.45 * axis.get_ylim()[1])
        axis.legend(fontsize=6)
    for axis in flat[len(conditions) :]:
        axis.set_visible(False)
    caption = (
        "The distances of random pairs of each sample, and the largest of all pairs; grey, the thresholds, below which "
        "a fraction alpha of the pairs of the reference lie."
    )
    if "x" in conditions:
        caption += (
            " x, y, z: Jensen-Shannon divergence of the profiles, which is finite for any two showers, so that none "
            "is left out."
        )
    if "ssim" in conditions:
        caption += " ssim: one minus the similarity."
    return Picture("distances", caption, figure)


def _gallery(result: Result) -> Picture:
    shown = [len(result.arrays[f"gallery.{sample}.side"]) for sample in SAMPLES]
    rows = max(max(shown), 1)
    figure, axes = panels(rows, 4, 9.6, 2.2 * rows)
    views = [(sample, event) for sample in SAMPLES for event in (0, 1)]
    values = np.concatenate([result.arrays[f"gallery.{sample}.side"].ravel() for sample in SAMPLES])
    top = float(values.max(initial=0.0)) or 1.0
    for column, (sample, event) in enumerate(views):
        sides = result.arrays[f"gallery.{sample}.side"]
        for row in range(rows):
            axis = axes[row][column]
            if row >= len(sides):
                axis.set_visible(False)
                continue
            image = sides[row, event].T
            axis.imshow(image, origin="lower", aspect="auto", cmap="viridis", norm=LogNorm(1e-4 * top, top, clip=True))
            axis.grid(visible=False)
            axis.tick_params(labelsize=6)
            if row == 0:
                name = result.arrays["names"][SAMPLES.index(sample)]
                axis.set_title(f"{name}, {('one', 'the other')[event]}", fontsize=8)
            if row == rows - 1:
                axis.set_xlabel("x [cells]", fontsize=8)
            if column == 0:
                axis.set_ylabel("z [layers]", fontsize=8)
    caption = (
        "The closest pairs of each sample by the first feature and those after it, one pair per row, from the side: "
        "energy summed along y, on a logarithmic scale of colours."
    )
    return Picture("gallery", caption, figure)

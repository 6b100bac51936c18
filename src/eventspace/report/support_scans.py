"""The scans of the study ``support``: against alpha, against the incident energy, against the SSIM's dynamic range."""

from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from eventspace.report.marks import label_decades, point, ratio_axis
from eventspace.report.style import COLOURS, Picture, panels
from eventspace.statistics.number import Number
from eventspace.studies.samples import SAMPLES
from eventspace.studies.study import Result
from eventspace.studies.support.energy_bins import bin_names
from eventspace.studies.support.support import SupportConfig

__all__ = ["scans"]

_COLOURS = dict(zip(SAMPLES, COLOURS, strict=False))


def scans(result: Result) -> list[Picture]:
    """Draw the scan over alpha, and what else was scanned."""
    config = result.config
    assert isinstance(config, SupportConfig)
    pictures = [_alphas(result, config)]
    if config.energy_bins:
        pictures.append(_energies(result, config, config.energy_bins))
    if config.scan_dynamic_range:
        pictures.append(_ranges(result, config, config.scan_dynamic_range))
    return pictures


def _alphas(result: Result, config: SupportConfig) -> Picture:
    alphas, definitions = result.arrays["scan.alpha"], [str(name) for name in result.arrays["definitions"]]
    width = max(3.1 * len(definitions), 4.2)
    figure, (upper, middle, lower) = panels(3, len(definitions), width, 7.6)
    for above, between, below, definition in zip(upper, middle, lower, definitions, strict=True):
        for sample, name in zip(SAMPLES, result.arrays["names"], strict=True):
            found = result.arrays[f"scan.support.{sample}.{definition}"]
            beside = 0.97 if sample == SAMPLES[0] else 1.03  # limits of both samples are often equal
            _band(above, alphas, found, _COLOURS[sample], config.level, str(name), beside)
        ratio, shared = (result.arrays[f"scan.{name}.{definition}"] for name in ("ratio", "overlap"))
        _band(between, alphas, ratio, COLOURS[2], config.level, None, 1.0)
        _band(below, alphas, shared, COLOURS[3], config.level, None, 1.0)
        known = np.where(np.isfinite(ratio).all(axis=0), ratio[0], np.nan)
        nested = np.sqrt(np.minimum(known, 1 / known))
        below.plot(alphas, nested, color="black", linestyle=":", linewidth=1, label="one within the other")
        above.set_title(definition.replace("+", " + "), fontsize=9)
        below.set_xlabel("alpha")
        above.set_yscale("log")
        label_decades(above.yaxis)
        for axis in (between, below):
            ratio_axis(axis)
        for axis in (above, between, below):
            axis.set(xscale="log", xlim=(alphas[0] / 1.15, alphas[-1] * 1.15))
            label_decades(axis.xaxis)
    upper[0].set_ylabel("support size 1/q [events]")
    middle[0].set_ylabel(_of(result))
    lower[0].set_ylabel("overlap of both")
    for axis in (upper[0], lower[0]):
        axis.legend(fontsize=7)
    caption = (
        "The support of both samples, their ratio and their overlap against alpha, the fraction of the pairs of the "
        "reference that is close in one condition; dotted, the overlap if the smaller support lies evenly within the "
        f"larger one. Bands and bars: {100 * config.level:g}% intervals; arrows: limits, where a sample has no "
        "duplicates. Neighbouring points have most of their pairs in common: they are not independent measurements."
    )
    return Picture("alpha", caption, figure)


def _band(
    axis: Axes,
    x: NDArray[np.float64],
    found: NDArray[np.float64],
    colour: str,
    level: float,
    name: str | None,
    beside: float,
) -> None:
    """A line with its band where there are intervals, arrows where there are limits, at x times ``beside``."""
    value, low, high = found
    both = np.isfinite(low) & np.isfinite(high)
    shown = np.where(both, found, np.nan)
    axis.fill_between(x, shown[1], shown[2], color=colour, alpha=0.2, linewidth=0)
    axis.plot(x, shown[0], color=colour, marker="o", markersize=3, label=name)
    for place in np.flatnonzero(~both & np.isfinite(value)):
        least, most = (None if np.isnan(end) else float(end) for end in (low[place], high[place]))
        point(axis, beside * float(x[place]), Number(float(value[place]), least, most, level), colour, "o", None)


def _energies(result: Result, config: SupportConfig, edges: tuple[float, ...]) -> Picture:
    definitions = [str(name) for name in result.arrays["definitions"]]
    figure, ((axis,),) = panels(1, 1, 6.0, 4.0)
    for number, definition in enumerate(definitions):
        labelled = False
        for name, (low, high) in zip(bin_names(edges), pairwise(edges), strict=True):
            found = result.numbers.get(f"ratio.{definition}.{name}")
            if found is None:
                continue  # no two events are the same in either sample
            place = low * (high / low) ** ((number + 1) / (len(definitions) + 1))
            colour = COLOURS[(2 + number) % len(COLOURS)]
            point(axis, place, found, colour, "os^D"[number % 4], None if labelled else definition)
            axis.plot([low, high], [found.value] * 2, color=colour, linewidth=0.8, alpha=0.5)
            labelled = True
    axis.set(xscale="log", xlabel="incident energy [GeV]", ylabel=_of(result))
    axis.set_xlim(edges[0], edges[-1])
    label_decades(axis.xaxis)
    ratio_axis(axis)
    if axis.get_legend_handles_labels()[0]:
        axis.legend(fontsize=7)
    caption = (
        f"The ratio of the supports in bins of the incident energy, alpha = {config.alpha[0]:g}, each bin with the "
        f"thresholds of its own reference; bars are {100 * config.level:g}% intervals, arrows limits. Within a bin the "
        "points of several definitions are shifted against each other."
    )
    return Picture("energy", caption, figure)


def _ranges(result: Result, config: SupportConfig, scanned: tuple[float, ...]) -> Picture:
    """Left s50 of both samples, right the ratio, for each dynamic range."""
    figure, ((left, right),) = panels(1, 2, 8.4, 3.6)
    ranges = sorted(set(scanned))
    definition = next(str(name) for name in result.arrays["definitions"] if str(name).split("+")[-1] == "ssim")
    for number, L in enumerate(ranges):
        for shift, (sample, name) in zip((0.93, 1.07), zip(SAMPLES, result.arrays["names"], strict=True), strict=True):
            found = result.numbers[f"s50.{sample}.{definition}.L{L:g}"]
            point(left, L * shift, found, _COLOURS[sample], "o", None if number else str(name))
        of_both = result.numbers.get(f"ratio.{definition}.L{L:g}")
        if of_both is not None:
            point(right, L, of_both, COLOURS[2], "o", None)
    left.set(yscale="log", ylabel="s50 [events]")
    label_decades(left.yaxis)
    right.set_ylabel(_of(result))
    left.legend(fontsize=7)
    usual = result.numbers["dynamic_range"].value
    for axis in (left, right):
        axis.axvline(usual, color="grey", linestyle=":", linewidth=1)
        axis.set(xscale="log", xlabel="dynamic range L of the SSIM [GeV]")
        axis.set_xlim(min(*ranges, usual) / 1.5, max(*ranges, usual) * 1.5)
        label_decades(axis.xaxis)
    ratio_axis(right)
    caption = (
        f"By {definition}, alpha = {config.alpha[0]:g}: s50 of each sample and the ratio of the supports for several "
        f"dynamic ranges of the SSIM, each with its own threshold; dotted, the range of the headline, {usual:.3g} GeV. "
        f"Bars are {100 * config.level:g}% intervals, arrows limits. The points come from the same showers."
    )
    return Picture("dynamic-range", caption, figure)


def _of(result: Result) -> str:
    return f"support of {result.arrays['names'][1]}\nover {result.arrays['names'][0]}"

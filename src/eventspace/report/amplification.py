"""The pictures of the study ``amplification``: error against generated points, their amplification, and the points."""

from itertools import cycle
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.report.style import COLOURS, Picture, panels, style
from eventspace.statistics.bootstrap import percentiles
from eventspace.statistics.equivalent_size import expected_error
from eventspace.studies.amplification.amplification import SPREAD, AmplificationConfig, the_truth
from eventspace.studies.study import Result

__all__ = ["figures"]

_LABELS = {"sample": "training sample", "fit": "fit of the known form", "gan": "GAN", "vae": "VAE", "flow": "flow"}


def figures(result: Result) -> list[Picture]:
    """Draw the quantile error against the points generated, the amplification, and the distributions made."""
    with style():
        pictures = [_errors(result), _amplification(result), _profiles(result)]
        return [*pictures, _estimates(result)] if _config(result).resamples else pictures


def _config(result: Result) -> AmplificationConfig:
    assert isinstance(result.config, AmplificationConfig)
    return result.config


def _label(name: str, config: AmplificationConfig) -> str:
    alone = config.pooled == 1 or name in ("sample", "fit")
    return _LABELS[name] if alone else f"{_LABELS[name]}, {config.pooled} pooled"


def _errors(result: Result) -> Picture:
    config = _config(result)
    figure, (axes,) = panels(1, len(config.quantiles), 3.6 * len(config.quantiles) + 0.4, 4.0)
    sizes = result.arrays["sizes"]
    for k, (axis, bins) in enumerate(zip(axes, config.quantiles, strict=True)):
        for colour, name in zip(cycle(COLOURS), ("sample", *config.generators), strict=False):
            roots = np.sqrt(result.arrays[f"errors.{name}"][:, k])
            low, high = percentiles(roots, SPREAD)
            middle = np.median(roots, axis=0)
            if name == "sample":
                low, middle, high = (np.repeat(values, len(sizes)) for values in (low, middle, high))
            axis.fill_between(sizes, low, high, color=colour, alpha=0.2, linewidth=0)
            axis.plot(sizes, middle, color=colour, label=_label(name, config))
        axis.plot(sizes, np.sqrt(expected_error(sizes, bins)), color="grey", linestyle=":", label="true points")
        worst = max(result.arrays[f"errors.{name}"][:, k].max() for name in ("sample", *config.generators))
        best = min(result.arrays[f"errors.{name}"][:, k, -1].min() for name in ("sample", *config.generators))
        axis.set(xscale="log", yscale="log", xlabel="points generated", title=f"{bins} bins")
        axis.set_ylim(0.7 * np.sqrt(best), 1.4 * np.sqrt(worst))
        axis.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axis.yaxis.set_minor_formatter(lambda value, _: f"{value:g}" if f"{value:.0e}"[0] in "25" else "")
    axes[0].set_ylabel("root quantile error")
    axes[0].legend(fontsize=8, loc="lower left")
    caption = (
        f"Root of the quantile error against the number of points generated, for {config.trainings} trainings on "
        f"{config.train} points of the {config.truth}: median, and band of 68% of the trainings. Dotted, as many true "
        "points: where a curve levels off, the dotted line has the same height at the equivalent sample size."
    )
    return Picture("errors", caption, figure)


def _amplification(result: Result) -> Picture:
    config = _config(result)
    figure, ((axis,),) = panels(1, 1, 6.4, 4.0)
    names = ("sample", *config.generators)
    for place, (colour, name) in enumerate(zip(cycle(COLOURS), names, strict=False)):
        x = np.arange(len(config.quantiles)) + 0.6 * (place - (len(names) - 1) / 2) / len(names)
        for kind, thickness, opacity in (("spread", 7.0, 0.25), ("amplification", 2.5, 1.0)):
            found = [result.numbers[f"{kind}.{name}.q{bins}"] for bins in config.quantiles]
            ends = np.array([(number.low, number.high) for number in found], dtype=np.float64)
            axis.vlines(x, ends[:, 0], ends[:, 1], color=colour, linewidth=thickness, alpha=opacity)
        axis.plot(x, [number.value for number in found], "o", color=colour, markersize=5, label=_label(name, config))
        medians = [result.numbers[f"median.{name}.q{bins}"].value for bins in config.quantiles]
        axis.plot(x, medians, "_", color=colour, markersize=12, markeredgewidth=1.5)
    axis.axhline(1, color="grey", linewidth=1)
    axis.set_xticks(range(len(config.quantiles)), [str(bins) for bins in config.quantiles])
    axis.set(yscale="log", xlabel="number of bins", ylabel="amplification")
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.yaxis.set_minor_formatter(lambda value, _: f"{value:g}" if f"{value:.0e}"[0] in "25" else "")
    axis.legend(fontsize=8, loc="upper left")
    caption = (
        f"Amplification: true events that {config.sampled:,} generated points are equivalent to, over the "
        f"{config.train} of the training. Points: by the mean error of {config.trainings} trainings, with the "
        f"{100 * config.level:g}% interval (thick); dashes: the median of the trainings, with the range of 68% of them "
        "(wide, pale). An amplification is shown only where the interval of the mean lies above 1."
    )
    return Picture("amplification", caption, figure)


def _profiles(result: Result) -> Picture:
    config = _config(result)
    truth = the_truth(config)
    edges: NDArray[Any] = result.arrays["edges"]
    width = np.diff(edges)
    figure, (axes,) = panels(1, 1 + len(config.generators), 3.4 * (1 + len(config.generators)), 3.2)
    for colour, axis, name in zip(cycle(COLOURS), axes, ("sample", *config.generators), strict=False):
        densities = result.arrays[f"profiles.{name}"] / width
        low, high = percentiles(densities, SPREAD)
        axis.stairs(high, edges, baseline=low, fill=True, color=colour, alpha=0.3)
        axis.stairs(densities.mean(axis=0), edges, color=colour, label="mean of the trainings")
        axis.plot(
            (edges[1:] + edges[:-1]) / 2,
            np.diff(truth.distribution(edges)) / width,
            color="black",
            linewidth=1,
            label="truth",
        )
        axis.set(title=_label(name, config), xlabel="x" if truth.name == "camelback" else "distance from the origin")
        axis.set_ylim(bottom=0)
    top = max(axis.get_ylim()[1] for axis in axes)
    for axis in axes:
        axis.set_ylim(0, top)
    axes[0].set_ylabel("density")
    axes[0].legend(fontsize=7)
    caption = "What was generated: mean density and band of 68% of the trainings, beside the truth."
    return Picture("profiles", caption, figure)


def _estimates(result: Result) -> Picture:
    config = _config(result)
    figure, (axes,) = panels(1, len(config.generators), 3.6 * len(config.generators), 3.6)
    for axis, name in zip(axes, config.generators, strict=True):
        for side, colour, kind, label in (
            (-0.1, COLOURS[0], "equivalent", "by the truth"),
            (0.1, COLOURS[1], "estimate", "from the spread of resamples"),
        ):
            found = [result.numbers[f"{kind}.{name}.q{bins}"] for bins in config.quantiles]
            ends = np.array([(number.low, number.high) for number in found], dtype=np.float64)
            x = np.arange(len(found)) + side
            axis.vlines(x, ends[:, 0], ends[:, 1], color=colour, linewidth=2.5)
            axis.plot(x, [number.value for number in found], "o", color=colour, markersize=5, label=label)
        axis.axhline(config.train, color="grey", linewidth=1)
        axis.set_xticks(range(len(config.quantiles)), [str(bins) for bins in config.quantiles])
        axis.set(yscale="log", xlabel="number of bins", title=_label(name, config))
        axis.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axis.yaxis.set_minor_formatter(lambda value, _: f"{value:g}" if f"{value:.0e}"[0] in "25" else "")
        axis.margins(x=0.2, y=0.3)  # room for the legend
    axes[0].set_ylabel("equivalent sample size [true events]")
    axes[0].legend(fontsize=7, loc="upper left")
    caption = (
        "The equivalent sample size from the mean error of all trainings, and the estimate without the truth from the "
        f"same generator trained on {config.resamples} bootstrap resamples of each training sample. The line is the "
        "size of the training sample. The spread does not contain a bias that all resamples have in common."
    )
    return Picture("estimates", caption, figure)

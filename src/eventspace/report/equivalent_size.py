"""The pictures of the study ``equivalent-size``: the equivalent sizes, and which bins are too full or too empty."""

import numpy as np

from eventspace.report.style import COLOURS, Picture, panels, style
from eventspace.studies.equivalent_size import SAMPLES, EquivalentSizeConfig
from eventspace.studies.study import Result

__all__ = ["figures"]


def figures(result: Result) -> list[Picture]:
    """Draw the equivalent sample sizes against the number of bins, and the fractions in the bins."""
    with style():
        return [_sizes(result), _bins(result)]


def _config(result: Result) -> EquivalentSizeConfig:
    assert isinstance(result.config, EquivalentSizeConfig)
    return result.config


def _sizes(result: Result) -> Picture:
    config = _config(result)
    figure, ((axis,),) = panels(1, 1, 6.4, 4.0)
    training, made = result.arrays["names"]
    labels = {
        "training": f"{training}, as it is",
        "generated": f"{made}, as it is",
        "source": f"unlimited events like {made}",
    }
    places = np.arange(len(config.quantiles))
    for number, (colour, (name, label)) in enumerate(zip(COLOURS, labels.items(), strict=False)):
        for place, bins in zip(places, config.quantiles, strict=True):
            found = result.numbers[f"equivalent.{name}.q{bins}"]
            x = place + 0.2 * (number - 1)
            axis.plot(x, found.value, "o", color=colour, markersize=5, label=label if place == 0 else None)
            low = found.value if found.low is None else found.low
            if found.high is None:  # no bound: an arrow
                axis.annotate(
                    "", (x, 3 * found.value), (x, low), arrowprops={"arrowstyle": "->", "color": colour, "shrinkA": 0}
                )
                axis.plot(x, 4 * found.value, alpha=0)  # room for it
            else:
                axis.vlines(x, low, found.high, color=colour, linewidth=2)
    axis.axhline(float(result.arrays["training"]), color="grey", linewidth=1)
    axis.set_xticks(places, [str(bins) for bins in config.quantiles])
    axis.set(yscale="log", xlabel="number of bins", ylabel="equivalent sample size [true events]")
    axis.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    caption = (
        f"Equivalent sample sizes, in true events, with {100 * config.level:g}% intervals that contain the noise of "
        "the hold-out and of the sample; an arrow where there is no upper bound. The line is the size of the training "
        "sample. True events are equivalent to their number: where the training sample is not, it differs from the "
        "hold-out."
    )
    return Picture("equivalent-size", caption, figure)


def _bins(result: Result) -> Picture:
    config = _config(result)
    figure, rows = panels(len(config.quantiles), 1, 8.0, 2.2 * len(config.quantiles))
    for (axis,), bins in zip(rows, config.quantiles, strict=True):
        holdout = float(result.arrays[f"holdout.q{bins}"])
        for colour, sample, label in zip(COLOURS, SAMPLES, result.arrays["names"], strict=False):
            counts = result.arrays[f"counts.{sample}.q{bins}"]
            noise = np.sqrt((bins - 1) * (1 / counts.sum() + 1 / (holdout + 1)))
            axis.stairs(
                counts / counts.sum() * bins, np.arange(bins + 1) + 0.5, baseline=None, color=colour, label=str(label)
            )
            axis.axhspan(max(1 - noise, 0), 1 + noise, color=colour, alpha=0.12, linewidth=0)
        axis.set(ylabel="fraction / true fraction", title=f"{bins} bins", xlim=(0.5, bins + 0.5))
        axis.set_ylim(bottom=0)
    rows[0][0].legend(fontsize=8, ncols=2)
    rows[-1][0].set_xlabel("bin")
    features = [str(name) for name in result.arrays["features"]]
    caption = (
        "Fraction of the events in each bin over that of the hold-out. Bands: one standard deviation of the noise of "
        f"hold-out and sample. The bins are cut along {', '.join(features)}, in this order, one cut for each prime "
        "factor of their number."
    )
    return Picture("bins", caption, figure)

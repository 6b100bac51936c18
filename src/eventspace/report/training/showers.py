"""The figures of a training judged by showers: its losses, and generated showers beside training showers."""

import numpy as np

from eventspace.report.binning import bin_edges
from eventspace.report.style import COLOURS, Picture, panels
from eventspace.report.training.curves import POINTS, draw_curve
from eventspace.studies.study import Result
from eventspace.studies.training.training import SAMPLES

__all__ = ["figures"]

_LOSSES = {
    "real": "cross-entropy: real or generated?",
    "energy": "error of the primary energy [%]",
    "total": "error of the energy in the cells [%]",
}
_PARTS = {"real": "discriminator, real", "fake": "discriminator, generated", "generator": "generator"}


def figures(result: Result) -> list[Picture]:
    """Draw the losses of all steps, mean profiles, and the energy in the cells."""
    return [_samples(result), _losses(result)]


def _samples(result: Result) -> Picture:
    figure, rows = panels(2, 2, 8.4, 5.6)
    axes = [axis for row in rows for axis in row]
    for axis, name in zip(axes, "xyz", strict=False):
        for colour, sample in zip(COLOURS, SAMPLES, strict=False):
            profile = result.arrays[f"profile.{name}.{sample}"]
            axis.stairs(profile, np.arange(len(profile) + 1), color=colour, label=sample)
        axis.set(xlabel=f"{name} [cells]", ylabel="mean energy [GeV]")
        if all(result.arrays[f"profile.{name}.{sample}"].max() > 0 for sample in SAMPLES):
            axis.set_yscale("log")
    fractions = [result.arrays[f"total.{sample}"] / result.arrays["energy"] for sample in SAMPLES]
    edges = bin_edges(np.concatenate(fractions), 40)
    for colour, sample, fraction in zip(COLOURS, SAMPLES, fractions, strict=False):
        axes[3].stairs(np.histogram(fraction, edges)[0], edges, color=colour, label=sample)
    axes[3].set(xlabel="energy in the cells / primary energy", ylabel="showers")
    axes[0].legend()
    caption = (
        f"{len(result.arrays['energy'])} showers made by the generator after {int(result.arrays['steps'])} steps, and "
        "as many training showers of the same energies: mean profiles along each axis, and the fraction of the primary "
        "energy that the cells hold."
    )
    return Picture("samples", caption, figure)


def _losses(result: Result) -> Picture:
    figure, (axes,) = panels(1, 3, 10.2, 3.2)
    for axis, (loss, title) in zip(axes, _LOSSES.items(), strict=True):
        for colour, (part, label) in zip(COLOURS, _PARTS.items(), strict=False):
            if (part, loss) == ("real", "total"):
                continue  # a sum over the cells of a real shower has no error
            draw_curve(axis, result.arrays[f"loss.{part}.{loss}"], colour, label)
        axis.set_title(title)
        if loss != "real":
            axis.set_yscale("log")
    axes[0].legend(fontsize=7)
    caption = (
        f"The losses without their weights, means of neighbouring steps where there are more than {POINTS}. That of a "
        "generator falls only when it gains on its discriminator, so it need not fall at all."
    )
    return Picture("losses", caption, figure)

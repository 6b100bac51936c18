"""The figures of a training judged by features: its losses, and generated events beside training events."""

import numpy as np

from eventspace.report.binning import bin_edges
from eventspace.report.style import COLOURS, Picture, panels
from eventspace.report.training.curves import losses
from eventspace.studies.study import Result
from eventspace.studies.training.training import SAMPLES

__all__ = ["figures"]


def figures(result: Result) -> list[Picture]:
    """Draw the losses of all steps, and the first features of both samples."""
    return [_samples(result), losses(result)]


def _samples(result: Result) -> Picture:
    names = [str(name) for name in result.arrays["features"]]
    tables = [result.arrays[sample] for sample in SAMPLES]
    if len(names) == 1:
        figure, [[axis]] = panels(1, 1, 4.6, 3.4)
        edges = bin_edges(np.concatenate([table[:, 0] for table in tables]), 40)
        for colour, sample, table in zip(COLOURS, SAMPLES, tables, strict=False):
            axis.stairs(np.histogram(table[:, 0], edges)[0], edges, color=colour, label=sample)
        axis.set(xlabel=names[0], ylabel="events")
        axis.legend()
        shown = names[0]
    else:
        figure, [axes] = panels(1, 2, 8.4, 4.0)
        both = np.concatenate(tables)[:, :2]
        margin = np.maximum(0.05 * np.ptp(both, axis=0), 1e-9)
        low, high = both.min(axis=0) - margin, both.max(axis=0) + margin
        for axis, colour, sample, table in zip(axes, COLOURS, SAMPLES, tables, strict=False):
            axis.scatter(table[:, 0], table[:, 1], s=4, color=colour, alpha=0.6, linewidths=0)
            axis.set(xlabel=names[0], ylabel=names[1], title=sample)
            axis.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
        shown = f"{names[0]} and {names[1]}"
    caption = (
        f"{shown} of {len(tables[1])} events that the model made after {int(result.arrays['steps'])} steps, and of as "
        "many that it was trained on."
    )
    return Picture("samples", caption, figure)

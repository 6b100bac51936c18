"""The figures of a training judged by embedding: errors against distance, recall against the shortlist, and losses."""

from eventspace.report.style import COLOURS, Picture, panels
from eventspace.report.training.curves import losses
from eventspace.studies.study import Result

__all__ = ["figures"]

_NAMES = {"embedding": "embedding", "sliced": "along lines"}


def figures(result: Result) -> list[Picture]:
    """Draw errors, recall, and the losses of all steps."""
    return [_errors(result), losses(result)]


def _errors(result: Result) -> Picture:
    figure, [[left, right]] = panels(1, 2, 8.6, 3.6)
    arrays = result.arrays
    shown = [(name, colour) for name, colour in zip(_NAMES, COLOURS, strict=False) if f"band.{name}" in arrays]
    for name, colour in shown:
        low, lower, middle, upper, high = arrays[f"band.{name}"]
        left.fill_between(arrays["distance"], low, high, color=colour, alpha=0.15, linewidth=0)
        left.fill_between(arrays["distance"], lower, upper, color=colour, alpha=0.3, linewidth=0)
        left.plot(arrays["distance"], middle, color=colour, label=_NAMES[name])
        right.plot(arrays["shortlist"], arrays[f"recall.{name}"], color=colour, label=_NAMES[name])
    left.axhline(0, color="0.6", linewidth=1)
    left.set(xlabel="exact distance", ylabel="distance / exact distance - 1")
    left.legend()
    right.axvline(float(arrays["chosen"]), color="0.6", linewidth=1)
    right.set(xlabel="jets in the shortlist", ylabel="of the 10 nearest in it", xscale="log", ylim=(None, 1.01))
    right.legend(loc="lower right")
    caption = (
        f"After {int(arrays['steps'])} steps, jets that were held back. Left: relative error against the exact "
        "distance: median, and the bands of 68% and 95% of the pairs; distances along lines are scaled by a factor "
        "chosen on training jets. Right: the fraction of the 10 nearest that is among so many nearest by the cheaper "
        "distance, where the exact one would find it; the line is the shortlist of the number recall10.reranked."
    )
    return Picture("errors", caption, figure)

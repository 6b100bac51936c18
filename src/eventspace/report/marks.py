"""Numbers with intervals and limits as marks in a figure, and logarithmic axes that may be short."""

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import LogLocator, NullFormatter

from eventspace.statistics.number import Number

__all__ = ["label_decades", "point", "ratio_axis"]


def label_decades(axis: Axis) -> None:
    """Label 1, 2 and 5 of each decade of a logarithmic axis, which may span less than one."""
    low, high = axis.get_view_interval()
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 50 * low else (1,)))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(NullFormatter())


def point(axis: Axes, place: float, number: Number, colour: str, marker: str, label: str | None) -> None:
    """A number with its interval, or an arrow from a limit."""
    if number.low is None or number.high is None:
        factor = 3.0 if number.high is None else 1 / 3
        axis.annotate(
            "",
            (place, number.value * factor),
            (place, number.value),
            arrowprops={"arrowstyle": "->", "color": colour},
        )
        axis.plot([place], [number.value], marker="_", color=colour, linestyle="none", label=label)
        axis.update_datalim([(place, number.value * factor)])
        axis.autoscale_view()
        return
    axis.plot([place, place], [number.low, number.high], color=colour)
    axis.plot([place], [number.value], marker=marker, color=colour, linestyle="none", markersize=5, label=label)


def ratio_axis(axes: Axes) -> None:
    """Make the vertical axis that of a ratio: logarithmic, with a line at 1 and at least 1/2 to 2."""
    axes.axhline(1, color="grey", linewidth=1)
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, 0.45), max(high, 2.2))
    label_decades(axes.yaxis)

"""Numbers on a logarithmic axis as people write them: 0.02, 0.05, 0.1."""

from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

__all__ = ["plain_ticks"]


def plain_ticks(axis: Axis) -> None:
    """Ticks at 1, 2 and 5 times the powers of ten."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())

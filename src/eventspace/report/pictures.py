"""The figures of any result: those of the file of this room that is called like its study."""

import base64
from importlib import import_module
from io import BytesIO

from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator

from eventspace.report.style import Picture, style
from eventspace.studies.study import Result

__all__ = ["pictures", "svg", "svg_source"]


def pictures(result: Result) -> list[Picture]:
    """Draw what a study found."""
    drawn: list[Picture] = import_module(f"eventspace.report.{result.study.replace('-', '_')}").figures(result)
    for picture in drawn:
        literal(picture.figure)
    return drawn


def literal(figure: Figure) -> None:
    """Let names of samples stand as they are: a dollar sign in one does not begin a formula.

    So no label of ours is one: they are written with the letters of Unicode.
    """
    ours = figure.findobj(Text)
    ticks = [axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)]
    computed = {id(label) for axis in ticks for label in axis.get_ticklabels(which="both")}
    named = [axis for axis in ticks if isinstance(axis.get_major_locator(), FixedLocator)]
    for text in (*(text for text in ours if id(text) not in computed), *(t for a in named for t in a.get_ticklabels())):
        text.set_parse_math(False)


def svg(figure: Figure) -> bytes:
    """A figure as SVG, the same bytes for the same numbers."""
    file = BytesIO()
    with style():
        figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def svg_source(picture: bytes) -> str:
    """What stands for an SVG figure in the ``src`` of an image, so that a page needs no other file."""
    return "data:image/svg+xml;base64," + base64.b64encode(picture).decode("ascii")

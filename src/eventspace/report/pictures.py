"""The figures of any result: those of the file of this room that is called like its study."""

import base64
from collections.abc import Iterator
from importlib import import_module

from matplotlib.artist import Artist
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator

from eventspace.report.style import Picture
from eventspace.studies.study import Result

__all__ = ["pictures", "svg_source"]


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
    named = [axis for axis in _axes_of(figure) if isinstance(axis.get_major_locator(), FixedLocator)]
    for text in (*_texts(figure), *(label for axis in named for label in axis.get_ticklabels())):
        text.set_parse_math(False)


def _axes_of(figure: Figure) -> Iterator[Axis]:
    return (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis))


def _texts(artist: Artist) -> Iterator[Text]:
    """All texts but the labels of ticks, which matplotlib writes; to list them would make them all."""
    for child in (artist.label, artist.get_offset_text()) if isinstance(artist, Axis) else artist.get_children():
        if isinstance(child, Text):
            yield child
        yield from _texts(child)


def svg_source(picture: bytes) -> str:
    """What stands for an SVG figure in the ``src`` of an image, so that a page needs no other file."""
    return "data:image/svg+xml;base64," + base64.b64encode(picture).decode("ascii")

"""Figures as files: laid out once, whatever their formats.

``savefig`` of matplotlib draws a figure without ink before each file, only to lay it out, and that takes longer than
the file. Both formats have the layout of the SVG.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from matplotlib import rcParams
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from eventspace.report.style import style

__all__ = ["png", "svg", "svg_and_png"]

_SVG_DPI = 72  # of matplotlib's SVG files


def svg(figure: Figure) -> bytes:
    """A figure as SVG, the same bytes for the same numbers."""
    with style(), _laid_out(figure):
        return _svg(figure)


def svg_and_png(figure: Figure) -> dict[str, bytes]:
    """A figure in both formats, by the suffixes of their files."""
    with style(), _laid_out(figure):
        return {".svg": _svg(figure), ".png": png(figure)}


def png(figure: Figure) -> bytes:
    """A figure as PNG, where it has been laid out."""
    file = BytesIO()
    figure.dpi = rcParams["savefig.dpi"]
    canvas: Any = FigureCanvasAgg(figure)
    canvas.print_png(file)
    return file.getvalue()


def _svg(figure: Figure) -> bytes:
    file = BytesIO()
    figure.dpi = rcParams["savefig.dpi"]
    canvas: Any = FigureCanvasSVG(figure)
    canvas.print_svg(file, metadata={"Date": None})
    return file.getvalue()


@contextmanager
def _laid_out(figure: Figure) -> Iterator[None]:
    """Lay out what is to be drawn inside this block, which leaves the figure as its user made it."""
    dpi, canvas, engine = figure.dpi, figure.canvas, figure.get_layout_engine()
    if engine is not None:
        figure.dpi = _SVG_DPI
        FigureCanvasSVG(figure)  # now the figure's own: its texts are measured as they are written
        engine.execute(figure)
        figure.set_layout_engine("none")
    try:
        yield
    finally:
        figure.dpi = dpi
        figure.set_canvas(canvas)
        if engine is not None:
            figure.set_layout_engine(engine)

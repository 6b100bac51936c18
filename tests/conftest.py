"""What all tests share."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from matplotlib.figure import Figure

# The first example of a compiled function takes seconds on a machine that has not compiled it yet.
settings.register_profile("eventspace", deadline=None, derandomize=True)
settings.load_profile("eventspace")


@pytest.fixture(autouse=True)
def without_pngs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each figure is laid out and drawn once, as SVG: drawing takes most of the time of a small study.

    What is marked ``pngs`` draws as users do: the demo, which shows most studies, and the run directory.
    """
    if request.node.get_closest_marker("pngs"):
        return
    draw = Figure.savefig

    def savefig(figure: Figure, file: Path, *, format: str, **how: Any) -> None:  # noqa: A002
        if format == "png":
            Path(file).touch()
        else:
            draw(figure, file, format=format, **how)

    monkeypatch.setattr(Figure, "savefig", savefig)

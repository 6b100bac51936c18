"""What the tests of commands share."""

from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure


@pytest.fixture(autouse=True)
def without_pngs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each figure is laid out and drawn once, as SVG: drawing takes most of the time of a small study.

    The demo, which shows most studies, is marked ``pngs`` and draws as users do.
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

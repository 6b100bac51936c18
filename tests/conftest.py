"""What all tests share."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from matplotlib import rcParams
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

import eventspace as es

# The first example of a compiled function takes seconds on a machine that has not compiled it yet.
settings.register_profile("eventspace", deadline=None, derandomize=True)
settings.load_profile("eventspace")


@pytest.fixture(autouse=True)
def without_pngs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each figure is laid out and drawn once, as SVG: drawing takes most of the time of a small study.

    ``savefig`` draws a figure twice, first for its layout and then for the file; here one drawing does both. What is
    marked ``pngs`` draws as users do: the demo, which shows most studies, and the run directory.
    """
    if request.node.get_closest_marker("pngs"):
        return

    def savefig(figure: Figure, file: Any, *, format: str, metadata: dict[str, Any]) -> None:  # noqa: A002
        if format == "png":
            Path(file).touch()
            return
        before = figure.dpi
        figure.dpi = rcParams["savefig.dpi"]
        FigureCanvasSVG(figure).print_svg(file, metadata=metadata)
        figure.dpi = before

    monkeypatch.setattr(Figure, "savefig", savefig)


@pytest.fixture(scope="session")
def qcd_jets() -> es.ParticleClouds:
    """120 simulated QCD jets."""
    (jets,) = es.simulate("qcd-jets", 120, seed=11, processes=1, show_progress=False)
    assert isinstance(jets, es.ParticleClouds)
    return jets

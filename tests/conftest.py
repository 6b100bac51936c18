"""What all tests share."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

import eventspace as es

# The first example of a compiled function takes seconds on a machine that has not compiled it yet.
settings.register_profile("eventspace", deadline=None, derandomize=True)
settings.load_profile("eventspace")


@pytest.fixture(autouse=True)
def without_pngs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are drawn as SVG only, and PNG files are empty: drawing takes most of the time of a small study.

    What is marked ``pngs`` draws as users do: the demo, which shows most studies, and the run directory.
    """
    if not request.node.get_closest_marker("pngs"):
        monkeypatch.setattr("eventspace.report.drawing.png", lambda figure: b"")


@pytest.fixture(scope="module")
def two_repetitions() -> Iterator[None]:
    """The classifier of the two-sample metrics takes most of the time of a small study: two divisions, not five."""
    from eventspace.statistics.agreement import classifier_auc

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(classifier_auc.__kwdefaults__, "repeats", 2)
        yield


@pytest.fixture(scope="session")
def qcd_jets() -> es.ParticleClouds:
    """120 simulated QCD jets."""
    (jets,) = es.simulate("qcd-jets", 120, seed=11, processes=1, show_progress=False)
    assert isinstance(jets, es.ParticleClouds)
    return jets

"""The anomaly search where the truth is known: other shapes are found, equal ones are not; a resume changes nothing."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eventspace as es
from eventspace.base.work import Work
from eventspace.events.base import Events
from eventspace.studies.anomaly.anomaly import AnomalyConfig
from eventspace.studies.registry import study
from eventspace.studies.study import Result

SMALL = {"medoids": (1, 3, 8), "pixels": 10}


def run(background: Events, signal: Events, config: AnomalyConfig, **how: Any) -> Result:
    """The study, asked of these events."""
    return study("anomaly").ask({"background": background, "signal": signal}, config, Work(**how))


def prongs(n: int, separation: float, seed: int) -> es.ParticleClouds:
    """Jets of two equal prongs of 6 particles each, so far apart; 0 makes one prong of them."""
    rng = np.random.default_rng(seed)
    events = []
    for _ in range(n):
        sign = np.repeat([-0.5, 0.5], 6)
        places = rng.normal(scale=0.05, size=(12, 2)) + separation * sign[:, None] * [1.0, 0.0]
        events.append(np.column_stack([rng.exponential(5.0, 12) + 1.0, places]))
    return es.ParticleClouds.from_lists(events)


@pytest.fixture(scope="module")
def found() -> dict[str, float]:
    result = run(prongs(60, 0.0, 1), prongs(60, 0.6, 2), AnomalyConfig(**SMALL))
    return {name: number.value for name, number in result.numbers.items()}


def test_two_prongs_among_one_and_the_inverse_are_found_by_every_score(found: dict[str, float]) -> None:
    areas = {name: value for name, value in found.items() if name.startswith("auc.")}
    # directions x (powers x (headline, scan, average, neighbours) + neighbours on lines)
    assert len(areas) == 2 * (2 * (1 + 3 + 1 + 1) + 1)
    assert min(areas.values()) > 0.99


def test_headline_is_the_largest_number_of_medoids(found: dict[str, float]) -> None:
    for p in ("p1", "p0.5"):
        for suffix in ("", ".inverse"):
            assert found[f"auc.medoids.{p}{suffix}"] == found[f"auc.medoids.{p}.n8{suffix}"]


def test_rejections_have_the_promised_names(found: dict[str, float]) -> None:
    for name in ("rejection30.medoids.p1", "rejection50.medoids.p1", "rejection50.average.p0.5.inverse"):
        assert found[name] >= 1


@pytest.mark.slow
def test_equal_samples_cannot_be_told_apart() -> None:
    numbers = run(prongs(160, 0.4, 3), prongs(160, 0.4, 4), AnomalyConfig(**SMALL, p=(1.0,))).numbers
    for name in ("auc.medoids.p1", "auc.average.p1", "auc.medoids.p1.inverse", "auc.average.p1.inverse"):
        assert numbers[name].low is not None
        assert numbers[name].high is not None
        assert numbers[name].low - 0.05 < 0.5 < numbers[name].high + 0.05


@pytest.mark.slow
def test_nothing_depends_on_threads_or_on_a_resume(tmp_path: Path) -> None:
    background, signal = prongs(40, 0.0, 5), prongs(40, 0.3, 6)
    config = AnomalyConfig(**SMALL)
    plain = run(background, signal, config, threads=1)
    first = run(background, signal, config, threads=2, folder=tmp_path)
    kept = sorted(tmp_path.iterdir())
    assert kept, "the study keeps its unfinished work"
    kept[0].unlink()  # as if the run had been killed there
    again = run(background, signal, config, folder=tmp_path)
    for other in (first, again):
        assert other.numbers == plain.numbers
        assert all(np.array_equal(other.arrays[name], plain.arrays[name]) for name in plain.arrays)


@pytest.mark.slow
def test_reference_and_scored_events_do_not_overlap() -> None:
    result = run(
        prongs(40, 0.0, 5),
        prongs(40, 0.3, 6),
        AnomalyConfig(**(SMALL | {"training": 0.25, "p": (1.0,), "medoids": (2,)})),
    )
    assert len(result.arrays["scores.medoids.p1.ordinary"]) == 30
    assert result.arrays["scores.medoids.p1.ordinary"].min() > 0  # a medoid that scored itself would have distance 0


@pytest.mark.parametrize(
    ("background", "signal", "message"),
    [
        (prongs(10, 0.0, 1), prongs(40, 0.0, 1), "background sample: 10 events leave 5 to choose 8 medoids"),
        (es.Points(values=np.zeros((40, 2))), prongs(40, 0.0, 1), "background sample: it holds points"),
    ],
)
def test_wrong_samples_are_told(background: es.ParticleClouds, signal: es.ParticleClouds, message: str) -> None:
    with pytest.raises(es.InputError, match=message):
        run(background, signal, AnomalyConfig(**SMALL))


def test_unknown_key_is_rejected() -> None:
    with pytest.raises(ValueError, match="medoid_number"):
        AnomalyConfig(medoid_number=3)


@pytest.mark.slow
def test_the_interval_contains_what_other_splits_give() -> None:
    background, signal = prongs(60, 0.0, 1), prongs(60, 0.12, 2)
    options = SMALL | {"p": (1.0,), "medoids": (2,)}
    numbers = run(background, signal, AnomalyConfig(**options, splits=4)).numbers
    arrays = run(background, signal, AnomalyConfig(**options, splits=4)).arrays
    once = run(background, signal, AnomalyConfig(**options, splits=1)).numbers
    for name in ("auc.medoids.p1", "auc.average.p1", "auc.medoids.p1.inverse"):
        each = arrays[f"splits.{name}"]
        assert len(set(each.tolist())) > 1, "the splits differ"
        assert numbers[name].value == pytest.approx(each.mean())
        assert once[name].value == each[0]
        assert numbers[name].low < each.min() < each.max() < numbers[name].high
        assert "another choice of the reference is not contained" in once[name].note


def test_events_are_not_scored_by_themselves() -> None:
    jets = prongs(60, 0.0, 1)
    with pytest.raises(es.InputError, match="signal sample: it holds the events of the background"):
        run(jets, jets[:], AnomalyConfig(**SMALL))

"""The study ``topology``: shapes that are known, two samples, and every kind of events."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eventspace as es
from eventspace.base.work import Work
from eventspace.events.base import Events
from eventspace.statistics.persistence import bottleneck
from eventspace.studies.registry import study
from eventspace.studies.study import Result
from eventspace.studies.topology import TopologyConfig

SMALL = {"neighbours": 15, "landmarks": 60, "replicas": 20, "permutations": 39}
QUIET = {"show_progress": False, "threads": 2}


def run(samples: dict[str, Events], config: TopologyConfig, **how: Any) -> Result:
    """The study, asked of these events."""
    return study("topology").ask(samples, config, Work(**how))


def ring(n, seed):
    return next(es.simulate("ring", n, seed=seed))


def disc(n, seed):
    """As many points as wide as the ring, without its hole."""
    return es.Points(values=np.random.default_rng(seed).normal(0, 2.9, size=(n, 2)))


@pytest.mark.parametrize(("kind", "betti"), [("circles", (2, 2)), ("ring", (1, 1)), ("camelback", (2, 0))])
def test_betti_numbers_of_toys(kind, betti):
    events = next(es.simulate(kind, 5000, seed=1))
    result = run({kind: events}, TopologyConfig(replicas=40), **QUIET)
    assert tuple(result.numbers[f"betti.{k}"].value for k in (0, 1)) == betti
    for k, count in enumerate(betti):
        found = result.numbers[f"betti.{k}"]
        assert (found.low, found.high) == (None, None), "a count, which claims no interval"
        assert "not an interval" in found.note
        assert result.numbers["threshold"].low <= result.numbers["threshold"].value
        assert result.numbers["threshold"].high is None, "40 replicas are too few for that"
        for rank in range(1, count + 1):
            lives = result.numbers.get(f"persistence.{k}.{rank}")
            if lives is None:  # the component that never dies
                assert (k, rank) == (0, 1)
                continue
            assert lives.value > result.numbers["threshold"].value
            assert lives.low > 1
    assert f"{betti[0]} connected component" in result.answer


@pytest.mark.slow
def test_missing_hole_of_a_generated_ring_is_found():
    config = TopologyConfig(**{**SMALL, "neighbours": 30, "landmarks": 200})
    result = run({"ring": ring(2000, 1), "generated": disc(2000, 2)}, config, **QUIET)
    assert result.numbers["betti.1.ring"].value == 1
    assert result.numbers["betti.1.generated"].value == 0
    assert result.numbers["p"].value == 1 / 40
    assert result.numbers["p.1"].value == 1 / 40
    assert "differ, p" in result.answer


@pytest.mark.slow
def test_p_values_of_one_source_are_not_small():
    config = {**SMALL, "neighbours": 10, "landmarks": 40, "permutations": 19}
    p = [
        run({"a": ring(150, 2 * seed), "b": ring(150, 2 * seed + 1)}, TopologyConfig(**config), **QUIET)
        .numbers["p"]
        .value
        for seed in range(1, 21)
    ]
    assert np.mean(np.array(p) <= 0.05) <= 0.2
    assert np.mean(p) > 0.3


def test_what_the_landmarks_do_not_resolve_is_not_called_equal():
    """In 20 dimensions few landmarks are farther from the events than the events from each other."""
    a, b = (es.Points(values=np.random.default_rng(seed).normal(0, seed, size=(100, 20))) for seed in (1, 2))
    result = run({"a": a, "b": b}, TopologyConfig(**{**SMALL, "landmarks": 10}), **QUIET)
    assert result.numbers["distance.0"].value == result.numbers["distance.1"].value == 0
    assert "below the resolution" in result.answer
    assert "below the resolution" in result.numbers["distance.0"].note
    assert "p =" not in result.answer


def test_distances_are_those_of_the_diagrams_and_their_intervals_know_a_difference():
    one, other = ring(300, 1), disc(300, 2)
    result = run({"a": one, "b": other}, TopologyConfig(**SMALL), **QUIET)
    diagrams = [[result.arrays[f"{name}.diagram.{k}"] for k in (0, 1)] for name in "ab"]
    assert result.arrays["distances"].shape == (2,)
    assert result.arrays["distances.exchanged"].shape == (39, 2)
    # From landmarks of its own each sample looks nearly the same.
    assert bottleneck(diagrams[0][1], diagrams[1][1]) == pytest.approx(result.numbers["bottleneck.1"].value, abs=0.15)
    same = run({"a": one, "b": ring(300, 5)}, TopologyConfig(**SMALL), **QUIET)
    for name in ("distance", "bottleneck"):
        assert same.numbers[f"{name}.1"].low == 0 < result.numbers[f"{name}.1"].low
    assert all(result.numbers[f"distance.{k}"].value >= result.numbers[f"bottleneck.{k}"].value for k in (0, 1))


def test_nothing_depends_on_threads_or_on_a_resume(tmp_path: Path):
    samples = {"a": ring(200, 1), "b": disc(220, 2)}
    config = TopologyConfig(**SMALL)
    plain = run(samples, config, threads=1, show_progress=False)
    run(samples, config, threads=3, show_progress=False, folder=tmp_path)
    next(tmp_path.iterdir()).unlink()
    again = run(samples, config, folder=tmp_path, **QUIET)
    assert again.numbers == plain.numbers
    assert all(np.array_equal(again.arrays[name], plain.arrays[name]) for name in plain.arrays)


def test_events_are_drawn_by_the_seed():
    events = ring(3000, 1)
    found = [
        run({"ring": events}, TopologyConfig(events=300, seed=seed, **SMALL), **QUIET).arrays["ring.landmarks"]
        for seed in (1, 1, 2)
    ]
    assert np.array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2])


def jets(n, seed):
    """Two particles; the second at a fixed distance in a random direction: a circle under transport."""
    angle = np.random.default_rng(seed).uniform(0, 2 * np.pi, n)
    return es.ParticleClouds.from_lists([[(1.0, 0.0, 0.0), (1.0, 0.5 * np.cos(a), 0.5 * np.sin(a))] for a in angle])


def test_jets_whose_second_particle_goes_round_make_a_loop():
    # Centred, a jet looks the same after half a turn, which is a circle once more.
    result = run({"jets": jets(600, 1)}, TopologyConfig(**{**SMALL, "neighbours": 40}), **QUIET)
    assert str(result.arrays["metric"]) == "transport"
    assert [result.numbers[f"betti.{k}"].value for k in (0, 1)] == [1, 1]


def showers(n, seed, depths):
    """As deep as one of these layers, more or less."""
    rng = np.random.default_rng(seed)
    depth = rng.choice(depths, n) + 0.2 * rng.normal(size=n)
    profile = np.exp(-0.5 * ((np.arange(12) - depth[:, None]) / 1.5) ** 2)
    return es.Showers.from_dense(np.broadcast_to(profile[:, None, None, :], (n, 2, 2, 12)).copy())


def test_two_samples_of_showers_under_the_root_of_jensen_shannon():
    """A generator that has lost one of two depths, and one that has not."""
    truth, lost, good = showers(150, 1, [3.0, 8.0]), showers(150, 2, [3.0]), showers(150, 3, [3.0, 8.0])
    config = TopologyConfig(**SMALL)
    result = run({"truth": truth, "lost": lost}, config, **QUIET)
    assert str(result.arrays["metric"]) == "jensen-shannon"
    assert [result.numbers[f"betti.0.{name}"].value for name in ("truth", "lost")] == [2, 1]
    assert result.numbers["p.0"].value == 1 / 40
    assert run({"truth": truth, "good": good}, config, **QUIET).numbers["p"].value > 0.05


def test_showers_of_two_depths_are_two_components_under_the_root_of_jensen_shannon():
    rng = np.random.default_rng(1)
    depth = np.where(np.arange(120) % 2, 3.0, 8.0) + 0.2 * rng.normal(size=120)
    profile = np.exp(-0.5 * ((np.arange(12) - depth[:, None]) / 1.5) ** 2)
    showers = es.Showers.from_dense(np.broadcast_to(profile[:, None, None, :], (120, 2, 2, 12)).copy())
    result = run({"showers": showers}, TopologyConfig(**SMALL), **QUIET)
    assert str(result.arrays["metric"]) == "jensen-shannon"
    assert str(result.arrays["unit"]) == "nat^(1/2)"
    assert result.numbers["betti.0"].value == 2
    square = run({"points": es.Points(values=depth[:, None])}, TopologyConfig(metric="mse", **SMALL), **QUIET)
    plain = run({"points": es.Points(values=depth[:, None])}, TopologyConfig(**SMALL), **QUIET)
    assert square.numbers["resolution"].value == pytest.approx(plain.numbers["resolution"].value)


@pytest.mark.parametrize(
    ("samples", "options", "message"),
    [
        ({}, {}, "0 samples"),
        ({"a": ring(20, 1)}, {}, "a sample: 20 events are too few for 50 neighbours"),
        ({"a": es.Points(values=np.ones((300, 2)))}, {}, "all events are equal"),
        ({"a": ring(100, 1), "b": jets(100, 1)}, SMALL, "b sample: particles cannot be compared with points"),
        ({"a": ring(100, 1)}, {**SMALL, "metric": "ssim"}, "dynamic range"),
    ],
)
def test_wrong_input_is_told(samples, options, message):
    with pytest.raises(es.InputError, match=message):
        run(samples, TopologyConfig(**options), **QUIET)


def test_what_does_not_fit_into_memory_is_refused_before_it_starts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("eventspace.base.memory.available_memory", lambda: 10**6)
    monkeypatch.setattr("eventspace.studies.geometry.matrix", lambda *_, **__: pytest.fail("it started"))
    with pytest.raises(es.InputError, match=r"GB of memory are needed.*--events"):
        run({"a": ring(2000, 1)}, TopologyConfig(), **QUIET)

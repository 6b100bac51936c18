"""The study ``mapper``: the graphs of toys, its quantities, and every kind of events."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eventspace as es
from eventspace.base.work import Work
from eventspace.events.base import Events
from eventspace.studies.mapper import MapperConfig
from eventspace.studies.registry import study
from eventspace.studies.study import Result

QUIET = {"show_progress": False, "threads": 2}


def run(sample: Events, config: MapperConfig, **how: Any) -> Result:
    """The study, asked of these events."""
    return study("mapper").ask({"sample": sample}, config, Work(**how))


def toy(kind, n=2500, seed=1):
    return next(es.simulate(kind, n, seed=seed))


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "truth"), [("circles", (2, 2)), ("ring", (1, 1)), ("camelback", (2, 0))])
def test_graphs_of_toys(kind, truth):
    result = run(replace(toy(kind), file=Path(f"{kind}.h5")), MapperConfig(), **QUIET)
    assert (result.numbers["components"].value, result.numbers["loops"].value) == truth
    assert 1 / 2 < result.numbers["stability"].value <= 1
    assert f"{truth[0]} connected component" in result.answer


@pytest.mark.slow
def test_arrays_say_what_is_in_the_nodes():
    events = toy("circles", 1500)
    result = run(events, MapperConfig(colour="label=outer", filter="coordinate.0", intervals=15), **QUIET)
    sizes, numbers = result.arrays["sizes"], result.arrays["events"]
    assert result.numbers["graph.nodes"].value == len(sizes)
    assert result.arrays["scan"].shape == (5, 3, 2)
    for k, node in enumerate(np.split(numbers, np.cumsum(sizes)[:-1])):
        assert result.arrays["colour"][k] == np.mean(events.labels[node] == "outer")
        assert result.arrays["filter"][k] == pytest.approx(events.values[node, 0].mean())
        assert result.arrays["colour"][k] in (0.0, 1.0)  # no node holds both circles
    assert result.numbers["noise"].value == 1 - len(np.unique(numbers)) / 1500
    assert "displays" not in result.arrays


def test_events_of_nodes_are_those_of_the_file():
    events = toy("circles", 1500)
    config = MapperConfig(
        events=700, min_samples=5, filter="coordinate.0", scanned_intervals=(6,), scanned_overlaps=(0.3,)
    )
    result = run(events, config, **QUIET)
    for k, node in enumerate(np.split(result.arrays["events"], np.cumsum(result.arrays["sizes"])[:-1])):
        assert result.arrays["filter"][k] == pytest.approx(events.values[node, 0].mean())
    assert len(np.unique(result.arrays["events"])) <= 700


def test_all_filters_and_clusterers_give_graphs():
    for filter_ in ("principal", "eccentricity", "density", "coordinate.1"):
        for clusterer in ("dbscan", "single-linkage"):
            config = MapperConfig(filter=filter_, clusterer=clusterer, scanned_intervals=(6,), scanned_overlaps=(0.3,))
            assert run(toy("ring", 400), config, **QUIET).numbers["graph.nodes"].value > 1


@pytest.mark.parametrize("options", [{}, {"cluster_eps": 0.1}, {"clusterer": "single-linkage"}])
def test_a_generator_of_three_events_makes_three_components(options):
    copies = es.Points(values=np.repeat([[0.0, 0.0], [3.0, 1.0], [9.0, 5.0]], 100, axis=0))
    result = run(copies, MapperConfig(**options), **QUIET)
    assert (result.numbers["components"].value, result.numbers["loops"].value) == (3, 0)
    assert result.numbers["noise"].value == 0


def jets(n=120):
    rng = np.random.default_rng(1)
    return es.ParticleClouds.from_lists(
        [[(2.0, 0.0, 0.0), (1.0, 0.02 * rng.normal() + x, 0.0)] for x in np.linspace(0.1, 0.8, n)]
    )


def test_jets_show_their_mean_and_follow_their_angle():
    config = MapperConfig(
        min_samples=2, cluster_eps=0.05, intervals=5, scanned_intervals=(4, 5), scanned_overlaps=(0.3,)
    )
    result = run(jets(), config, **QUIET)
    displays = result.arrays["displays"]
    assert displays.shape == (len(result.arrays["sizes"]), 24, 24)
    assert displays.sum(axis=(1, 2)) == pytest.approx(1.0)
    # The second particle goes away along the rapidity, which is the second axis.
    assert np.count_nonzero(displays.sum(axis=(0, 1))) > 2
    assert np.count_nonzero(displays.sum(axis=(0, 2))) == 1
    assert result.numbers["components"].value == 1
    assert result.numbers["loops"].value == 0


def test_showers_show_their_mean_from_the_side():
    rng = np.random.default_rng(1)
    profile = np.exp(-0.5 * ((np.arange(8) - rng.uniform(2, 6, size=(60, 1))) / 1.5) ** 2)
    showers = es.Showers.from_dense(np.broadcast_to(profile[:, None, None, :], (60, 3, 2, 8)).copy())
    config = MapperConfig(min_samples=2, intervals=3, scanned_intervals=(3,), scanned_overlaps=(0.3,))
    result = run(showers, config, **QUIET)
    first = np.split(result.arrays["events"], np.cumsum(result.arrays["sizes"])[:-1])[0]
    assert result.arrays["displays"].shape[1:] == (8, 3)
    assert result.arrays["displays"][0, :, 0] == pytest.approx(2 * profile[first].mean(axis=0))


def test_nothing_depends_on_threads_or_on_a_resume(tmp_path: Path):
    config = MapperConfig(scanned_intervals=(6,), scanned_overlaps=(0.3,))
    plain = run(toy("ring", 400), config, threads=1, show_progress=False)
    again = run(toy("ring", 400), config, folder=tmp_path, **QUIET)
    assert again.numbers == plain.numbers
    assert all(np.array_equal(again.arrays[name], plain.arrays[name]) for name in plain.arrays)


@pytest.mark.parametrize(
    ("events", "options", "message"),
    [
        (toy("ring", 10), {}, "too few for nodes of 10"),
        (es.Points(values=np.ones((30, 2))), {}, "all events are equal"),
        (toy("circles", 200), {"filter": "mass"}, "coordinate.1, label=inner, label=outer"),
        (toy("ring", 200), {"cluster_eps": 1e-6}, "no cluster is large enough"),
    ],
)
def test_wrong_input_is_told(events, options, message):
    with pytest.raises(es.InputError, match=message):
        run(events, MapperConfig(**options), **QUIET)

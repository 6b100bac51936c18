"""What every metric of the dictionary promises: axioms, bytes, refusals, and that it can be named everywhere."""

from dataclasses import MISSING, fields
from importlib import import_module
from inspect import isabstract
from pathlib import Path
from pkgutil import walk_packages
from typing import get_args

import h5py
import numpy as np
import pandas as pd
import pytest

import eventspace as es
import eventspace.distances
import eventspace.studies
from eventspace.distances.engine.pairwise import matrix_to_file
from eventspace.distances.metric import Metric
from eventspace.distances.registry import METRICS, MetricConfig, _parameters, named_metric
from eventspace.events.kinds import KINDS

# What options need a value that nobody can guess: one for every such option of any metric.
NEEDED = {
    "dynamic_range": 3.0,
    "visible_energy": 91.2,
    "axis": "z",
    "file": Path(__file__).with_name("embedding.safetensors"),  # of random weights: embeddings.py wrote it
}


def jets(n: int, rng: np.random.Generator) -> es.ParticleClouds:
    lists = [np.column_stack([rng.exponential(size=k), *rng.normal(0, 0.3, (2, k))]) for k in rng.integers(1, 9, n)]
    return es.ParticleClouds.from_lists(lists)


def images(n: int, rng: np.random.Generator) -> es.Images:
    values = rng.exponential(size=(n, 12, 12)) * (rng.random((n, 12, 12)) < 0.3)
    values[:, 5, 5] += 1
    return es.Images(values=values, half_width=1.0)


def showers(n: int, rng: np.random.Generator) -> es.Showers:
    dense = rng.exponential(size=(n, 5, 4, 6)) * (rng.random((n, 5, 4, 6)) < 0.3)
    dense[:, 2, 2, 2] += 1
    return es.Showers.from_dense(dense)


def histograms(n: int, rng: np.random.Generator) -> es.Points:
    return es.Points(values=rng.exponential(size=(n, 4)))


def particles(n: int, rng: np.random.Generator) -> es.Points:
    """Of an e+e- event: E, px, py, pz."""
    momenta = rng.normal(size=(n, 3))
    return es.Points(values=np.column_stack([np.linalg.norm(momenta, axis=1), momenta]))


SETS = {"particles": jets, "images": images, "showers": showers, "points": histograms, "momenta": particles}


def chosen(name: str) -> Metric:
    """The metric of this name, with a value for each parameter that has no default."""
    parameters = _parameters(METRICS[name])
    return named_metric(name, **{o: NEEDED[o] for o, entry in parameters.items() if entry.default is MISSING})


def cases() -> list[tuple[Metric, str]]:
    """Each metric with each kind of events that it takes."""
    metrics = [chosen(name) for name in METRICS]
    metrics += [es.JensenShannon("z"), es.JensenShannon("x", normalise=False), es.Transport(p=0.5, normalise=False)]
    found = []
    for metric in metrics:
        for kind, make in SETS.items():
            some = make(2, np.random.default_rng(0))
            try:
                metric.prepare(some, some)
            except es.InputError:
                continue
            found.append((metric, kind))
    return found


CASES = cases()
EACH = pytest.mark.parametrize(("metric", "kind"), CASES, ids=str)
ALL = pytest.mark.parametrize("name", METRICS)


def test_no_metric_is_missing_from_the_dictionary() -> None:
    for module in walk_packages(eventspace.distances.__path__, "eventspace.distances."):
        if not module.name.endswith("triton"):  # needs a GPU
            import_module(module.name)
    written = {metric for metric in Metric.__subclasses__() if metric.__module__.startswith("eventspace.")}
    assert {metric for metric in written if not isabstract(metric)} == set(METRICS.values())
    assert all(getattr(es, metric.__name__) is metric for metric in METRICS.values())


@ALL
def test_it_takes_some_kind_of_events_and_says_what_it_is(name: str) -> None:
    metric = chosen(name)
    assert name == metric.name
    assert any(of.name == name for of, _ in CASES)
    assert isinstance(metric.unit, str)
    assert not (metric.is_metric and metric.root_is_metric)


@EACH
def test_axioms_that_are_claimed(metric: Metric, kind: str) -> None:
    events = SETS[kind](12, np.random.default_rng(1))
    d = es.matrix(metric, events, events)
    assert np.isfinite(d).all()
    np.testing.assert_array_equal(d, d.T)
    if metric.is_metric or metric.root_is_metric:
        assert not np.diag(d).any()
        d = np.sqrt(d) if metric.root_is_metric else d
        slack = 1e-9 * d.max()
        assert (d[:, None, :] <= d[:, :, None] + d[None, :, :] + slack).all()


@EACH
def test_blocks_and_threads_change_no_byte(metric: Metric, kind: str, tmp_path) -> None:
    rng = np.random.default_rng(2)
    events, others = SETS[kind](15, rng), SETS[kind](8, rng)
    full, cross = es.matrix(metric, events, threads=1), es.matrix(metric, events, others, threads=1)
    assert metric.between(events[3:4], others[5:6]) == cross[3, 5]
    ready = metric.prepare(events, events)
    np.testing.assert_array_equal(metric.block(*ready, upper=True), np.triu(full, k=1))
    for block, threads in ((1, 2), (4, 3), (50, 1)):
        how = {"block": block, "threads": threads, "show_progress": False}
        np.testing.assert_array_equal(es.matrix(metric, events, **how), full)
        np.testing.assert_array_equal(es.matrix(metric, events, others, **how), cross)
        path = matrix_to_file(metric, events, others, path=tmp_path / f"{block}.h5", **how)
        with h5py.File(path) as file:
            np.testing.assert_array_equal(file["distances"][:], cross)


@EACH
def test_nearest_and_counts_are_those_of_the_matrix(metric: Metric, kind: str) -> None:
    """However little of it they compute."""
    rng = np.random.default_rng(3)
    events, others = SETS[kind](17, rng), SETS[kind](9, rng)
    full, cross = es.matrix(metric, events), es.matrix(metric, events, others)
    np.fill_diagonal(full, np.inf)
    thresholds = np.quantile(full[np.isfinite(full) & (full > 0)], [0.1, 0.5, 0.9])
    for block in (3, 64):
        index, distance = es.nearest(metric, events, others, k=2, block=block)
        order = np.argsort(cross, axis=1, kind="stable")[:, :2]
        np.testing.assert_array_equal(index, order)
        np.testing.assert_array_equal(distance, np.take_along_axis(cross, order, axis=1))
        within, _ = es.nearest(metric, events, block=block)
        np.testing.assert_array_equal(within, np.argmin(full, axis=1))
        below = (full[:, :, np.newaxis] < thresholds).sum(axis=1)
        np.testing.assert_array_equal(es.counts(metric, events, thresholds, block=block), below)


NO_EVENTS = [[np.ones((1, 3))], np.ones((1, 3)), pd.DataFrame(np.ones((1, 3))), ((1.0, 0.0, 0.0),)]


@ALL
@pytest.mark.parametrize("given", NO_EVENTS, ids=lambda given: type(given).__name__)
def test_plain_arrays_are_refused_with_the_way_to_make_events(name: str, given: object) -> None:
    metric, problem = chosen(name), f"{type(given).__name__} is not a set of events; make one: es.Points"
    for call in (metric.between, metric.prepare, lambda *pair: es.matrix(metric, *pair)):
        with pytest.raises(es.InputError, match=problem):
            call(given, given)
    with pytest.raises(es.InputError, match="list is not a set of events"):
        es.nearest(metric, [*given, *given])


@ALL
def test_events_of_another_kind_are_refused(name: str) -> None:
    metric, taken = chosen(name), {kind for of, kind in CASES if of.name == name}
    refused = [make(3, np.random.default_rng(4)) for kind, make in SETS.items() if kind not in taken]
    assert refused
    for events in refused:
        with pytest.raises(es.InputError):
            es.matrix(metric, events)


@ALL
def test_its_parameters_are_options_and_others_are_refused(name: str) -> None:
    parameters = _parameters(METRICS[name])
    assert set(parameters) <= set(MetricConfig.model_fields)
    given = {o: NEEDED.get(o, entry.default) for o, entry in parameters.items()}
    metric = MetricConfig(metric=name, **given).metric_for(SETS["points"](1, np.random.default_rng(5)))
    assert type(metric) is METRICS[name]
    assert all(getattr(metric, entry.name) == given[o] for o, entry in parameters.items())
    for option in set(MetricConfig.model_fields) - set(parameters) - {"metric"}:
        with pytest.raises(es.InputError, match=f"the metric {name} has no parameter {option}; it has "):
            named_metric(name, **{option: 1.0})


NEEDING = [(name, o) for name in METRICS for o, entry in _parameters(METRICS[name]).items() if entry.default is MISSING]


@pytest.mark.parametrize(("name", "option"), NEEDING)
def test_a_parameter_without_default_has_to_be_given(name: str, option: str) -> None:
    with pytest.raises(es.InputError, match=f"the metric {name} needs the .*; give --{option.replace('_', '-')}"):
        named_metric(name)


def test_every_configuration_with_a_metric_offers_all_of_them() -> None:
    for module in walk_packages(eventspace.studies.__path__, "eventspace.studies."):
        import_module(module.name)
    offering = [config for config in _subclasses(MetricConfig) if config is not MetricConfig]
    assert {config.__name__ for config in offering} >= {"DimensionConfig", "TopologyConfig", "MapperConfig"}
    for config in (MetricConfig, *offering):
        literal = next(kind for kind in get_args(config.model_fields["metric"].annotation) if kind is not type(None))
        assert get_args(literal) == tuple(METRICS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_events_has_a_usual_metric_that_takes_it(kind: str) -> None:
    if kind == "collisions":  # no metric takes whole e+e- events yet
        columns = {"px": [1.0], "py": [0.0], "pz": [0.0], "E": [1.0]}
        with pytest.raises(es.InputError, match="there is no usual distance between collisions"):
            MetricConfig().metric_for(es.Collisions.from_flat([1], columns))
        return
    events = SETS[kind](3, np.random.default_rng(6))
    assert es.matrix(MetricConfig().metric_for(events), events).shape == (3, 3)


def _subclasses(kind: type) -> list[type]:
    return [found for child in kind.__subclasses__() for found in (child, *_subclasses(child))]


def test_a_metric_of_another_name_is_refused() -> None:
    with pytest.raises(es.InputError, match="no metric 'wasserstein'; choose from transport, sinkhorn"):
        named_metric("wasserstein")


def test_fields_without_description_are_for_python_only() -> None:
    assert {entry.name for entry in fields(es.SSIM)} - {"K1", "K2"} == {"L", "sigma"}
    assert set(_parameters(es.SSIM)) == {"dynamic_range", "sigma"}


ENERGIES = [
    es.EnergyDifference(),
    es.Transport(normalise=False),
    es.Sinkhorn(normalise=False),
    es.ShowerTransport(normalise=False),
    es.JensenShannon(axis="z", normalise=False),
]


@pytest.mark.parametrize("metric", ENERGIES, ids=repr)
def test_distances_that_are_energies_have_the_unit_of_the_events(metric: Metric) -> None:
    images = es.Images(values=np.ones((1, 2, 2)), half_width=1.0, units={"values": "MeV"})
    showers = es.Showers.from_dense(np.ones((1, 2, 2, 2)), units={"energy": "MeV"})
    clouds = images.to_particles()
    for events in (images, showers, clouds):
        assert metric.unit_for(events) == "MeV"
    assert metric.unit_for(es.Showers.from_dense(np.ones((1, 2, 2, 2)))) == "GeV"
    assert es.Transport().unit_for(clouds) == ""


def test_a_file_of_distances_says_its_unit(tmp_path) -> None:
    jets = es.ParticleClouds.from_lists([[(1.0, 0.0, 0.0)], [(2.0, 0.1, 0.0)]], units={"pt": "MeV"})
    path = matrix_to_file(es.Transport(normalise=False), jets, path=tmp_path / "d.h5", show_progress=False)
    with h5py.File(path) as file:
        assert file["distances"].attrs["unit"] == "MeV"

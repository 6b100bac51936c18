"""The dimension of samples whose dimension is known."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eventspace as es
from eventspace.base.work import Work
from eventspace.events.base import Events
from eventspace.studies.dimension import DimensionConfig
from eventspace.studies.registry import study
from eventspace.studies.study import Result


def run(samples: dict[str, Events], config: DimensionConfig, **how: Any) -> Result:
    """The study, asked of these events."""
    return study("dimension").ask(samples, config, Work(**how))


def cube(n: int, d: int, seed: int = 1) -> es.Points:
    return es.Points(values=np.random.default_rng(seed).uniform(size=(n, d)))


@pytest.mark.parametrize("d", [1, 2, 3])
def test_dimension_of_a_cube_well_inside_its_size(d: int) -> None:
    # Edges lower the slope of C(Q) by about Q d / 2 relative; at Q = 0.1 that is small.
    number = run({"cube": cube(800, d)}, DimensionConfig(at=(0.1,))).numbers["dimension.q0.1"]
    assert number.value == pytest.approx(d, rel=0.15)
    assert number.low is not None
    assert number.high is not None
    assert number.low < number.value < number.high


def test_several_samples_share_their_scales_and_carry_their_names() -> None:
    result = run({"line": cube(300, 1), "square": cube(300, 2)}, DimensionConfig(at=(0.1,)))
    assert result.numbers["dimension.q0.1.line"].value < result.numbers["dimension.q0.1.square"].value
    assert len(result.arrays["thresholds"]) == 41
    assert "line" in result.answer
    assert "square" in result.answer


def one_particle_jets(n: int) -> es.ParticleClouds:
    """Jets of two particles; the second one's place in the plane is all that differs: two dimensions."""
    rng = np.random.default_rng(3)
    places = rng.uniform(-0.5, 0.5, size=(n, 2))
    return es.ParticleClouds.from_lists([[(1.0, 0.0, 0.0), (1.0, x, y)] for x, y in places])


def test_jets_that_differ_in_one_place_have_two_dimensions_under_transport() -> None:
    config = DimensionConfig(steps=(), at=(0.05,), q_min=0.01, q_max=0.3)
    number = run({"jets": one_particle_jets(500)}, config).numbers["dimension.q0.05"]
    assert number.value == pytest.approx(2, abs=0.25)


def test_scales_without_pairs_are_left_out_and_said() -> None:
    result = run({"cube": cube(5, 3)}, DimensionConfig(at=(1e-6,), q_min=1e-7, q_max=1e-5))
    assert result.numbers == {}
    assert "give more events" in result.answer


def test_nothing_depends_on_threads_or_on_a_resume(tmp_path: Path) -> None:
    samples = {"a": cube(100, 2), "b": cube(90, 3)}
    plain = run(samples, DimensionConfig(), threads=1)
    run(samples, DimensionConfig(), threads=2, folder=tmp_path)
    next(tmp_path.iterdir()).unlink()
    again = run(samples, DimensionConfig(), folder=tmp_path)
    assert again.numbers == plain.numbers
    assert all(
        np.array_equal(again.arrays[name], values, equal_nan=values.dtype.kind == "f")
        for name, values in plain.arrays.items()
    )


def test_a_distance_whose_root_is_the_metric_is_measured_by_its_root() -> None:
    """The root of the mean squared error is the Euclidean distance over the root of the number of coordinates."""
    plane = {"plane": cube(200, 4)}
    usual = run(plane, DimensionConfig(q_min=0.1, q_max=1, at=(0.4,)))
    root = run(plane, DimensionConfig(metric="mse", q_min=0.05, q_max=0.5, at=(0.2,)))
    found, expected = root.numbers["dimension.q0.2"], usual.numbers["dimension.q0.4"]
    assert (found.value, found.low, found.high) == pytest.approx((expected.value, expected.low, expected.high))


@pytest.mark.parametrize(
    ("samples", "options", "message"),
    [
        ({}, {}, "0 samples"),
        ({"few": cube(2, 2)}, {}, "few sample: there are 2 events; give at least 3"),
        ({"cube": cube(10, 2)}, {"q_min": 1.0, "q_max": 0.5}, "rising"),
        ({"same": es.Points(values=np.zeros((9, 2)))}, {}, "all events are equal"),
        ({"a": cube(9, 2), "b": one_particle_jets(9)}, {}, "b sample: particles cannot be compared with points"),
    ],
)
def test_wrong_input_is_told(samples: dict[str, es.Points], options: dict[str, float], message: str) -> None:
    with pytest.raises(es.InputError, match=message):
        run(samples, DimensionConfig(**options))

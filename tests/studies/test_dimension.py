"""The dimension of samples whose dimension is known."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eventspace as es
from eventspace.base.work import Work
from eventspace.events.base import Events
from eventspace.studies.dimension.dimension import DimensionConfig
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
    numbers = run({"cube": cube(800, d)}, DimensionConfig(at=(0.1,), neighbours=64)).numbers
    for number in (numbers["dimension.q0.1"], *([numbers["gride.q0.1"]] if d > 1 else [])):
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


@pytest.mark.slow
def test_jets_that_differ_in_one_place_have_two_dimensions_under_transport() -> None:
    config = DimensionConfig(steps=(), at=(0.05,), q_min=0.01, q_max=0.3)
    number = run({"jets": one_particle_jets(500)}, config).numbers["dimension.q0.05"]
    assert number.value == pytest.approx(2, abs=0.25)


def test_scales_without_pairs_are_left_out_and_said() -> None:
    result = run({"cube": cube(5, 3)}, DimensionConfig(at=(1e-6,), q_min=1e-7, q_max=1e-5))
    assert list(result.numbers) == ["pairs"]
    assert "give more events" in result.answer
    assert "dimension.q1e-06 (too few close pairs)" in result.answer
    assert "gride (5 events that differ; give at least 8)" in result.answer


@pytest.mark.parametrize("pairs", [None, 700])
def test_nothing_depends_on_threads_or_on_a_resume(tmp_path: Path, pairs: int | None) -> None:
    samples, config = {"a": cube(100, 2), "b": cube(90, 3)}, DimensionConfig(pairs=pairs)
    plain = run(samples, config, threads=1)
    run(samples, config, threads=2, folder=tmp_path)
    for name in ("counts-1.npz", "neighbours-0.npz"):
        (tmp_path / name).unlink()
    again = run(samples, config, folder=tmp_path)
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


def test_gride_takes_the_root_too() -> None:
    plane = {"plane": cube(60, 4)}
    usual = run(plane, DimensionConfig(at=(0.4,))).numbers["gride.q0.4"]
    root = run(plane, DimensionConfig(metric="mse", at=(0.2,))).numbers["gride.q0.2"]
    assert (root.value, root.low, root.high) == pytest.approx((usual.value, usual.low, usual.high))


def test_equal_events_are_left_out_of_gride_and_said() -> None:
    values = np.random.default_rng(1).uniform(size=(60, 2))
    options = DimensionConfig(at=(0.1,), gride_events=100)
    once = run({"once": es.Points(values=values)}, options)
    twice = run({"twice": es.Points(values=np.concatenate([values, values[:7], values[:3]]))}, options)
    assert twice.numbers["gride.q0.1"] == once.numbers["gride.q0.1"]
    assert twice.numbers["gride.events"].value == 60
    assert "without 10 equal ones" in twice.numbers["gride.events"].note


def test_a_random_part_of_the_pairs_is_said_and_agrees_with_all() -> None:
    square = {"square": cube(1000, 2)}
    every = run(square, DimensionConfig(at=(0.2,), gride_events=0)).numbers
    part = run(square, DimensionConfig(at=(0.2,), pairs=50_000)).numbers
    assert 50_000 <= part["pairs"].value < 50_000 + 64**2
    assert "a random part of 499,500" in part["pairs"].note
    assert every["pairs"].value == 499_500
    assert "all of the sample" in every["pairs"].note
    few, all_of_them = part["dimension.q0.2"], every["dimension.q0.2"]
    assert few.low < all_of_them.value < few.high
    assert few.high - few.low > 1.5 * (all_of_them.high - all_of_them.low)
    # 316 events have so many pairs; their neighbours are farther than those of all.
    assert part["gride.events"].value == 316
    assert "random ones of 1,000" in part["gride.events"].note
    assert not any(name.startswith("gride") for name in every)


def test_more_pairs_than_there_are_are_all_pairs() -> None:
    line = {"line": cube(30, 1)}
    assert run(line, DimensionConfig(pairs=435)).numbers == run(line, DimensionConfig()).numbers


def test_many_pairs_are_computed_with_a_hint(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventspace.studies.dimension.dimension._MANY_PAIRS", 1000)
    run({"line": cube(50, 1)}, DimensionConfig(gride_events=0))
    assert "1,225 pairs; --pairs" in caplog.text
    caplog.clear()
    run({"line": cube(50, 1)}, DimensionConfig(gride_events=0, pairs=1100))
    assert "--pairs" not in caplog.text


def test_scales_are_chosen_from_the_distances_where_they_have_no_natural_unit() -> None:
    large = {"large": es.Points(values=5000 * np.random.default_rng(1).uniform(size=(300, 2)))}
    result = run(large, DimensionConfig(gride_events=0))
    assert [name for name in result.numbers if name != "pairs"] == [
        f"dimension.q{scale}" for scale in (200, 500, 1000, 2000)
    ]


def test_numbers_that_are_missing_are_said_with_the_reason() -> None:
    result = run({"square": cube(300, 2)}, DimensionConfig(at=(0.1, 100.0)))
    assert "dimension.q100" not in result.numbers
    assert "dimension.q100 (measured from 0." in result.answer
    assert "gride.q100 (measured from 0." in result.answer
    assert "Gride finds: square" in result.answer


@pytest.mark.parametrize(
    ("samples", "options", "message"),
    [
        ({}, {}, "0 samples; give at least 1"),
        ({"few": cube(2, 2)}, {}, "few sample: there are 2 events; give at least 3"),
        ({"cube": cube(10, 2)}, {"q_min": 1.0, "q_max": 0.5}, "rising"),
        ({"same": es.Points(values=np.zeros((9, 2)))}, {}, "all events are equal"),
        ({"a": cube(9, 2), "b": one_particle_jets(9)}, {}, "b sample: particles cannot be compared with points"),
    ],
)
def test_wrong_input_is_told(samples: dict[str, es.Points], options: dict[str, float], message: str) -> None:
    with pytest.raises(es.InputError, match=message):
        run(samples, DimensionConfig(**options))

"""The study on samples whose dimensions are known, and its numbers beside what the trainings found."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eventspace as es
from eventspace.base.work import Work
from eventspace.events.base import Events
from eventspace.models import fit as fitting
from eventspace.report.representation import figures
from eventspace.statistics.rate_distortion import error_dimension, rate_dimension
from eventspace.studies.registry import study
from eventspace.studies.representation.numbers import answer, numbers_of
from eventspace.studies.representation.representation import CANDIDATES, RepresentationConfig
from eventspace.studies.representation.sweep import Stage, Swept
from eventspace.studies.study import Result

SMALL: dict[str, Any] = {"beta": (0.3, 0.6), "repetitions": 2, "steps": 2, "batch": 8, "width": 4}
SPACES = ("R1", "R2", "C2 x S1")


def run(events: Events, **options: Any) -> Result:
    how = {"folder": options.pop("folder", None), "device": "cpu", "threads": 1, "show_progress": False}
    return study("representation").ask({"sample": events}, RepresentationConfig(**{**SMALL, **options}), Work(**how))


def points(n: int = 100, widths: tuple[float, ...] = (1.0, 0.5), seed: int = 1) -> es.Points:
    return es.Points(values=np.random.default_rng(seed).normal(size=(n, len(widths))) * widths)


@cache
def small() -> Result:
    return run(points(), latent=("R2",))


@cache
def several() -> Result:
    return run(points(), latent=SPACES)


def same(one: Result, other: Result) -> bool:
    assert set(one.arrays) == set(other.arrays)
    assert one.answer == other.answer
    return one.numbers == other.numbers and all(
        values.tobytes() == other.arrays[name].tobytes() for name, values in one.arrays.items()
    )


@pytest.mark.slow
def test_a_line_with_a_narrow_second_direction_has_one_dimension_between_the_widths() -> None:
    """D1 = D2 = 1 at resolutions between 1 and 0.02, and KL and errors are those of the best coding."""
    betas = (0.15, 0.25, 0.4)
    found = run(
        points(3000, (1.0, 0.02)),
        latent=("R2",),
        beta=betas,
        repetitions=1,
        directions=("up",),
        steps=100,
        batch=128,
        width=32,
        rate=3e-3,
    ).numbers
    for beta in betas:
        assert found[f"d1.beta{beta:g}"].value == pytest.approx(1, abs=0.2)
        assert found[f"d2.beta{beta:g}"].value == pytest.approx(1, abs=0.2)
        kl, squared = (found[f"{name}.beta{beta:g}.up"] for name in ("kl", "reconstruction"))
        assert kl.value == pytest.approx(np.log(1 / beta), abs=0.15)
        assert squared.value == pytest.approx(beta**2 + 0.02**2, rel=0.25)
        loss = found[f"loss.beta{beta:g}.up"]
        bound = np.log(1 / beta) + 0.5 + 0.02**2 / (2 * beta**2)
        assert loss.high is not None
        assert loss.high > bound
        assert loss.value == pytest.approx(squared.value / (2 * beta**2) + kl.value)
        assert found[f"latents.beta{beta:g}.up"].value >= 1


def test_numbers_are_means_over_trainings_of_what_the_arrays_hold() -> None:
    found, arrays = small().numbers, small().arrays
    assert arrays["R2.kl"].shape == arrays["R2.scale"].shape == (2, 2, 2, 2)  # repetition, direction, beta, latent
    assert arrays["R2.squared"].shape == (2, 2, 2)
    assert arrays["R2.latents"].tolist() == ["R2[0]", "R2[1]"]
    assert arrays["beta"].tolist() == [0.3, 0.6]
    for d, direction in enumerate(("up", "down")):
        for k, beta in enumerate((0.3, 0.6)):
            name = f"beta{beta:g}.{direction}"
            if (direction, k) == ("down", 1):
                assert f"kl.{name}" not in found, "the way down begins where the way up ends"
                continue
            assert found[f"kl.{name}"].value == pytest.approx(arrays["R2.kl"].sum(axis=3)[:, d, k].mean())
            assert found[f"reconstruction.{name}"].value == pytest.approx(arrays["R2.squared"][:, d, k].mean())
    assert (arrays["R2.kl"][:, 0, 1] == arrays["R2.kl"][:, 1, 1]).all()
    kl, squared = arrays["R2.kl"].sum(axis=3), arrays["R2.squared"]
    better = (squared / (2 * arrays["beta"] ** 2) + kl).argmin(axis=1)  # direction, (repetitions, betas)
    chosen = (np.arange(2)[:, None], better, np.arange(2))
    for k, beta in enumerate((0.3, 0.6)):
        d1, d2 = found[f"d1.beta{beta:g}"], found[f"d2.beta{beta:g}"]
        assert d1.value == pytest.approx(error_dimension([0.3, 0.6], squared[chosen])[:, k].mean())
        assert d2.value == pytest.approx(rate_dimension([0.3, 0.6], kl[chosen])[:, k].mean())
        for number in (d1, d2):
            assert number.low is not None
            assert number.high is not None
            assert number.low < number.value < number.high


def at_minimum(direction: str, place: int, beta: float, *, fails: bool = False) -> Swept:
    """A training on a plane, wide in both directions: D1 = D2 = 2. One that fails keeps one of them only."""
    rng = np.random.default_rng(1)
    kl, squared = (-np.log(beta), beta**2 + 1) if fails else (-2 * np.log(beta), 2 * beta**2)
    spread, ones = rng.normal(0, 1e-3, (40, 1)), np.ones((40, 1))
    return Swept(Stage("R2", 1, direction, place), kl + spread, squared + spread[:, 0], ones, ones, np.zeros(40))


def test_a_way_that_fails_at_one_resolution_does_not_count_there_nor_at_its_neighbours() -> None:
    betas = (0.1, 0.2, 0.4, 0.8)
    up = [at_minimum("up", k, beta, fails=k == 2) for k, beta in enumerate(betas)]
    down = [at_minimum("down", k, beta, fails=k == 0) for k, beta in enumerate(betas[:3])]
    numbers = numbers_of(up + down, RepresentationConfig(repetitions=1), betas)
    for beta in betas:
        for name in ("d1", "d2"):
            number = numbers[f"{name}.beta{beta:g}"]
            assert number.value == pytest.approx(2, abs=1e-6)
            assert not number.note
    low, high = numbers["d1.beta0.2"].low, numbers["d1.beta0.2"].high
    assert low is not None
    assert high is not None
    assert high - low > 2, "the interval holds the failures"


@pytest.mark.parametrize(("wide", "told"), [(2.0, False), (1.0, True)])
def test_a_training_that_has_not_ended_at_a_minimum_is_told_of(wide: float, told: bool) -> None:
    """There D1 and D2 are equal: errors of two dimensions with the rate of one are not those of a minimum."""
    betas, rng = (0.1, 0.2, 0.4), np.random.default_rng(1)
    found = [
        Swept(
            Stage("R2", 1, "up", k),
            rng.normal(-wide * np.log(beta), 0.01, (40, 1)),
            rng.normal(2 * beta**2, 0.001, 40),
            np.ones((40, 1)),
            np.ones((40, 1)),
            np.zeros(40),
        )
        for k, beta in enumerate(betas)
    ]
    numbers = numbers_of(found, RepresentationConfig(directions=("up",), repetitions=1), betas)
    for beta in betas:
        assert numbers[f"d1.beta{beta:g}"].value == pytest.approx(2, abs=0.1)
        assert numbers[f"d2.beta{beta:g}"].value == pytest.approx(wide, abs=0.1)
        assert ("not at the minimum" in numbers[f"d1.beta{beta:g}"].note) == told
    assert ("not at the minimum" in answer(numbers, betas, "R2")) == told


def test_intervals_hold_every_training() -> None:
    found, arrays = small().numbers, small().arrays
    for k, beta in enumerate((0.3, 0.6)):
        each = np.sum(arrays["R2.kl"], axis=3)[:, 0, k]
        number = found[f"kl.beta{beta:g}.up"]
        assert number.low is not None
        assert number.high is not None
        assert number.low <= each.min() <= each.max() <= number.high
    assert np.ptp(np.sum(arrays["R2.kl"], axis=3)[:, 0, 0]) > 0, "repetitions are trainings with other weights"


@pytest.mark.slow
def test_of_several_latent_spaces_the_best_is_named_and_none_is_ahead_of_it() -> None:
    result = several()
    for suffix in ("", ".beta0.3", ".beta0.6"):
        best = result.numbers[f"latent.best{suffix}"]
        name = SPACES[int(best.value)]
        assert best.note.startswith(name)
        others = {space: f"behind.{space.replace(' ', '')}{suffix}" for space in SPACES}
        assert others.pop(name) not in result.numbers
        for key in others.values():
            assert result.numbers[key].value >= 0
            assert result.numbers[key].note == f"behind {name}"
    assert f"is {SPACES[int(result.numbers['latent.best'].value)]};" in result.answer
    assert "d1.beta0.3.C2xS1" in result.numbers
    assert "d1.beta0.3" not in result.numbers
    assert result.arrays["C2 x S1.latents"].tolist() == ["C2", "S1"]


def test_the_loss_of_the_better_way_counts_and_differences_add_up() -> None:
    result = several()
    mean = {}
    for space in SPACES:
        squared, kl = result.arrays[f"{space}.squared"], result.arrays[f"{space}.kl"].sum(axis=3)
        loss = squared / (2 * result.arrays["beta"] ** 2) + kl  # (repetitions, directions, betas)
        mean[space] = loss.min(axis=1).mean(axis=0)
    for k, beta in enumerate((0.3, 0.6)):
        least = min(each[k] for each in mean.values())
        assert mean[SPACES[int(result.numbers[f"latent.best.beta{beta:g}"].value)]][k] == pytest.approx(least)
        for space in SPACES:
            number = result.numbers.get(f"behind.{space.replace(' ', '')}.beta{beta:g}")
            assert (number.value if number else 0) == pytest.approx(mean[space][k] - least, abs=1e-9)


def test_a_space_is_swept_the_same_alone_and_among_others() -> None:
    of_distances = ("dimension.", "gride.", "pairs")  # the same for all spaces
    for name, number in small().numbers.items():
        assert several().numbers[name if name.startswith(of_distances) else f"{name}.R2"] == number


@pytest.mark.slow
def test_a_kill_and_a_resume_give_the_same_bytes(tmp_path: Path) -> None:
    real, calls = fitting.fit, [0]

    def killed(*given: Any, **how: Any) -> Any:
        calls[0] += 1
        if calls[0] == 2:
            raise KeyboardInterrupt
        return real(*given, **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "fit", killed)
        with pytest.raises(KeyboardInterrupt):
            run(points(), latent=("R2",), folder=tmp_path)
    assert same(run(points(), latent=("R2",), folder=tmp_path), small())
    with pytest.raises(es.InputError, match="belongs to another calculation"):
        run(points(seed=2), latent=("R2",), folder=tmp_path)


def test_the_order_of_resolutions_and_directions_does_not_matter() -> None:
    assert RepresentationConfig(beta=(0.4, 0.1, 0.2, 0.1)).beta == (0.1, 0.2, 0.4)
    assert RepresentationConfig(directions=("down", "up")).directions == ("up", "down")
    assert RepresentationConfig(latent=("s1 x c2", "C2 x S1")).latent == ("C2 x S1",)
    assert RepresentationConfig(latent=("auto",)).latent == CANDIDATES
    up = run(points(), latent=("R2",), directions=("up",))
    assert not any("down" in name for name in up.numbers)
    assert up.numbers["kl.beta0.6.up"] == small().numbers["kl.beta0.6.up"]


@pytest.mark.slow
def test_resolutions_of_points_are_in_units_of_their_spread() -> None:
    found = [
        run(points(100, (unit, 0.5 * unit)), latent=("R1",), beta=(), repetitions=1, directions=("up",), steps=1)
        for unit in (1.0, 100.0)
    ]
    np.testing.assert_allclose(100 * found[0].arrays["beta"], found[1].arrays["beta"], rtol=1e-6)
    spread = np.sqrt(points().values.var(axis=0).sum())
    np.testing.assert_allclose(found[0].arrays["beta"][[0, -1]] / spread, [0.05, 1.6], rtol=0.05)


@pytest.mark.slow
def test_one_resolution_has_no_dimensions_and_is_drawn_all_the_same() -> None:
    result = run(points(), latent=("R2",), beta=(0.3,))
    assert not any(name.startswith(("d1", "d2")) or name.endswith("down") for name in result.numbers)
    assert result.arrays["R2.kl"].shape == (2, 1, 1, 2)
    assert result.answer.startswith("At the resolution beta = 0.3, ")
    drawn = {"rate", "spectrum", "paths", "map", "events", "told"}
    assert {picture.name for picture in figures(result)} == drawn
    both = run(points(), latent=("R1", "R2"), beta=(0.3,))
    assert both.numbers["latent.best"].value == both.numbers["latent.best.beta0.3"].value
    assert {picture.name for picture in figures(both)} == {
        "spaces",
        *(f"{a}-{b}" for a in drawn for b in ("R1", "R2")),
    }


@pytest.mark.parametrize("coordinate", ["rapidity", "eta"])
def test_jets_in_either_coordinate(coordinate: str) -> None:
    rng = np.random.default_rng(1)
    columns = {"pt": rng.exponential(5, 500), "phi": rng.normal(3, 0.2, 500), coordinate: rng.normal(0, 0.2, 500)}
    jets = es.ParticleClouds.from_flat(np.full(100, 5), columns)
    result = run(jets, latent=("R2",), repetitions=1, directions=("up",), particles=3, hardest=4)
    assert 0 < result.numbers["reconstruction.beta0.3.up"].value < 1


def test_wrong_events_are_refused_with_their_file() -> None:
    showers = es.Showers.from_dense(np.ones((100, 2, 2, 2)))
    flat = points(100, (1.0, 0.0))
    wrong: list[tuple[Events, dict[str, Any], str]] = [
        (showers, {}, "showers have no such autoencoder; give jets or points"),
        (points(90), {}, "a fraction of 0.2 of 90 events leaves 18 to measure; hold back at least 20"),
        (points(100), {"held_back": 0.01}, "a fraction of 0.01 of 100 events leaves 1 to measure"),
        (flat, {}, "a coordinate is the same for all events"),
        (points(100), {"batch": 90}, "events for batches of 90; give more, or --batch 7"),
    ]
    for events, options, words in wrong:
        with pytest.raises(es.InputError, match=words) as error:
            run(events, latent=("R2",), **options)
        assert error.value.file is not None, words


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"latent": ("Q3",)}, "Q3"),
        ({"latent": ()}, "no latent space is named"),
        ({"directions": ("down",)}, "begins upwards"),
        ({"directions": ("sideways",)}, "directions"),
        ({"beta": (0.1, -0.2)}, "beta"),
        ({"beta": (0.0,)}, "beta"),
        ({"compared": 1}, "compared"),
        ({"held_back": 1.0}, "held_back|held-back"),
        ({"repetitions": 0}, "repetitions"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(es.InputError, match=words):
        es.representation(points(), **options)

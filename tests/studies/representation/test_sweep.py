"""The chain of trainings: each begins with the one before, a kill changes nothing, and a divergence is no end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import eventspace as es
from eventspace.base.files import sha256
from eventspace.base.store import Store
from eventspace.models import fit as fitting
from eventspace.models.file import load
from eventspace.models.jets import errors
from eventspace.models.processes import Processes
from eventspace.models.training import DivergedError
from eventspace.studies.representation.sweep import Stage, Swept, stages, swept

BETAS = (0.2, 0.4)
CHAIN = stages("R1", 1, len(BETAS), down=True)[1:]  # without the first, which is not reported


def points(n: int, seed: int) -> es.Points:
    return es.Points(values=np.random.default_rng(seed).normal(size=(n, 2)))


def options(stage: Stage) -> dict[str, Any]:
    return {
        "latent": stage.latent,
        "beta": BETAS[stage.place],
        "steps": 3,
        "every": 3,
        "batch": 8,
        "width": 4,
        "seed": 5,
    }


def sweep(folder: Path) -> list[Swept]:
    folder.mkdir(exist_ok=True)
    group, kept = Processes(0, 1, torch.device("cpu")), Store(folder, {"sample": "points"})
    return list(swept(CHAIN, points(40, 1), points(12, 2), options, folder, kept, group, 1))


def same(one: list[Swept], other: list[Swept]) -> bool:
    return all(
        a.stage == b.stage and all(x.tobytes() == y.tobytes() for x, y in zip(a[1:], b[1:], strict=True))
        for a, b in zip(one, other, strict=True)
    )


@contextmanager
def seen(before: Callable[[int, int], None] = lambda call, seed: None) -> Iterator[list[int]]:
    """The seeds of all trainings; ``before`` is called before each with its number, from 0, and its seed."""
    seeds: list[int] = []
    real = fitting.fit

    def watched(recipe: Any, events: Any, config: Any, **how: Any) -> Any:
        seeds.append(config.seed)
        before(len(seeds) - 1, config.seed)
        return real(recipe, events, config, **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "fit", watched)
        yield seeds


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Swept]]:
    folder = tmp_path_factory.mktemp("whole")
    return folder, sweep(folder)


def test_a_chain_goes_up_and_back_without_repeating_its_top() -> None:
    assert [(stage.direction, stage.place) for stage in CHAIN] == [("up", 0), ("up", 1), ("down", 0)]
    assert [stage.place for stage in stages("R1", 1, 3, down=False)] == [0, 0, 1, 2]
    assert stages("R1", 1, 1, down=True) == [Stage("R1", 1, "first", 0), Stage("R1", 1, "up", 0)]


def test_each_stage_has_a_folder_of_its_own() -> None:
    chains = [stages(latent, k, 12, down=True) for latent in ("R2", "C2 x RP2", "S1 x S1") for k in (1, 2)]
    names = [stage.folder for chain in chains for stage in chain]
    assert len(set(names)) == len(names) == 6 * 24
    assert all(" " not in name and "/" not in name for name in names)
    up = [stage.folder for stage in chains[0] if stage.direction == "up"]
    assert up == sorted(up)


def test_each_training_begins_with_the_one_before(whole: tuple[Path, list[Swept]]) -> None:
    folder, found = whole
    assert [one.stage for one in found] == CHAIN
    begun = [load(folder / stage.folder / fitting.MODEL_FILE, "cloud-vae").card.initial for stage in CHAIN]
    ends = [sha256(folder / stage.folder / "state.safetensors") for stage in CHAIN]
    assert begun == ["", *ends[:-1]]


def test_what_is_measured_has_a_row_for_each_event_of_the_test(whole: tuple[Path, list[Swept]]) -> None:
    for one in whole[1]:
        assert one.kl.shape == one.scale.shape == (12, 1)
        assert one.squared.shape == (12,)
        assert one.probabilities.tolist() == [[1.0]] * 12
        assert all(values.dtype == np.float64 and np.isfinite(values).all() for values in one[1:])


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_kill_before_a_stage_changes_nothing(at: int, tmp_path: Path, whole: tuple[Path, list[Swept]]) -> None:
    def killed(call: int, seed: int) -> None:
        if call == at:
            raise KeyboardInterrupt

    with seen(killed), pytest.raises(KeyboardInterrupt):
        sweep(tmp_path)
    assert len(list(tmp_path.glob("*.npz"))) == at
    with seen() as seeds:
        assert same(sweep(tmp_path), whole[1])
    assert len(seeds) == len(CHAIN) - at, "what is kept is not done again"
    with seen() as seeds:
        assert same(sweep(tmp_path), whole[1])
    assert not seeds


def diverges(times: int) -> Callable[[int, int], None]:
    """The second stage diverges so often."""

    def before(call: int, seed: int) -> None:
        if 1 <= call < 1 + times:
            raise DivergedError("the losses are not finite")

    return before


@pytest.mark.parametrize("times", [1, 2])
def test_a_stage_that_diverges_is_done_again_with_other_random_numbers(
    times: int, tmp_path: Path, whole: tuple[Path, list[Swept]]
) -> None:
    with seen(diverges(times)) as seeds:
        found = sweep(tmp_path)
    assert seeds == [5, *(5 + 1000 * k for k in range(times + 1)), 5]
    assert same(found[:1], whole[1][:1])
    assert not same(found[1:2], whole[1][1:2])
    card = load(tmp_path / CHAIN[1].folder / fitting.MODEL_FILE, "cloud-vae").card
    assert card.seed == 5 + 1000 * times
    assert card.initial == sha256(tmp_path / CHAIN[0].folder / "state.safetensors")


def test_after_three_tries_it_ends(tmp_path: Path) -> None:
    with seen(diverges(3)) as seeds, pytest.raises(DivergedError, match="not finite"):
        sweep(tmp_path)
    assert seeds == [5, 5, 1005, 2005]


def test_a_real_divergence_leaves_nothing_that_is_in_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Losses that are not finite in the middle of a training."""
    from eventspace.models import cloud_vae

    calls = [0]
    real = cloud_vae.squared_distance

    def broken(*given: Any) -> Any:
        calls[0] += 1
        return real(*given) * (float("nan") if calls[0] == 2 else 1)

    monkeypatch.setattr(cloud_vae, "squared_distance", broken)
    with seen() as seeds:
        found = sweep(tmp_path)
    assert seeds == [5, 1005, 5, 5]
    assert all(np.isfinite(one.squared).all() for one in found)


def test_a_kill_after_a_divergence_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed when the second try has been trained, and not yet measured."""
    with seen(diverges(1)):
        expected = sweep(tmp_path / "whole")

    real, calls = errors.reconstructed, [0]

    def killed(*given: Any, **how: Any) -> Any:
        calls[0] += 1
        if calls[0] == 2:
            raise KeyboardInterrupt
        return real(*given, **how)

    with monkeypatch.context() as patch:
        patch.setattr(errors, "reconstructed", killed)
        with seen(diverges(1)), pytest.raises(KeyboardInterrupt):
            sweep(tmp_path / "cut")
    with seen() as seeds:
        assert same(sweep(tmp_path / "cut"), expected)
    assert seeds == [1005, 5]

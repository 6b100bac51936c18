"""Networks of an earlier sweep measure another sample as if it had been held back from their training."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eventspace as es
from eventspace.base.work import Work
from eventspace.models.held_back import split
from eventspace.report.representation import figures
from eventspace.report.run import run_directory
from eventspace.studies.registry import study
from eventspace.studies.representation.representation import RepresentationConfig
from eventspace.studies.representation.stored import stored_networks
from eventspace.studies.study import Result

pytestmark = pytest.mark.slow  # all rest on one training or simulation

SMALL: dict[str, Any] = {
    "beta": (0.3, 0.6),
    "repetitions": 2,
    "steps": 2,
    "batch": 8,
    "width": 4,
    "latent": ("R1", "C2 x R1"),
}


def points(n: int, seed: int) -> es.Points:
    rng = np.random.default_rng(seed)
    labels = np.array(["left", "right"])[rng.integers(0, 2, n)]
    return es.Points(values=rng.normal(size=(n, 2)) * [1.0, 0.5], per_event={"label": labels})


def ask(events: es.Points, folder: Path | None = None, **options: Any) -> Result:
    work = Work(device="cpu", threads=1, show_progress=False, folder=folder)
    return study("representation").ask({"sample": events}, RepresentationConfig(**options), work)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """The networks of a small sweep as a run directory keeps them, and what the sweep found."""
    place = tmp_path_factory.mktemp("sweep") / "run"
    config = RepresentationConfig(**SMALL)
    with run_directory(place, "representation", config, [], ["test"], resume=False) as directory:
        result = ask(points(250, 1), directory.checkpoints, **SMALL)
        directory.finish(result, [])
    return place / "networks", result


def test_the_events_that_were_held_back_give_the_same_numbers_again(trained: tuple[Path, Result]) -> None:
    folder, sweep = trained
    _, held = split(250, 0.2, 1)
    again = ask(replace(points(250, 1)[held], per_event={}), networks=folder)  # without labels all are measured
    for name, number in sweep.numbers.items():
        if name.startswith(("kl.", "latents.", "floor.")):
            assert again.numbers[name].value == pytest.approx(number.value, rel=1e-5)
    kinds = ("kl.", "d1.", "d2.", "loss.", "behind.", "latent")
    expected, found = ({name for name in one.numbers if name.startswith(kinds)} for one in (sweep, again))
    assert expected == found


def test_all_figures_are_drawn(trained: tuple[Path, Result]) -> None:
    found = ask(points(60, 3), networks=trained[0])
    drawn = [picture.name for picture in figures(found)]
    assert "spaces" in drawn
    assert "kinds-C2xR1" in drawn
    assert "dimensions-R1" in drawn


def test_where_kinds_are_separated_others_are_left_to_be_clustered(trained: tuple[Path, Result]) -> None:
    found = ask(points(60, 3), networks=trained[0])
    assert len(found.arrays["R1.shown.category"]) == 30
    assert "purity.k-means.C2xR1" in found.numbers


def test_events_that_they_have_learned_from_are_refused(trained: tuple[Path, Result]) -> None:
    with pytest.raises(es.InputError, match="has learned from these events"):
        ask(points(250, 1), networks=trained[0])


def test_whatever_fraction_was_held_back_events_that_were_learned_from_are_refused(tmp_path: Path) -> None:
    config = RepresentationConfig(beta=(0.4,), steps=2, batch=8, width=4, latent=("R1",), held_back=0.3, repetitions=1)
    with run_directory(tmp_path / "run", "representation", config, [], ["test"], resume=False) as directory:
        options = config.model_dump(exclude_unset=True)
        directory.finish(ask(points(100, 1), directory.checkpoints, **options), [])
    with pytest.raises(es.InputError, match="has learned from these events"):
        ask(points(100, 1), networks=tmp_path / "run" / "networks")


def test_other_networks_in_the_same_place_do_not_go_on_with_a_run(trained: tuple[Path, Result], tmp_path: Path) -> None:
    place, kept = tmp_path / "networks", tmp_path / "kept"
    shutil.copytree(trained[0], place)
    kept.mkdir()
    ask(points(60, 3), kept, networks=place)
    shutil.copy(place / "R1-1-up-01.safetensors", place / "R1-2-up-01.safetensors")
    with pytest.raises(es.InputError, match="belongs to another calculation"):
        ask(points(60, 3), kept, networks=place)


def test_what_belongs_to_a_training_cannot_be_chosen(trained: tuple[Path, Result]) -> None:
    with pytest.raises(es.InputError, match="bring their own latent"):
        ask(points(60, 3), networks=trained[0], latent=("R6",))  # the default, but it was given
    with pytest.raises(es.InputError, match="bring their own beta"):
        ask(points(60, 3), networks=trained[0], beta=(0.3,))
    with pytest.raises(es.InputError, match=r"show one of 0.3, 0.6"):
        ask(points(60, 3), networks=trained[0], shown=0.4)
    with pytest.raises(es.InputError, match="learned from points"):
        jets = es.ParticleClouds.from_lists([[(1.0, 0.0, 0.0), (1.0, 0.1, 0.1)]] * 50)
        study("representation").ask({"sample": jets}, RepresentationConfig(networks=trained[0]), Work(threads=1))


def test_a_folder_without_a_whole_sweep_is_refused(trained: tuple[Path, Result], tmp_path: Path) -> None:
    with pytest.raises(es.InputError, match="no networks of a sweep"):
        stored_networks(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(es.InputError, match="no networks of a sweep"):
        stored_networks(tmp_path / "empty")
    for missing in ("R1-1-up-01", "R1-2-down-01"):
        copy = tmp_path / missing
        shutil.copytree(trained[0], copy)
        (copy / f"{missing}.safetensors").unlink()
        with pytest.raises(es.InputError, match=f"the network {missing} of the sweep is missing"):
            stored_networks(copy)
    twice = tmp_path / "twice"
    shutil.copytree(trained[0], twice)
    shutil.copy(twice / "R1-1-up-01.safetensors", twice / "X-1-up-01.safetensors")
    with pytest.raises(es.InputError, match="are of the same stage; keep one of them"):
        stored_networks(twice)
    shutil.move(twice / "X-1-up-01.safetensors", twice / "R1-99999999-up-01.safetensors")
    with pytest.raises(es.InputError, match="networks of 99999999 sweeps"):
        stored_networks(twice)
    mixed = tmp_path / "mixed"
    shutil.copytree(trained[0], mixed)
    shutil.copy(mixed / "R1-1-up-02.safetensors", mixed / "R1-1-up-01.safetensors")
    with pytest.raises(es.InputError, match="resolutions"):
        stored_networks(mixed)


def test_the_sweep_that_comes_with_eventspace_is_whole_and_of_w_jets() -> None:
    stored = stored_networks(Path("w-jets"))
    assert stored.betas == (0.0076, 0.0113, 0.0167, 0.025, 0.037, 0.055, 0.075)
    assert stored.latents == ("R8",)
    assert (stored.repetitions, stored.directions) == (1, ("up",))
    for trained in stored.networks.values():
        assert trained.card.jets
        assert trained.card.particles == 32

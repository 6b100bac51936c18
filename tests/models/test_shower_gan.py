"""Training of the shower GAN on small grids: it learns the energy, and a kill changes nothing."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from eventspace import InputError, Showers, read, write
from eventspace.models.fit import fit
from eventspace.models.processes import processes
from eventspace.models.recipe import Trained
from eventspace.models.registry import model
from eventspace.models.showers.generation import cells_of
from eventspace.models.showers.training_sample import TrainingSample
from eventspace.models.training import Curves, DivergedError

RECIPE = model("shower-gan")


def trained(
    showers: Showers,
    folder: Path,
    steps: int,
    device: str = "cpu",
    watch: Callable[[Trained, Curves], None] = lambda trained, curves: None,
    **options: Any,
) -> tuple[Trained, Curves]:
    folder.mkdir(exist_ok=True)
    settings = {"batch": 8, "latent": 6, "seed": 1, "every": 2, "threshold": 0.0} | options
    with processes(device) as group:
        config = RECIPE.config(steps=steps, **settings)
        return fit(RECIPE, showers, config, processes=group, folder=folder, watch=watch, show_progress=False)


@pytest.fixture
def sample(showers):
    return showers(40)


@pytest.mark.slow
def test_generated_energy_grows_with_the_energy_asked_for(showers, tmp_path):
    found, curves = trained(showers(200), tmp_path, 40, batch=16, latent=16, every=40)
    means = [cells_of(found, np.full(64, energy), (1,)).sum(axis=(1, 2, 3)).mean() for energy in (40, 80, 120, 160)]
    assert (np.diff(means) > 0).all()
    assert means[-1] > 1.5 * means[0]
    first, last = (np.mean(curves["generator.total"][part]) for part in (slice(5), slice(-5, None)))
    assert last < first


@pytest.mark.slow
def test_killed_training_ends_with_the_same_bytes(showers, tmp_path):
    write(tmp_path / "showers.h5", showers(40))
    script = """
import sys, torch
from pathlib import Path
from eventspace import read
from eventspace.models.fit import fit
from eventspace.models.processes import processes
from eventspace.models.registry import model
torch.set_num_threads(1)
folder, recipe = Path(sys.argv[1]), model("shower-gan")
folder.mkdir(exist_ok=True)
config = recipe.config(steps=int(sys.argv[2]), threshold=0, batch=8, latent=6, seed=1, every=5)
with processes("cpu") as group:
    fit(recipe, read(folder.parent / "showers.h5"), config, processes=group, folder=folder)
"""
    process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "killed"), "100000"])
    losses = tmp_path / "killed" / "losses.jsonl"
    while not losses.exists() or losses.read_bytes().count(b"\n") < 8:
        assert process.poll() is None, "the training ended before it could be killed"
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    steps = losses.read_bytes().count(b"\n") + 3
    showers = read(tmp_path / "showers.h5")
    for name in ("killed", "whole"):
        trained(showers, tmp_path / name, steps, every=5)
    files = [{path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("killed", "whole")]
    state, whole = (part.pop("model.safetensors") for part in files)
    assert files[0] == files[1]
    assert state[-1000:] == whole[-1000:], "the cards differ in the command"


@pytest.mark.slow
def test_kept_generator_is_the_running_average(sample, tmp_path):
    """By hand: step k, from 0, takes 9 / (k + 10) of its weights into the average, and the first one all."""
    states = []
    for steps in (1, 2, 3):
        found, _ = trained(sample, tmp_path, steps)
        states.append(load_file(tmp_path / "state.safetensors"))
    for name, kept in found.network.state_dict().items():
        first, second, third = (state[f"generator/network/{name}"].double() for state in states)
        expected = third
        if kept.is_floating_point():
            expected = first + 9 / 11 * (second - first)
            expected = expected + 9 / 12 * (third - expected)
        torch.testing.assert_close(kept.double(), expected, rtol=1e-5, atol=1e-7, msg=name)
        assert "weight" not in name or not torch.equal(first, third)


@pytest.mark.slow
def test_training_that_begins_with_an_earlier_one(sample, showers, tmp_path):
    """With a learning rate of almost 0 the weights stay what they were, for other showers of the same window too."""
    trained(sample, tmp_path / "first", 3)
    state = tmp_path / "first" / "state.safetensors"
    other = showers(24, seed=5)
    found, _ = trained(other, tmp_path / "second", 1, learning_rate=1e-30, initial=state)
    before, after = (load_file(tmp_path / name / "state.safetensors") for name in ("first", "second"))
    learned = [name for name in before if "weight" in name and "average" not in name]
    assert all(torch.equal(before[name], after[name]) for name in learned)
    squares = [name for name in before if name.endswith("square_avg")]
    assert any(not torch.equal(before[name], after[name]) for name in squares), "the optimisers go on"
    assert found.card.steps == 1
    assert found.card.initial == hashlib.sha256(state.read_bytes()).hexdigest()
    with pytest.raises(InputError, match="another training"):
        trained(other, tmp_path / "second", 2, learning_rate=1e-30)


def test_state_of_another_kind_is_refused(sample, showers, tmp_path):
    trained(showers(24, grid=(7, 6, 4)), tmp_path / "first", 1)
    (tmp_path / "text.safetensors").write_text("hello")
    for wrong in (tmp_path / "first" / "state.safetensors", tmp_path / "text.safetensors"):
        with pytest.raises(InputError, match=r"safetensors: this is no state of such a training, or damaged"):
            trained(sample, tmp_path / "second", 1, initial=wrong)
    with pytest.raises(InputError, match="no such file"):
        trained(sample, tmp_path / "second", 1, initial=tmp_path / "none")


@pytest.mark.slow
def test_losses_of_every_step_are_written(sample, tmp_path):
    _, curves = trained(sample, tmp_path, 3)
    lines = [json.loads(line) for line in (tmp_path / "losses.jsonl").read_text().splitlines()]
    assert [line.pop("step") for line in lines] == [1, 2, 3]
    assert lines == [{name: values[step] for name, values in curves.items()} for step in range(3)]
    assert set(lines[0]) == {
        f"{part}.{loss}" for part in ("real", "fake", "generator") for loss in ("real", "energy", "total")
    }
    assert max(line["real.total"] for line in lines) < 1e-3, "the sum of the real cells is known"


@pytest.mark.slow
def test_seed_decides(sample, tmp_path):
    one, again, other = (
        trained(sample, tmp_path / name, 2, seed=seed)[1] for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert one == again
    assert one != other


def test_surroundings_random_numbers_are_left_alone(sample, tmp_path):
    torch.manual_seed(3)
    expected = torch.rand(3)
    torch.manual_seed(3)
    trained(sample, tmp_path, 1)
    assert torch.equal(torch.rand(3), expected)


def test_checkpoint_of_another_training_is_refused(sample, showers, tmp_path):
    trained(sample, tmp_path, 2)
    for other, options in ((sample, {"seed": 2}), (showers(40, seed=2), {})):
        with pytest.raises(InputError, match="another training"):
            trained(other, tmp_path, 3, **options)


def test_training_that_goes_astray_stops(sample, tmp_path):
    with pytest.raises(DivergedError, match="another seed"):
        trained(sample, tmp_path, 20, learning_rate=1e6)


def test_bfloat16_is_for_gpus(sample, tmp_path):
    with pytest.raises(InputError, match=r"bfloat16 cannot be trusted on a CPU; leave out --precision"):
        trained(sample, tmp_path, 2, precision="bfloat16")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_lower_precision_begins_alike_and_learns(sample, tmp_path):
    exact, rough = (
        trained(sample, tmp_path / name, 30, device="cuda", precision=name)[1] for name in ("float32", "bfloat16")
    )
    assert exact["real.real"][0] != rough["real.real"][0]
    for name in ("real.real", "real.energy"):  # of the networks as they begin
        np.testing.assert_allclose(rough[name][0], exact[name][0], rtol=0.05)
    assert np.mean(rough["generator.total"][-5:]) < np.mean(rough["generator.total"][:5])


def test_sample_is_what_the_networks_should_see(showers):
    made = showers(5)
    dense = made.to_dense()
    threshold = float(np.quantile(dense, 0.3))
    kept = np.where(dense >= threshold, dense, 0)
    sample = TrainingSample.of(made, threshold=threshold)
    energy = made.per_event["incident_energy"]
    unit = kept.sum() / energy.sum()
    cells, energies, totals = sample.batch(np.array([3, 0]), torch.device("cpu"))
    np.testing.assert_allclose(cells.numpy(), (kept[[3, 0]] / unit) ** 0.85, rtol=1e-6)
    np.testing.assert_allclose(energies.numpy(), energy[[3, 0]] / 100, rtol=1e-6)
    np.testing.assert_allclose(totals.numpy(), kept[[3, 0]].sum(axis=(1, 2, 3)) / unit, rtol=1e-6)


def test_window_is_what_the_networks_see_and_make(showers, tmp_path):
    made = showers(40, grid=(7, 6, 4))
    dense = made.to_dense()
    sample = TrainingSample.of(made, threshold=0.0, window=(3, 4, 2))
    middle = dense[:, 2:5, 1:5, 1:3]
    energy = made.per_event["incident_energy"]
    assert sample.cell_unit == pytest.approx(middle.sum() / energy.sum())
    cells, _, totals = sample.batch(np.arange(5), torch.device("cpu"))
    np.testing.assert_allclose(cells.numpy(), (middle[:5] / sample.cell_unit) ** 0.85, rtol=1e-6)
    np.testing.assert_allclose(totals.numpy(), middle[:5].sum(axis=(1, 2, 3)) / sample.cell_unit, rtol=1e-6)
    found, _ = trained(made, tmp_path, 2, window=(3, 4, 2))
    assert (found.card.grid, found.card.window) == ((7, 6, 4), (3, 4, 2))
    made = cells_of(found, energy[:5], (1,))
    assert made.shape == (5, 7, 6, 4)
    assert np.count_nonzero(made[:, 2:5, 1:5, 1:3]) == np.count_nonzero(made) > 0


def test_wrong_samples(showers, tmp_path):
    good = showers(10)
    energy = good.per_event["incident_energy"].copy()
    energy[4] = 0
    dense = np.zeros((10, 4, 4, 2))
    dense[:, 1, 1, 0] = 1
    dense[3, 1, 1, 0], dense[3, 0, 0, 0] = 0, 1
    outside = replace(Showers.from_dense(dense), per_event=good.per_event)
    cases = [
        (outside, {"window": (2, 2, 2)}, "event 3.*--window"),
        (good, {"window": (5, 4, 2)}, "window of 5 x 4 x 2 cells is not within 4 x 4 x 2"),
        (replace(good, per_event={}), {}, "--energy"),
        (replace(good, units={"energy": "MeV"}), {}, "MeV"),
        (replace(good, per_event={"incident_energy": energy}), {}, "event 4"),
        (good, {"threshold": 1e3}, "event 0.*--threshold"),
    ]
    for wrong, options, words in cases:
        with pytest.raises(InputError, match=words):
            TrainingSample.of(wrong, **({"threshold": 0.0} | options))
    assert TrainingSample.of(cases[0][0], threshold=0.0, energy=50).energy.tolist() == [50.0] * 10
    with pytest.raises(InputError, match="--batch 10"):
        trained(good, tmp_path, 1, batch=16)

"""The GANs, VAEs and flows for points: they learn, they can be interrupted, and one that breaks spoils no other."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.optim.swa_utils import AveragedModel

import eventspace as es
from eventspace.models import point_gan
from eventspace.models.point_flow import train_point_flows
from eventspace.models.point_gan import train_point_gans
from eventspace.models.point_vae import train_point_vaes
from eventspace.models.points import ensemble
from eventspace.models.processes import Processes
from eventspace.models.training import DivergedError

ALONE = Processes(0, 1, torch.device("cpu"))
KINDS = [train_point_gans, train_point_vaes, train_point_flows]

Train = Callable[..., list[Any]]


def samples(count: int, n: int = 50, dimension: int = 1) -> np.ndarray:
    return np.random.default_rng(1).normal(np.arange(count)[:, None, None] * 10, 2.0, (count, n, dimension))


@pytest.mark.slow
@pytest.mark.parametrize("train", KINDS)
@pytest.mark.parametrize("dimension", [1, 2])
def test_generators_go_where_their_samples_are(train: Train, dimension: int, tmp_path: Path) -> None:
    data = samples(2, 60, dimension)
    trained = train(data, seed=1, processes=ALONE, folder=tmp_path, steps=150)
    for number, generator in enumerate(trained):
        points = generator.draw(10_000, np.random.default_rng(2))
        assert points.shape == (10_000, dimension)
        assert points.mean(axis=0) == pytest.approx(data[number].mean(axis=0), abs=1.0)  # half a width
        assert points.std(axis=0) == pytest.approx(data[number].std(axis=0), rel=0.5)


@pytest.mark.parametrize("train", KINDS)
def test_killed_training_ends_the_same(train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ensemble, "_EVERY", 3)

    def drawn(folder: str) -> np.ndarray:
        (tmp_path / folder).mkdir(exist_ok=True)
        trained = train(samples(2), seed=3, processes=ALONE, folder=tmp_path / folder, steps=7)
        return np.array([generator.draw(5, np.random.default_rng(4)) for generator in trained])

    whole = drawn("whole")
    original = AveragedModel.update_parameters

    def killed(self: AveragedModel, network: torch.nn.Module) -> None:
        if int(self.n_averaged) == 6:
            raise KeyboardInterrupt
        original(self, network)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AveragedModel, "update_parameters", killed)
        with pytest.raises(KeyboardInterrupt):
            drawn("killed")
    assert len(list((tmp_path / "killed").iterdir())) == 2, "checkpoint and losses"
    assert np.array_equal(drawn("killed"), whole)


def test_diverged_members_are_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    true = point_gan._penalty
    broken = torch.tensor([torch.nan, 1.0])
    monkeypatch.setattr(point_gan, "_penalty", lambda *arguments: true(*arguments) * broken)
    trained = train_point_gans(samples(2), seed=1, processes=ALONE, folder=tmp_path, steps=3)
    assert not np.isfinite(trained[0].draw(5, np.random.default_rng(1))).any()
    assert np.isfinite(trained[1].draw(5, np.random.default_rng(1))).all()
    assert '"diverged": 0.5' in (tmp_path / "gan-losses.jsonl").read_text()

    monkeypatch.setattr(point_gan, "_penalty", lambda *arguments: true(*arguments) * torch.nan)
    (tmp_path / "all").mkdir()
    with pytest.raises(DivergedError, match="not finite"):
        train_point_gans(samples(2), seed=1, processes=ALONE, folder=tmp_path / "all", steps=3)


@pytest.mark.parametrize(
    "change",
    [{"loss": "usual"}, {"falling": False}, {"averaged": False}, {"blur": 0.1}, {"hidden": (8, 8, 8)}],
    ids=str,
)
def test_each_part_changes_the_gan_and_is_told_by_its_checkpoint(change: dict[str, Any], tmp_path: Path) -> None:
    def drawn(folder: Path, **changes: Any) -> np.ndarray:
        folder.mkdir(exist_ok=True)
        trained = train_point_gans(samples(2), seed=1, processes=ALONE, folder=folder, steps=12, **changes)
        return np.array([generator.draw(5, np.random.default_rng(1)) for generator in trained])

    whole = drawn(tmp_path / "whole")
    assert np.isfinite(drawn(tmp_path / "without", **change)).all()
    assert not np.allclose(drawn(tmp_path / "without", **change), whole)
    with pytest.raises(es.InputError, match="another training"):
        drawn(tmp_path / "whole", **change)


def test_flow_alone_has_the_density_that_the_ensemble_has(tmp_path: Path) -> None:
    from eventspace.models.point_flow import _FlowEnsemble

    torch.manual_seed(1)
    flows, points = _FlowEnsemble(3, 2), torch.randn(3, 20, 2)
    together = flows(points)
    for number in range(3):
        torch.testing.assert_close(flows.member(number)(points[number]), together[number])


@pytest.mark.parametrize("train", KINDS)
def test_shape_of_the_samples_is_told(train: Train, tmp_path: Path) -> None:
    with pytest.raises(es.InputError, match=r"not \(samples, points, coordinates\)"):
        train(np.ones((5, 2)), seed=1, processes=ALONE, folder=tmp_path)

"""``eventspace train --trainings``: several seeds side by side."""

from pathlib import Path

import numpy as np
import pytest

import eventspace as es
from eventspace.cli import main

SMALL = ["--steps", "3", "--compared", "20", "--device", "cpu"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    es.write("points.h5", es.Points(values=np.random.default_rng(1).normal(size=(60, 2))))
    return tmp_path


@pytest.mark.slow
def test_each_ends_as_if_it_were_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    several = ["train", "point-gan", "points.h5", "--seed", "3", "--trainings", "2", *SMALL, "--out", "several"]
    assert main(several) == 0
    printed = capsys.readouterr().out
    assert printed.count("model: ") == 2
    assert main(["train", "point-gan", "points.h5", "--seed", "4", "--threads", "1", *SMALL, "--out", "alone"]) == 0
    for name in ("state.safetensors", "losses.jsonl"):
        alone = Path("alone", name).read_bytes()
        assert Path("several", "seed4", name).read_bytes() == alone
        assert Path("several", "seed3", name).read_bytes() != alone
    before = {path: path.stat().st_mtime_ns for path in Path("several").rglob("*.safetensors")}
    assert main([*several, "--resume"]) == 0
    assert {path: path.stat().st_mtime_ns for path in Path("several").rglob("*.safetensors")} == before


def test_a_wrong_request_leaves_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["train", "point-gan", "points.h5", *SMALL, "--out", "run"]
    assert main([*command, "--trainings", "0"]) == 2
    assert "ask for at least 1" in capsys.readouterr().err
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert main([*command, "--trainings", "2"]) == 2
    assert "torchrun" in capsys.readouterr().err
    assert not Path("run").exists()

"""The commands ``amplification`` and ``equivalent-size``, to the page, and what they refuse."""

import json
from pathlib import Path

import numpy as np
import pytest

import eventspace as es
from eventspace.cli import main
from eventspace.events.native import write


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, n in (("holdout", 3000), ("train", 100), ("generated", 1000)):
        write(f"{name}.h5", es.Points(values=np.random.default_rng(n).normal(size=(n, 2))))
    return tmp_path


FILES = ["holdout.h5", "train.h5", "generated.h5"]


@pytest.mark.slow
def test_known_truth_to_the_page(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = (
        "amplification --truth ring --train 50 --quantiles 6 12 --trainings 5 --sampled 2000 --generators fit "
        "--resamples 2"
    )
    assert main([*arguments.split(), "--out", "run"]) == 0
    assert "median.fit.q6" in capsys.readouterr().out
    results = json.loads(Path("run/results.json").read_text())
    assert results["study"] == "amplification"
    assert results["numbers"]["equivalent.sample.q12"]["unit"] == "events"
    page = Path("run/report.html").read_text()
    assert page.count("data:image/svg+xml;base64,") == 4
    before = Path("run/results.json").read_bytes()
    assert main([*arguments.split(), "--out", "run", "--resume"]) == 0
    assert Path("run/results.json").read_bytes() == before


def test_files_to_the_page(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["equivalent-size", *FILES, "--features", "x2", "x1", "--quantiles", "10", "--out", "run"]) == 0
    printed = capsys.readouterr().out
    assert "the 1,000 events of generated are equivalent to" in printed
    assert "the 100 of train" in printed
    results = json.loads(Path("run/results.json").read_text())
    assert len(results["provenance"]["inputs"]) == 3
    assert json.loads(Path("run/config.json").read_text())["config"]["features"] == ["x2", "x1"]
    assert Path("run/report.html").read_text().count("data:image/svg+xml;base64,") == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["amplification", "--truth", "camelback", "--dimension", "2"], "camelback has dimension 1, not 2"),
        (["amplification", "--truth", "square"], "truth"),
        (["amplification", "--generators", "fit", "--features", "x1"], "--features"),
        (["equivalent-size", *FILES[:2]], "GENERATED is missing"),
        (["equivalent-size", *FILES, "--train", "50"], "--train"),
        (["equivalent-size", *FILES, "--quantiles", "10", "400"], "holdout.h5: 3000 hold-out events are too few"),
        (["equivalent-size", *FILES[:-1], "nothing.h5"], "nothing.h5"),
    ],
)
def test_wrong_input_is_one_message_and_code_2(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main([*arguments, "--out", "run"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("eventspace: ")
    assert message in error
    assert error.count("\n") == 1
    assert not Path("run").exists()

"""``eventspace train`` and ``eventspace generate`` as a user meets them."""

import json
import subprocess
import sys
from contextlib import chdir, redirect_stdout
from io import StringIO
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

import eventspace as es
from eventspace.cli import main

OPTIONS = ["--batch", "8", "--every", "2", "--compared", "16", "--replicas", "50", "--device", "cpu", "--threads", "1"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with showers of 20 to 200 GeV."""
    monkeypatch.chdir(tmp_path)
    write_showers(tmp_path)
    return tmp_path


def write_showers(folder: Path) -> None:
    rng = np.random.default_rng(1)
    energy = rng.uniform(20, 200, 24)
    dense = rng.gamma(2, 0.5, (24, 4, 4, 2)) * (0.02 * energy / 32)[:, None, None, None]
    es.write(folder / "showers.h5", es.Showers.from_dense(dense, per_event={"incident_energy": energy}))
    es.write(folder / "bare.h5", es.Showers.from_dense(dense))
    es.write(folder / "points.h5", es.Points(values=rng.normal(size=(50, 2))))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The directory of a run of these showers, made once, and what it printed."""
    folder, printed = tmp_path_factory.mktemp("finished"), StringIO()
    write_showers(folder)
    with chdir(folder), redirect_stdout(printed):
        assert train("run") == 0
    return folder / "run", printed.getvalue()


def train(out: str, *more: str, steps: int = 4) -> int:
    return main(["train", "shower-gan", "showers.h5", "--out", out, "--steps", str(steps), *OPTIONS, *more])


def generate(out: str, *more: str) -> int:
    model = ["--model", "run/model.safetensors", "--device", "cpu"]
    return main(["generate", "shower-gan", "-n", "5", "--seed", "1", *model, *more, out])


@pytest.mark.slow
def test_from_showers_to_generated_showers(folder: Path, finished: tuple[Path, str]) -> None:
    run, printed = finished
    copytree(run, "run")
    results = json.loads(Path("run/results.json").read_text())
    assert results["answer"] in printed
    assert results["answer"].startswith("After 4 steps")
    assert {"ratio.total", "resolution.generated", "response.training", "divergence.z"} <= set(results["numbers"])
    assert len(Path("run/losses.jsonl").read_text().splitlines()) == 4
    for name in ("model.safetensors", "report.html", "figures/samples.svg", "figures/losses.png"):
        assert Path("run", name).is_file()

    training = es.read("showers.h5")
    response = results["numbers"]["response.training"]
    kept = training.to_dense()
    kept[kept < 1e-4] = 0
    chosen = np.random.default_rng(1).permutation(24)[:16]
    share = kept.sum(axis=(1, 2, 3)) / training.per_event["incident_energy"]
    assert response["value"] == pytest.approx(share[chosen].mean(), rel=1e-6)
    assert response["low"] < response["value"] < response["high"]

    with np.load("run/arrays.npz") as arrays:
        totals = [arrays[f"total.{name}"] for name in ("training", "generated")]
        value = {name: number["value"] for name, number in results["numbers"].items()}
        assert value["ratio.total"] == pytest.approx(totals[1].mean() / totals[0].mean(), rel=1e-9)
        shares = totals[1] / arrays["energy"]
        assert value["resolution.generated"] == pytest.approx(shares.std() / shares.mean(), rel=1e-6)
        for axis in "xyz":
            expected = jensenshannon(*(arrays[f"profile.{axis}.{name}"] for name in ("training", "generated"))) ** 2
            assert value[f"divergence.{axis}"] == pytest.approx(expected, rel=1e-6)

    assert generate("a.h5", "--energy", "100") == 0
    assert generate("b.h5", "--energy", "100") == 0
    assert Path("a.h5").read_bytes() == Path("b.h5").read_bytes()
    made = es.read("a.h5")
    assert (len(made), made.shape) == (5, (4, 4, 2))
    assert (made.per_event["incident_energy"] == 100).all()


@pytest.mark.slow
def test_interrupted_run_ends_as_if_it_had_not_been(
    folder: Path, finished: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _ = finished
    with monkeypatch.context() as patch:

        def interrupted(*_: object) -> None:
            raise KeyboardInterrupt

        patch.setattr("eventspace.report.run.RunDirectory.draw", interrupted)
        assert train("run") == 130, "at the first checkpoint"
    assert not Path("run/results.json").exists()
    assert train("run") == 2, "the directory is in use"
    assert train("run", "--resume") == 0
    assert train("run", "--resume") == 0, "a finished run stays as it is"
    for name in ("model.safetensors", "losses.jsonl", "arrays.npz", "figures/samples.svg", "figures/losses.svg"):
        assert Path("run", name).read_bytes() == (whole / name).read_bytes(), name


@pytest.mark.slow
def test_finished_training_is_followed_by_another(folder: Path, finished: tuple[Path, str]) -> None:
    copytree(finished[0], "run")
    assert train("next", "--initial", "run/state.safetensors", "--seed", "2", steps=2) == 0
    files = json.loads(Path("next/config.json").read_text())["inputs"]
    assert [Path(file["file"]).name for file in files] == ["showers.h5", "state.safetensors"]
    assert json.loads(Path("next/results.json").read_text())["answer"].startswith("After 2 steps")


def test_training_that_goes_astray_leaves_its_losses(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train("run", "--learning-rate", "1e6", steps=40) == 2
    assert "another" in capsys.readouterr().err
    assert Path("run/losses.jsonl").exists()
    assert not Path("run/results.json").exists()


@pytest.mark.slow
def test_help_needs_no_torch() -> None:
    script = """
import sys
from eventspace.cli import main
for words in sys.argv[1:]:
    main([*words.split(), "--help"])
    print(end="\\f")
assert "torch" not in sys.modules
"""
    command = [sys.executable, "-c", script, "", "train", "generate"]
    pages = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\f")
    for page, word in zip(pages, ("train", "shower-gan", "point-flow", ""), strict=True):
        assert word in page


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("train shower-gan bare.h5 --out run", ["incident_energy", "--energy"]),
        ("train shower-gan showers.h5 --out run", ["24 showers", "--batch 24"]),
        ("train shower-gan showers.h5 --out run --steps 0", ["--steps"]),
        ("train shower-gan showers.h5 --out run --device gpu", ["gpu", "auto or cpu"]),
        ("train shower-gan showers.h5 --out run --batch 8 --initial none", ["none: there is no such file"]),
        (
            "train shower-gan showers.h5 --out run --batch 8 --initial bare.h5",
            ["bare.h5: this is no state", "state.saf"],
        ),
        ("train shower-gan showers.h5 --out run --batch 8 --threshold 1000", ["showers.h5", "event 0", "--threshold"]),
        ("generate shower-gan -n 5 --seed 1 --model showers.h5 new.h5", ["showers.h5", "safetensors"]),
        ("generate shower-gan -n 5 --seed 1 --model none new.h5", ["no such file"]),
        ("generate shower-gan -n 5 --seed 1 --energy 50 new.h5", ["not trained at 50 GeV", "it is 100 GeV"]),
    ],
)
def test_wrong_input_gets_one_message_and_leaves_nothing(
    folder: Path, command: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(folder.rglob("*"))
    assert main(command.split()) == 2
    captured = capsys.readouterr()
    message = " ".join((captured.err + captured.out).split())
    for word in words:
        assert word in message
    assert sorted(folder.rglob("*")) == before

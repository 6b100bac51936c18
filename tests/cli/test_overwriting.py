"""No command destroys a file: not one that it reads, and not one of somebody else unless that was asked for."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import eventspace as es
from eventspace.base.files import unfinished
from eventspace.cli import COMMANDS, main
from eventspace.events.native import write
from eventspace.models.cloud_vae import CloudCard
from eventspace.models.file import save
from eventspace.models.jets.cloud_network import CloudNetwork
from eventspace.models.jets.latents.space import latent_space
from eventspace.models.showers.generation import SHIPPED
from eventspace.studies.registry import STUDIES

WRITES_A_DIRECTORY = {*STUDIES, "train", "demo"}
WRITES_NOTHING = {"inspect"}

# The words of a command that writes the file OUT and reads the file IN, if it reads one.
WRITES_A_FILE = {
    "simulate": ["simulate", "ring", "-n", "20", "OUT"],
    "convert": ["convert", "IN", "OUT", "--columns", "pt=pt,rapidity=y,phi=phi"],
    "merge": ["merge", "IN", "other.h5", "--out", "OUT"],
    "distances": ["distances", "IN", "--metric", "euclidean", "--out", "OUT"],
    "distances of two": ["distances", "other.h5", "IN", "--metric", "euclidean", "--out", "OUT"],
    "generate": ["generate", "shower-gan", "-n", "2", "--model", "IN", "OUT"],
    "encode": ["encode", "IN", "OUT", "--model", "encoder.safetensors"],
    "cluster": ["cluster", "IN", "OUT", "--model", "durham", "--jets", "2"],
    "report": ["report", "run", "--out", "OUT"],
}
READERS = [name for name, words in WRITES_A_FILE.items() if "IN" in words]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run a command of the table; what it reads are points, or what this command needs instead."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    write("points.h5", es.Points(values=rng.normal(size=(20, 2))))
    write("other.h5", es.Points(values=rng.normal(size=(10, 2))))
    shutil.copy(SHIPPED, "generator.safetensors")
    network = CloudNetwork(latent_space("R1"), 1, (0.0, 0.0), (1.0, 1.0), 4, periodic=False)
    card = dict.fromkeys(("seed", "steps", "beta", "eps", "particles", "events", "batch"), 1)
    card |= {"model": "cloud-vae", "data": "", "command": (), "versions": {}, "latent": "R1", "jets": False, "width": 4}
    card |= {"hardest": 2, "preprocessing_steps": (), "centre": (0.0, 0.0), "spread": (1.0, 1.0)}
    save("encoder.safetensors", network, CloudCard.model_validate(card))
    momenta = rng.normal(size=(20, 3))
    columns = dict(zip(("px", "py", "pz"), momenta.T, strict=True)) | {"E": np.linalg.norm(momenta, axis=1) + 1e-6}
    write("collisions.h5", es.Collisions.from_flat([10, 10], columns))
    np.savez("jets.npz", pt=np.ones((3, 2)), y=np.zeros((3, 2)), phi=np.zeros((3, 2)))

    def command(name: str, out: str, *more: str) -> int:
        return main([{"IN": source(name), "OUT": out}.get(word, word) for word in WRITES_A_FILE[name]] + list(more))

    return command


def source(name: str) -> str:
    return {"convert": "jets.npz", "generate": "generator.safetensors", "cluster": "collisions.h5"}.get(
        name, "points.h5"
    )


def make_run() -> None:
    assert main(["dimension", "points.h5", "--out", "run", "--threads", "1"]) == 0


def test_every_command_that_writes_is_in_the_table() -> None:
    assert {name.split()[0] for name in WRITES_A_FILE} == set(COMMANDS) - WRITES_A_DIRECTORY - WRITES_NOTHING


@pytest.mark.parametrize("link", [None, os.symlink, os.link], ids=["same", "symbolic", "hard"])
@pytest.mark.parametrize("name", READERS)
def test_what_is_read_is_not_written(
    run: Callable[..., int], name: str, link: Callable[..., None] | None, capsys: pytest.CaptureFixture[str]
) -> None:
    out = source(name)
    if link:
        link(source(name), "link")
        out = "link"
    before = Path(source(name)).read_bytes()
    assert run(name, out) == 2
    assert "one of those to read" in capsys.readouterr().err
    assert Path(source(name)).read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize("name", WRITES_A_FILE)
def test_files_of_others_stay_unless_asked(
    run: Callable[..., int], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if name == "report":
        make_run()
    Path("notes.txt").write_text("mine")
    assert run(name, "notes.txt") == 2
    error = capsys.readouterr().err
    assert "notes.txt" in error
    assert "--overwrite" in error
    assert Path("notes.txt").read_text() == "mine"

    assert run(name, "notes.txt", "--overwrite") == 0
    assert run(name, "notes.txt") == 0, "what eventspace wrote may be written again"


def test_a_trained_network_stays_unless_asked(run: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    before = Path("encoder.safetensors").read_bytes()
    assert run("simulate", "encoder.safetensors") == 2
    assert "there is a trained network already; name another file, or replace it" in capsys.readouterr().err
    assert Path("encoder.safetensors").read_bytes() == before
    assert run("simulate", "encoder.safetensors", "--overwrite") == 0


def test_a_page_is_not_written_over_its_run(run: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    make_run()
    for file in map(Path, ("run/results.json", "run/config.json", "run/figures/figures.json")):
        before = file.read_bytes()
        assert run("report", str(file), "--overwrite") == 2
        assert "one of those to read" in capsys.readouterr().err
        assert file.read_bytes() == before


@pytest.mark.parametrize("name", READERS)
def test_what_is_written_first_is_not_read(
    run: Callable[..., int], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = Path("new")
    unfinished(out).symlink_to(source(name))
    before = Path(source(name)).read_bytes()
    assert run(name, str(out)) == 2
    assert "one of those to read" in capsys.readouterr().err
    assert unfinished(out).read_bytes() == before


def test_a_device_is_not_replaced(run: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo("pipe")
    assert run("simulate", "pipe", "--overwrite") == 2
    assert "ordinary file" in capsys.readouterr().err
    assert Path("pipe").is_fifo()

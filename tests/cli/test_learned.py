"""A learned distance on the command line: it is named with its file, and its error stands with what runs on it."""

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

import eventspace as es
from distances.embeddings import random_embedding
from eventspace.cli import main


@pytest.fixture
def jets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> es.ParticleClouds:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    found = es.ParticleClouds.from_lists(
        [np.column_stack([rng.exponential(size=9), *rng.normal(0, 0.3, (2, 9))]) for _ in range(60)]
    )
    es.write("jets.h5", found)
    random_embedding(tmp_path / "model.safetensors")
    return found


LEARNED = ["--metric", "learned-transport", "--file", "model.safetensors"]


def test_distances_and_a_study_state_its_error(jets: es.ParticleClouds, capsys: pytest.CaptureFixture[str]) -> None:
    stated = "25% from the exact ones in the mean"
    assert main(["distances", "jets.h5", "--out", "d.h5", *LEARNED]) == 0
    assert stated in " ".join(capsys.readouterr().out.split())
    with h5py.File("d.h5") as file:
        expected = es.matrix(es.LearnedTransport(Path("model.safetensors")), jets)
        np.testing.assert_array_equal(file["distances"][:], expected)
    assert main(["dimension", "jets.h5", "--out", "run", "--steps", "centre", *LEARNED]) == 0
    assert stated in json.loads(Path("run/results.json").read_text())["answer"]
    assert stated in Path("run/report.html").read_text()


def test_a_file_is_needed_and_only_there(jets: es.ParticleClouds, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["distances", "jets.h5", "--out", "d.h5", *LEARNED[:2]]) == 2
    assert "the metric learned-transport needs the file; give --file" in " ".join(capsys.readouterr().err.split())
    assert main(["distances", "jets.h5", "--out", "d.h5", "--file", "model.safetensors"]) == 2
    assert "the metric transport has no parameter file" in " ".join(capsys.readouterr().err.split())

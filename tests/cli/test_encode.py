"""Places of events as a file of points, that says the same as Python."""

from pathlib import Path

import numpy as np
import pytest

import eventspace as es
from eventspace.cli import main
from eventspace.events.native import write
from eventspace.models.file import load
from eventspace.models.registry import encoder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vae")
    write(folder / "points.h5", points(100, 1))
    words = ["--latent", "C3 x S1", "--steps", "3", "--batch", "8", "--width", "4", "--threads", "1", "--device", "cpu"]
    assert main(["train", "cloud-vae", str(folder / "points.h5"), "--out", str(folder / "run"), *words]) == 0
    return folder / "run" / "model.safetensors"


def points(n: int, seed: int) -> es.Points:
    rng = np.random.default_rng(seed)
    labels = np.array(["a", "b"])[rng.integers(0, 2, n)]
    return es.Points(
        values=rng.normal(size=(n, 2)), per_event={"label": labels, "weight": np.arange(n) / n}, units={"weight": "pb"}
    )


def test_the_file_has_the_places_that_python_gives(model: Path, tmp_path: Path) -> None:
    events = points(50, 2)
    write(tmp_path / "events.h5", events)
    assert main(["encode", str(tmp_path / "events.h5"), str(tmp_path / "places.h5"), "--model", str(model)]) == 0
    made = es.read(tmp_path / "places.h5", kind=es.Points)
    found = encoder("cloud-vae").places(load(model, "cloud-vae"), events)
    category = found.probabilities.argmax(axis=1)
    assert (made.values == found.points[np.arange(50), category]).all()
    assert np.allclose(np.linalg.norm(made.values[:, 3:], axis=1), 1, atol=1e-5)
    assert (made.values[:, :3].argmax(axis=1) == category).all()
    assert (made.per_event["category"] == category + 1).all()
    each = np.column_stack([made.per_event[f"category{k}"] for k in (1, 2, 3)])
    assert (each == found.probabilities).all()
    assert np.allclose(made.per_event["kl"], found.kl.sum(axis=1))
    assert made.labels is not None
    assert events.labels is not None
    assert made.labels.tolist() == events.labels.tolist()
    assert made.units == {"weight": "pb", "kl": "nats"}
    assert "C3 x S1 by cloud-vae" in made.origin


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("events", "no safetensors file"),
        ("generator", "this is a shower-gan, not an encoder"),
        ("jets", "has learned from points"),
        ("again", "the events have a column 'category' already"),
    ],
)
def test_what_cannot_be_encoded_is_refused_in_one_line(
    given: str, problem: str, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from eventspace.models.showers.generation import SHIPPED

    events, places = tmp_path / "events.h5", tmp_path / "places.h5"
    write(events, points(20, 2))
    if given == "jets":
        write(events, es.ParticleClouds.from_lists([[(1.0, 0.0, 0.0), (1.0, 0.1, 0.1)]] * 5))
    if given == "again":
        write(events, es.Points(values=np.zeros((3, 2)), per_event={"category": np.arange(3)}))
    chosen = {"events": events, "generator": SHIPPED}.get(given, model)
    assert main(["encode", str(events), str(places), "--model", str(chosen)]) == 2
    said = capsys.readouterr().err
    assert problem in said
    assert said.count("\n") == 1
    assert not places.exists()

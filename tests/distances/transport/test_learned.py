"""The learned distance: what does not change it, what it refuses, and that it is the network of the training."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

import eventspace as es
from distances.embeddings import CARD, random_embedding
from eventspace.distances.transport.encoder import AXES, BINS
from eventspace.distances.transport.learned import Terms
from eventspace.distances.transport.quantile import seen_of
from eventspace.models.jets.embedding_network import EmbeddingNetwork

CENTRE = (0.0, 0.0)


def jets(n: int = 10, seed: int = 1, spread: float = 0.3) -> list[NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    return [np.column_stack([rng.exponential(size=k), *rng.normal(0, spread, (2, k))]) for k in rng.integers(1, 40, n)]


@pytest.fixture(scope="module")
def metric(tmp_path_factory: pytest.TempPathFactory) -> es.LearnedTransport:
    return es.LearnedTransport(random_embedding(tmp_path_factory.mktemp("file") / "file.safetensors"))


def places(metric: es.LearnedTransport, lists: list[NDArray[np.float64]]) -> NDArray[np.float32]:
    clouds = es.ParticleClouds.from_lists(lists)
    return metric.prepare(clouds, clouds)[0].places


def test_order_empty_particles_scale_and_turns_do_not_matter(metric: es.LearnedTransport) -> None:
    lists = jets()
    expected = places(metric, lists)
    assert places(metric, [jet[::-1] for jet in lists]).tobytes() == expected.tobytes()
    padded = [np.vstack([jet, [[0.0, 3.0, 1.0], [0.0, -1.0, 0.0]]]) for jet in lists]
    assert places(metric, padded).tobytes() == expected.tobytes()
    np.testing.assert_allclose(places(metric, [jet * [7.0, 1, 1] for jet in lists]), expected, atol=1e-6)
    np.testing.assert_allclose(
        places(metric, [jet + np.array([0, 0, 2 * np.pi]) for jet in lists]), expected, atol=1e-6
    )
    split = [np.vstack([jet * [0.25, 1, 1], jet * [0.75, 1, 1]]) for jet in lists]
    np.testing.assert_allclose(places(metric, split), expected, atol=1e-6)


def test_it_is_the_network_of_the_training(metric: es.LearnedTransport) -> None:
    network = EmbeddingNetwork(CARD["dimension"], CARD["width"])
    weights = {name: torch.from_numpy(np.asarray(value)) for name, value in load_file(metric.file).items()}
    network.load_state_dict(weights)
    lists = jets()
    with torch.no_grad():
        expected = network(torch.from_numpy(seen_of(es.ParticleClouds.from_lists(lists), CENTRE))).numpy()
    np.testing.assert_allclose(places(metric, lists), expected, rtol=1e-5, atol=1e-5)


def test_a_matrix_alone_is_the_distance_along_lines_for_p_2(tmp_path: Path) -> None:
    """With the identity for A and no layers the distance is that of the quantile functions, which is known."""
    lists = [jet[:12] for jet in jets(8)]
    file = random_embedding(tmp_path / "file.safetensors", dimension=AXES * BINS)
    weights = {name: np.zeros_like(value) for name, value in load_file(file).items()}
    weights["spread"] = np.asarray(np.float32(1))
    weights["across.weight"] = np.eye(AXES * BINS, dtype=np.float32) * np.float32(np.sqrt(2 / (AXES * BINS)))
    save_file(weights, file, metadata={"card": json.dumps(CARD | {"dimension": AXES * BINS, "p": 2.0})})
    clouds = es.ParticleClouds.from_lists(lists)
    learned, lines = (es.matrix(metric, clouds) for metric in (es.LearnedTransport(file), es.SlicedTransport(p=2)))
    assert (learned <= lines + 1e-6).all()  # a mean over a bin loses what is within it
    pairs = np.triu_indices(8, 1)
    np.testing.assert_allclose(learned[pairs], lines[pairs], rtol=0.1)


def test_it_states_its_error(metric: es.LearnedTransport) -> None:
    clouds = es.ParticleClouds.from_lists(jets(2))
    assert metric.error == 0.25
    assert metric.p == 1.0
    assert "25% from the exact ones" in metric.remark(clouds)
    assert str(metric.file) in repr(metric)
    assert metric.digest in repr(metric)


def test_jets_of_another_coordinate_or_kind_are_refused(metric: es.LearnedTransport) -> None:
    clouds = es.ParticleClouds.from_lists(jets(2))
    eta = es.ParticleClouds.from_flat([1], {"pt": [1.0], "eta": [0.0], "phi": [0.0]})
    with pytest.raises(es.InputError, match="learned from jets in rapidity, these are in eta"):
        metric.prepare(clouds, eta)
    with pytest.raises(es.InputError, match="an embedding is not defined for images; give jets of particles"):
        image = es.Images(values=np.ones((1, 2, 2)), half_width=1.0)
        metric.prepare(image, image)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"multiplicity": (60.0, 100.0)}, r"the jets have .* particles \(median\), those that .* from 60 to 100"),
        ({"reach": (0.0, 0.1)}, "as the mean angle of their pt .* train one on jets like yours"),
    ],
)
def test_unfamiliar_jets_get_a_warning(change: dict[str, Any], words: str, tmp_path: Path) -> None:
    metric, clouds = (
        es.LearnedTransport(random_embedding(tmp_path / "f", **change)),
        es.ParticleClouds.from_lists(jets()),
    )
    with pytest.warns(es.UnfamiliarEventsWarning, match=words):
        metric.prepare(clouds, clouds)


def test_a_wrong_file_is_refused(tmp_path: Path) -> None:
    file = random_embedding(tmp_path / "file.safetensors")
    good, weights = file.read_bytes(), load_file(file)
    for content in (b"", b"text", good[:100], good[:-1], good + b"x"):
        file.write_bytes(content)
        with pytest.raises(es.InputError, match=r"no safetensors file, or damaged .*eventspace train embedding"):
            es.LearnedTransport(file)
    first = weights["layers.0.weight"]
    for change, words in (
        ({"layers.0.weight": first * np.float32(np.nan)}, "not a finite number"),
        ({"layers.0.weight": first.astype(np.float64)}, "not a finite number of single"),
        ({"layers.0.weight": first[1:]}, "'layers.0.weight' does not fit"),
        ({"extra": first}, "'extra' does not fit"),
        ({"spread": np.float32(0)}, "not positive"),
    ):
        save_file(
            {name: np.asarray(value) for name, value in (weights | change).items()}, file, {"card": json.dumps(CARD)}
        )
        with pytest.raises(es.InputError, match=f"{words}.*eventspace train embedding"):
            es.LearnedTransport(file)
    for card, words in (
        (None, "no model card"),
        ("no JSON", "card is wrong"),
        (json.dumps(CARD | {"model": "unet"}), "this is no embedding but a model 'unet'"),
        (json.dumps({name: value for name, value in CARD.items() if name != "reach"}), "reach: Field required"),
        (json.dumps(CARD | {"p": -1}), "p: "),
    ):
        save_file(weights, file, None if card is None else {"card": card})
        with pytest.raises(es.InputError, match=f"{words}.*eventspace train embedding"):
            es.LearnedTransport(file)
    with pytest.raises(es.InputError, match="no such file"):
        es.LearnedTransport(tmp_path / "missing")


def test_a_random_file_fits_its_card() -> None:
    assert Terms(**{name: value for name, value in CARD.items() if name != "model"}).width == 8

"""Files of embeddings with random weights; as a script, it writes the one beside it that the contract tests read."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from eventspace.distances.transport.learned import Terms, shapes

CARD: dict[str, Any] = {
    "model": "embedding",
    "p": 1.0,
    "dimension": 3,
    "width": 8,
    "coordinate": "rapidity",
    "multiplicity": (1.0, 100.0),
    "reach": (0.0, 3.0),
}


def random_weights(card: dict[str, Any], seed: int = 1) -> dict[str, NDArray[np.float32]]:
    rng = np.random.default_rng(seed)
    weights = {name: rng.normal(size=shape).astype(np.float32) / 3 for name, shape in shapes(Terms(**card)).items()}
    return weights | {"centre": np.zeros(2, np.float32), "spread": np.float32(1), "error": np.float32(0.25)}


def random_embedding(path: Path, seed: int = 1, **changes: Any) -> Path:
    """A file with a card that takes nearly all jets for familiar."""
    card = CARD | changes
    terms = {name: value for name, value in card.items() if name != "model"}
    weights = {name: np.asarray(value) for name, value in random_weights(terms, seed).items()}
    save_file(weights, path, metadata={"card": json.dumps(card)})
    return path


if __name__ == "__main__":
    random_embedding(Path(__file__).with_name("embedding.safetensors"))

"""What recipes of clusterings do before a network is asked."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from torch import nn

import eventspace as es
from eventspace.models.recipe import ClusteringRecipe, ModelCard, Trained, TrainingConfig


def recipe(asked: list[Any]) -> ClusteringRecipe:
    """One that puts every particle into jet 2 and notes what it was asked."""

    def label(trained: Trained, events: es.Collisions) -> np.ndarray:
        asked.append((next(trained.network.parameters()).device.type, len(events)))
        return np.full(len(events.flat("E")), 2)

    def nothing(*arguments: Any) -> Any:
        raise AssertionError("this is not needed to cluster")

    return ClusteringRecipe(
        name="twos",
        learns_from=(es.Collisions,),
        config=TrainingConfig,
        prepare=nothing,
        loss="none",
        preprocessing="none",
        card=ModelCard,
        network=nothing,
        description="none",
        judge="none",
        label=label,
    )


TRAINED = Trained(nn.Linear(1, 1), SimpleNamespace(jets=1, visible_energy=(0.5, 5.0)))
COLUMNS = {"px": [3.0, 0.0, 1.0], "py": [0.0, 1.0, 0.0], "pz": [0.0, 0.0, 0.0], "E": [3.0, 1.0, 1.0]}


def test_every_particle_gets_a_jet() -> None:
    asked: list[Any] = []
    found = recipe(asked).cluster(TRAINED, es.Collisions.from_flat([2, 1], COLUMNS), device="cpu")
    assert found.tolist() == [2, 2, 2]
    assert asked == [("cpu", 2)]


def test_wrong_events_never_reach_the_network() -> None:
    asked: list[Any] = []
    with pytest.raises(es.InputError, match="twos does not learn from points; give a file of collisions"):
        recipe(asked).cluster(TRAINED, es.Points(values=np.zeros((2, 2))))
    broken = es.Collisions.from_flat([2, 1], COLUMNS | {"px": [3.0, 0.0, np.nan]})
    with pytest.raises(es.InputError, match="event 1: px is NaN"):
        recipe(asked).cluster(TRAINED, broken)
    with pytest.raises(es.InputError, match="device 'gramophone' cannot be used"):
        recipe(asked).cluster(TRAINED, es.Collisions.from_flat([2, 1], COLUMNS), device="gramophone")
    assert asked == []

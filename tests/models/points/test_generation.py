"""Points from generators trained on the spot: they learn, the same seed gives the same, and wrong input is told."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.random import SeedSequence
from torch.optim.swa_utils import AveragedModel

import eventspace as es
from eventspace.events.base import Events
from eventspace.models.points.generation import PointGenerator, generate_points, trainer
from eventspace.models.processes import Processes
from eventspace.models.training import DivergedError

KINDS = ["gan", "vae", "flow"]


def ring(n: int, seed: int = 1) -> es.Points:
    return next(es.simulate("ring", n, seed=seed))


@pytest.mark.slow
def test_flow_learns_a_ring_roughly() -> None:
    [made] = generate_points(ring(500), "flow", 4000, seed=1, steps=200)
    radius, true = (np.linalg.norm(points.values, axis=1) for points in (made, ring(4000, seed=2)))
    assert np.quantile(radius, [0.25, 0.5, 0.75]) == pytest.approx(np.quantile(true, [0.25, 0.5, 0.75]), abs=0.5)
    assert np.mean(radius < 1.5) < 0.1, "a normal distribution as wide has 12% there"
    assert np.abs(made.values.mean(axis=0)).max() < 0.5


@pytest.mark.parametrize("generator", KINDS)
def test_same_seed_makes_the_same_and_the_first_points_stay(generator: str) -> None:
    threads = torch.get_num_threads()
    sample = ring(60)
    [few] = generate_points(sample, generator, 5, seed=3, steps=4)
    first, second = generate_points(sample, generator, 10_007, seed=3, steps=4)
    [other] = generate_points(sample, generator, 5, seed=4, steps=4)
    assert (len(few), len(first), len(second)) == (5, 10_000, 7)
    assert np.array_equal(first.values[:5], few.values)
    assert not np.isclose(second.values[0], first.values[0]).any()
    assert not np.isclose(other.values, few.values).any()
    assert few.seed == 3
    assert few.origin.startswith(f"{generator} of 4 steps, trained on 60 points, sha256 ")
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize("generator", KINDS)
def test_they_are_the_networks_of_the_study(generator: PointGenerator, tmp_path: Path) -> None:
    """A training of one among many, as ``amplification`` does it, and its points, by hand."""
    torch.set_num_threads(1)
    sample = ring(60)
    train, _ = trainer(generator)
    [network] = train(
        sample.values[np.newaxis],
        seed=int(SeedSequence((3, 0)).generate_state(1)[0]),
        processes=Processes(0, 1, torch.device("cpu")),
        folder=tmp_path,
        steps=4,
    )
    expected = network.draw(10_000, np.random.default_rng(SeedSequence((3, 1, 0))))
    [made] = generate_points(sample, generator, 50, seed=3, steps=4)
    assert np.array_equal(made.values, expected[:50])


@pytest.mark.parametrize(
    ("sample", "n", "seed", "message"),
    [
        (ring(30), 0, 1, "0 points were asked for"),
        (ring(30), 1, -1, "the seed is -1"),
        (es.Points(values=np.ones((30, 2))), 5, 1, "does not vary"),
        (es.Images(values=np.ones((3, 2, 2)), half_width=1.0), 5, 1, "point-gan does not learn from images"),
    ],
)
def test_wrong_input_is_told(sample: Events, n: int, seed: int, message: str) -> None:
    with pytest.raises(es.InputError, match=message):
        list(generate_points(sample, "gan", n, seed=seed, steps=2))


def test_diverged_training_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        AveragedModel, "update_parameters", lambda self, network: self.module.biases[0].data.fill_(torch.nan)
    )
    with pytest.raises(DivergedError, match="another seed"):
        list(generate_points(ring(30), "gan", 5, seed=1, steps=2))

"""Small showers to train on, and one thread: on small grids several only get in each other's way."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch

import eventspace as es


@pytest.fixture
def showers() -> Callable[..., es.Showers]:
    """Makes showers of 20 to 200 GeV whose cells hold 2% of it, with noise in every cell."""

    def make(n: int, seed: int = 1, grid: tuple[int, int, int] = (4, 4, 2)) -> es.Showers:
        rng = np.random.default_rng(seed)
        energy = rng.uniform(20, 200, n)
        dense = rng.gamma(2, 0.5, (n, *grid)) * (0.02 * energy / np.prod(grid))[:, None, None, None]
        return es.Showers.from_dense(dense, per_event={"incident_energy": energy}, units={"energy": "GeV"})

    return make


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)

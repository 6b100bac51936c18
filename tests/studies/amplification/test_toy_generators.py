"""Networks that are pooled: the right ones, in equal parts."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ks_2samp

from eventspace.base.work import Work
from eventspace.statistics.parametric_fits import fit
from eventspace.statistics.truths import Truth
from eventspace.studies.amplification.toy_generators import Pooled, trained


class Constant:
    def __init__(self, value: float):
        self._value = value

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        return np.full((n, 1), self._value)


@pytest.mark.parametrize("n", [2, 99, 100, 101])
def test_each_source_makes_an_equal_part(n: int) -> None:
    points = Pooled([Constant(value) for value in range(3)]).draw(n, np.random.default_rng(1))
    counts = np.bincount(points[:, 0].astype(int), minlength=3)
    assert counts.sum() == n
    assert np.abs(counts - n / 3).max() < 1


def test_pooled_copies_of_a_source_are_that_source() -> None:
    truth = Truth("camelback", 1)
    source = fit(truth, truth.draw(100, np.random.default_rng(1)))
    rng = np.random.default_rng(2)
    one, pooled = source.draw(20_000, rng), Pooled([source] * 3).draw(20_000, rng)
    assert ks_2samp(one[:, 0], pooled[:, 0]).pvalue > 0.01


@pytest.mark.parametrize("name", ["gan", "vae", "flow"])
def test_networks_of_one_sample_are_pooled(name: str, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    truth = Truth("ring", 2)
    places = 1000.0 * np.arange(3)  # so that every network shows which sample it learned from
    samples = np.stack([place + truth.draw(30, np.random.default_rng(1)) for place in places])
    work = Work(device="cpu", threads=1)
    sources = trained(name, truth, samples, (1, 2), tmp_path, work, steps=2, pooled=2)
    assert len(sources) == 3
    for place, source in zip(places, sources, strict=True):
        assert isinstance(source, Pooled)
        first, second = (network.draw(50, np.random.default_rng(1)) for network in source.sources)
        assert np.abs(first - place).max() < 500
        assert np.abs(second - place).max() < 500
        assert not np.array_equal(first, second)  # their weights began elsewhere

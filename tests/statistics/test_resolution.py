"""Resolutions of samples whose spread is known."""

import numpy as np
import pytest
from scipy.stats import truncnorm

from eventspace import InputError
from eventspace.statistics.resolution import resolution, resolutions


def test_resolution_is_spread_over_mean():
    energies = np.random.default_rng(1).gamma(5, 2, (3, 1000))
    found = resolution(energies.mean(axis=1), (energies**2).mean(axis=1))
    np.testing.assert_allclose(found, energies.std(axis=1) / energies.mean(axis=1))
    assert resolution(0.0, 0.0) == 0


def test_rms90_is_the_narrowest_stretch():
    energies = np.random.default_rng(2).gamma(3, 1, 57)
    held = np.sort(energies)
    stretches = [held[start : start + 52] for start in range(6)]
    narrowest = min(stretches, key=np.ptp)
    found = resolutions(energies, replicas=10, rng=np.random.default_rng(1))
    assert found.value == pytest.approx(narrowest.std() / narrowest.mean())


def test_rms90_of_a_normal_distribution():
    energies = 100 + 5 * np.random.default_rng(3).normal(size=200_000)
    found = resolutions(energies, replicas=2, rng=np.random.default_rng(1))
    limit = 1.6448536
    assert found.value == pytest.approx(0.05 * truncnorm(-limit, limit).std(), rel=0.01)


def test_interval_holds_the_truth_and_outliers_do_not_matter():
    rng, held = np.random.default_rng(4), 0
    true = 0.1 * truncnorm(-1.6448536, 1.6448536).std()
    for _ in range(100):
        energies = rng.normal(100, 10, 500)
        energies[:2] = 1e6
        number = resolutions(energies, replicas=200, rng=rng).number(0.95)
        held += number.low <= true <= number.high
    assert held >= 85


@pytest.mark.parametrize("energies", [[], [1.0, -1.0], [1.0, np.nan], [[1.0]]])
def test_no_energies(energies):
    with pytest.raises(InputError, match="positive"):
        resolutions(energies, replicas=10, rng=np.random.default_rng(1))

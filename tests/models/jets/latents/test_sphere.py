import numpy as np
import pytest
import torch
from scipy.special import i0e, i1e

from eventspace.models.jets.latents.sphere import Sphere

RESOLUTIONS = (0.1, 0.2, 0.3, 0.5)


def best_loss(dimension: int, resolution: float) -> float:
    """Of points on a sphere of radius 1: (1 - E[cos]^2) / (2 resolution^2) + KL, the best of all concentrations.

    The best decoder gives E[cos] x, and 1 - E[cos]^2 is its mean squared distance.
    """
    logarithm = torch.linspace(-3, 12, 3001, dtype=torch.float64)
    head = torch.cat([torch.ones(3001, dimension + 1, dtype=torch.float64), logarithm[:, None]], dim=1)
    q = Sphere(dimension).posterior(head)
    cosine = q.concentration / (q.concentration + dimension)
    return float(((1 - cosine**2) / (2 * resolution**2) + q.kl()[:, 0]).min())


def best_von_mises_loss(dimension: int, resolution: float) -> float:
    """The same for the von Mises-Fisher distribution, whose concentration is kappa = E[cos] / resolution^2."""
    kappa = np.exp(np.linspace(-3, 7, 20_001))
    if dimension == 1:
        cosine, divergence = i1e(kappa) / i0e(kappa), -np.log(i0e(kappa)) - kappa
    else:
        cosine = 1 / np.tanh(kappa) - 1 / kappa
        divergence = -(kappa + np.log1p(-np.exp(-2 * kappa)) - np.log(2 * kappa))
    return float(((1 - cosine**2) / (2 * resolution**2) + kappa * cosine + divergence).min())


@pytest.mark.parametrize(("dimension", "excess"), [(1, 0.008), (2, 0.02)])
def test_little_is_lost_against_the_best_distribution(dimension: int, excess: float) -> None:
    for resolution in RESOLUTIONS:
        assert 0 < best_loss(dimension, resolution) - best_von_mises_loss(dimension, resolution) < excess


def test_the_losses_of_von_mises_distributions() -> None:
    circle = [best_von_mises_loss(1, resolution) for resolution in RESOLUTIONS]
    assert circle == pytest.approx([3.219, 2.518, 2.099, 1.530], abs=6e-4)
    sphere = [best_von_mises_loss(2, resolution) for resolution in RESOLUTIONS]
    assert sphere == pytest.approx([5.293, 3.891, 3.051, 1.897], abs=6e-4)


def test_the_length_of_the_direction_does_not_matter() -> None:
    mode = Sphere(2).posterior(torch.tensor([[3.0, 0.0, 4.0, 0.0], [300.0, 0.0, 400.0, 0.0]])).mode()
    torch.testing.assert_close(mode, torch.tensor([[0.6, 0.0, 0.8], [0.6, 0.0, 0.8]]))

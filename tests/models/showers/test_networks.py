"""The networks of the shower GAN: published sizes, gradients, conditions, and losses in closed form."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from eventspace import InputError
from eventspace.models.showers.networks import POWER, Discriminator, Generator, Prediction, losses

GRIDS = [(4, 4, 2), (6, 7, 8), (3, 3, 1), (14, 17, 13), (13, 18, 5)]


def filled(*shape: int) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("grid", GRIDS)
def test_shapes(grid):
    made = Generator(grid, latent=5)(filled(3), filled(3, 5))
    assert made.shape == (3, *grid)
    assert [answer.shape for answer in Discriminator(grid)(made)] == [(3,)] * 3


def test_published_sizes():
    """What the published code's layers have on 51 x 51 x 25 cells; no shower is made, that takes seconds."""
    with torch.device("meta"):
        generator, discriminator = Generator(), Discriminator()
    assert generator.dense.out_features == 5184
    assert generator.dense.in_features == 255
    kernels = [layer.weight.shape for layer in generator.modules() if isinstance(layer, nn.Conv3d)]
    assert kernels == [
        (8, 8, 6, 6, 8),
        *[(6, 8, 4, 4, 6), (6, 6, 4, 4, 6), (6, 6, 4, 4, 6)],
        *[(6, 6, 3, 3, 5), (6, 6, 3, 3, 3), (1, 6, 2, 2, 2)],
    ]
    kernels = [layer.weight.shape for layer in discriminator.modules() if isinstance(layer, nn.Conv3d)]
    assert kernels == [(16, 1, 5, 6, 6), (8, 16, 5, 6, 6), (8, 8, 5, 6, 6), (8, 8, 5, 6, 6)]
    assert discriminator.real.in_features == 19152
    noise = torch.empty(2, 254, device="meta")
    made = generator(torch.empty(2, device="meta"), noise)
    assert made.shape == (2, 51, 51, 25)
    assert discriminator(made).energy.shape == (2,)
    for layer in [*generator.modules(), *discriminator.modules()]:
        assert getattr(layer, "negative_slope", 0.3) == 0.3
        assert not isinstance(layer, nn.BatchNorm3d) or layer.momentum == 0.01
    assert sum(isinstance(layer, nn.BatchNorm3d) for layer in generator.modules()) == 5
    assert sum(isinstance(layer, nn.BatchNorm3d) for layer in discriminator.modules()) == 3


@pytest.mark.parametrize("grid", [(4, 4, 2), (14, 17, 13)])
def test_gradient_reaches_every_parameter(grid):
    torch.manual_seed(1)
    generator, discriminator = Generator(grid, latent=5), Discriminator(grid)
    prediction = discriminator(generator(filled(8), filled(8, 5)))
    losses(prediction, torch.ones(8), filled(8) + 1, filled(8) + 1).weighted().backward()
    for network in (generator, discriminator):
        for name, parameter in network.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.abs().max() > 0, name


def test_after_training_a_shower_is_that_of_its_noise_alone():
    torch.manual_seed(1)
    generator = Generator((6, 6, 8), latent=5).eval()
    energy, noise = filled(6), filled(6, 5)
    together = generator(energy, noise)
    assert torch.equal(together, generator(energy, noise))
    torch.testing.assert_close(together[2:3], generator(energy[2:3], noise[2:3]))
    assert not torch.equal(together, generator(energy + 1, noise))
    discriminator = Discriminator((6, 6, 8)).eval()
    assert torch.equal(discriminator(together).real, discriminator(together).real)


def test_weights_saved_and_loaded_make_the_same_showers():
    torch.manual_seed(1)
    one, other = Generator((6, 6, 8), latent=5), Generator((6, 6, 8), latent=5)
    one(filled(4), filled(4, 5))  # moves the running means
    other.load_state_dict(one.state_dict())
    assert torch.equal(one.eval()(filled(2), filled(2, 5)), other.eval()(filled(2), filled(2, 5)))


def test_total_is_the_sum_of_the_energies_before_the_power():
    energies = filled(3, 4, 4, 2).double().numpy()
    total = Discriminator((4, 4, 2))(torch.from_numpy(energies**POWER).float()).total
    np.testing.assert_allclose(total.detach().numpy(), energies.sum(axis=(1, 2, 3)), rtol=1e-5)


def test_losses_are_those_of_numpy():
    rng = np.random.default_rng(1)
    odds, energy, total = rng.normal(0, 3, 20), rng.normal(1, 0.3, 20), rng.uniform(50, 150, 20)
    real, true_energy, true_total = rng.integers(0, 2, 20), rng.uniform(0.5, 2, 20), rng.uniform(50, 150, 20)
    found = losses(
        Prediction(*(torch.from_numpy(values) for values in (odds, energy, total))),
        *(torch.from_numpy(values.astype(float)) for values in (real, true_energy, true_total)),
    )
    probability = 1 / (1 + np.exp(-odds))
    entropy = -np.mean(real * np.log(probability) + (1 - real) * np.log(1 - probability))
    percent = [100 * np.mean(np.abs(a - b) / b) for a, b in ((energy, true_energy), (total, true_total))]
    np.testing.assert_allclose([float(loss) for loss in found], [entropy, *percent], rtol=1e-12)
    np.testing.assert_allclose(float(found.weighted()), 3 * entropy + 0.1 * percent[0] + 0.1 * percent[1], rtol=1e-12)


def test_small_grids_are_surrounded_by_nothing():
    """Empty cells around a convolution's input are what its padding would be, so a blank shower has blank features."""
    discriminator = Discriminator((5, 5, 4)).eval()
    for layer in discriminator.modules():
        if isinstance(layer, nn.Conv3d):
            assert torch.equal(layer.bias, torch.zeros_like(layer.bias))
    assert torch.equal(discriminator(torch.zeros(1, 5, 5, 4)).real, torch.zeros(1))


def test_first_convolution_of_the_discriminator_is_that_of_torch():
    discriminator = Discriminator((14, 17, 13))
    padding, convolution = discriminator.convolutions[:2]
    cells = filled(2, 1, 14, 17, 13)
    wide = functional.pad(cells, (2, 3, 2, 3, 2, 2))
    torch.testing.assert_close(
        convolution(padding(cells)), functional.conv3d(wide, convolution.weight, convolution.bias)
    )


@pytest.mark.parametrize("grid", [(2, 5, 5), (5, 5, 0), (5, 2, 5)])
def test_grid_too_small(grid):
    with pytest.raises(InputError, match="at least 3"):
        Generator(grid)

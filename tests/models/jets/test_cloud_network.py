"""The network sees no order of particles and no padding, and what it makes are clouds on a cylinder."""

import math

import pytest
import torch
from torch import Tensor

from eventspace.models.jets.cloud_network import CloudNetwork
from eventspace.models.jets.latents.space import latent_space

LATENTS = ["R3", "C2 x S1 x R1", "RP2"]


def network(latent: str = "R3", *, periodic: bool = True, particles: int = 5, phi: float = 0.0) -> CloudNetwork:
    torch.manual_seed(1)
    centre, spread = ((0.1, phi), (0.3, 0.5)) if periodic else ((1.0, 2.0, 3.0), (0.5, 1.0, 2.0))
    return CloudNetwork(latent_space(latent), particles, centre, spread, 8, periodic=periodic)


def clouds(n: int = 4, particles: int = 6, d: int = 2) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(2)
    weight = torch.rand(n, particles, generator=generator) + 0.05
    return weight / weight.sum(dim=1, keepdim=True), torch.randn(n, particles, d, generator=generator) / 3


def says(net: CloudNetwork, weight: Tensor, position: Tensor) -> Tensor:
    posterior = net.encode(weight, position)
    return torch.cat([posterior.mode().flatten(1), posterior.probabilities, posterior.kl(), posterior.scale()], dim=1)


@pytest.mark.parametrize("latent", LATENTS)
def test_the_order_of_particles_and_padding_do_not_matter(latent: str) -> None:
    net, (weight, position) = network(latent), clouds()
    expected = says(net, weight, position)
    order = torch.tensor([4, 0, 5, 2, 1, 3])
    torch.testing.assert_close(says(net, weight[:, order], position[:, order]), expected, rtol=1e-4, atol=1e-5)
    filled = torch.cat([position, torch.full((4, 3, 2), 7.0)], dim=1)
    padded = says(net, torch.cat([weight, torch.zeros(4, 3)], dim=1), filled)
    torch.testing.assert_close(padded, expected, rtol=1e-4, atol=1e-5)
    assert not torch.allclose(says(net, weight.flip(1), position), expected, atol=1e-3), "weights are seen"


def test_each_event_is_encoded_alone() -> None:
    net, (weight, position) = network(), clouds()
    torch.testing.assert_close(says(net, weight[1:2], position[1:2]), says(net, weight, position)[1:2])


def test_an_angle_is_seen_as_one() -> None:
    net, (weight, position) = network(phi=0.4), clouds()
    turned = position + torch.tensor([0.0, 2 * math.pi])
    torch.testing.assert_close(says(net, weight, turned), says(net, weight, position), rtol=0, atol=1e-5)
    plain, (weight, position) = network(periodic=False), clouds(d=3)
    moved = position + torch.tensor([0.0, 0.0, 2 * math.pi])
    assert not torch.allclose(says(plain, weight, moved), says(plain, weight, position), rtol=0, atol=1e-3)


@pytest.mark.parametrize("latent", LATENTS)
def test_what_is_decoded_is_a_cloud(latent: str) -> None:
    net = network(latent)
    points = net.space.prior(50, generator=torch.Generator().manual_seed(1))
    weight, position = net.decode(100 * points)
    assert weight.shape == (50, 5)
    assert position.shape == (50, 5, 2)
    assert bool((weight >= 0).all())
    torch.testing.assert_close(weight.sum(dim=1), torch.ones(50))
    assert bool((position[..., 1] > -math.pi).all())
    assert bool((position[..., 1] <= math.pi).all())
    weight, position = network(latent, periodic=False).decode(points)
    assert position.shape == (50, 5, 3)


def test_phi_goes_through_pi_without_a_jump() -> None:
    """A decoder whose vector for phi goes once round: the direction jumps nowhere but by whole turns."""
    net = network("R2", particles=1)
    last = torch.nn.Linear(2, 4)
    with torch.no_grad():
        last.weight.zero_()
        last.bias.zero_()
        last.weight[2, 1] = last.weight[3, 0] = 1 / 0.5  # across and along, in units of the spread
        last.bias[3] = -1 / 0.5  # takes away the vector of the centre
    net.decoder = torch.nn.Sequential(last)
    angle = torch.linspace(0, 2 * math.pi, 401)
    _, position = net.decode(torch.stack([angle.cos(), angle.sin()], dim=1))
    phi = position[:, 0, 1]
    torch.testing.assert_close(torch.remainder(phi - angle + 1, 2 * math.pi), torch.ones(401), rtol=0, atol=1e-4)
    assert bool((phi.abs() <= math.pi).all())


@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("latent", LATENTS)
def test_a_gradient_reaches_every_parameter(latent: str, periodic: bool) -> None:
    net, (weight, position) = network(latent, periodic=periodic), clouds(d=2 if periodic else 3)
    posterior = net.encode(weight, position)
    points = posterior.sample(generator=torch.Generator().manual_seed(3))
    made, at = net.decode(points.flatten(0, 1))
    distance = (made[..., None] * at).square().sum(dim=(1, 2)).view(points.shape[:2])
    (posterior.expectation(distance) + posterior.kl().sum(dim=1)).mean().backward()
    for name, value in net.named_parameters():
        assert value.grad is not None, name
        assert bool(torch.isfinite(value.grad).all()), name
        assert bool((value.grad != 0).any()), name


def test_it_can_be_made_without_memory() -> None:
    with torch.device("meta"):
        net = network()
    assert {value.device.type for value in net.state_dict().values()} == {"meta"}
    assert {name: value.shape for name, value in net.state_dict().items()} == {
        name: value.shape for name, value in network().state_dict().items()
    }

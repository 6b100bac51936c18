import pytest
import torch

import eventspace as es
from eventspace.models.colouring.unet_network import Padding, UNet, layers


def network(padding: Padding) -> UNet:
    torch.manual_seed(1)
    return UNet(2, 6, width=4, levels=2, padding=padding).eval()


@pytest.mark.parametrize("pixels", [4, 8, 28])
def test_a_rotation_around_the_beam_moves_the_colours(pixels: int) -> None:
    maps = torch.rand(2, 2, 16, 32, generator=torch.Generator().manual_seed(2))
    moved = network("circular")(maps.roll(pixels, dims=3))
    torch.testing.assert_close(moved, network("circular")(maps).roll(pixels, dims=3), rtol=1e-4, atol=1e-5)


def test_zero_padding_knows_where_phi_begins() -> None:
    maps = torch.rand(2, 2, 16, 32, generator=torch.Generator().manual_seed(2))
    moved, expected = network("zero")(maps.roll(8, dims=3)), network("zero")(maps).roll(8, dims=3)
    assert bool(((moved - expected).abs() > 0.01).any())


def test_an_event_is_coloured_alone() -> None:
    maps = torch.rand(3, 2, 16, 16, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(network("circular")(maps)[1:2], network("circular")(maps[1:2]), rtol=1e-4, atol=1e-5)


def test_layers_of_the_size_of_the_talk() -> None:
    assert layers(UNet(1, 6, levels=4, convolutions=3)) == 32


def test_every_parameter_is_reached() -> None:
    small = network("circular")
    small(torch.rand(1, 2, 8, 8)).square().sum().backward()
    assert all(value.grad is not None and bool((value.grad != 0).any()) for value in small.parameters())


def test_a_width_that_cannot_be_normalised_is_refused() -> None:
    with pytest.raises(es.InputError, match="multiple of 4"):
        UNet(1, 6, width=6)

"""Upsampling and convolution in one, against the two after another."""

import pytest
import torch
from torch.nn import functional

from eventspace.models.showers.upsampled_convolution import UpsampledConv3d


@pytest.mark.parametrize("scale", [1, 2, 6])
@pytest.mark.parametrize("kernel", [(1, 1, 1), (6, 6, 8), (2, 7, 13)])
def test_same_values_and_gradients(kernel, scale):
    torch.manual_seed(1)
    layer = UpsampledConv3d(3, 2, kernel, scale).double()
    places = torch.randn(2, 3, *(-(-taps // scale) + extra for extra, taps in enumerate(kernel)), dtype=torch.float64)
    places.requires_grad_()
    parameters = (places, layer.weight, layer.bias)
    expected = functional.conv3d(functional.interpolate(places, scale_factor=scale), layer.weight, layer.bias)
    made = layer(places)
    torch.testing.assert_close(made, expected)
    weight = torch.randn_like(expected)
    for one, other in zip(
        torch.autograd.grad((made * weight).sum(), parameters),
        torch.autograd.grad((expected * weight).sum(), parameters),
        strict=True,
    ):
        torch.testing.assert_close(one, other)

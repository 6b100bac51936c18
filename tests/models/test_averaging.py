"""The running average of weights, against its formula by hand."""

import pytest
import torch

from eventspace.models.averaging import running_average


@pytest.mark.parametrize("from_the_start", [True, False])
def test_formula(from_the_start: bool) -> None:
    torch.manual_seed(1)
    network = torch.nn.BatchNorm1d(3)
    averaged = running_average(network, 0.9, from_the_start=from_the_start, buffers=True)
    expected = {name: value.clone() for name, value in network.state_dict().items()}
    for step in range(200):
        for value in network.state_dict().values():
            value.copy_(torch.randn(value.shape) if value.is_floating_point() else step)
        averaged.update_parameters(network)
        fraction = 1.0 if step == 0 and not from_the_start else max(1 - 0.9, 9 / (step + 10))
        for name, value in network.state_dict().items():
            expected[name] = (
                expected[name] + fraction * (value - expected[name]) if value.is_floating_point() else value
            )
    for name, value in averaged.module.state_dict().items():
        torch.testing.assert_close(value, expected[name], rtol=1e-4, atol=1e-6)


def test_buffers_are_those_of_the_network_unless_asked() -> None:
    network = torch.nn.BatchNorm1d(3)
    averaged = running_average(network, 0.9, from_the_start=True)
    network.running_mean.fill_(1.0)
    averaged.update_parameters(network)
    assert (averaged.module.running_mean == 1).all()

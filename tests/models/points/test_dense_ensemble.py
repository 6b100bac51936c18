"""An ensemble is its members: evaluated and trained at once, they are what each would be alone."""

import numpy as np
import pytest
import torch

import eventspace as es
from eventspace.models.points import dense_ensemble
from eventspace.models.points.dense_ensemble import DenseEnsemble, Standardised, members


def alone(ensemble: DenseEnsemble, number: int) -> torch.nn.Sequential:
    """One member as torch's own layers."""
    layers: list[torch.nn.Module] = []
    for weight, bias in zip(ensemble.weights, ensemble.biases, strict=True):
        layer = torch.nn.Linear(*weight.shape[1:])
        with torch.no_grad():
            layer.weight.copy_(weight[number].T)
            layer.bias.copy_(bias[number, 0])
        layers += [layer, torch.nn.Tanh()]
    return torch.nn.Sequential(*layers[:-1])


def test_each_member_is_a_network_of_its_own() -> None:
    torch.manual_seed(1)
    ensemble, points = DenseEnsemble(4, (3, 8, 8, 2), torch.tanh), torch.randn(4, 10, 3)
    together = ensemble(points)
    for number in range(4):
        torch.testing.assert_close(together[number], alone(ensemble, number)(points[number]))


@pytest.mark.slow
def test_trained_at_once_is_trained_alone() -> None:
    torch.manual_seed(2)
    ensemble, points, goal = DenseEnsemble(3, (2, 8, 1), torch.tanh), torch.randn(3, 20, 2), torch.randn(3, 20, 1)
    single = [alone(ensemble, number) for number in range(3)]
    optimiser = torch.optim.Adam(ensemble.parameters(), lr=1e-2)
    for _ in range(30):
        optimiser.zero_grad()
        ((ensemble(points) - goal) ** 2).mean(dim=(1, 2)).sum().backward()
        optimiser.step()
    for number, network in enumerate(single):
        optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
        for _ in range(30):
            optimiser.zero_grad()
            ((network(points[number]) - goal[number]) ** 2).mean().backward()
            optimiser.step()
        torch.testing.assert_close(ensemble(points)[number], network(points[number]), atol=1e-4, rtol=1e-3)


def test_a_broken_member_leaves_the_others_alone() -> None:
    torch.manual_seed(3)
    ensemble, points = DenseEnsemble(2, (1, 4, 1), torch.tanh), torch.randn(2, 5, 1)
    optimiser = torch.optim.Adam(ensemble.parameters())
    points[0] = torch.nan
    ensemble(points).mean(dim=(1, 2)).sum().backward()
    optimiser.step()
    assert not torch.isfinite(ensemble(points)[0]).any()
    assert torch.isfinite(ensemble(points)[1]).all()


def test_members_draw_in_the_units_of_their_samples() -> None:
    torch.manual_seed(4)
    samples = Standardised(np.random.default_rng(1).normal([[[5.0]], [[-500.0]]], [[[1.0]], [[100.0]]], (2, 400, 1)))
    assert samples.values.std(dim=1, correction=0).flatten().tolist() == pytest.approx([1, 1], abs=1e-5)
    ensemble = DenseEnsemble(2, (1, 1), torch.tanh)
    with torch.no_grad():
        ensemble.weights[0].fill_(1.0)
        ensemble.biases[0].fill_(0.0)
    for member, mean, width in zip(
        members(ensemble, samples.mean, samples.deviation), (5, -500), (1, 100), strict=True
    ):
        points = member.draw(20_000, np.random.default_rng(2))
        assert points.mean() == pytest.approx(mean, abs=0.2 * width)
        assert points.std() == pytest.approx(width, rel=0.1)


def test_points_do_not_depend_on_how_many_are_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(5)
    samples = Standardised(np.random.default_rng(1).normal(size=(1, 50, 2)))
    [member] = members(DenseEnsemble(1, (3, 8, 2), torch.tanh), samples.mean, samples.deviation)
    whole = member.draw(25, np.random.default_rng(2))
    monkeypatch.setattr(dense_ensemble, "_AT_ONCE", 7)
    np.testing.assert_allclose(member.draw(25, np.random.default_rng(2)), whole, rtol=1e-5)
    assert member.draw(0, np.random.default_rng(2)).shape == (0, 2)


@pytest.mark.parametrize("value", [1.0, 0.1])  # the standard deviation of copies of 0.1 is no exact 0
def test_feature_that_does_not_vary_is_told(value: float) -> None:
    with pytest.raises(es.InputError, match="feature 1 of a training sample does not vary"):
        Standardised(np.stack([np.random.default_rng(1).normal(size=60), np.full(60, value)], axis=-1)[np.newaxis])

import math

import pytest
import torch
from scipy import stats

from eventspace.models.jets.latents.category import CategoryPosterior


def category(numbers: torch.Tensor) -> CategoryPosterior:
    return CategoryPosterior(torch.log_softmax(numbers, dim=-1))


@pytest.mark.parametrize("n", [2, 3, 10])
def test_kl_is_that_of_the_probabilities(n: int) -> None:
    numbers = 3 * torch.randn(20, n, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    q = category(numbers)
    expected = stats.entropy(q.probabilities.numpy(), [[1 / n] * n], axis=1)
    torch.testing.assert_close(q.kl()[:, 0], torch.from_numpy(expected))
    torch.testing.assert_close(q.probabilities.sum(dim=1), torch.ones(20, dtype=torch.float64))


def test_kl_between_nothing_known_and_everything_known() -> None:
    q = category(torch.tensor([[0.0, 0.0, 0.0], [1000.0, -1000.0, -1000.0], [1e3, 1e3, -1e3]], dtype=torch.float64))
    expected = torch.tensor([0.0, math.log(3), math.log(3) - math.log(2)], dtype=torch.float64)
    torch.testing.assert_close(q.kl()[:, 0], expected)
    torch.testing.assert_close(q.scale()[:, 0], torch.tensor([3.0, 1.0, 2.0], dtype=torch.float64))


def test_the_gradient_of_an_expectation_is_exact() -> None:
    numbers = torch.tensor([0.3, -0.2, 1.0], dtype=torch.float64, requires_grad=True)
    losses = torch.tensor([1.0, 5.0, 2.0], dtype=torch.float64)
    category(numbers).expectation(losses).backward()
    p = torch.softmax(numbers.detach(), dim=0)
    assert numbers.grad is not None
    torch.testing.assert_close(numbers.grad, p * (losses - p @ losses))


def test_the_expectation_of_several_values() -> None:
    q = category(torch.zeros(4, 2))
    values = torch.arange(24.0).reshape(4, 2, 3)
    torch.testing.assert_close(q.expectation(values), values.mean(dim=1))


def test_no_number_makes_anything_infinite() -> None:
    numbers = torch.tensor([[1000.0, -1000.0], [-1000.0, -1000.0], [0.0, 1000.0]], requires_grad=True)
    q = category(numbers)
    (q.kl().sum() + q.scale().sum() + q.expectation(torch.tensor([1.0, 2.0])).sum()).backward()
    assert numbers.grad is not None
    assert bool(torch.isfinite(numbers.grad).all())
    assert bool((q.kl() >= 0).all())

import math

import pytest
import torch
from torch.autograd.gradcheck import gradcheck

from eventspace.models.jets.latents.power import unit
from eventspace.models.jets.latents.projective import Projective, axes, packed, principal_axis
from eventspace.models.jets.latents.sphere import Sphere


def directions(n: int, size: int = 3) -> torch.Tensor:
    return unit(torch.randn(n, size, generator=torch.Generator().manual_seed(1), dtype=torch.float64))


def test_opposite_points_are_one() -> None:
    x = directions(50)
    assert torch.equal(axes(x), axes(-x))


def test_distances_are_those_of_matrices() -> None:
    x = directions(50)
    outer = x[:, :, None] * x[:, None]
    expected = torch.linalg.matrix_norm(outer[:-1] - outer[1:])
    torch.testing.assert_close((axes(x)[:-1] - axes(x)[1:]).norm(dim=1), expected)
    torch.testing.assert_close(packed(outer).norm(dim=1), torch.ones(50, dtype=torch.float64))


@pytest.mark.parametrize("dimension", [1, 2, 4])
def test_what_the_decoder_gets_an_encoder_may_give(dimension: int) -> None:
    given = axes(directions(50, dimension + 1))
    q = Projective(dimension).posterior(torch.cat([5 * given, torch.zeros(50, 1)], dim=1))
    torch.testing.assert_close(q.mode(), given)


def test_the_posterior_is_continuous_along_a_path_that_exchanges_the_ends() -> None:
    angle = torch.linspace(0, math.pi, 1001, dtype=torch.float64)
    path = torch.stack([angle.cos(), angle.sin(), torch.zeros_like(angle)], dim=1)  # from x to -x
    mode = Projective(2).posterior(torch.cat([axes(path), torch.zeros(1001, 1)], dim=1)).mode()
    torch.testing.assert_close(mode[0], mode[-1])
    assert float((mode[1:] - mode[:-1]).norm(dim=1).max()) < 1.5 * math.sqrt(2) * math.pi / 1000


def test_one_dimension_is_a_circle_of_the_doubled_angle() -> None:
    logarithm = torch.linspace(-10, 10, 21, dtype=torch.float64)[:, None]
    line = Projective(1).posterior(torch.cat([axes(directions(21, 2)), logarithm], dim=1))
    circle = Sphere(1).posterior(torch.cat([directions(21, 2), logarithm], dim=1))
    torch.testing.assert_close(line.kl(), circle.kl(), rtol=1e-9, atol=1e-9)


def test_the_derivative_of_the_axis_exists_if_other_eigenvalues_coincide() -> None:
    def symmetric(matrix: torch.Tensor) -> torch.Tensor:
        return principal_axis((matrix + matrix.mT) / 2)

    matrix = torch.diag(torch.tensor([3.0, 1.0, 1.0], dtype=torch.float64)).requires_grad_()
    assert gradcheck(symmetric, (matrix,))
    other = directions(3).requires_grad_()
    assert gradcheck(symmetric, (other,))


def test_without_an_axis_the_gradient_is_finite() -> None:
    matrix = torch.eye(3, requires_grad=True)
    axis = principal_axis(matrix)
    axis.sum().backward()
    assert float(axis.detach().norm()) == pytest.approx(1)
    assert matrix.grad is not None
    assert bool(torch.isfinite(matrix.grad).all())

import math

import pytest
import torch
from scipy import special, stats

from eventspace.models.jets.latents.power import angle, noise_of, power_kl, turned, unit


def close_to_one_axis(dimension: int, distance: float, *, negative: bool) -> torch.Tensor:
    vector = torch.zeros(dimension + 1, dtype=torch.float64)
    vector[0], vector[1] = (-1 if negative else 1) * math.cos(distance), math.sin(distance)
    return vector


@pytest.mark.parametrize("dimension", [1, 2, 5, 8])
@pytest.mark.parametrize("first", [0.5 + 1e-6, 1.3, 1e5])
def test_both_sides_of_the_angle_have_their_digits(dimension: int, first: float) -> None:
    rng = torch.Generator().manual_seed(1)
    noise = torch.randn(3000, noise_of(dimension), generator=rng, dtype=torch.float64)
    near, far, tangent = angle(torch.full((3000,), first, dtype=torch.float64), noise, dimension)
    torch.testing.assert_close(near + far, torch.ones_like(near))
    torch.testing.assert_close(tangent.norm(dim=1), torch.ones_like(near))
    for values, expected in ((near, stats.beta(first, dimension / 2)), (far, stats.beta(dimension / 2, first))):
        assert stats.kstest(values.numpy(), expected.cdf).pvalue > 1e-3
    assert float((near * far).min()) > 0


def test_the_angle_does_not_know_the_tangent() -> None:
    noise = torch.randn(20_000, noise_of(3), generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    near, _, tangent = angle(torch.full((20_000,), 1.0, dtype=torch.float64), noise, 3)
    for moment in (tangent, tangent.square()):
        for component in moment.T:
            assert stats.spearmanr(near, component).pvalue > 1e-3


@pytest.mark.parametrize("concentration", [0.0, 1e-6, 1.0, 100.0, 1e6])
def test_kl_against_other_special_functions(concentration: float) -> None:
    kappa = torch.tensor(concentration, dtype=torch.float64)
    for a, b in ((0.5, 0.5), (1.0, 1.0), (0.5, 1.0), (3.0, 3.0)):
        raised = special.betaln(a + concentration, b)
        mean = concentration * (special.psi(a + concentration) - special.psi(a + b + concentration))
        assert power_kl(a, b, kappa).item() == pytest.approx(special.betaln(a, b) - raised + mean, abs=1e-8)


@pytest.mark.parametrize("negative", [False, True])
@pytest.mark.parametrize("distance", [0.0, 1e-300, 1e-12, 1e-4, math.pi / 2 - 1e-9, math.pi / 2])
def test_turned_is_a_rotation_or_reflection_everywhere(distance: float, negative: bool) -> None:
    mu = close_to_one_axis(2, distance, negative=negative)
    unity = torch.eye(3, dtype=torch.float64)
    turn = turned(unity, mu.expand(3, 3))
    torch.testing.assert_close(turn[0], mu, rtol=0, atol=1e-15)
    torch.testing.assert_close(turn @ turn.T, unity, rtol=0, atol=1e-15)


@pytest.mark.parametrize("negative", [False, True])
@pytest.mark.parametrize("distance", [0.0, 1e-12, 1e-4, 1.0, math.pi / 2])
def test_the_derivative_of_turned_is_never_large(distance: float, negative: bool) -> None:
    mu = close_to_one_axis(2, distance, negative=negative)
    point = torch.tensor([0.6, 0.0, 0.8], dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(lambda direction: turned(point, direction), mu)
    assert bool(torch.isfinite(jacobian).all())
    assert float(jacobian.norm()) < 4


def test_a_vector_without_direction_gets_one_and_no_gradient() -> None:
    vectors = torch.tensor([[0.0, 0.0], [0.0, 1e-7], [0.0, 1e-5]], requires_grad=True)
    units = unit(vectors)
    units.sum().backward()
    torch.testing.assert_close(units.detach(), torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), rtol=0, atol=1e-6)
    assert vectors.grad is not None
    torch.testing.assert_close(vectors.grad, torch.tensor([[0.0, 0.0], [0.0, 0.0], [1e5, 0.0]]))

"""What every factor of a latent space must do, asserted of every entry of ``FACTORS`` in several dimensions."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from scipy import integrate, stats
from torch import Tensor

from eventspace.models.jets.latents.factor import LARGEST, Factor
from eventspace.models.jets.latents.projective import axes
from eventspace.models.jets.latents.space import FACTORS

DIMENSIONS = {"R": (1, 3), "S": (1, 2, 4), "RP": (1, 2, 3)}
EVERY = [(letters, dimension) for letters, dimensions in DIMENSIONS.items() for dimension in dimensions]
CURVED = [(letters, dimension) for letters, dimension in EVERY if letters != "R"]
PLACES = [(*factor, "any") for factor in EVERY]
PLACES += [(*factor, kind) for factor in CURVED for kind in ("pole", "opposite pole", "equator")]
CONCENTRATIONS = [1e-6, 1e-3, 0.3, 2.0, 50.0, 1e4, 1e6]

every_factor = pytest.mark.parametrize(("letters", "dimension"), EVERY)
every_place = pytest.mark.parametrize(("letters", "dimension", "kind"), PLACES)
every_curved_factor = pytest.mark.parametrize(("letters", "dimension"), CURVED)


def raw(value: float) -> float:
    """What a network gives for a concentration or a standard deviation."""
    return LARGEST * math.atanh(math.log(value) / LARGEST)


def direction(size: int, kind: str = "any") -> Tensor:
    vector = torch.randn(size, generator=torch.Generator().manual_seed(size), dtype=torch.float64)
    if kind == "equator":
        vector[0] = 0
    elif kind != "any":
        vector = torch.zeros(size, dtype=torch.float64)
        vector[0] = {"pole": 1, "opposite pole": -1}[kind]
    return vector / vector.norm()


def numbers(letters: str, dimension: int, width: float, kind: str = "any") -> Tensor:
    """What a network gives, (parameters,), float64: ``width`` is a standard deviation or a concentration."""
    if letters == "R":
        mean = direction(dimension, kind)
        return torch.cat([mean, torch.full_like(mean, raw(width))])
    mu = direction(dimension + 1, kind)
    first = 2 * mu if letters == "S" else 3 * axes(mu)
    return torch.cat([first, torch.tensor([raw(width)], dtype=torch.float64)])


def noise(factor: Factor, n: int, seed: int = 1) -> Tensor:
    return torch.randn(n, factor.noise, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def moments(letters: str, q: Any) -> tuple[Tensor, Tensor]:
    """The mean, and the mean of x x^T, of closed forms; on a projective space, of x and -x together."""
    if letters == "R":
        mean, deviation = q.mean, q.logarithm.exp()
        return mean, torch.diag_embed(deviation**2) + mean.unsqueeze(-1) * mean.unsqueeze(-2)
    kappa = q.concentration
    mu = q.direction if letters == "S" else q.axis
    k = mu.shape[-1] - 1
    if letters == "S":  # cos theta = 2 z - 1 of z ~ Beta(k/2 + kappa, k/2)
        along = kappa / (kappa + k)
        square = 1 - 4 * (kappa + k / 2) * (k / 2) / ((kappa + k) * (kappa + k + 1))
    else:  # cos^2 theta ~ Beta(1/2 + kappa, k/2)
        along = torch.zeros_like(kappa)
        square = (kappa + 0.5) / (kappa + 0.5 + k / 2)
    along, square = along.unsqueeze(-1), square[..., None, None]
    outer = mu.unsqueeze(-1) * mu.unsqueeze(-2)
    unity = torch.eye(k + 1, dtype=mu.dtype)
    return along * mu, square * outer + (1 - square) / k * (unity - outer)


def density(letters: str, dimension: int, kappa: float) -> tuple[Any, float]:
    """log of the density of the angle under the posterior over that of the uniform one; not normalised; and a width."""
    width = min(math.pi, 20 / math.sqrt(kappa))
    if letters == "S":
        return lambda angle: 2 * kappa * math.log(math.cos(angle / 2)) if angle < math.pi else -math.inf, width
    return lambda angle: 2 * kappa * math.log(abs(math.cos(angle))), min(width, math.pi / 2)


def kl_by_quadrature(letters: str, dimension: int, kappa: float) -> float:
    """The divergence of the uniform measure sin^(k-1) theta and the density above, both normalised by quadrature."""
    logarithm, end = density(letters, dimension, kappa)
    whole = math.pi if letters == "S" else math.pi / 2

    def integral(function: Any, to: float) -> float:
        value, _ = integrate.quad(function, 0, to, epsabs=0, epsrel=1e-12, limit=400)
        return float(value)

    def measure(angle: float) -> float:
        return math.sin(angle) ** (dimension - 1)

    norm = integral(lambda angle: measure(angle) * math.exp(logarithm(angle)), end)
    mean = integral(lambda angle: measure(angle) * math.exp(logarithm(angle)) * max(logarithm(angle), -1e4), end) / norm
    return mean - math.log(norm / integral(measure, whole))


def test_every_factor_is_tested() -> None:
    assert set(DIMENSIONS) == set(FACTORS)


@every_factor
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_shapes_and_types(letters: str, dimension: int, dtype: torch.dtype) -> None:
    factor = FACTORS[letters](dimension)
    q = factor.posterior(torch.ones(5, 2, factor.parameters, dtype=dtype))
    points, mode = q.sample(torch.ones(5, 2, factor.noise, dtype=dtype)), q.mode()
    assert points.shape == mode.shape == (5, 2, factor.coordinates)
    assert q.kl().shape == q.scale().shape == (5, 2, factor.latents)
    assert factor.prior(torch.ones(5, factor.noise, dtype=dtype)).shape == (5, factor.coordinates)
    assert {points.dtype, mode.dtype, q.kl().dtype, q.scale().dtype} == {dtype}
    assert factor.dimension == dimension


@every_factor
@pytest.mark.parametrize("width", [1e-6, 0.1, 1.0, 30.0, 1e6])
def test_sampled_moments(letters: str, dimension: int, width: float) -> None:
    """Mean and mean square agree with the closed forms, within five of their standard errors."""
    factor = FACTORS[letters](dimension)
    q = factor.posterior(numbers(letters, dimension, width))
    mean, square = moments(letters, q)
    points = q.sample(noise(factor, 10_000))
    if letters == "RP":
        agree(points, axes_of(square))
        return
    agree(points, mean)
    agree((points.unsqueeze(-1) * points.unsqueeze(-2)).flatten(1), square.flatten())


def axes_of(square: Tensor) -> Tensor:
    """As ``axes`` packs it, of a mean of x x^T; written anew here."""
    size = len(square)
    pairs = [(i, j) for i in range(size) for j in range(i, size)]
    return torch.stack([square[i, j] * 2**0.5 if i != j else square[i, i] - 1 / size for i, j in pairs])


def agree(values: Tensor, expected: Tensor, times: float = 5.0) -> None:
    error = values.std(dim=0) / len(values) ** 0.5
    assert bool(((values.mean(dim=0) - expected).abs() <= times * error + 1e-12 * (1 + expected.abs())).all())


@every_curved_factor
@pytest.mark.parametrize("kappa", [1e-6, 0.7, 40.0, 1e6])
def test_the_angle_has_its_distribution(letters: str, dimension: int, kappa: float) -> None:
    factor = FACTORS[letters](dimension)
    q: Any = factor.posterior(numbers(letters, dimension, kappa))
    points, half = q.sample(noise(factor, 3000)), dimension / 2
    if letters == "S":  # (1 - cos theta) / 2 with its digits at small angles
        far = (points - q.direction).square().sum(dim=1) / 4
        expected = stats.beta(half, half + kappa)
    else:  # sin^2 theta: half of the squared distance of the matrices
        far = (points - axes(q.axis)).square().sum(dim=1) / 2
        expected = stats.beta(half, 0.5 + kappa)
    assert stats.kstest(far.numpy(), expected.cdf).pvalue > 1e-3


@every_factor
def test_the_prior_has_no_direction(letters: str, dimension: int) -> None:
    factor = FACTORS[letters](dimension)
    points, size = factor.prior(noise(factor, 10_000)), dimension + 1
    unity = torch.eye(size, dtype=torch.float64) / size
    agree(points, torch.zeros(factor.coordinates, dtype=torch.float64))
    square = (points.unsqueeze(-1) * points.unsqueeze(-2)).flatten(1)
    if letters == "R":
        agree(square, torch.eye(dimension, dtype=torch.float64).flatten())
    elif letters == "S":
        agree(square, unity.flatten())
        torch.testing.assert_close(points.norm(dim=1), torch.ones(len(points), dtype=torch.float64))
    else:  # the eigenvalues of x x^T are 1, 0, ..., 0
        torch.testing.assert_close(points.square().sum(dim=1), torch.full((len(points),), 1 - 1 / size).double())
        agree(square.flatten(1)[:, 0:1], torch.tensor([3 / (size * (size + 2)) - 1 / size**2]).double())


@every_curved_factor
@pytest.mark.parametrize("kappa", CONCENTRATIONS)
def test_kl_is_that_of_quadrature(letters: str, dimension: int, kappa: float) -> None:
    expected = kl_by_quadrature(letters, dimension, kappa)
    given = numbers(letters, dimension, kappa)
    exact = FACTORS[letters](dimension).posterior(given).kl().item()
    assert exact == pytest.approx(expected, abs=2e-9, rel=2e-9)
    assert exact >= 0
    single = FACTORS[letters](dimension).posterior(given.float()).kl().item()
    assert single == pytest.approx(exact, abs=1e-12, rel=1e-5)  # the log kappa of the network has seven digits


@pytest.mark.parametrize(("mean", "deviation"), [(0.0, 1.0), (0.5, 0.1), (-3.0, 2.0), (0.01, 1.001)])
def test_kl_of_normal_distributions_is_that_of_quadrature(mean: float, deviation: float) -> None:
    q, prior = stats.norm(mean, deviation), stats.norm()
    expected, _ = integrate.quad(
        lambda x: q.pdf(x) * (q.logpdf(x) - prior.logpdf(x)), mean - 12 * deviation, mean + 12 * deviation, epsabs=1e-12
    )
    given = torch.tensor([mean, raw(deviation)], dtype=torch.float64)
    assert FACTORS["R"](1).posterior(given).kl().item() == pytest.approx(expected, abs=1e-10)


@every_factor
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_kl_is_not_negative_and_vanishes_at_the_prior(letters: str, dimension: int, dtype: torch.dtype) -> None:
    factor = FACTORS[letters](dimension)
    given = torch.zeros(2001, factor.parameters, dtype=dtype)
    given[:, -1] = torch.linspace(-1e-3, 1e-3, 2001) if letters == "R" else torch.linspace(-1000, 1000, 2001)
    kl = factor.posterior(given).kl()
    assert bool((kl >= 0).all())
    assert float(kl.sum(dim=1).min()) < 1e-9


@every_curved_factor
def test_kl_grows_with_the_logarithm_of_a_large_concentration(letters: str, dimension: int) -> None:
    kl = [FACTORS[letters](dimension).posterior(numbers(letters, dimension, kappa)).kl().item() for kappa in (1e5, 1e6)]
    assert kl[1] - kl[0] == pytest.approx(dimension / 2 * math.log(10), rel=1e-4)


@every_place
@pytest.mark.parametrize("width", [0.2, 2.0, 100.0])
def test_the_gradient_of_expectations(letters: str, dimension: int, kind: str, width: float) -> None:
    """Of b x + x A x with respect to every number of the network, against the closed form, within five errors.

    From a concentration of 2 on, a gradient that is wrong by a half would not pass.
    """
    if letters == "R":
        width = 1 / width**0.5
    factor, rng, n = FACTORS[letters](dimension), torch.Generator().manual_seed(7), 10_000
    size = dimension if letters == "R" else dimension + 1
    b = torch.randn(size, generator=rng, dtype=torch.float64)
    A = torch.randn(size, size, generator=rng, dtype=torch.float64)
    A = A + A.T

    alone = numbers(letters, dimension, width, kind).requires_grad_()
    mean, square = moments(letters, factor.posterior(alone))
    closed = (A * square).sum() + (0 if letters == "RP" else b @ mean)
    [expected] = torch.autograd.grad(closed, alone)

    many = alone.detach().expand(n, -1).clone().requires_grad_()
    points = factor.posterior(many).sample(noise(factor, n, seed=3))
    if letters == "RP":
        value = points @ axes_of(A + torch.eye(size) / size)
    else:
        value = points @ b + ((points @ A) * points).sum(dim=1)
    [found] = torch.autograd.grad(value.sum(), many)
    agree(found, expected)
    if width != 0.2:
        assert float(found.std(dim=0).norm()) / n**0.5 < 0.1 * float(expected.norm())


@every_curved_factor
@pytest.mark.parametrize("kappa", [0.01, 1.0, 30.0, 1e4, 1e6])
def test_the_gradient_of_the_cosine(letters: str, dimension: int, kappa: float) -> None:
    """d E[cos theta] / d log kappa on the sphere, d E[cos^2 theta] / d log kappa of axes: within four errors.

    From a concentration of 1 on, a gradient that is wrong by a fifth would not pass.
    """
    factor, n = FACTORS[letters](dimension), 10_000
    many = numbers(letters, dimension, kappa).expand(n, -1).clone().requires_grad_()
    q: Any = factor.posterior(many)
    points = q.sample(noise(factor, n, seed=5))
    if letters == "S":
        cosine = points @ direction(dimension + 1)
        expected = kappa * dimension / (kappa + dimension) ** 2
    else:
        cosine = points @ axes(direction(dimension + 1))
        expected = kappa * (dimension / 2) / (kappa + (dimension + 1) / 2) ** 2
    slope = 1 - (math.log(kappa) / LARGEST) ** 2  # of the bounds
    found = torch.autograd.grad(cosine.sum(), many)[0][:, -1] / slope
    error = float(found.std()) / n**0.5
    assert abs(float(found.mean()) - expected) < 4 * error + 1e-9
    if kappa > 0.01:
        assert error < 0.04 * expected


@every_place
def test_derivatives_are_those_of_differences(letters: str, dimension: int, kind: str) -> None:
    factor = FACTORS[letters](dimension)
    if kind == "equator":  # the reflection changes there, and so does the point
        return
    many, given = numbers(letters, dimension, 1.7, kind).expand(2, -1).clone().requires_grad_(), noise(factor, 2)
    for function in (
        lambda head: factor.posterior(head).sample(given),
        lambda head: factor.posterior(head).kl(),
        lambda head: factor.posterior(head).mode(),
        lambda head: factor.posterior(head).scale(),
    ):
        assert torch.autograd.gradcheck(function, (many,), eps=1e-6, atol=1e-6, fast_mode=True)


@every_factor
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_no_number_of_a_network_makes_anything_infinite(letters: str, dimension: int, dtype: torch.dtype) -> None:
    """Neither values nor gradients: for numbers up to 1000 and down to 0, and noise that is 0."""
    factor, rng = FACTORS[letters](dimension), torch.Generator().manual_seed(2)
    size = factor.parameters
    random = torch.randn(400, size, generator=rng, dtype=dtype)
    sizes = 10 ** torch.linspace(-8, 3, 400, dtype=dtype).unsqueeze(1)
    signs = 1000 * (torch.randint(3, (200, size), generator=rng) - 1).to(dtype)
    same = torch.tensor([0.0, 1e-30, -1e-30, 1000.0, -1000.0], dtype=dtype).unsqueeze(1).expand(5, size)
    given = torch.cat([(random * sizes).clamp(-1000, 1000), signs, same]).requires_grad_()
    drawn = torch.randn(len(given), factor.noise, generator=rng, dtype=dtype)
    opposite = torch.full_like(drawn, 5.0)  # exactly opposite to the direction, in odd dimensions
    opposite[:, min(dimension, factor.noise - 1)] = 0
    for noises in (drawn, torch.zeros_like(drawn), opposite):
        q = factor.posterior(given)
        results = [q.sample(noises), q.kl(), q.scale(), q.mode()]
        gradients = [
            torch.autograd.grad(result.sum(), given, retain_graph=True, allow_unused=True)[0] for result in results
        ]
        for values in (*results, *(gradient for gradient in gradients if gradient is not None)):
            assert bool(torch.isfinite(values).all())
        assert bool((results[2] > 0).all())
        if letters == "S":
            torch.testing.assert_close(results[0].norm(dim=1), torch.ones(len(given), dtype=dtype))


@every_factor
def test_a_network_that_diverged_is_seen(letters: str, dimension: int) -> None:
    """NaN comes back, so that the loss is not finite; nothing else is raised."""
    factor = FACTORS[letters](dimension)
    for wrong in (math.nan, math.inf):
        q = factor.posterior(torch.full((2, factor.parameters), wrong))
        assert not torch.isfinite(q.sample(noise(factor, 2).float())).all()


@every_factor
def test_scale_is_the_width(letters: str, dimension: int) -> None:
    """Root mean square of the distance from the mode, per dimension; of matrices, over sqrt(2)."""
    factor, width = FACTORS[letters](dimension), 20.0
    q = factor.posterior(numbers(letters, dimension, width))
    square = (q.sample(noise(factor, 10_000)) - q.mode()).square()
    if letters == "R":
        agree(square, q.scale() ** 2)
    else:
        agree(square.sum(dim=1, keepdim=True) / dimension / (1 if letters == "S" else 2), q.scale() ** 2)


@every_curved_factor
def test_small_angles_are_normal(letters: str, dimension: int) -> None:
    """At large concentrations the sampled distance keeps its digits in float32: the mean square is k sigma^2."""
    factor, kappa, n = FACTORS[letters](dimension), 1e6, 20_000
    q: Any = factor.posterior(numbers(letters, dimension, kappa, "pole").float().expand(n, -1))
    points = q.sample(noise(factor, n).float())
    across = points[:, 1:] if letters == "S" else points[:, 1 : dimension + 1] / math.sqrt(2)
    sigma = math.sqrt(2 / kappa) if letters == "S" else math.sqrt(1 / (2 * kappa))
    assert float(across.std()) == pytest.approx(sigma, rel=0.02)
    assert float(across.abs().max()) < 7 * sigma
    assert np.isfinite(points.numpy()).all()

"""What spheres and projective spaces share: points about a direction whose angle has a power of z as its density.

A point x = cos(theta) mu + sin(theta) tau lies at an angle theta from the direction mu; tau is a uniform unit vector at
right angles to mu. A number z between 0 and 1 stands for the angle: (1 + cos theta) / 2 on the sphere and cos^2 theta
on the projective space. Under the uniform distribution z ~ Beta(a, b), where b = k/2 for k dimensions. The density
z^kappa with respect to the uniform distribution gives z ~ Beta(a + kappa, b): divergence and draws are those of a Beta
distribution.
"""

from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["Angle", "angle", "noise_of", "power_kl", "turned", "unit"]

_NULL = 1e-6  # a shorter vector has no direction
_TINY = 1e-30  # the root of a smaller number would have an infinite slope


class Angle(NamedTuple):
    """How far, and where to, a point lies from the direction.

    Attributes:
        near: z, (...).
        far: 1 - z, (...), with all its digits.
        tangent: tau before it is turned: a unit vector, (..., k).
    """

    near: Tensor
    far: Tensor
    tangent: Tensor


def noise_of(dimension: int) -> int:
    """How many standard normal numbers :func:`angle` needs: 2 k if k is even, 2 k + 2 if it is odd.

    Example:
        >>> noise_of(1), noise_of(2)
        (4, 4)
    """
    return 2 * (dimension + dimension % 2)


def angle(first: Tensor, noise: Tensor, dimension: int) -> Angle:
    """Draw z ~ Beta(a, k/2) and a uniform direction, exactly, without rejection.

    U^(1/a) ~ Beta(a, 1), and the product of independent Beta(a, b) and Beta(a + b, c) is Beta(a, b + c). So for even k

        z = U_0^(1/a) U_1^(1/(a+1)) ... U_(k/2-1)^(1/(a+k/2-1))

    For odd k, 1 - z ~ Beta(k/2, a) is the product of Beta(k/2, 1/2), the squared length of k of the k + 1 components of
    a uniform unit vector, and of Beta((k+1)/2, a - 1/2), which is 1 minus such a product. Minus log U is half the sum
    of the squares of two normal numbers.

    So z is a smooth function of a and of a fixed number of normal numbers. torch's Beta draws with rejection. From
    kappa = 1 on, the derivative of an expectation has as much noise here as there; on the circle it has three times as
    much at kappa = 0.1.

    Arguments:
        first: a, (...), larger than 1/2 if k is odd.
        noise: standard normal numbers, (..., noise_of(k)).
        dimension: k.

    Source:
        N. De Cao and W. Aziz, "The Power Spherical distribution", arXiv:2006.04437, for the decomposition; products
        of Beta variables, L. Devroye, "Non-Uniform Random Variate Generation", Springer (1986), chapter IX.
    """
    odd = dimension % 2
    tangent, rest = noise[..., :dimension], noise[..., dimension + odd :]
    logarithms = torch.unflatten(rest, -1, (-1, 2)).square().sum(dim=-1).clamp(min=_TINY) / 2  # of 1 / U
    powers = first.unsqueeze(-1) - odd / 2 + torch.arange(logarithms.shape[-1], dtype=first.dtype, device=first.device)
    exponent = (logarithms / powers).sum(dim=-1)
    near, far = torch.exp(-exponent), -torch.expm1(-exponent)
    if odd:
        square = tangent.square().sum(dim=-1).clamp(min=_TINY)
        part = square / (square + noise[..., dimension].square())
        near, far = (1 - part) + part * near, part * far
    return Angle(near.clamp(min=_TINY), far.clamp(min=_TINY), unit(tangent))


def power_kl(first: float, second: float, concentration: Tensor) -> Tensor:
    """Divergence of the density z^kappa from the uniform one: that of Beta(a + kappa, b) from Beta(a, b), in nats.

        log B(a, b) - log B(a + kappa, b) + kappa (psi(a + kappa) - psi(a + b + kappa))

    Arguments:
        first: a.
        second: b.
        concentration: kappa, (...), float64: float32 would leave no digit of the difference at large kappa.

    Returns:
        (...).

    Example:
        >>> power_kl(1.0, 1.0, torch.tensor([0.0, 1.0], dtype=torch.float64))
        tensor([0.0000, 0.1931], dtype=torch.float64)
    """
    a = torch.tensor(first, dtype=concentration.dtype, device=concentration.device)
    total = first + second
    uniform = torch.lgamma(a) - torch.lgamma(a + second)
    raised = torch.lgamma(concentration + first) - torch.lgamma(concentration + total)
    mean = torch.digamma(concentration + first) - torch.digamma(concentration + total)  # of log z
    return (uniform - raised + concentration * mean).clamp(min=0)  # rounding must not make it negative


def unit(vector: Tensor) -> Tensor:
    """Vectors of length 1, (..., d); the first axis where a vector is too short to have a direction.

    Example:
        >>> unit(torch.tensor([[3.0, 4.0], [0.0, 0.0]]))
        tensor([[0.6000, 0.8000],
                [1.0000, 0.0000]])
    """
    square = vector.square().sum(dim=-1, keepdim=True)
    null = square < _NULL**2
    axis = torch.zeros_like(vector)
    axis[..., 0] = 1
    return torch.where(null, axis, vector) / torch.where(null, torch.ones_like(square), square).sqrt()


def turned(point: Tensor, direction: Tensor) -> Tensor:
    """A point about the first axis, turned and reflected so that it lies about a direction.

    A Householder reflection along mu + s e_1, with s = 1 if mu_1 >= 0 and -1 if not, takes e_1 to -s mu; the result is
    multiplied with -s. The usual mu - e_1 has no direction at the pole mu = e_1, and close to it the reflection turns
    quickly. Here the length of mu + s e_1 is never below sqrt(2), so there is no pole. For another s the same noise
    makes another point of the same distribution; the expectation of the gradient does not depend on s.

    Arguments:
        point: (..., d).
        direction: mu, (..., d), of length 1.

    Example:
        >>> turned(torch.tensor([1.0, 0.0]), torch.tensor([-0.6, 0.8]))
        tensor([-0.6000,  0.8000])
    """
    one = torch.ones_like(direction[..., :1])
    sign = torch.where(direction[..., :1] < 0, -one, one)
    along = torch.cat([direction[..., :1] + sign, direction[..., 1:]], dim=-1)
    half_square = 1 + sign * direction[..., :1]  # abs(mu_1) would have no slope at 0
    return -sign * (point - along * (along * point).sum(dim=-1, keepdim=True) / half_square)

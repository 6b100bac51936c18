"""RP^k: the sphere whose opposite points are one point."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from eventspace.models.jets.latents.factor import bounded
from eventspace.models.jets.latents.power import angle, noise_of, power_kl, turned, unit

__all__ = ["Projective", "ProjectivePosterior", "axes", "packed", "principal_axis"]

_GAP = 1e-6  # between eigenvalues; the slope of the axis is kept below its inverse


@dataclass(frozen=True)
class ProjectivePosterior:
    """The power distribution about an axis, in float64.

    Attributes:
        axis: mu, (..., k + 1), of length 1; of mu and -mu the one whose first component is not negative.
        concentration: kappa, (...).
        dtype: of what is returned.
    """

    axis: Tensor
    concentration: Tensor
    dtype: torch.dtype

    @property
    def _dimension(self) -> int:
        return self.axis.shape[-1] - 1

    def sample(self, noise: Tensor) -> Tensor:
        """x x^T - 1 / (k + 1) as :func:`axes` packs it, (..., coordinates)."""
        dimension = self._dimension
        near, far, tangent = angle(self.concentration + 0.5, noise.double(), dimension)
        point = torch.cat([near.sqrt().unsqueeze(-1), far.sqrt().unsqueeze(-1) * tangent], dim=-1)
        return axes(turned(point, self.axis)).to(self.dtype)

    def mode(self) -> Tensor:
        """mu mu^T - 1 / (k + 1) as :func:`axes` packs it, (..., coordinates)."""
        return axes(self.axis).to(self.dtype)

    def kl(self) -> Tensor:
        """Divergence from the uniform distribution, (..., 1); closed form."""
        return power_kl(0.5, self._dimension / 2, self.concentration).unsqueeze(-1).to(self.dtype)

    def scale(self) -> Tensor:
        """Root mean square of the sine of the angle between x and mu, per dimension: 1 / sqrt(2 kappa + k + 1).

        (..., 1). In radians if it is small; 1 / sqrt(k + 1) for the uniform distribution.
        """
        return (2 * self.concentration + self._dimension + 1).rsqrt().unsqueeze(-1).to(self.dtype)


@dataclass(frozen=True)
class Projective:
    """The projective space RP^k: the axes through the origin of k + 1 dimensions, with the uniform prior.

    RP^2 are the orientations of the decay of a particle at rest into two that are alike. The posterior is the power
    spherical distribution of axes: with respect to the uniform one, its density is proportional to

        (mu x)^(2 kappa)

    which is the same for x and -x, for mu and -mu. For large kappa it is normal with a standard deviation of
    1 / sqrt(2 kappa) in each dimension. RP^1 is the power spherical distribution of the doubled angle. Its divergence
    has a closed form, whereas that of a mixture of power spherical distributions about mu and -mu has none. The
    angular central Gaussian distribution, x = L z / abs(L z) with normal z, has tails so long that a mean squared
    distance of d^2 needs a width of about d^2, not d, and doubles the dimension that a divergence shows.

    Encoder and decoder are continuous on axes. The decoder gets the matrix x x^T, not x. The encoder gives a symmetric
    matrix, whose eigenvector of the largest eigenvalue is mu: a continuous vector on the axes cannot do, because
    along a path from an orientation to itself that exchanges the two particles it would have to turn into its
    negative. Then comes log kappa, as for :class:`eventspace.models.jets.latents.sphere.Sphere`.

    Arguments:
        dimension: k.

    Example:
        >>> along = packed(torch.tensor([[[0.36, 0.48, 0.0], [0.48, 0.64, 0.0], [0.0, 0.0, 0.0]]]))
        >>> q = Projective(2).posterior(torch.cat([along, torch.tensor([[5.0]])], dim=1))
        >>> torch.allclose(q.mode(), axes(torch.tensor([[-0.6, -0.8, 0.0]])), atol=1e-6)
        True

    Source:
        As for the sphere; (mu x)^(2 kappa) takes the place of its (1 + mu x)^kappa.
    """

    dimension: int

    @property
    def parameters(self) -> int:
        """A symmetric matrix, and one."""
        return self.coordinates + 1

    @property
    def coordinates(self) -> int:
        """(k + 1)(k + 2) / 2: a symmetric matrix; 6 for RP^2, of which 5 are independent."""
        return (self.dimension + 1) * (self.dimension + 2) // 2

    @property
    def noise(self) -> int:
        """About 2 k."""
        return noise_of(self.dimension)

    @property
    def latents(self) -> int:
        """1."""
        return 1

    def posterior(self, parameters: Tensor) -> ProjectivePosterior:
        """Of (..., parameters) numbers."""
        numbers = parameters.double()
        axis = principal_axis(_unpacked(numbers[..., :-1], self.dimension + 1))
        return ProjectivePosterior(axis, bounded(numbers[..., -1]).exp(), parameters.dtype)

    def prior(self, noise: Tensor) -> Tensor:
        """Uniform axes, (..., coordinates)."""
        return axes(unit(noise[..., : self.dimension + 1]))

    def path(self, latent: int, along: Tensor) -> Tensor:
        """Once around, which is half a turn, through the first two axes."""
        vectors = along.new_zeros(*along.shape, self.dimension + 1)
        vectors[..., 0], vectors[..., 1] = torch.cos(math.pi / 2 * along), torch.sin(math.pi / 2 * along)
        return axes(vectors)


def axes(vectors: Tensor) -> Tensor:
    """The matrix x x^T - 1/d of unit vectors, packed: the same for x and -x, with the mean 0 over all directions.

    Arguments:
        vectors: (..., d).

    Returns:
        (..., d (d + 1) / 2).
    """
    size = vectors.shape[-1]
    unity = torch.eye(size, dtype=vectors.dtype, device=vectors.device)
    return packed(vectors.unsqueeze(-1) * vectors.unsqueeze(-2) - unity / size)


def packed(matrices: Tensor) -> Tensor:
    """The upper triangle of symmetric matrices, (..., d (d + 1) / 2), with sqrt(2) before what is off the diagonal.

    So lengths, and distances, are those of the matrices.

    Example:
        >>> packed(torch.tensor([[3.0, 1.0], [1.0, 2.0]]))
        tensor([3.0000, 1.4142, 2.0000])
    """
    row, column = torch.triu_indices(matrices.shape[-1], matrices.shape[-1], device=matrices.device)
    return matrices[..., row, column] * torch.where(row == column, 1.0, math.sqrt(2)).to(matrices)


def _unpacked(numbers: Tensor, size: int) -> Tensor:
    row, column = torch.triu_indices(size, size, device=numbers.device)
    place = row.new_zeros(size, size)
    place[row, column] = place[column, row] = torch.arange(len(row), device=numbers.device)
    entries = numbers / torch.where(row == column, 1.0, math.sqrt(2)).to(numbers)
    return entries[..., place]


def principal_axis(matrices: Tensor) -> Tensor:
    """The eigenvector of the largest eigenvalue, with a first component that is not negative.

    Its slope is the exact one, sum_j v_j (v_j dM mu) / (l_max - l_j), which exists if other eigenvalues coincide;
    torch's own derivative is NaN there. Where the largest two coincide there is no axis: one is chosen, and the slope
    is bounded.

    Arguments:
        matrices: (..., d, d), symmetric.

    Returns:
        (..., d), of length 1.

    Example:
        >>> principal_axis(torch.diag(torch.tensor([1.0, 3.0, 1.0])))
        tensor([0., 1., 0.])
    """
    fixed = matrices.detach()
    # A network that has diverged must be seen in the loss, not as an error of the eigenvalues: NaN comes back below.
    values, vectors = torch.linalg.eigh(torch.nan_to_num(fixed, nan=0.0, posinf=0.0, neginf=0.0))
    gaps = (values[..., -1:] - values[..., :-1]).clamp(min=_GAP)
    axis: Tensor = vectors[..., -1]
    others: Tensor = vectors[..., :-1]
    axis = axis * torch.where(axis[..., :1] < 0, -1.0, 1.0).to(axis)
    change: Tensor = (others.mT @ (matrices - fixed) @ axis.unsqueeze(-1)).squeeze(-1) / gaps
    return axis + (others @ change.unsqueeze(-1)).squeeze(-1)

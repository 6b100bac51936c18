"""A conditional random field over the particles of an event: those that belong together get the same colour."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["MeanField", "energy_of", "mean_field"]

# Where the couplings begin: too weak to change much. Sizes are in these units, so that all learn at the same rate.
_WEIGHT = 0.02
_DURHAM, _KT, _EXPONENT, _VERTEX = 1000.0, 10.0, 0.2, 10.0


class MeanField(nn.Module):
    """The field, with couplings that are learned.

    Colours x of the particles of an event have the probability p(x) = exp(-E(x)) / Z with

        E(x) = -sum_i log y_i(x_i) + sum_{i<j} f_ij [x_i != x_j]

    where y_i are the probabilities that the network gives particle i, and f_ij >= 0 is the price of two colours for a
    pair. Without the factor [x_i != x_j] agreement would be punished. The pair terms are

        f_ij = w1 exp(-a1 min(e_i, e_j)^2 d_ij)             (Durham)
             + w2 exp(-a2 min(e_i, e_j)^(2p) d_ij)          (generalised kt)
             + w3 exp(-a3 d_ij) v_i v_j                     (vertices)

    with e = E / E_vis, d_ij = 2 (1 - cos theta_ij), and v_i = 1 for displaced tracks, 0 for others. All w, a and p are
    learned and positive (softplus of the parameters). The marginals of p are approximated by :func:`mean_field` over
    all pairs.

    Arguments:
        iterations: of the mean field.
        vertices: whether there is the last term.

    Source:
        P. Kraehenbuehl, V. Koltun, "Efficient Inference in Fully Connected CRFs with Gaussian Edge Potentials",
        arXiv:1210.5644; learned through the iterations, S. Zheng et al., "Conditional Random Fields as Recurrent
        Neural Networks", arXiv:1502.03240.
    """

    def __init__(self, iterations: int = 5, *, vertices: bool = True):
        super().__init__()
        self.iterations, self.vertices = iterations, vertices
        terms = 3 if vertices else 2
        self.weights = nn.Parameter(torch.full((terms,), _inverse(1.0)))
        self.sizes = nn.Parameter(torch.full((terms,), _inverse(1.0)))
        self.exponent = nn.Parameter(torch.tensor(_inverse(1.0)))

    def forward(self, logarithms: Tensor, energy: Tensor, direction: Tensor, displaced: Tensor, mask: Tensor) -> Tensor:
        """The logarithms of the marginals.

        Arguments:
            logarithms: (n, particles, colours) log y.
            energy: (n, particles) E / E_vis.
            direction: (n, particles, 3) unit vectors.
            displaced: (n, particles) bool.
            mask: (n, particles) bool, true for particles and false for what only fills up.

        Returns:
            (n, particles, colours).
        """
        return mean_field(logarithms, self.couplings(energy, direction, displaced, mask), self.iterations)

    def couplings(self, energy: Tensor, direction: Tensor, displaced: Tensor, mask: Tensor) -> Tensor:
        """f_ij, (n, particles, particles); 0 on the diagonal and for what only fills up. Arguments as above."""
        weights = _WEIGHT * functional.softplus(self.weights)
        sizes = functional.softplus(self.sizes)
        exponent = _EXPONENT * functional.softplus(self.exponent)
        # The square of the difference keeps its digits at small angles, where 1 - cos theta has none.
        distance = (direction[:, :, None] - direction[:, None]).square().sum(dim=3)
        softer = torch.minimum(energy[:, :, None], energy[:, None]).clamp(min=1e-12)
        pair = weights[0] * torch.exp(-_DURHAM * sizes[0] * softer**2 * distance)
        pair = pair + weights[1] * torch.exp(-_KT * sizes[1] * softer ** (2 * exponent) * distance)
        if self.vertices:
            both = (displaced[:, :, None] & displaced[:, None]).to(pair.dtype)
            pair = pair + weights[2] * torch.exp(-_VERTEX * sizes[2] * distance) * both
        different = ~torch.eye(mask.shape[1], dtype=torch.bool, device=mask.device)
        return pair * (mask[:, :, None] & mask[:, None] & different).to(pair.dtype)


def mean_field(logarithms: Tensor, couplings: Tensor, iterations: int) -> Tensor:
    """Marginals of a Potts field in the mean-field approximation.

        q_i(c) <- y_i(c) exp(sum_j f_ij q_j(c)) / normalisation

    for all particles at once, beginning with q = y. This is -sum_j f_ij (1 - q_j(c)), the mean of the price that E(x)
    asks for, up to a constant that the normalisation takes. Where it no longer changes, q is a stationary point of the
    Kullback-Leibler divergence of prod_i q_i from p. Couplings of 0 give back y.

    Arguments:
        logarithms: (n, particles, colours) log y, normalised.
        couplings: (n, particles, particles) f_ij, symmetric, with 0 on the diagonal.
        iterations: how many.

    Returns:
        (n, particles, colours) log q.

    Example:
        >>> y = torch.tensor([[[0.5, 0.5], [0.75, 0.25]]])
        >>> mean_field(y.log(), torch.zeros(1, 2, 2), 5).exp()
        tensor([[[0.5000, 0.5000],
                 [0.7500, 0.2500]]])
    """
    found = logarithms
    for _ in range(iterations):
        found = torch.log_softmax(logarithms + couplings @ found.exp(), dim=2)
    return found


def energy_of(colours: Tensor, logarithms: Tensor, couplings: Tensor) -> Tensor:
    """E(x) of colourings, as in :class:`MeanField`.

    Arguments:
        colours: (n, particles) int64.
        logarithms: (n, particles, colours) log y.
        couplings: (n, particles, particles).

    Returns:
        (n,).

    Example:
        >>> y, pair = torch.full((1, 2, 2), 0.5), torch.tensor([[[0.0, 3.0], [3.0, 0.0]]])
        >>> energy_of(torch.tensor([[0, 1]]), y.log(), pair) - energy_of(torch.tensor([[0, 0]]), y.log(), pair)
        tensor([3.])
    """
    alone = -logarithms.gather(2, colours[:, :, None])[:, :, 0].sum(dim=1)
    differ = (colours[:, :, None] != colours[:, None]).to(couplings.dtype)
    return alone + (couplings * differ).sum(dim=(1, 2)) / 2


def _inverse(value: float) -> float:
    """Of softplus."""
    return math.log(math.expm1(value))

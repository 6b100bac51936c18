"""C^n: one of n categories, over which everything is summed exactly."""

import math
from dataclasses import dataclass

from torch import Tensor

__all__ = ["CategoryPosterior"]


@dataclass(frozen=True)
class CategoryPosterior:
    """Probabilities of the categories, against the uniform prior.

    Few categories need no draws and no relaxation of them: what depends on the category is calculated for each and
    summed with these probabilities, so that the gradient has no noise of this choice.

    Attributes:
        logarithms: of the probabilities, (..., n), normalised.

    Example:
        >>> import torch
        >>> CategoryPosterior(torch.tensor([[0.5, 0.5], [1.0, 0.0]]).log().clamp(min=-100)).kl()
        tensor([[0.0000],
                [0.6931]])
    """

    logarithms: Tensor

    @property
    def probabilities(self) -> Tensor:
        """(..., n)."""
        return self.logarithms.exp()

    def kl(self) -> Tensor:
        """Divergence from the uniform distribution, log n - entropy, (..., 1); exact."""
        return (math.log(self.logarithms.shape[-1]) - self._entropy()).clamp(min=0)

    def scale(self) -> Tensor:
        """How many categories remain: the exponential of the entropy, (..., 1), from 1 to n."""
        return self._entropy().exp()

    def expectation(self, values: Tensor) -> Tensor:
        """Mean over the categories.

        Arguments:
            values: (..., n) or (..., n, m), of each category.

        Returns:
            (...) or (..., m).
        """
        probabilities = self.probabilities
        if values.dim() > probabilities.dim():
            probabilities = probabilities.unsqueeze(-1)
        return (probabilities * values).sum(dim=self.logarithms.dim() - 1)

    def _entropy(self) -> Tensor:
        return -(self.probabilities * self.logarithms).sum(dim=-1, keepdim=True)

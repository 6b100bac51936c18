"""How the learning rate of a training changes from step to step."""

import math

from torch.optim import Optimizer

__all__ = ["cosine_rate"]

_WARM_UP = 100  # steps, or a twentieth of a short training


def cosine_rate(optimiser: Optimizer, rate: float, step: int, steps: int) -> None:
    """Set the learning rate of a step: it rises in the first 100 steps or twentieth, and falls to 0 with a cosine.

    Source: I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", arXiv:1608.03983.
    """
    rising = min(1.0, (step + 1) / min(_WARM_UP, max(steps // 20, 1)))
    for group in optimiser.param_groups:
        group["lr"] = rate * rising * (1 + math.cos(math.pi * step / steps)) / 2

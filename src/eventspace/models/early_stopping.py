"""The network of the lowest validation loss so far, which is kept, and an end to a training that no longer improves."""

from copy import deepcopy

import torch
from torch import nn

__all__ = ["Best"]


class Best(nn.Module):
    """A copy of a network at its best. All of it is in the checkpoint of a training, so that a kill changes nothing.

    Arguments:
        network: that is trained.
        patience: checks without a lower loss after which the training is over.

    Example:
        >>> network = nn.Linear(1, 1)
        >>> best = Best(network, patience=2)
        >>> for loss in (3.0, 1.0, 2.0, 1.5):
        ...     best.take_in(network, loss)
        >>> best.loss.item(), best.last.item(), best.over
        (1.0, 1.5, True)
    """

    loss: torch.Tensor
    last: torch.Tensor
    checks: torch.Tensor

    def __init__(self, network: nn.Module, patience: int):
        super().__init__()
        self.network = deepcopy(network).requires_grad_(requires_grad=False)
        self.patience = patience
        self.loss, self.last = nn.Buffer(torch.tensor(torch.inf)), nn.Buffer(torch.tensor(torch.inf))
        self.checks = nn.Buffer(torch.tensor(0))

    def begin(self) -> None:
        """Forget what another training found, which had other events or another loss."""
        self.loss.fill_(torch.inf)
        self.last.fill_(torch.inf)
        self.checks.zero_()

    def take_in(self, network: nn.Module, loss: float) -> None:
        """Keep the network, if its validation loss is the lowest so far."""
        self.last.fill_(loss)
        self.checks += 1
        if loss < self.loss:
            self.loss.fill_(loss)
            self.checks.zero_()
            self.network.load_state_dict(network.state_dict())

    @property
    def over(self) -> bool:
        """Whether so many checks have brought nothing."""
        return int(self.checks) >= self.patience

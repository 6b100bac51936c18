"""The running average of the weights of a network, which is used after its training."""

from typing import Any

from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

__all__ = ["running_average"]


def running_average(
    network: nn.Module, kept: float, *, from_the_start: bool = False, buffers: bool = False
) -> AveragedModel:
    """An average into which each step takes the fraction max(1 - kept, 9 / (k + 10)) of its weights, k from 0.

    So the first steps are soon forgotten, and later ones after about 1 / (1 - kept) steps.

    Arguments:
        network: whose weights are averaged, with ``update_parameters`` after each step.
        kept: the fraction of the average that a late step leaves.
        from_the_start: the average begins with the weights of now; else with those of the first step.
        buffers: average the buffers too, the statistics of a batch normalisation; else they are those of the network.

    Example:
        >>> import torch
        >>> network = nn.Linear(1, 1, bias=False)
        >>> _ = nn.init.zeros_(network.weight)
        >>> average = running_average(network, 0.99, from_the_start=True)
        >>> _ = nn.init.ones_(network.weight)
        >>> average.update_parameters(network)
        >>> average.module.weight.item()
        0.8999999761581421

    Source: Y. Yazici et al., The unusual effectiveness of averaging in GAN training, arXiv:1806.04498.
    """
    earlier = 9 if from_the_start else 10  # the weights of now count as an update

    def take_in(averages: Any, values: Any, updates: Tensor | int) -> None:
        fraction = max(1 - kept, 9 / (int(updates) + earlier))
        for average, value in zip(averages, values, strict=True):
            if average.is_floating_point():
                average.lerp_(value, fraction)
            else:  # whole numbers, the counts of batches
                average.copy_(value)

    averaged = AveragedModel(network, multi_avg_fn=take_in, use_buffers=buffers)
    if from_the_start:
        averaged.update_parameters(network)
    return averaged

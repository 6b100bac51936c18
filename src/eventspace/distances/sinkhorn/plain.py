"""The iterations of ``kernel`` in plain torch, with logarithms of sums: on any device, in either precision.

It takes the same steps, so in single precision it ends at the same numbers but for rounding. In double precision it
goes on until the row sums are right within 1e-9, and is what the faster forms are tested against.
"""

import math

import torch
from torch import Tensor

from eventspace.distances.sinkhorn.kernel import (
    CHECK,
    EARLY,
    LEAST_ENERGY,
    LEAST_EPS,
    MOST,
    MOST_COST,
    NEAR,
    RATIO,
    RELAXATION,
    TOLERANCE,
)

__all__ = ["Solution", "solve"]

_TOLERANCE = {torch.float32: TOLERANCE, torch.float64: 1e-9}
_MOST = {torch.float32: MOST, torch.float64: 20 * MOST}
_LEAST_EPS = {torch.float32: LEAST_EPS, torch.float64: 1e-12}

Solution = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]
"""The costs (batch,), the potentials (batch, n) and (batch, m), the derivatives (batch, n, 2) and (batch, m, 2)."""


def solve(
    energy: Tensor,
    position: Tensor,
    other_energy: Tensor,
    other_position: Tensor,
    excess: bool,
    R: float,
    p: float,
    eps: float,
) -> Solution:
    """The entropic transport of a batch of pairs; arguments as for ``kernel.fill_pairs``."""
    present, other_present = _present(energy, excess), _present(other_energy, excess)
    both = present[:, :, None] & other_present[:, None, :]
    way = position[:, :, None] - other_position[:, None, :]
    way = torch.stack((way[..., 0], way[..., 1] - 2 * math.pi * torch.round(way[..., 1] / (2 * math.pi))), dim=-1)
    squared = way.square().sum(dim=-1)
    cost = ((squared.sqrt() / R) ** p).clamp(max=MOST_COST)
    if excess:
        cost[:, -1, :] = cost[:, :, -1] = 1
        cost[:, -1, -1] = 0
    a, b = (torch.where(e > LEAST_ENERGY, e, 0).log() for e in (energy, other_energy))

    largest = torch.where(both, cost, 0).amax(dim=(1, 2))
    last = torch.clamp(_LEAST_EPS[cost.dtype] * largest, min=eps)
    stages = torch.floor(torch.log((0.5 * largest / last).clamp(min=1)) / math.log(RATIO))
    g = torch.zeros_like(b)
    for stage in range(int(stages.max()), -1, -1):
        most = EARLY if stage else _MOST[cost.dtype]
        f, after = _stage(energy, a, b, g, cost, last * RATIO**stage, most, stages < stage)
        g = torch.where((stages < stage)[:, None], g, after)

    P = torch.exp((f[:, :, None] + g[:, None, :] - cost) / last[:, None, None] + a[:, :, None] + b[:, None, :])
    if excess:
        P[:, -1, :] = P[:, :, -1] = 0
    pull = (p * P * (cost / (squared + NEAR**2)).clamp(max=MOST_COST))[..., None] * way
    f, g = torch.where(present, f, 0), torch.where(other_present, g, 0)
    value = (energy * f).sum(dim=1) + (other_energy * g).sum(dim=1)
    return value, f, g, pull.sum(dim=2), -pull.sum(dim=1)


def _present(energy: Tensor, excess: bool) -> Tensor:
    present = energy > LEAST_ENERGY
    if excess:
        present[:, -1] = True
    return present


def _stage(
    energy: Tensor, a: Tensor, b: Tensor, g: Tensor, cost: Tensor, eps: Tensor, most: int, done: Tensor
) -> tuple[Tensor, Tensor]:
    """Potentials at one eps for the pairs that are not done; ends with right rows."""
    price = eps[:, None]

    def rows(g: Tensor) -> Tensor:
        return -price * torch.logsumexp((g[:, None, :] - cost) / price[:, None] + b[:, None, :], dim=2)

    def columns(f: Tensor) -> Tensor:
        return -price * torch.logsumexp((f[:, :, None] - cost) / price[:, None] + a[:, :, None], dim=1)

    goal = f = rows(g)
    for iteration in range(0, most, CHECK):
        for step in range(CHECK):
            last, first = step == CHECK - 1, iteration + step == 0
            f_next = goal if first else f + RELAXATION * (goal - f)
            target = columns(f_next)
            g_next = target if first or last else g + RELAXATION * (target - g)
            f, g = torch.where(done[:, None], f, f_next), torch.where(done[:, None], g, g_next)
            goal = rows(g)
        missed = (energy * (1 - torch.exp((f - goal) / price)).abs()).sum(dim=1)
        done = done | (missed <= _TOLERANCE[cost.dtype])
        if bool(done.all()):
            break
    return goal, g

"""The iterations of ``kernel`` fused for a GPU: one program a pair, which holds cost and K in registers."""

# Triton compiles the functions below; their types are not Python's.
# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators, allow-untyped-calls

import torch
import triton
import triton.language as tl
from torch import Tensor

from eventspace.distances.sinkhorn import kernel as form
from eventspace.distances.sinkhorn.plain import Solution

__all__ = ["MOST_PARTICLES", "solve"]

MOST_PARTICLES = 128  # more do not fit the registers

_CHECK = tl.constexpr(form.CHECK)
_EARLY = tl.constexpr(form.EARLY)
_FAR = tl.constexpr(form.FAR)
_LEAST_ENERGY = tl.constexpr(form.LEAST_ENERGY)
_LEAST_EPS = tl.constexpr(form.LEAST_EPS)
_MOST = tl.constexpr(form.MOST)
_MOST_COST = tl.constexpr(form.MOST_COST)
_NEAR2 = tl.constexpr(form.NEAR**2)
_RATIO = tl.constexpr(form.RATIO)
_TOLERANCE = tl.constexpr(form.TOLERANCE)
_TOO_FAR = tl.constexpr(form.TOO_FAR)
_TURN = tl.constexpr(6.283185307179586)


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
    (batch, n), m = energy.shape, other_energy.shape[1]
    value = torch.empty_like(energy[:, 0])
    filled = [torch.zeros_like(values) for values in (energy, other_energy, position, other_position)]
    N, M = (max(16, triton.next_power_of_2(count)) for count in (n, m))
    with torch.cuda.device_of(energy):
        _solve_pair[(batch,)](
            energy, position, other_energy, other_position, value, *filled, n, m, R, p, eps,
            EXCESS=excess, N=N, M=M, num_warps=max(1, N * M // 1024),
        )  # fmt: skip
    f, g, push, other_push = filled
    return value, f, g, push, other_push


@triton.jit
def _relaxed(scaling, goal):
    step = tl.sqrt(goal / scaling)
    return goal * (step * tl.sqrt(step))


@triton.jit
def _unsafe(scaling, present, limit):
    """How many scalings leave the range; NaN does."""
    within = (scaling < limit) & (scaling * limit > 1)
    return tl.sum((present & (within == 0)).to(tl.int32), axis=0)


@triton.jit
def _load(energy, position, pair, count, EXCESS: tl.constexpr, N: tl.constexpr):
    slot = tl.arange(0, N)
    there = slot < count
    at = pair * count + slot
    a = tl.load(energy + at, mask=there, other=0.0)
    y = tl.load(position + 2 * at, mask=there, other=0.0)
    phi = tl.load(position + 2 * at + 1, mask=there, other=0.0)
    last = EXCESS & (slot == count - 1)
    present = (a > _LEAST_ENERGY) | last
    a = tl.where(a > _LEAST_ENERGY, a, 0.0)
    return at, a, y, phi, last, present


@triton.jit
def _start(cost, both, b, g, e):
    f = -tl.max(tl.where((b > 0)[None, :], g[None, :] - cost, float("-inf")), axis=1)
    K = tl.where(both, tl.exp(tl.minimum((f[:, None] + g[None, :] - cost) / e, 80.0)), 0.0)
    return f, K, tl.full([b.shape[0]], 1.0, tl.float32), tl.sum(K * b[None, :], axis=1)


@triton.jit
def _solve_pair(
    energy, position, other_energy, other_position, value, potential, other_potential, push, other_push,
    n, m, R, p, eps, EXCESS: tl.constexpr, N: tl.constexpr, M: tl.constexpr,
) -> None:  # fmt: skip
    pair = tl.program_id(0).to(tl.int64)
    at, a, y, phi, last, present = _load(energy, position, pair, n, EXCESS, N)
    other_at, b, other_y, other_phi, other_last, other_present = _load(other_energy, other_position, pair, m, EXCESS, M)

    dy = y[:, None] - other_y[None, :]
    dphi = phi[:, None] - other_phi[None, :]
    dphi -= _TURN * tl.floor(dphi / _TURN + 0.5)
    squared = dy * dy + dphi * dphi
    theta = tl.sqrt(squared) / R
    if p == 1.0:
        cost = theta
    elif p == 2.0:
        cost = theta * theta
    elif p == 0.5:
        cost = tl.sqrt(theta)
    else:
        cost = tl.where(theta > 0, tl.exp2(p * tl.log2(tl.where(theta > 0, theta, 1.0))), 0.0)
    cost = tl.minimum(cost, _MOST_COST)
    either = last[:, None] | other_last[None, :]
    neither_real = last[:, None] & other_last[None, :]
    cost = tl.where(either, tl.where(neither_real, 0.0, 1.0), cost)
    both = present[:, None] & other_present[None, :]
    cost = tl.where(both, cost, 0.0)

    largest = tl.max(tl.max(cost, axis=1), axis=0)
    final = tl.maximum(eps, _LEAST_EPS * largest)
    e = final
    while e * _RATIO <= 0.5 * largest:
        e = e * _RATIO

    g = tl.zeros([M], tl.float32)
    f, K, v, r = _start(cost, both, b, g, e)
    u = tl.full([N], 1.0, tl.float32)
    more = 1
    while more > 0:
        e = tl.where(e < 2 * final, final, e)
        most = tl.where(e > final, _EARLY, _MOST)
        f, K, v, r = _start(cost, both, b, g, e)
        u = tl.where(present, 1 / r, 1.0)
        saved = v
        fresh = 1
        iteration = 0
        while iteration < most:
            for step in tl.static_range(_CHECK):
                if step > 0:
                    u = tl.where(present, _relaxed(u, 1 / r), 1.0)
                goal = 1 / tl.sum(K * tl.where(a > 0, a * u, 0.0)[:, None], axis=0)
                if step == _CHECK - 1:
                    v = goal
                elif step == 0:
                    v = tl.where(fresh > 0, goal, _relaxed(v, goal))
                else:
                    v = _relaxed(v, goal)
                v = tl.where(other_present, v, 1.0)
                r = tl.sum(K * tl.where(b > 0, b * v, 0.0)[None, :], axis=1)
            fresh = 0
            iteration += _CHECK
            if _unsafe(u, present, _FAR) + _unsafe(v, other_present, _FAR) > 0:
                lost = _unsafe(u, present, _TOO_FAR) + _unsafe(v, other_present, _TOO_FAR)
                g = g + e * tl.log(tl.where(lost > 0, saved, v))
                if lost > 0:
                    for _ in range(_CHECK):
                        f = -tl.max(tl.where((b > 0)[None, :], g[None, :] - cost, float("-inf")), axis=1)
                        K = tl.exp(tl.minimum((f[:, None] + g[None, :] - cost) / e, 80.0))
                        f = f - e * tl.log(tl.sum(K * b[None, :], axis=1))
                        g = -tl.max(tl.where((a > 0)[:, None], f[:, None] - cost, float("-inf")), axis=0)
                        K = tl.exp(tl.minimum((f[:, None] + g[None, :] - cost) / e, 80.0))
                        g = g - e * tl.log(tl.sum(K * a[:, None], axis=0))
                f, K, v, r = _start(cost, both, b, g, e)
                u = tl.where(present, 1 / r, 1.0)
                saved = v
                fresh = 1
            else:
                missed = tl.sum(tl.abs(a - a * u * r), axis=0)
                saved = v
                if missed <= _TOLERANCE:
                    iteration = most
                else:
                    u = tl.where(present, _relaxed(u, 1 / r), 1.0)
        u = tl.where(present, 1 / r, 1.0)
        f = f + e * tl.log(u)
        g = g + e * tl.log(v)
        more = tl.where(e > final, 1, 0)
        e = e / _RATIO

    tl.store(value + pair, tl.sum(a * f, axis=0) + tl.sum(b * g, axis=0))
    tl.store(potential + at, f, mask=present)
    tl.store(other_potential + other_at, g, mask=other_present)
    pull = p * (a * u)[:, None] * K * (b * v)[None, :] * tl.minimum(cost / (squared + _NEAR2), _MOST_COST)
    pull = tl.where(either, 0.0, pull)
    tl.store(push + 2 * at, tl.sum(pull * dy, axis=1), mask=present)
    tl.store(push + 2 * at + 1, tl.sum(pull * dphi, axis=1), mask=present)
    tl.store(other_push + 2 * other_at, -tl.sum(pull * dy, axis=0), mask=other_present)
    tl.store(other_push + 2 * other_at + 1, -tl.sum(pull * dphi, axis=0), mask=other_present)

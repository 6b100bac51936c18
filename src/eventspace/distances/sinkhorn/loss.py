"""Entropic optimal transport between batches of events, differentiable with torch: a loss for training."""

from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from eventspace.base.errors import InputError
from eventspace.base.extras import require
from eventspace.distances.sinkhorn.distance import check_eps
from eventspace.distances.sinkhorn.kernel import fill_pairs
from eventspace.distances.transport.exact import Transport

if TYPE_CHECKING:
    from eventspace.distances.sinkhorn.plain import Solution

with require("torch", "the Sinkhorn loss"):
    import torch
    from torch import Tensor

__all__ = ["sinkhorn_loss"]

_LEAST_TOTAL, _MOST_TOTAL = 1e-20, 1e20  # their ratios fit single precision


def sinkhorn_loss(
    energy: Tensor,
    position: Tensor,
    other_energy: Tensor,
    other_position: Tensor,
    *,
    mask: Tensor | None = None,
    other_mask: Tensor | None = None,
    R: float = 1.0,
    p: float = 1.0,
    eps: float = 0.02,
    normalise: bool = True,
    divergence: bool = False,
) -> Tensor:
    """The smooth transport distance of each event from its partner, with derivatives for energies and positions.

        d(a, b) = min_g sum_ij g_ij (theta_ij / R)^p + |E_a - E_b| + eps sum_ij g_ij ln(g_ij E / (E_i E'_j))

    over the flows of ``Transport``, where the energy that the poorer event lacks counts as one more particle of it, at
    the cost 1 in the last term, and E is the larger of the two energies. As eps falls to 0, d falls to the exact
    sum. Unlike the distance of ``Transport`` and ``Sinkhorn`` it has no root for p > 1, since that has no derivative at
    0.

    The gradient is the one at the optimum, not that of the iterations (envelope theorem): the flow times the derivative
    of the cost, and the potentials. Particles closer than 1e-6 hardly push each other, and not at all in the same
    place, where the cost has no derivative for p <= 1; where E_a = E_b without ``normalise``, the mean of the
    derivatives on both sides is taken. There is no second derivative.

    On a CPU in single precision the work is done by a compiled kernel, on as many threads as torch uses; on a GPU by
    one fused kernel, if Triton is installed; otherwise, and in double precision, by plain torch. All take the same
    iterations, until the flow misses the energies by at most 1e-3 of the total (1e-9 in double precision), or after
    2,000 (40,000) of them.

    Arguments:
        energy, other_energy: (batch, n) and (batch, m), not negative, in any unit; a particle of energy 0 is absent,
            and one with less than 1e-30 of the total counts for nothing.
        position, other_position: (batch, n, 2) and (batch, m, 2), y and phi in radians, phi periodic; those of absent
            particles do not matter.
        mask, other_mask: (batch, n) and (batch, m), false for particles to be left out.
        R, p: the angular scale, and the power of the angle.
        eps: the price on order, in units of (theta / R)^p; in single precision at least 1e-6 of the largest cost.
        normalise: scale the energies of each event to the sum 1 first.
        divergence: subtract d(a, a) / 2 + d(b, b) / 2, so that equal events have d = 0 (with the poorer event made as
            rich as the other by a particle at cost 1 from all others).

    Returns:
        (batch,), in the unit of the energies, or a pure number with ``normalise``. Absent particles get the gradient 0.

    Raises:
        InputError: the shapes do not match, a number is not finite, an energy is negative, an event is empty, or R, p
            or eps is not positive.

    Example:
        >>> import torch
        >>> energy, position = torch.tensor([[2.0, 1.0]]), torch.tensor([[[0.0, 0.0], [0.3, 0.4]]], requires_grad=True)
        >>> other_energy, other_position = torch.tensor([[2.0]]), torch.tensor([[[0.0, 0.0]]])
        >>> loss = sinkhorn_loss(energy, position, other_energy, other_position).sum()
        >>> loss.backward()
        >>> round(loss.item(), 4), position.grad[0, 1].numpy().round(4)
        (0.1667, array([0.2   , 0.2667], dtype=float32))

    Source:
        Cuturi, arXiv:1306.0895; the divergence: Feydy et al., arXiv:1810.08278.
    """
    check_eps(eps)
    exact = Transport(R, p, normalise)
    energy, position = _checked("", energy, position, mask)
    other_energy, other_position = _checked("other_", other_energy, other_position, other_mask)
    if len(energy) != len(other_energy) or energy.device != other_energy.device:
        raise InputError(
            f"{len(energy)} events on {energy.device} and {len(other_energy)} on {other_energy.device} were given",
            remedy="give as many partners as events, on the same device",
        )
    dtype = torch.promote_types(energy.dtype, other_energy.dtype)
    a, xa, b, xb = (values.to(dtype) for values in (energy, position, other_energy, other_position))

    total, other_total = a.sum(dim=1, keepdim=True), b.sum(dim=1, keepdim=True)
    if normalise:
        a, b = a / total, b / other_total
    else:
        most = torch.maximum(total, other_total)
        a, b = torch.cat((a, most - total), dim=1) / most, torch.cat((b, most - other_total), dim=1) / most
        xa, xb = (torch.cat((x, torch.zeros_like(x[:, :1])), dim=1) for x in (xa, xb))

    def cost(*pair: Tensor) -> Tensor:
        entropic_cost: Any = _EntropicCost
        return cast(Tensor, entropic_cost.apply(*pair, not normalise, exact.R, exact.p, float(eps)))

    value = cost(a, xa, b, xb)
    if divergence:
        value = value - 0.5 * (cost(a, xa, a, xa) + cost(b, xb, b, xb))
    return value if normalise else most[:, 0] * value


def _checked(side: str, energy: Tensor, position: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
    """The energies, 0 where the mask is false, and the positions, 0 where there is no particle."""
    if energy.ndim != 2 or position.shape != (*energy.shape, 2) or energy.device != position.device:
        raise InputError(
            f"{side}energy has the shape {tuple(energy.shape)}, {side}position {tuple(position.shape)}",
            remedy="give (batch, particles) and (batch, particles, 2) on the same device",
        )
    if energy.numel() == 0:
        raise InputError(f"{side}energy is empty", remedy="give at least one event with one particle")
    if mask is not None:
        if mask.shape != energy.shape or mask.dtype != torch.bool:
            raise InputError(
                f"{side}mask is {mask.dtype} of shape {tuple(mask.shape)}",
                remedy=f"give booleans of shape {tuple(energy.shape)}",
            )
        energy = torch.where(mask, energy, 0)
    energy = torch.where(energy == 0, 0, energy)  # no gradient reaches what is absent
    double = torch.float64 in (energy.dtype, position.dtype)
    energy, position = (values.to(torch.float64 if double else torch.float32) for values in (energy, position))
    position = torch.where((energy > 0)[..., None], position, 0)
    with torch.no_grad():
        total = energy.sum(dim=1)
        bad = ~(energy >= 0).all(dim=1) | ~position.isfinite().all(dim=2).all(dim=1)
        bad |= ~((total > _LEAST_TOTAL) & (total < _MOST_TOTAL))
        if bool(bad.any()):
            _complain(side, energy, position, int(bad.nonzero()[0, 0]))
    return energy, position


def _complain(side: str, energy: Tensor, position: Tensor, event: int) -> None:
    energy, position = energy[event], position[event]
    if not bool(energy.isfinite().all()):
        raise InputError(f"{side}energy is NaN or infinite", event=event, remedy="mend the value, or mask the particle")
    if bool((energy < 0).any()):
        raise InputError(f"{side}energy is negative", event=event, remedy="pass it through softplus, for instance")
    if not bool(position.isfinite().all()):
        raise InputError(f"{side}position is NaN or infinite", event=event, remedy="mend it, or mask the particle")
    raise InputError(
        f"the sum of {side}energy is {energy.sum().item():g}",
        event=event,
        remedy="remove the event, or change the unit",
    )


class _EntropicCost(torch.autograd.Function):
    """w of ``kernel`` for a batch, with its derivatives."""

    @staticmethod
    def forward(
        ctx: Any, a: Tensor, xa: Tensor, b: Tensor, xb: Tensor, excess: bool, R: float, p: float, eps: float
    ) -> Tensor:
        tensors = [values.detach().contiguous() for values in (a, xa, b, xb)]
        solution: Solution = _solver(a, b)(*tensors, excess, R, p, eps)
        ctx.save_for_backward(*solution[1:])
        return solution[0]

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor | None, ...]:
        f, g, push, other_push = ctx.saved_tensors
        row = slope[:, None]
        return row * f, row[..., None] * push, row * g, row[..., None] * other_push, None, None, None, None


def _solver(energy: Tensor, other_energy: Tensor) -> Any:
    """The fastest form for such tensors."""
    from eventspace.distances.sinkhorn.plain import solve

    if energy.dtype == torch.float64:
        return solve
    if energy.device.type == "cpu":
        return _solve_compiled
    if energy.device.type == "cuda" and find_spec("triton") is not None:
        from eventspace.distances.sinkhorn import triton as sinkhorn_triton

        if max(energy.shape[1], other_energy.shape[1]) <= sinkhorn_triton.MOST_PARTICLES:
            return sinkhorn_triton.solve
    return solve


def _solve_compiled(
    a: Tensor, xa: Tensor, b: Tensor, xb: Tensor, excess: bool, R: float, p: float, eps: float
) -> "Solution":
    """The compiled kernel, with a share of the batch for each thread."""
    batch, threads = len(a), torch.get_num_threads()
    value, *derivatives = a.new_empty(batch), *(torch.zeros_like(values) for values in (a, b, xa, xb))
    given: Any = [values.numpy() for values in (a, xa, b, xb)]
    filled: Any = [values.numpy() for values in (value, *derivatives)]

    def work(first: int, last: int) -> None:
        fill: Any = fill_pairs
        fill(*given, excess, R, p, eps, first, last, *filled)

    shares = 1 if threads == 1 else 4 * threads  # since pairs take different times
    edges = np.unique(np.linspace(0, batch, shares + 1).astype(int)).tolist()
    if len(edges) == 2:
        work(0, batch)
    else:
        with ThreadPoolExecutor(threads) as pool:
            for done in [pool.submit(work, *share) for share in pairwise(edges)]:
                done.result()
    f, g, push, other_push = derivatives
    return value, f, g, push, other_push

"""Events as clouds of weighted points, the same for jets and for plain points, which are clouds of one."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from eventspace.base.errors import InputError
from eventspace.distances.sinkhorn.loss import sinkhorn_loss
from eventspace.events.base import Events
from eventspace.events.particles import ParticleClouds
from eventspace.events.points import Points
from eventspace.events.preprocess import preprocess
from eventspace.events.ragged import event_of_entry

__all__ = ["Clouds", "clouds_of", "events_of", "own_distance", "squared_distance"]

Floats = NDArray[np.float32]


class Clouds(NamedTuple):
    """Weighted points of n events, all padded to the same number.

    Attributes:
        weight: (n, particles), with the sum 1; 0 where there is no particle.
        position: (n, particles, d): rapidity and phi of jets, the coordinates of points.
    """

    weight: Floats
    position: Floats

    def batch(self, rows: NDArray[np.int64] | slice, device: torch.device) -> tuple[Tensor, Tensor]:
        """Weights and positions of some events on a device."""
        return tuple(torch.from_numpy(np.ascontiguousarray(values[rows])).to(device) for values in self)  # type: ignore[return-value]


def clouds_of(events: Events, steps: tuple[str, ...], particles: int) -> Clouds:
    """Events as clouds.

    Arguments:
        events: particle clouds or points.
        steps: of preprocessing, for particle clouds; see :func:`eventspace.events.preprocess.preprocess`.
        particles: of the largest pt that are kept of each jet.

    Returns:
        Clouds: of jets, pt as a fraction of that of the particles kept; of points, one of weight 1 each.

    Example:
        >>> jets = ParticleClouds.from_lists([[(3.0, 0.0, 0.0), (1.0, 0.4, 0.0)]])
        >>> clouds_of(jets, ("centre",), 3).weight.tolist()
        [[0.75, 0.25, 0.0]]
    """
    if isinstance(events, Points):
        values = events.check().values.astype(np.float32)
        return Clouds(np.ones((len(values), 1), np.float32), values[:, np.newaxis])
    if not isinstance(events, ParticleClouds):
        raise InputError(f"{events.kind} are no clouds", remedy="give jets of particles, or points")
    jets = preprocess(events.check(), steps)
    event = event_of_entry(jets.offsets)
    order = np.lexsort((-jets.flat("pt"), event))  # offsets stay, since the events do
    place = np.arange(len(event)) - jets.offsets[event]
    kept = place < particles
    weight = np.zeros((len(jets), particles))
    position = np.zeros((len(jets), particles, 2), np.float32)
    at, rows = (event[kept], place[kept]), order[kept]
    weight[at] = jets.flat("pt")[rows]
    for axis, name in enumerate((jets.coordinate, "phi")):
        position[(*at, axis)] = jets.flat(name)[rows]
    return Clouds((weight / weight.sum(axis=1, keepdims=True)).astype(np.float32), position)


def events_of(clouds: Clouds, *, coordinate: str, origin: str) -> Events:
    """Clouds as events: jets with pt as a fraction of the total, in rapidity or eta; or, without either, points."""
    if not coordinate:
        return Points(values=clouds.position[:, 0].astype(np.float64), origin=origin)
    kept = clouds.weight > 0
    columns = {
        "pt": clouds.weight[kept].astype(np.float64),
        coordinate: clouds.position[kept][:, 0].astype(np.float64),
        "phi": clouds.position[kept][:, 1].astype(np.float64),
    }
    return ParticleClouds.from_flat(kept.sum(axis=1), columns, units={"pt": "fraction of the jet"}, origin=origin)


def squared_distance(
    one: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor], eps: float, own: Tensor | None = None
) -> Tensor:
    """The square of the distance of clouds that are compared, with derivatives: what is learned from.

    Of clouds of single points that of Euclid; of others that of optimal transport with cost theta (p = 1), squared
    after the transport. It is debiased, the Sinkhorn divergence d(a, b) - d(a, a) / 2 - d(b, b) / 2, so that equal
    clouds have the distance 0 however large eps is.

    Arguments:
        one, other: weights (n, particles) and positions (n, particles, d) of n clouds each.
        eps: entropic regularisation strength, in the unit of theta.
        own: (n,) the d(a, a) of ``one``, from :func:`own_distance`, where it is known already. Then the result has no
            derivative with respect to ``one``.

    Returns:
        (n,).
    """
    if _single(one) and _single(other):
        return (one[1] - other[1]).square().sum(dim=(1, 2))
    if own is None:
        own = own_distance(one, eps)
    else:
        one = (one[0].detach(), one[1].detach())
    between = sinkhorn_loss(*one, *other, p=1.0, eps=eps)
    return (between - 0.5 * (own + own_distance(other, eps))).square()


def own_distance(clouds: tuple[Tensor, Tensor], eps: float) -> Tensor:
    """The entropic transport cost d(a, a) of each cloud from itself, which the Sinkhorn divergence subtracts.

    Of jets that stay the same it is worth keeping: near itself a cloud takes more iterations than near another.

    Returns:
        (n,); 0 for single points.
    """
    weight, position = clouds
    if _single(clouds):
        return weight.new_zeros(len(weight))
    return sinkhorn_loss(weight, position, weight, position, p=1.0, eps=eps)


def _single(clouds: tuple[Tensor, Tensor]) -> bool:
    return clouds[0].shape[1] == 1

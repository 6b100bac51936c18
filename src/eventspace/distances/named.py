"""Metrics by the names that people and the command line call them."""

from typing import Literal, get_args

from eventspace.base.errors import InputError
from eventspace.distances.durham import Durham
from eventspace.distances.energy import EnergyDifference
from eventspace.distances.euclidean import Euclidean
from eventspace.distances.jensen_shannon.divergence import JensenShannon
from eventspace.distances.mean_squared_error import MeanSquaredError
from eventspace.distances.metric import Metric
from eventspace.distances.sinkhorn.distance import Sinkhorn
from eventspace.distances.ssim.similarity import SSIM
from eventspace.distances.transport.exact import Transport

__all__ = ["MetricName", "named_metric"]

MetricName = Literal["transport", "sinkhorn", "euclidean", "jensen-shannon", "ssim", "energy", "mse", "durham"]


def named_metric(
    name: MetricName,
    *,
    p: float = 1.0,
    R: float = 1.0,
    eps: float = 0.02,
    axis: Literal["x", "y", "z"] | None = None,
    dynamic_range: float | None = None,
    sigma: float = 1.5,
    visible_energy: float | None = None,
    normalise: bool = True,
) -> Metric:
    """The metric of that name, with those of the parameters that it has.

    Arguments:
        name: see ``eventspace distances --help``.
        p, R, eps, normalise: of the transport distances; ``normalise`` also of the Jensen-Shannon divergence.
        axis: of the profiles that the Jensen-Shannon divergence compares.
        dynamic_range: L of the structural similarity, which needs it.
        sigma: of the window of the structural similarity, in cells.
        visible_energy: of the event that the Durham distance refers to, which needs it.

    Raises:
        InputError: there is no metric of this name, or a parameter that it needs is missing or out of its range.

    Example:
        >>> named_metric("transport", p=0.5)
        Transport(R=1.0, p=0.5, normalise=True)
    """
    match name:
        case "transport":
            return Transport(R=R, p=p, normalise=normalise)
        case "sinkhorn":
            return Sinkhorn(R=R, p=p, eps=eps, normalise=normalise)
        case "euclidean":
            return Euclidean()
        case "jensen-shannon":
            return JensenShannon(axis=axis, normalise=normalise)
        case "ssim":
            if dynamic_range is None:
                raise InputError("the structural similarity needs a dynamic range", remedy="give --dynamic-range")
            return SSIM(L=dynamic_range, sigma=sigma)
        case "energy":
            return EnergyDifference()
        case "mse":
            return MeanSquaredError()
        case "durham":
            if visible_energy is None:
                raise InputError("the Durham distance needs the visible energy", remedy="give --visible-energy")
            return Durham(visible_energy=visible_energy)
        case _:
            raise InputError(f"there is no metric {name!r}", remedy=f"choose from {', '.join(get_args(MetricName))}")

"""Between the scales at which a curve was measured."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["weights_at"]


def weights_at(points: NDArray[np.float64], Q: float) -> NDArray[np.float64]:
    """The weight of each point of a curve in its value at Q, linear in log Q; all 0 where Q lies outside.

    Arguments:
        points: (K,) positive scales, none below the one before it.
        Q: a scale.

    Returns:
        (K,) weights that add up to 1, or to 0.

    Example:
        >>> weights_at(np.array([1.0, 2.0, 8.0]), 4.0).tolist()
        [0.0, 0.5, 0.5]
        >>> weights_at(np.array([1.0, 2.0, 8.0]), 9.0).tolist()
        [0.0, 0.0, 0.0]
    """
    weights = np.zeros(len(points))
    if not 0 < Q < np.inf or len(points) == 0:
        return weights
    distance = np.log(points / Q)
    nearest = int(np.argmin(np.abs(distance)))
    if abs(distance[nearest]) < 1e-12:  # the same scale, up to rounding
        weights[nearest] = 1
    elif distance[0] < 0 < distance[-1]:
        above = int(np.searchsorted(distance, 0.0))
        fraction = distance[above] / (distance[above] - distance[above - 1])
        weights[above - 1], weights[above] = fraction, 1 - fraction
    return weights

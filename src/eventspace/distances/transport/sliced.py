"""A cheap lower bound of the transport distance between normalised events: their distances along a few axes."""

import math

import numpy as np
from numpy.typing import NDArray

from eventspace.distances.transport.simplex import Particles
from eventspace.distances.vectorised import compiled

__all__ = ["profiles", "sliced"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_AXES = 16
_BINS = 32


@compiled()
def profiles(offsets: Integers, particles: Particles) -> Floats:
    """Events as sums over bins of their quantile functions, along axes in the plane of y and phi.

    Along an axis, the quantile function of an event, x(s) for 0 < s < 1, is the place below which the share s of its
    energy lies. An entry is the integral of x(s) over one of ``_BINS`` equal ranges of s.

    Returns:
        (n, axes, bins), in the unit of the angles.
    """
    events = len(offsets) - 1
    result = np.zeros((events, _AXES, _BINS))
    for event in range(events):
        first, last = offsets[event], offsets[event + 1]
        energy, y, phi = particles.energy[first:last], particles.y[first:last], particles.phi[first:last]
        scale = 1.0 / energy.sum()
        for axis in range(_AXES):
            angle = math.pi * axis / _AXES
            x = y * math.cos(angle) + phi * math.sin(angle)
            sums = result[event, axis]
            bin_, room = 0, 1.0 / _BINS
            for k in np.argsort(x):
                share = energy[k] * scale
                while share > room and bin_ < _BINS - 1:
                    sums[bin_] += room * x[k]
                    share -= room
                    bin_, room = bin_ + 1, 1.0 / _BINS
                sums[bin_] += share * x[k]
                room -= share
    return result


@compiled(fastmath=("nnan", "nsz", "reassoc"))
def sliced(left: Floats, right: Floats) -> Floats:
    """A lower bound of W(a, b) = min_g sum_ij g_ij |x_i - x_j|, the mean way of the energy in the unrolled plane.

    Projection on an axis makes no way longer, so W is at least the transport distance of the projections, which is the
    integral of |x_a(s) - x_b(s)| (along a line, an optimal plan keeps the order). And over each bin of s the integral
    of the absolute value is at least the absolute value of the integral (Jensen). What remains is the sum over bins of
    |difference of the profiles|; the largest over the axes is returned. Rounding can lift it by about 1e-14 of the
    largest coordinate.

    Arguments:
        left, right: (n, axes, bins) and (m, axes, bins), from ``profiles``.

    Returns:
        (n, m).
    """
    result = np.zeros((len(left), len(right)))
    for i in range(len(left)):
        for j in range(len(right)):
            largest = 0.0
            for axis in range(_AXES):
                a, b = left[i, axis], right[j, axis]
                total = 0.0
                for k in range(_BINS):
                    total += abs(a[k] - b[k])
                largest = max(largest, total)
            result[i, j] = largest
    return result

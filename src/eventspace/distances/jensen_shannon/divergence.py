"""The Jensen-Shannon divergence between energy profiles or histograms."""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError
from eventspace.distances.metric import Metric, parameter
from eventspace.distances.units import check_units
from eventspace.events.base import Events, kind_of
from eventspace.events.points import Points
from eventspace.events.showers import Showers

__all__ = ["JensenShannon", "fill_pairs", "jensen_shannon"]

Floats = NDArray[np.float64]

_MOST = 1e300  # sums of two entries stay below the largest double
_SMALL = 1 / 8
_LN2 = math.log(2)
_ROOT_OF_HALF = int(np.float64(math.sqrt(0.5)).view(np.int64))
_LANES = 8  # bins come in multiples, the last ones empty, so that no loop has a remainder


@dataclass(frozen=True)
class JensenShannon(Metric):
    """The Jensen-Shannon divergence between the energy profiles of showers, or between histograms.

        JS(P, Q) = KL(P, M) / 2 + KL(Q, M) / 2,   M = (P + Q) / 2,
        KL(P, Q) = sum_k P_k ln(P_k / Q_k) - P_k + Q_k,   0 ln 0 = 0.

    The linear terms make KL non-negative for profiles of any total; in JS they cancel. Hence

    - with ``normalise`` each profile is scaled to the sum 1, and 0 <= JS <= ln 2, in nats;
    - without, JS is in the unit of the energy and at most (ln 2 / 2)(sum P + sum Q); it vanishes only where also the
      energies agree.

    JS(P, Q) = JS(Q, P) to the last bit, and JS is 0 exactly for equal profiles. The triangle inequality does not hold
    for JS, but for its square root, normalised or not. Bins that are empty in both profiles change nothing, and joining
    bins never raises JS; it leaves JS as it is where the bins have the same ratio P_k / Q_k.

    Arguments:
        axis: ``x``, ``y`` or ``z``: compare showers by their energy in the layers across this axis. None: compare
            points, whose coordinates are the contents of bins.
        normalise: compare the shapes of profiles, whatever their total.

    Raises:
        InputError: there is no such axis.

    Example:
        >>> histograms = Points(values=np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 4.0]]))
        >>> JensenShannon().between(histograms[0:1], histograms[1:2]) == math.log(2)
        True
        >>> round(JensenShannon(normalise=False).between(histograms[0:1], histograms[1:2]) / math.log(2), 12)
        3.0

    Source:
        J. Lin, IEEE Trans. Inf. Theory 37 (1991) 145; the root: D. Endres and J. Schindelin, ibid. 49 (2003) 1858.
    """

    name: ClassVar[str] = "jensen-shannon"
    default_block: ClassVar[int] = 256  # nanoseconds a pair

    root_is_metric: ClassVar[bool] = True

    axis: Literal["x", "y", "z"] | None = parameter("Axis of the profiles: x, y or z", None)
    normalise: bool = parameter("Scale the energies of each event to the sum 1; otherwise distances are in GeV", True)

    def __post_init__(self) -> None:
        if self.axis not in ("x", "y", "z", None):
            raise InputError(f"there is no axis {self.axis!r}", remedy="choose x, y or z")

    @property
    def unit(self) -> str:
        """Nats; without ``normalise`` GeV for profiles of showers, and the unit of the coordinates for points."""
        if self.normalise:
            return "nat"
        return "coordinate" if self.axis is None else "GeV"

    @property
    def is_metric(self) -> bool:
        """False: it is the square root that satisfies the triangle inequality."""
        return False

    def prepare(self, left: Events, right: Events) -> tuple[Floats, Floats]:
        """The profiles, (events, bins), normalised if asked, with empty bins at the end.

        Raises:
            InputError: the events are of another kind, or not valid, or differ in their bins or, without
                ``normalise``, in their unit of energy; or a histogram is negative or empty.
        """
        p = self._profiles(left)
        q = p if right is left else self._profiles(right)
        if p.shape[1] != q.shape[1]:
            raise InputError(f"profiles of {p.shape[1]} and {q.shape[1]} bins cannot be compared")
        if not self.normalise:
            check_units(left, right)
        a = _padded(p)
        return a, a if right is left else _padded(q)

    def block(self, left: Floats, right: Floats, upper: bool) -> Floats:
        """The divergences of a block of prepared profiles."""
        divergences = np.zeros((len(left), len(right)))
        _fill(left, right, upper, divergences)
        return divergences

    def _profiles(self, events: Events) -> Floats:
        if isinstance(events, Showers) and self.axis is not None:
            profiles = events.check().profile(self.axis)
        elif isinstance(events, Points) and self.axis is None:
            profiles = events.check().values.astype(np.float64)
        else:
            raise InputError(
                f"the Jensen-Shannon divergence with axis={self.axis!r} is not defined for {kind_of(events)}",
                remedy="give showers and an axis x, y or z, or points, whose coordinates are bins, and no axis",
            )
        negative = np.any(profiles < 0, axis=1)
        if negative.any():
            raise InputError("a bin is negative", event=int(np.argmax(negative)), remedy="remove the event")
        total = profiles.sum(axis=1, keepdims=True)
        unfit = ~((total > 0) & (total < _MOST))[:, 0]
        if unfit.any():
            event = int(np.argmax(unfit))
            raise InputError(f"its bins sum to {total[event, 0]:g}", event=event, remedy="remove the event")
        return profiles / total if self.normalise else profiles


def jensen_shannon(p: ArrayLike, q: ArrayLike) -> Floats:
    """The Jensen-Shannon divergence between histograms p_i and q_i, row by row, each scaled to the sum 1 first.

    Arguments:
        p, q: (n, bins), not negative, no row without content.

    Returns:
        (n,) divergences in nats, from 0 to ln 2; see :class:`JensenShannon`.

    Raises:
        InputError: the shapes differ, a bin is negative, or a row is empty.

    Example:
        >>> (jensen_shannon([[1, 1, 0], [2, 2, 0]], [[0, 0, 4], [1, 1, 0]]) / math.log(2)).tolist()
        [1.0, 0.0]
    """
    rows = [np.asarray(values, dtype=np.float64) for values in (p, q)]
    if rows[0].ndim != 2 or rows[0].shape != rows[1].shape:
        raise InputError(f"histograms of shape {rows[0].shape} and {rows[1].shape} cannot be compared row by row")
    for values in rows:
        bad = (values < 0).any(axis=1) | ~((total := values.sum(axis=1)) > 0) | ~(total < _MOST)
        if bad.any():
            raise InputError(
                "a histogram is empty, or has a bin below zero", event=int(np.argmax(bad)), remedy="leave it out"
            )
    a, b = (_padded(values / values.sum(axis=1, keepdims=True)) for values in rows)
    divergences = np.empty(len(a))
    fill_pairs(a, b, np.repeat(np.arange(len(a)), 2).reshape(-1, 2), divergences)
    return divergences


def _padded(profiles: Floats) -> Floats:
    padding = -profiles.shape[1] % _LANES
    return np.ascontiguousarray(np.pad(profiles, ((0, 0), (0, padding))))


@njit(cache=True, nogil=True, error_model="numpy")
def _fill(left: Floats, right: Floats, upper: bool, divergences: Floats) -> None:
    """The divergences of all pairs, or of those with i < j."""
    terms = np.empty(left.shape[1])
    for i in range(len(left)):
        for j in range(i + 1 if upper else 0, len(right)):
            divergences[i, j] = _divergence(left[i], right[j], terms)


@njit(cache=True, nogil=True, error_model="numpy")
def fill_pairs(left: Floats, right: Floats, pairs: NDArray[np.int64], divergences: Floats) -> None:
    """The divergences of these pairs, (pairs, 2)."""
    terms = np.empty(left.shape[1])
    for number in range(len(pairs)):
        divergences[number] = _divergence(left[pairs[number, 0]], right[pairs[number, 1]], terms)


@njit(error_model="numpy", fastmath={"contract"})
def _divergence(p: Floats, q: Floats, terms: Floats) -> float:
    """The sum over bins of s / 4 ((1 + t) ln(1 + t) + (1 - t) ln(1 - t)), s = P_k + Q_k and t = |P_k - Q_k| / s.

    This loses nothing where P and Q are nearly equal, unlike the difference of their entropies. There is no branch and
    no call, so that the loop becomes vector instructions.
    """
    for k in range(len(terms)):
        s = p[k] + q[k]
        t = abs(p[k] - q[k]) / (s if s > 0 else 1.0)
        u = t * t
        series = u * _polynomial(u)
        whole = (1 + t) * _logarithm(1 + t) + (1 - t) * _logarithm(1 - t)
        terms[k] = s * (series if t < _SMALL else whole)
    return _sum(terms) / 4


@njit(fastmath={"contract"})
def _polynomial(u: float) -> float:
    """(1 + t) ln(1 + t) + (1 - t) ln(1 - t), divided by u = t^2, for t < 1/8: 1 + u/6 + ... u^(k-1) / (k (2k-1))."""
    value = 1 / 153
    for k in range(8, 0, -1):
        value = value * u + 1 / (k * (2 * k - 1))
    return value


@njit(fastmath={"contract"})
def _logarithm(x: float) -> float:
    """ln x within a few units of the last digit for 0 < x <= 2, and a finite number for x = 0.

    x = 2^e m with sqrt(1/2) <= m < sqrt(2), and ln m = 2 artanh f = 2 f (1 + f^2/3 + f^4/5 + ...), f = (m-1)/(m+1).
    """
    bits = np.float64(x).view(np.int64)
    exponent = (bits - _ROOT_OF_HALF) >> 52
    m = np.int64(bits - (exponent << 52)).view(np.float64)
    f = (m - 1) / (m + 1)
    w = f * f
    value = 1 / 21
    for k in range(9, -1, -1):
        value = value * w + 1 / (2 * k + 1)
    return exponent * _LN2 + 2 * f * value


@njit(fastmath={"reassoc"})
def _sum(terms: Floats) -> float:
    total = 0.0
    for term in terms:
        total += term
    return total

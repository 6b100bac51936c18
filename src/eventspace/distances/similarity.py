"""The structural similarity of images and showers."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.distances.metric import Metric
from eventspace.distances.units import check_units
from eventspace.distances.windows import Grids, Window, fill
from eventspace.events.base import Events
from eventspace.events.images import Images
from eventspace.events.ragged import event_of_entry, offsets_of
from eventspace.events.showers import Showers

__all__ = ["SSIM"]

Floats = NDArray[np.float64]

_TRUNCATE = 3.5  # the window ends at so many sigma
_MOST_RANGES = 1000.0  # rounding of a variance far above the dynamic range would drown K2


@dataclass(frozen=True, eq=False)
class PreparedGrids:
    """Sparse grids of one shape; a slice of neighbours copies nothing.

    Attributes:
        grids: the entries, by line of the longest axis.
        shape: cells along three axes, the longest last; an image is a single layer.
        layers: whether there is more than one, so that the window extends along the first axis.
    """

    grids: Grids
    shape: tuple[int, int, int]
    layers: bool

    def __len__(self) -> int:
        return len(self.grids.offsets) - 1

    def __getitem__(self, index: slice) -> Self:
        start, stop, step = index.indices(len(self))
        if step != 1:
            raise ValueError(f"prepared events come in runs of neighbours, not in steps of {step}")
        chosen = self.grids._replace(offsets=self.grids.offsets[start : max(start, stop) + 1])
        return type(self)(chosen, self.shape, self.layers)


@dataclass(frozen=True, kw_only=True)
class SSIM(Metric):
    """One minus the structural similarity of two images, or of two showers in three dimensions.

        d(x, y) = 1 - mean of (2 m_x m_y + C1) (2 c_xy + C2) / ((m_x^2 + m_y^2 + C1) (v_x + v_y + C2))

    m, v and c are mean, variance and covariance under a Gaussian window, whose weights sum to 1, which ends at the cell
    nearest to 3.5 sigma (11 cells along each axis for sigma = 1.5). The mean is over all positions at which the window
    lies within the grid. C1 = (K1 L)^2 and C2 = (K2 L)^2. This is what scikit-image computes with
    ``structural_similarity(x, y, gaussian_weights=True, sigma=sigma, use_sample_covariance=False, data_range=L)``.

    The distance is a pure number, 0 for equal events and at most 2. It is symmetric to the last bit, but the triangle
    inequality does not hold. For energies, unlike for photographs, there is no natural L, and the value depends on it:
    scan it. Cells closer to the border than the window's radius count only as parts of windows centred elsewhere.

    Arguments:
        L: the dynamic range, in the unit of the energies.
        sigma: the width of the window in cells.
        K1, K2: the constants.

    Raises:
        InputError: an argument is not a positive number.

    Example:
        >>> image = np.random.default_rng(1).exponential(size=(16, 16))
        >>> images = Images(values=np.stack([image, 1.5 * image]), half_width=1.0)
        >>> metric = SSIM(L=5.0)
        >>> metric.between(images[0:1], images[0:1]), round(metric.between(images[0:1], images[1:2]), 3)
        (0.0, 0.147)

    Source:
        Z. Wang et al., IEEE Trans. Image Process. 13 (2004) 600.
    """

    name: ClassVar[str] = "ssim"

    L: float
    sigma: float = 1.5
    K1: float = 0.01
    K2: float = 0.03

    def __post_init__(self) -> None:
        for parameter in ("L", "sigma", "K1", "K2"):
            value = float(getattr(self, parameter))
            if not 0 < value < math.inf:
                raise InputError(f"{parameter} is {value:g}", remedy="give a positive number")
            object.__setattr__(self, parameter, value)

    @property
    def unit(self) -> str:
        """None."""
        return ""

    @property
    def is_metric(self) -> bool:
        """False: the triangle inequality does not hold."""
        return False

    def prepare(self, left: Events, right: Events) -> tuple[PreparedGrids, PreparedGrids]:
        """The cells with energy, in units of L.

        Raises:
            InputError: the events are neither images nor showers, are not valid, or differ in their grids or units; the
                window does not fit into the grid; or a cell holds far more than L.
        """
        a = self._grids(left)
        b = a if right is left else self._grids(right)
        if _extent(left) != _extent(right):
            raise InputError(f"grids of {_extent(left)} and {_extent(right)} cannot be compared")
        check_units(left, right)
        return a, b

    def block(self, left: PreparedGrids, right: PreparedGrids, upper: bool) -> Floats:
        """The distances of a block; means and variances are computed here, so that memory stays bounded."""
        weights = self._weights()
        along_layers = weights if left.layers else np.ones(1)
        window = Window(left.shape, along_layers, weights, weights, self.K1**2, self.K2**2)
        losses = np.zeros((len(left), len(right)))
        fill(left.grids, right.grids, window, upper, losses)
        return losses

    def _weights(self) -> Floats:
        radius = int(_TRUNCATE * self.sigma + 0.5)
        weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / self.sigma) ** 2)
        return np.asarray(weights / weights.sum())

    def _grids(self, events: Events) -> PreparedGrids:
        if not isinstance(events, (Images, Showers)):
            raise InputError(
                f"the structural similarity is not defined for {events.kind}", remedy="give images or showers"
            )
        event, places, value, cells = _entries(events)
        width = len(self._weights())
        if min(cells) < width:
            raise InputError(
                f"a window of {width} cells does not fit into a grid of {' x '.join(map(str, cells))}",
                remedy="choose a smaller sigma",
            )
        value = value / self.L
        if value.max(initial=0.0) > _MOST_RANGES:
            most = int(np.argmax(value))
            raise InputError(
                f"a cell holds {value[most]:.3g} times the dynamic range L = {self.L:g}",
                event=int(event[most]),
                remedy=f"give an L of the order of the largest energy in a cell, {value[most] * self.L:.3g}",
            )
        order = sorted(range(len(cells)), key=cells.__getitem__)
        shape = (1,) * (3 - len(cells)) + tuple(cells[axis] for axis in order)
        number = np.ravel_multi_index([places[axis] for axis in order], shape[3 - len(cells) :])
        by_line = np.lexsort((number, event))
        counts = np.bincount(event, minlength=len(events))
        grids = Grids(offsets_of(counts), number[by_line].astype(np.int64), value[by_line])
        return PreparedGrids(grids, (shape[0], shape[1], shape[2]), len(cells) == 3)


def _extent(events: Any) -> str:
    if isinstance(events, Images):
        rows, columns = events.values.shape[1:]
        return f"{rows} x {columns} pixels, half width {events.half_width:g}"
    return " x ".join(map(str, events.shape)) + " cells"


def _entries(
    events: Images | Showers,
) -> tuple[NDArray[np.int64], list[NDArray[np.int64]], Floats, tuple[int, ...]]:
    """Event, place along each axis and value of each cell with energy; and the number of cells along each axis."""
    events.check()
    if isinstance(events, Images):
        event, row, column = np.nonzero(events.values)
        return event, [row, column], events.values[event, row, column].astype(np.float64), events.values.shape[1:]
    entries = slice(events.offsets[0], events.offsets[-1])
    places = np.unravel_index(events.cell[entries].astype(np.int64), events.shape)
    return event_of_entry(events.offsets), list(places), events.energy[entries].astype(np.float64), events.shape

"""The structural similarity of images and showers."""

import logging
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.distances.metric import Metric, check_positive, parameter
from eventspace.distances.neighbours import run_of
from eventspace.distances.ssim.windows import Grids, Window, fill
from eventspace.distances.units import check_units
from eventspace.events.base import Events, kind_of
from eventspace.events.images import Images
from eventspace.events.ragged import event_of_entry, offsets_of
from eventspace.events.showers import Showers

__all__ = ["SSIM"]

Floats = NDArray[np.float64]

_log = logging.getLogger(__name__)

_TRUNCATE = 3.5  # the window ends at so many sigma
_ANY = 1 << 62  # more cells than any window has
_MOST_RANGES = 1000.0  # rounding of a variance far above the dynamic range would drown K2


@dataclass(frozen=True, eq=False)
class PreparedGrids:
    """Sparse grids of one shape; a slice of neighbours copies nothing.

    Attributes:
        grids: the entries, by line of the longest axis.
        shape: cells along three axes, the longest last; an image is a single layer.
    """

    grids: Grids
    shape: tuple[int, int, int]

    def __len__(self) -> int:
        return len(self.grids.offsets) - 1

    def __getitem__(self, index: slice) -> Self:
        offsets, _ = run_of(self.grids.offsets, index)
        return type(self)(self.grids._replace(offsets=offsets), self.shape)


@dataclass(frozen=True, kw_only=True)
class SSIM(Metric):
    """One minus the structural similarity of two images, or of two showers in three dimensions.

        d(x, y) = 1 - mean of (2 m_x m_y + C1) (2 c_xy + C2) / ((m_x^2 + m_y^2 + C1) (v_x + v_y + C2))

    m, v and c are mean, variance and covariance under a Gaussian window, whose weights sum to 1, which ends at the cell
    nearest to 3.5 sigma (11 cells along each axis for sigma = 1.5). The mean is over all positions at which the window
    lies within the grid. C1 = (K1 L)^2 and C2 = (K2 L)^2. This is what scikit-image computes with
    ``structural_similarity(x, y, gaussian_weights=True, sigma=sigma, use_sample_covariance=False, data_range=L)``.
    That refuses a grid smaller than the window; here the window shrinks, along each axis that is too short for it, to
    the largest odd number of cells, with weights that again sum to 1, and ``remark`` says so.

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
    slow: ClassVar[bool] = True

    L: float = parameter("Dynamic range L, in the unit of the energies", option="dynamic_range")
    sigma: float = parameter("Width of the window in cells; the window shrinks to the grid", 1.5)
    K1: float = 0.01
    K2: float = 0.03

    def __post_init__(self) -> None:
        check_positive(self, "L", "sigma", "K1", "K2")

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
            InputError: the events are neither images nor showers, are not valid, or differ in their grids or units; or
                a cell holds far more than L.
        """
        a = self._grids(left)
        b = a if right is left else self._grids(right)
        if _extent(left) != _extent(right):
            raise InputError(f"grids of {_extent(left)} and {_extent(right)} cannot be compared")
        check_units(left, right)
        if remark := self.remark(left):
            _log.info(remark)
        return a, b

    def block(self, left: PreparedGrids, right: PreparedGrids, upper: bool) -> Floats:
        """The distances of a block; means and variances are computed here, so that memory stays bounded."""
        a, b, c = (self._weights(cells) for cells in left.shape)
        window = Window(left.shape, a, b, c, self.K1**2, self.K2**2)
        losses = np.zeros((len(left), len(right)))
        fill(left.grids, right.grids, window, upper, losses)
        return losses

    def remark(self, events: Events) -> str:
        """How the window shrinks where it does not fit into the grid of the events; empty where it fits.

        Example:
            >>> SSIM(L=1.0).remark(Images(values=np.ones((1, 9, 16)), half_width=1.0))
            'The window of the structural similarity shrinks from 11 x 11 to 9 x 11 cells to fit into the grid.'
        """
        if not isinstance(events, (Images, Showers)):
            return ""
        cells = _cells(events)
        full, fitting = (
            " x ".join(str(2 * self._radius(along) + 1) for along in axes) for axes in ([_ANY] * len(cells), cells)
        )
        if full == fitting:
            return ""
        return f"The window of the structural similarity shrinks from {full} to {fitting} cells to fit into the grid."

    def _radius(self, cells: int) -> int:
        """Cells of the window on either side of its middle, along an axis of so many cells."""
        return min(int(_TRUNCATE * self.sigma + 0.5), (cells - 1) // 2)

    def _weights(self, cells: int) -> Floats:
        """The weights of the window along an axis of so many cells."""
        radius = self._radius(cells)
        weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / self.sigma) ** 2)
        return np.asarray(weights / weights.sum())

    def _grids(self, events: Events) -> PreparedGrids:
        if not isinstance(events, (Images, Showers)):
            raise InputError(
                f"the structural similarity is not defined for {kind_of(events)}", remedy="give images or showers"
            )
        event, places, value = _entries(events)
        cells = _cells(events)
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
        return PreparedGrids(grids, (shape[0], shape[1], shape[2]))


def _extent(events: Any) -> str:
    if isinstance(events, Images):
        rows, columns = events.values.shape[1:]
        return f"{rows} x {columns} pixels, half width {events.half_width:g}"
    return " x ".join(map(str, events.shape)) + " cells"


def _cells(events: Images | Showers) -> tuple[int, ...]:
    """The number of cells along each axis."""
    return events.values.shape[1:] if isinstance(events, Images) else events.shape


def _entries(events: Images | Showers) -> tuple[NDArray[np.int64], list[NDArray[np.int64]], Floats]:
    """Event, place along each axis and value of each cell with energy."""
    events.check()
    if isinstance(events, Images):
        event, row, column = np.nonzero(events.values)
        return event, [row, column], events.values[event, row, column].astype(np.float64)
    entries = slice(events.offsets[0], events.offsets[-1])
    places = np.unravel_index(events.cell[entries].astype(np.int64), events.shape)
    return event_of_entry(events.offsets), list(places), events.energy[entries].astype(np.float64)

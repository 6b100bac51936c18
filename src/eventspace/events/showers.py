"""Calorimeter showers: energy in the cells of a three-dimensional grid, stored sparsely."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError
from eventspace.events.arrays import floats, plain, whole
from eventspace.events.base import Events, Index, Problem, faulty
from eventspace.events.parts import Parts
from eventspace.events.ragged import any_entry, event_of_entry, misfits, offsets_of, select, sum_over_entries

__all__ = ["Showers"]

_AXES = ("x", "y", "z")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Showers(Events):
    """A set of showers on one grid; only cells with energy are kept.

    Attributes:
        shape: cells along x, y and z.
        offsets: (n + 1,) int64; shower ``i`` owns the entries ``offsets[i]:offsets[i + 1]``.
        cell: flat cell number of each entry, in C order of ``shape``, rising within a shower.
        energy: energy of each entry, in GeV unless ``units`` says otherwise.

    Example:
        >>> dense = np.zeros((2, 3, 3, 2)); dense[0, 1, 1, 0] = 5.0; dense[1, 2, 0, 1] = 7.0
        >>> showers = Showers.from_dense(dense)
        >>> showers.total_energy.tolist(), bool((showers.to_dense() == dense).all())
        ([5.0, 7.0], True)
    """

    kind: ClassVar[str] = "showers"

    shape: tuple[int, int, int]
    offsets: NDArray[np.int64]
    cell: NDArray[np.int32]
    energy: NDArray[np.floating[Any]]

    @classmethod
    def from_dense(cls, values: ArrayLike, **metadata: Any) -> Self:
        """Build showers from a dense (n, x, y, z) array.

        Raises:
            InputError: wrong shape, a masked cell, NaN, negative energy, or an empty shower.
        """
        dense = floats("values", values)
        if dense.ndim != 4:
            raise InputError(f"shape {dense.shape} is not (showers, x, y, z)", remedy="reshape the array")
        shape = dense.shape[1:]
        flat = dense.reshape(len(dense), math.prod(shape))
        event, cell = np.nonzero(flat)
        offsets = offsets_of(np.bincount(event, minlength=len(dense)))
        showers = cls(shape=shape, offsets=offsets, cell=cell.astype(np.int32), energy=flat[event, cell], **metadata)
        return showers.check()

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set(
            offsets=whole("offsets", self.offsets).astype(np.int64, copy=False),
            cell=plain("cell", self.cell),
            energy=floats("energy", self.energy),
        )

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def _layout(self) -> str:
        return f"{' x '.join(map(str, self.shape))} cells of {self._with_unit('energy')}"

    @property
    def total_energy(self) -> NDArray[np.float64]:
        """The energy of each shower, (n,)."""
        return sum_over_entries(self.offsets, self._entries(self.energy))

    def profile(self, axis: str) -> NDArray[np.float64]:
        """The energy of each shower in the layers of the grid across an axis, (n, cells along the axis).

        Arguments:
            axis: ``x``, ``y`` or ``z``.

        Raises:
            InputError: there is no such axis.

        Example:
            >>> dense = np.zeros((1, 2, 2, 3)); dense[0, 0, 1, 2] = 5.0; dense[0, 1, 1, 2] = 7.0
            >>> Showers.from_dense(dense).profile("z").tolist()
            [[0.0, 0.0, 12.0]]
        """
        if axis not in _AXES:
            raise InputError(f"there is no axis {axis!r}", remedy=f"choose one of {', '.join(_AXES)}")
        number = _AXES.index(axis)
        layers = self.shape[number]
        layer_of_cell = np.arange(math.prod(self.shape)) // math.prod(self.shape[number + 1 :]) % layers
        profiles = np.bincount(
            np.repeat(np.arange(len(self)) * layers, np.diff(self.offsets)) + layer_of_cell[self._entries(self.cell)],
            weights=self._entries(self.energy),
            minlength=len(self) * layers,
        )
        return profiles.astype(np.float64, copy=False).reshape(len(self), layers)

    def window(self, shape: tuple[int, int, int]) -> Self:
        """The cells in the middle of the grid, as showers of the smaller grid.

        Where an axis leaves an odd number of cells out, one more is left out at its end. A shower may be empty then.

        Arguments:
            shape: cells along x, y and z that are kept.

        Raises:
            InputError: the window is not within the grid.

        Example:
            >>> showers = Showers.from_dense(np.arange(1.0, 28).reshape(1, 3, 3, 3))
            >>> showers.window((1, 1, 3)).to_dense().ravel().tolist()
            [13.0, 14.0, 15.0]
        """
        if len(shape) != 3 or any(not 1 <= kept <= cells for kept, cells in zip(shape, self.shape, strict=True)):
            raise InputError(
                f"a window of {' x '.join(map(str, shape))} cells is not within {' x '.join(map(str, self.shape))}",
                remedy="make it smaller",
            )
        place = np.array(np.unravel_index(self._entries(self.cell), self.shape)).T
        place -= [(cells - kept) // 2 for cells, kept in zip(self.shape, shape, strict=True)]
        inside = np.all((place >= 0) & (place < shape), axis=1)
        return replace(
            self,
            shape=shape,
            offsets=offsets_of(sum_over_entries(self.offsets, inside).astype(np.int64)),
            cell=np.ravel_multi_index(tuple(place[inside].T), shape).astype(np.int32),
            energy=self._entries(self.energy)[inside],
        )

    def above(self, threshold: float) -> Self:
        """The showers without the cells below a threshold, and without those that hold nothing.

        A generator that drops its small cells can only be compared with a reference that was cut in the same way.

        Arguments:
            threshold: in the unit of the cells; cells of exactly this energy are kept.

        Raises:
            InputError: the threshold is negative, or a shower has no cell above it.

        Example:
            >>> dense = np.array([0.1, 0.5, 0.0, 2.0]).reshape(1, 2, 2, 1)
            >>> Showers.from_dense(dense).above(0.5).to_dense().ravel().tolist()
            [0.0, 0.5, 0.0, 2.0]
        """
        if not threshold >= 0:
            raise InputError(f"the threshold is {threshold:g}", remedy="give 0 or a positive energy")
        cell, energy = self._entries(self.cell), self._entries(self.energy)
        kept = (energy >= threshold) & (energy > 0)
        counts = sum_over_entries(self.offsets, kept).astype(np.int64)
        if not counts.all():
            raise InputError(
                f"a shower has no cell above {threshold:g} {self.units.get('energy', 'GeV')}",
                event=int(np.argmin(counts)),
                remedy="lower --threshold, or remove the shower",
            )
        return replace(self, offsets=offsets_of(counts), cell=cell[kept], energy=energy[kept])

    def check_unit(self) -> Self:
        """Return these showers if the energies of cells and primary particles are in GeV, or in no stated unit.

        Raises:
            InputError: they are in another unit.
        """
        for column in ("energy", "incident_energy"):
            unit = self.units.get(column, "GeV")
            if unit != "GeV":
                raise InputError(f"the {column} is in {unit}", remedy="convert it to GeV")
        return self

    def to_dense(self) -> NDArray[np.floating[Any]]:
        """The showers as a dense (n, x, y, z) array; take a slice of the set first where memory is short."""
        dense = np.zeros((len(self), math.prod(self.shape)), dtype=self.energy.dtype)
        dense[event_of_entry(self.offsets), self._entries(self.cell)] = self._entries(self.energy)
        return dense.reshape(len(self), *self.shape)

    def _entries(self, values: NDArray[Any]) -> NDArray[Any]:
        return values[self.offsets[0] : self.offsets[-1]]

    def taken_apart(self) -> Parts:
        """The grid, the number of cells of each shower, and cells and energies."""
        columns = {"cell": self._entries(self.cell), "energy": self._entries(self.energy)}
        return Parts({"shape": [int(cells) for cells in self.shape]}, np.diff(self.offsets), columns)

    @classmethod
    def assembled(cls, parts: Parts, common: Mapping[str, Any]) -> Self:
        """From the grid, cells and energies."""
        assert parts.counts is not None
        x, y, z = (int(cells) for cells in parts.settings["shape"])
        cell, energy = parts.columns["cell"], parts.columns["energy"]
        return cls(shape=(x, y, z), offsets=offsets_of(parts.counts), cell=cell, energy=energy, **common)

    def sizes(self) -> NDArray[np.int64]:
        """The number of hit cells of each shower, (n,)."""
        return np.diff(self.offsets)

    def measured(self) -> dict[str, NDArray[np.float64]]:
        """What ``shower_features`` lists: energies, depth, width, cells."""
        from eventspace.events.shower_features import SHOWER_FEATURES, shower_features

        return dict(zip(SHOWER_FEATURES, np.asarray(shower_features(self), dtype=np.float64).T, strict=True))

    def _select(self, index: Index) -> dict[str, Any]:
        offsets, columns = select(self.offsets, {"cell": self.cell, "energy": self.energy}, index)
        return {"offsets": offsets, **columns}

    def _problems(self) -> Iterator[Problem]:
        if len(self.shape) != 3 or min(self.shape) < 1:
            yield Problem(None, f"the grid {self.shape} is not (x, y, z)", "give three numbers of cells")
            return
        unfit = list(misfits(self.offsets, {"cell": self.cell, "energy": self.energy}))
        if unfit:
            yield from unfit
            return
        if self.cell.dtype.kind not in "iu":
            yield Problem(None, f"cell holds {self.cell.dtype}", "give the flat number of each cell, an integer")
            return
        cell, energy = self._entries(self.cell), self._entries(self.energy)
        remedy = "remove the shower"
        outside = any_entry(self.offsets, (cell < 0) | (cell >= math.prod(self.shape)))
        yield from faulty(outside, f"a cell number is outside the grid {self.shape}", "check the grid")
        step = np.ones(len(cell) + 1, dtype=np.int64)
        step[1:-1] = np.diff(cell.astype(np.int64))
        step[self.offsets - self.offsets[0]] = 1  # from one shower to the next
        yield from faulty(any_entry(self.offsets, step == 0), "a cell occurs twice", "add its energies up")
        yield from faulty(any_entry(self.offsets, step < 0), "the cells do not rise", "sort the cells")
        yield from faulty(any_entry(self.offsets, ~np.isfinite(energy)), "a cell energy is NaN or infinite", remedy)
        yield from faulty(any_entry(self.offsets, energy < 0), "a cell energy is negative", remedy)
        yield from faulty(~any_entry(self.offsets, energy != 0), "the shower is empty", remedy)
        incident = self.per_event.get("incident_energy")
        if incident is not None and incident.dtype.kind not in "iuf":
            yield Problem(None, f"incident_energy holds {incident.dtype}", "give one number a shower")
        elif incident is not None and incident.shape == (len(self),):
            yield from faulty(incident < 0, "the incident energy is negative", remedy)

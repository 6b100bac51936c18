"""What all kinds of events that are lists of particles share: flat columns, cut into events by offsets."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError
from eventspace.events.arrays import array as plain_or_masked
from eventspace.events.arrays import floats, plain, whole
from eventspace.events.base import Events, Index, Problem, counted, faulty
from eventspace.events.padding import without_masked
from eventspace.events.ragged import any_entry, misfits, offsets_of, select

__all__ = ["ParticleEvents", "flat_particles"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ParticleEvents(Events):
    """A set of events, each a list of particles.

    Event ``i`` owns the particles ``offsets[i]:offsets[i + 1]`` of every column, so a slice of events copies nothing
    and compiled kernels read the columns as they are.

    Attributes:
        offsets: (n + 1,) int64, not falling.
        columns: flat arrays by name.
    """

    _floats: ClassVar[tuple[str, ...]]  # columns of real numbers
    _not_finite_may_be: ClassVar[Mapping[str, str]] = {}  # what else may make a column NaN, for its error

    offsets: NDArray[np.int64]
    columns: Mapping[str, NDArray[Any]]

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set(
            offsets=whole("offsets", self.offsets).astype(np.int64, copy=False),
            columns={
                name: floats(name, values) if name in self._floats else plain(name, values)
                for name, values in self.columns.items()
            },
        )

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def _layout(self) -> str:
        particles = int(self.offsets[-1] - self.offsets[0])
        return f"{counted(particles, 'particle')} of {', '.join(map(self._with_unit, self.columns))}"

    @property
    def multiplicity(self) -> NDArray[np.int64]:
        """The number of particles of each event, (n,)."""
        return np.diff(self.offsets)

    def flat(self, name: str) -> NDArray[Any]:
        """The values of one column for exactly the particles of these events."""
        return self.columns[name][self.offsets[0] : self.offsets[-1]]

    def sizes(self) -> NDArray[np.int64]:
        """The number of particles of each event, (n,)."""
        return self.multiplicity

    def _select(self, index: Index) -> dict[str, Any]:
        offsets, columns = select(self.offsets, self.columns, index)
        return {"offsets": offsets, "columns": columns}

    @abstractmethod
    def _missing(self) -> Problem | None:
        """Which columns are missing, if any are."""

    @abstractmethod
    def _inconsistent(self) -> Iterator[Problem]:
        """What is wrong with the values of columns that are all there and fit."""

    def _problems(self) -> Iterator[Problem]:
        missing = self._missing()
        if missing:
            yield missing
            return
        unfit = list(misfits(self.offsets, self.columns))
        if unfit:
            yield from unfit
            return
        yield from faulty(self.multiplicity == 0, "the event holds no particles", "remove the event")
        for name in self.columns:
            if self.flat(name).dtype.kind == "f":
                bad = any_entry(self.offsets, ~np.isfinite(self.flat(name)))
                text = f"{name} is NaN or infinite{self._not_finite_may_be.get(name, '')}"
                yield from faulty(bad, text, "remove the event or mend the value")
        yield from self._inconsistent()


def flat_particles(
    multiplicity: ArrayLike, columns: Mapping[str, ArrayLike]
) -> tuple[NDArray[np.int64], dict[str, NDArray[Any]]]:
    """Offsets and flat columns, without the rows that are masked in all columns with a mask.

    Arguments:
        multiplicity: (n,) rows of each event.
        columns: all of the same length.

    Raises:
        InputError: the columns do not have one value a row, or a row is masked in part.

    Example:
        >>> offsets, columns = flat_particles([2, 1], {"pt": [3.0, 1.0, 2.0]})
        >>> offsets.tolist(), columns["pt"].tolist()
        ([0, 2, 3], [3.0, 1.0, 2.0])
    """
    counts = whole("the multiplicity", multiplicity)
    arrays = {name: plain_or_masked(name, values) for name, values in columns.items()}
    if counts.ndim != 1:
        raise InputError(f"the multiplicity has the shape {counts.shape}", remedy="give one number an event")
    rows = int(counts.sum())
    for name, values in arrays.items():
        if values.shape != (rows,):
            text = f"{name} has the shape {values.shape} for {rows} particles"
            raise InputError(text, remedy="give one value a particle")
    for event in np.flatnonzero(counts < 0):
        raise InputError(f"{counts[event]} particles", event=int(event), remedy="give 0 or a positive number")
    return without_masked(offsets_of(counts), arrays)

"""Tables of arrays: their rows are the events, or flat arrays are cut into events by offsets."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.formats.format import ranges
from eventspace.events.formats.table import Column, Lists, Request, unknown

__all__ = ["ArrayTable", "Rows", "holding", "indexed"]

_TYPICAL_PARTICLES = 100
_INDEXED = re.compile(r"(.+):(\d+)")


class Rows(Protocol):
    """An array whose rows are read from the first to the last."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def row_bytes(self) -> int:
        """The bytes of one row."""

    def next(self, count: int) -> NDArray[Any]:
        """The next ``count`` rows."""


def holding(dtype: np.dtype[Any], shape: tuple[int, ...]) -> str:
    """What an array holds, in words."""
    names = f"records of {', '.join(dtype.names)}" if dtype.names else str(dtype)
    return f"{names} {shape}"


def indexed(name: str) -> tuple[str, int | None]:
    """The name and the index of ``NAME:INDEX``; None where there is no index.

    Example:
        >>> indexed("X:3"), indexed("X")
        (('X', 3), ('X', None))
    """
    found = _INDEXED.fullmatch(name)
    return (found[1], int(found[2])) if found else (name, None)


@dataclass(frozen=True)
class ArrayTable:
    """The arrays of a file as a table.

    ``NAME:INDEX`` is one of the numbers along the last axis of an array, ``NAME.FIELD`` one field of records.

    Attributes:
        held: the names of the arrays and what each holds.
        rows: begins to read an array.
    """

    flat: ClassVar[bool] = True

    held: Mapping[str, str]
    rows: Callable[[str], Rows]

    def contents(self) -> Mapping[str, str]:
        """The names of the arrays, and what each holds."""
        return self.held

    def count(self, request: Request) -> int:
        """The number of events."""
        if request.offsets is not None:
            return len(self._offsets(request.offsets)) - 1
        return int(self.rows(self._home(request.names[0])[0]).shape[0])

    def batches(self, request: Request) -> Iterator[dict[str, Column]]:
        """The columns of the request by name, some events at a time."""
        homes = {name: self._home(name) for name in request.names}
        arrays = {base: self.rows(base) for base, _ in homes.values()}
        if request.offsets is None:
            count = next(iter(arrays.values())).shape[0]
            for name, array in arrays.items():
                _fits(name, array, count, f"for {count} events")
            for start, stop in ranges(count, sum(array.row_bytes for array in arrays.values())):
                rows = {base: array.next(stop - start) for base, array in arrays.items()}
                yield {name: _picked(rows[base], key, name) for name, (base, key) in homes.items()}
        else:
            yield from self._flat(request, homes, arrays, self._offsets(request.offsets))

    def _flat(
        self,
        request: Request,
        homes: Mapping[str, tuple[str, str | int | None]],
        arrays: Mapping[str, Rows],
        offsets: NDArray[np.int64],
    ) -> Iterator[dict[str, Column]]:
        flat = {homes[name][0] for name in request.particles}
        for name, array in arrays.items():
            if name in flat:
                _fits(name, array, int(offsets[-1]), f"but the offsets end at {offsets[-1]}")
            else:
                _fits(name, array, len(offsets) - 1, f"for {len(offsets) - 1} events")
        widths = (array.row_bytes * (_TYPICAL_PARTICLES if name in flat else 1) for name, array in arrays.items())
        for start, stop in ranges(len(offsets) - 1, sum(widths)):
            counts = np.diff(offsets[start : stop + 1])
            total = int(counts.sum())
            rows = {base: array.next(total if base in flat else stop - start) for base, array in arrays.items()}
            picked = {name: _picked(rows[base], key, name) for name, (base, key) in homes.items()}
            yield {name: Lists(counts, values) if homes[name][0] in flat else values for name, values in picked.items()}

    def _offsets(self, name: str) -> NDArray[np.int64]:
        array = self.rows(self._home(name)[0])
        if len(array.shape) != 1 or not array.shape[0] or array.dtype.kind not in "iu":
            text = f"{name} holds {array.dtype} of shape {array.shape}"
            raise InputError(text, remedy="give N + 1 whole numbers for offsets")
        offsets = array.next(array.shape[0]).astype(np.int64)
        if offsets[0] != 0 or (np.diff(offsets) < 0).any():
            raise InputError(
                "the offsets do not start at 0 or fall", remedy="write offsets that start at 0 and never fall"
            )
        return offsets

    def _home(self, name: str) -> tuple[str, str | int | None]:
        """The array that has a column, and what to take of it."""
        if name in self.held:
            return name, None
        base, index = indexed(name)
        if base in self.held:
            return base, index
        base, _, record = name.rpartition(".")
        if base in self.held:
            return base, record
        raise unknown(name, self.held)


def _fits(name: str, array: Rows, rows: int, reason: str) -> None:
    if array.shape[0] != rows:
        raise InputError(f"{name} has the shape {array.shape} {reason}", remedy="name arrays that belong together")


def _picked(values: NDArray[Any], key: str | int | None, name: str) -> NDArray[Any]:
    if isinstance(key, str):
        if key not in (values.dtype.names or ()):
            raise unknown(name, [f"{name.rpartition('.')[0]}.{record}" for record in values.dtype.names or ()])
        return np.ascontiguousarray(values[key])
    if key is None:
        return values
    if values.ndim < 2 or key >= values.shape[-1]:
        last = values.shape[-1] if values.ndim > 1 else 0
        raise InputError(f"{name} is none of the {last} numbers along the last axis", remedy="count them from 0")
    return np.ascontiguousarray(values[..., key])

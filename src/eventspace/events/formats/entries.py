"""Which entries of a file are particles, and which only fill up its rows."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.formats.clouds import Counts

__all__ = ["Entries"]

_INTEGERS = ("pid", "charge", "mask")
_COORDINATES = {"rapidity", "eta", "phi", "mass"}
_LARGEST_COORDINATE = 30.0


class Entries:
    """Separates the particles of a file, batch after batch, from the entries that fill up its rows.

    Arguments:
        padding: the value that fills up rows, as the user says; entries that have it for pt, or for E in Cartesian
            momenta, are no particles.

    Example:
        >>> columns = {"pt": np.array([5.0, -999.0]), "eta": np.array([0.1, -999.0])}
        >>> Entries(-999.0).real(np.array([2]), columns, 0).tolist()
        [True, False]
    """

    def __init__(self, padding: float | None = None):
        self._padding = padding
        self._pair: tuple[float, float] | None = None

    def real(self, counts: Counts, columns: Mapping[str, NDArray[Any]], start: int) -> NDArray[np.bool_]:
        """Which entries of a batch are particles: those with pt or E, as far as the mask and the padding allow.

        Arguments:
            counts: the entries of each event.
            columns: flat columns by our names, ``mask`` among them where the file has one.
            start: the number of the first event, for errors.

        Raises:
            InputError: the mask has more than two values, rows are filled up with a value that nobody named, or a
                particle has the padding in another column.
        """
        total = int(counts.sum())
        real = self._chosen(columns["mask"], counts, start) if "mask" in columns else np.ones(total, dtype=bool)
        numbers = {name: _floats(values) for name, values in columns.items() if name not in _INTEGERS}
        momentum = numbers["E" if "px" in numbers else "pt"]
        real &= momentum != 0  # for any values of the other columns
        if self._padding is not None:
            real &= ~_equal(momentum, self._padding)
            self._refuse_partly(numbers, real, counts, start)
        elif total and (counts == counts[0]).all():  # rows of equal length may be filled up
            _refuse_filler(list(numbers.values()), real, int(counts[0]), start)
        return np.asarray(real)

    def _refuse_partly(
        self, columns: Mapping[str, NDArray[Any]], real: NDArray[np.bool_], counts: Counts, start: int
    ) -> None:
        """Raise where a particle has the padding for a coordinate, if the value can be none: -1 can, -999 cannot."""
        padding = self._padding
        if padding is None or not abs(padding) > _LARGEST_COORDINATE:  # that NaN is none, validation finds
            return
        for name in _COORDINATES & set(columns):
            broken = real & _equal(columns[name], padding)
            if broken.any():
                raise InputError(
                    f"a particle has {padding:g} for {name} but not for its momentum",
                    event=start + int(np.repeat(np.arange(len(counts)), counts)[np.argmax(broken)]),
                    remedy="mend the value, or remove the particle",
                )

    def _chosen(self, mask: NDArray[Any], counts: Counts, start: int) -> NDArray[np.bool_]:
        """The entries where the mask has the higher one of its two values."""
        found = np.unique(np.ma.getdata(mask)).astype(np.float64)
        allowed = self._pair or (0.0, 1.0)
        if self._pair is None and len(found) == 2 and np.isfinite(found).all():
            allowed = (float(found[0]), float(found[1]))
        strange = ~np.isin(np.ma.getdata(mask), allowed) | np.ma.getmaskarray(mask)
        if strange.any():
            shown = ", ".join(f"{value:g}" for value in found[:4]) + (" ..." if len(found) > 4 else "")
            raise InputError(
                f"the mask holds {shown}, not two values",
                event=start + int(np.repeat(np.arange(len(counts)), counts)[np.argmax(strange)]),
                remedy="give a mask of 0 and 1",
            )
        self._pair = allowed
        return np.asarray(np.ma.getdata(mask) == allowed[1])


def _floats(values: NDArray[Any]) -> NDArray[Any]:
    """Numbers, NaN where the file has none."""
    return np.ma.filled(values.astype(np.float64), np.nan) if np.ma.is_masked(values) else np.ma.getdata(values)


def _equal(values: NDArray[Any], padding: float) -> NDArray[np.bool_]:
    """Where values are the padding, as far as their precision can hold it."""
    if np.isnan(padding):
        return np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), dtype=bool)
    return np.asarray(values == (values.dtype.type(padding) if values.dtype.kind == "f" else padding))


def _refuse_filler(columns: list[NDArray[Any]], real: NDArray[np.bool_], length: int, start: int) -> None:
    """Raise where rows of equal length end with one value in all columns that is not a momentum: NaN or negative."""
    first, *others = (column.reshape(-1, length)[:, -1] for column in columns)
    filled = real.reshape(-1, length)[:, -1] & ~(first >= 0)
    for column in others:
        filled &= (column == first) | (np.isnan(column) & np.isnan(first))
    if filled.any():
        event = int(np.argmax(filled))
        name = f"{first[event]:g}"
        raise InputError(
            f"the row is filled up with {'NaN' if name == 'nan' else name}",
            event=start + event,
            remedy=f"say that such entries are not particles: --padding {name}",
        )

"""Rows that only fill up an array are not particles: those without pt, and those that a mask hides."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.ragged import event_of_entry, keep, misfits

__all__ = ["with_pt", "without_masked"]

Offsets = NDArray[np.int64]
Columns = Mapping[str, NDArray[Any]]

_TRANSVERSE = {"pt", "rho", "px", "x"}  # one of these has every particle


def with_pt(offsets: Offsets, columns: Columns) -> tuple[Offsets, dict[str, NDArray[Any]]]:
    """The rows whose pt is not 0, for any values of the other columns; copies nothing if these are all.

    Columns that are not those of particles stay as they are, for validation to say what is wrong.
    """
    if "pt" not in columns or any(misfits(offsets, columns)) or np.all(columns["pt"] != 0):
        return offsets, dict(columns)
    return keep(offsets, columns, columns["pt"] != 0)


def without_masked(offsets: Offsets, columns: Columns) -> tuple[Offsets, dict[str, NDArray[Any]]]:
    """The rows that are not masked, as plain arrays.

    A row is masked if it is so in every column that has a mask at all, of which one is its transverse momentum.

    Arguments:
        offsets: (n + 1,), not falling.
        columns: flat columns, plain or masked.

    Raises:
        InputError: a row is masked in some of these columns only.
    """
    masks = {
        name: np.ma.getmaskarray(values) for name, values in columns.items() if isinstance(values, np.ma.MaskedArray)
    }
    if not masks:
        return offsets, dict(columns)
    plain = {name: np.ma.getdata(values) for name, values in columns.items()}
    rows = np.array(list(masks.values()))
    everywhere: NDArray[np.bool_] = np.logical_and(rows.all(axis=0), bool(_TRANSVERSE & set(masks)))
    partly = rows.any(axis=0) & ~everywhere
    if partly.any():
        first = int(np.argmax(partly))
        name = next(name for name, mask in masks.items() if mask[first])
        raise InputError(
            f"a particle is masked in {name} but not in all columns",
            event=int(event_of_entry(offsets)[first]),
            remedy="mask whole particles, which are then left out, or fill in the value",
        )
    return keep(offsets, plain, ~everywhere) if everywhere.any() else (offsets, plain)

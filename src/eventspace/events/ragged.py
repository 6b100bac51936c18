"""Ragged columns: flat arrays cut into events by offsets. Event i owns the entries offsets[i]:offsets[i + 1]."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.events.base import Index, Problem

__all__ = ["any_entry", "event_of_entry", "keep", "misfits", "offsets_of", "select", "sum_over_entries"]

Offsets = NDArray[np.int64]
Columns = Mapping[str, NDArray[Any]]


def offsets_of(counts: ArrayLike) -> Offsets:
    """The offsets of events with these numbers of entries."""
    counts = np.asarray(counts, dtype=np.int64)
    offsets = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets


def event_of_entry(offsets: Offsets) -> NDArray[np.int64]:
    """The event number of each entry."""
    return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))


def sum_over_entries(offsets: Offsets, values: NDArray[Any]) -> NDArray[np.float64]:
    """Sum one value an entry over each event."""
    sums = np.bincount(event_of_entry(offsets), weights=values, minlength=len(offsets) - 1)
    return sums.astype(np.float64, copy=False)


def any_entry(offsets: Offsets, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether the mask is true for any entry of each event."""
    found_before = np.searchsorted(np.flatnonzero(mask), offsets - offsets[0])
    return np.asarray(np.diff(found_before) > 0)


def keep(offsets: Offsets, columns: Columns, kept: NDArray[np.bool_]) -> tuple[Offsets, dict[str, NDArray[Any]]]:
    """The entries where the mask is true; mask and columns hold one value for each entry of these events."""
    counts = np.bincount(event_of_entry(offsets)[kept], minlength=len(offsets) - 1)
    return offsets_of(counts), {name: values[kept] for name, values in columns.items()}


def misfits(offsets: Offsets, columns: Columns) -> Iterator[Problem]:
    """What keeps the offsets from cutting the columns into events."""
    if (
        offsets.ndim != 1
        or not len(offsets)
        or offsets.dtype.kind not in "iu"
        or offsets[0] < 0
        or (np.diff(offsets) < 0).any()
    ):
        yield Problem(None, "the offsets fall", "write offsets that start at 0 and never fall")
        return
    for name, values in columns.items():
        if values.ndim != 1 or values.dtype.kind not in "biuf":
            text = f"{name} holds {values.dtype} of shape {values.shape}"
            yield Problem(None, text, "give one number an entry")
        elif len(values) < offsets[-1]:
            text = f"{name} ends after {len(values)} of {offsets[-1]} entries"
            yield Problem(None, text, "the file may be truncated: make it again")


def select(offsets: Offsets, columns: Columns, index: Index) -> tuple[Offsets, Columns]:
    """The chosen events; a slice of step 1 copies nothing, so its offsets need not start at 0."""
    if isinstance(index, slice):
        start, stop, step = index.indices(len(offsets) - 1)
        if step == 1:
            return offsets[start : max(start, stop) + 1], columns
        index = np.arange(start, stop, step)
    index = np.asarray(index)
    events = np.flatnonzero(index) if index.dtype == bool else index.astype(np.int64)
    counts = np.diff(offsets)[events]
    chosen = offsets_of(counts)
    entries = np.repeat(offsets[:-1][events] - chosen[:-1], counts) + np.arange(chosen[-1])
    return chosen, {name: values[entries] for name, values in columns.items()}

"""A matrix of distances on disk that survives a kill at any moment.

The unfinished file is an HDF5 file whose one dataset is contiguous and already allocated, so its blocks are written
straight to their place in the file and HDF5's own bookkeeping never changes again. A journal beside it names the tiles
whose data has reached the disk.
"""

import errno
import json
import math
import os
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import h5py
import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.base.files import atomic, writable
from eventspace.distances.engine.checkpoint import identity
from eventspace.distances.engine.tiles import Tile
from eventspace.distances.metric import Metric
from eventspace.events.base import Events

__all__ = ["MatrixFile"]

_SYNC_SECONDS = 2.0  # at most this much work is lost to a power cut; a kill of the process alone loses no more either


class MatrixFile:
    """Writes tiles of a matrix; used by ``pairwise.matrix_to_file`` as a context manager.

    Attributes:
        finished: the tiles that an earlier, interrupted run has already written.
    """

    def __init__(self, path: str | Path, metric: Metric, left: Events, right: Events | None, block: int):
        self.path = writable(path)
        self._part = self.path.with_name(f".{self.path.name}.part")
        self._journal_path = self.path.with_name(f".{self.path.name}.journal")
        self._symmetric = right is None
        self._shape = (len(left), len(left if right is None else right))
        self._header = identity(metric, left, right, block)
        self._unit = metric.unit_for(left)
        self.finished: frozenset[Tile] = frozenset()

    def __enter__(self) -> Self:
        if self._journal_path.exists() and self._part.exists():
            self._resume()
        else:
            self._start()
        self._offset = self._place()
        self._file = os.open(self._part, os.O_WRONLY)
        self._journal = self._journal_path.open("a")
        self._unsynced: list[Tile] = []
        self._any_written = bool(self.finished)
        self._synced_at = time.monotonic()
        return self

    def write(self, tile: Tile, values: NDArray[np.float64]) -> None:
        """Write one tile, and its mirror image where the matrix is symmetric."""
        self._put(tile.top, tile.first, values)
        if self._symmetric and not tile.upper:
            self._put(tile.first, tile.top, values.T)
        self._unsynced.append(tile)
        self._any_written = True
        if time.monotonic() - self._synced_at > _SYNC_SECONDS:
            self._sync()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._sync()
        self._journal.close()
        os.close(self._file)
        if kind is None:
            self._part.replace(self.path)
        if kind is None or not self._any_written:
            self._part.unlink(missing_ok=True)
            self._journal_path.unlink()

    def _start(self) -> None:
        self._part.unlink(missing_ok=True)
        with h5py.File(self._part, "w") as file:
            allocated = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            allocated.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
            allocated.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
            space = h5py.h5s.create_simple(self._shape)
            h5py.h5d.create(file.id, b"distances", h5py.h5t.IEEE_F64LE, space, allocated)
            file["distances"].attrs.update({"metric": self._header["metric"], "unit": self._unit})
        self._write_journal([])

    def _place(self) -> int:
        """Where the numbers begin in the unfinished file."""
        try:
            with h5py.File(self._part, "r") as file:
                dataset = file["distances"]
                place = dataset.id.get_offset()
                whole = dataset.shape == self._shape and dataset.dtype == np.float64 and place is not None
                if whole and self._part.stat().st_size >= place + 8 * math.prod(self._shape):
                    return int(place)
        except Exception as error:  # whatever HDF5 says of a damaged one
            raise self._damaged() from error
        raise self._damaged()

    def _damaged(self) -> InputError:
        return InputError(
            "an unfinished file beside it is damaged",
            file=self.path,
            remedy=f"delete {self._part.name} and {self._journal_path.name}",
        )

    def _resume(self) -> None:
        try:
            header, *lines = self._journal_path.read_text().splitlines()
            whole = [line for line in lines if line.endswith("]")]  # a kill may cut the last line
            belongs = json.loads(header) == self._header
            self.finished = frozenset(self._tile(json.loads(line)) for line in whole)
        except (ValueError, TypeError, RecursionError) as error:
            raise self._damaged() from error
        if not belongs:
            raise InputError(
                "an unfinished file beside it belongs to other events, another metric or another block size",
                file=self.path,
                remedy=f"finish that calculation, or delete {self._part.name} and {self._journal_path.name}",
            )
        self._write_journal(whole)

    def _tile(self, numbers: Sequence[Any]) -> Tile:
        tile = Tile(*numbers)
        rows, columns = self._shape
        if not (0 <= tile.top < tile.bottom <= rows and 0 <= tile.first < tile.last <= columns):
            raise ValueError(f"{tile} is outside the matrix")
        return tile

    def _write_journal(self, lines: list[str]) -> None:
        with atomic(self._journal_path) as temporary:
            temporary.write_text("\n".join([json.dumps(self._header), *lines, ""]))

    def _put(self, row: int, column: int, values: NDArray[np.float64]) -> None:
        values = np.ascontiguousarray(values, dtype="<f8")
        for number, line in enumerate(values, start=row):
            written = os.pwrite(self._file, line.tobytes(), self._offset + 8 * (number * self._shape[1] + column))
            if written < line.nbytes:
                raise OSError(errno.ENOSPC, "the disk is full", str(self._part))

    def _sync(self) -> None:
        """Bring the data to the disk first, then say so in the journal."""
        os.fsync(self._file)
        self._journal.writelines(json.dumps(tile) + "\n" for tile in self._unsynced)
        self._journal.flush()
        self._unsynced = []
        self._synced_at = time.monotonic()

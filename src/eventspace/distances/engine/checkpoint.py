"""The state of a calculation over tiles, saved as it goes, so that a killed one continues where it stopped."""

import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from eventspace.base.store import load_arrays, save_arrays
from eventspace.distances.engine.tiles import Tile
from eventspace.distances.metric import Metric
from eventspace.events.base import Events, kind_of

__all__ = ["Checkpoint", "fingerprint", "identity"]

_EVERY_SECONDS = 5.0
_SHARE_OF_TIME = 0.05  # saving may cost this much of the run


class Checkpoint:
    """Arrays that grow tile by tile, and the tiles they hold already.

    The file stays when the calculation ends: the same call then returns at once.

    Arguments:
        path: an ``.npz`` file; without one nothing is saved.
        header: what the calculation is; a file with another header is refused.
        arrays: the state, changed in place by the caller between calls of ``done``.

    Raises:
        InputError: the file belongs to another calculation, or is damaged.
    """

    def __init__(self, path: str | Path | None, header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]):
        self._path = None if path is None else Path(path)
        self._header = header
        self._arrays = arrays
        self.finished: set[Tile] = set()
        self._cost = 0.0
        self._saved_at = time.monotonic()
        if self._path is not None and self._path.exists():
            self._load(self._path)

    def __enter__(self) -> Self:
        return self

    def done(self, tile: Tile) -> None:
        """The arrays now hold this tile; they are saved every few seconds."""
        if self._path is None:
            return
        self.finished.add(tile)
        if time.monotonic() - self._saved_at > max(_EVERY_SECONDS, self._cost / _SHARE_OF_TIME):
            self._save()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None:  # after an interruption the arrays may hold half a tile: keep the last good state
            self._save()

    def _save(self) -> None:
        if self._path is None:
            return
        start = time.monotonic()
        save_arrays(self._path, self._header, {"tiles": np.array(sorted(self.finished)), **self._arrays})
        self._saved_at = time.monotonic()
        self._cost = self._saved_at - start

    def _load(self, path: Path) -> None:
        saved = load_arrays(path, self._header)
        for name, values in self._arrays.items():
            values[...] = saved[name]
        self.finished = {
            Tile(int(top), int(bottom), int(first), int(last), bool(upper))
            for top, bottom, first, last, upper in saved["tiles"]
        }


def identity(metric: Metric, left: Events, right: Events | None, block: int, **more: Any) -> dict[str, Any]:
    """What a calculation of distances is, to recognise it when it is started again."""
    return {
        "metric": repr(metric),
        "left": fingerprint(left),
        "right": None if right is None else fingerprint(right),
        "block": block,
        **more,
    }


def fingerprint(events: Events) -> str:
    """A digest of the numbers that distances are computed from: not of labels, units or origin.

    Example:
        >>> import eventspace as es
        >>> a, b = es.Points(values=np.zeros((2, 1))), es.Points(values=np.zeros((2, 1)), origin="elsewhere")
        >>> fingerprint(a) == fingerprint(b)
        True
    """
    digest = hashlib.sha256(kind_of(events).encode())
    shared = {field.name for field in fields(Events)}
    for field in fields(events):
        if field.name not in shared:
            for part in _parts(getattr(events, field.name)):
                digest.update(part)
    return digest.hexdigest()


def _parts(value: Any) -> Iterator[bytes]:
    if isinstance(value, np.ndarray):
        yield f"{value.dtype.str}{value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif isinstance(value, Mapping):
        for name in sorted(value):
            yield name.encode()
            yield from _parts(value[name])
    else:
        yield repr(value).encode()

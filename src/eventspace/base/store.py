"""Arrays that are kept for later, so that a killed calculation goes on.

Each file says what calculation it belongs to, and shows if it is damaged.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.base.files import atomic

__all__ = ["Store", "load_arrays", "save_arrays"]

Arrays = dict[str, NDArray[Any]]


def save_arrays(path: Path, header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays to an ``.npz`` file that appears whole or not at all.

    Arguments:
        header: what calculation they belong to; it fits into JSON.
    """
    with atomic(path) as temporary, temporary.open("wb") as file:
        saved: dict[str, Any] = {"header": np.array(_text(header)), "digest": np.array(_digest(arrays)), **arrays}
        np.savez(file, **saved)


def load_arrays(path: Path, header: Mapping[str, Any]) -> Arrays:
    """The arrays of a file of :func:`save_arrays`; nothing is ever unpickled.

    Raises:
        InputError: the file belongs to another calculation or an earlier version, or is damaged.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "kept.npz"
        >>> save_arrays(path, {"seed": 1}, {"value": np.arange(3)})
        >>> load_arrays(path, {"seed": 1})["value"].tolist()
        [0, 1, 2]
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as saved:
            arrays = {name: saved[name] for name in saved.files}
        found, digest = str(arrays.pop("header")), arrays.pop("digest", None)
    except Exception as error:  # zipfile and numpy raise nearly every kind
        raise InputError("this checkpoint is damaged", file=path, remedy="delete it and start again") from error
    if found != _text(header):
        raise InputError(
            "this checkpoint belongs to another calculation", file=path, remedy="delete it or name another place"
        )
    if digest is None:
        raise InputError(
            "this checkpoint was written by an earlier version of eventspace, which kept no check of its content",
            file=path,
            remedy="delete it and start again",
        )
    if str(digest) != _digest(arrays):
        raise InputError("this checkpoint is damaged", file=path, remedy="delete it and start again")
    return arrays


class Store:
    """Steps of a calculation, each a set of arrays in a file of its own; nothing is ever unpickled.

    Arguments:
        folder: where the files are; without one, nothing is kept.
        header: what the calculation is; files with another header are refused.

    Example:
        >>> import tempfile, numpy as np
        >>> folder = Path(tempfile.mkdtemp())
        >>> Store(folder, {"seed": 1}).step("half", lambda: {"value": np.array(0.5)})["value"].item()
        0.5
        >>> Store(folder, {"seed": 1}).step("half", lambda: {"value": np.array(7)})["value"].item()
        0.5
    """

    def __init__(self, folder: Path | None, header: Mapping[str, Any]):
        self._folder = folder
        self._header = header

    def step(self, name: str, compute: Callable[[], Arrays]) -> Arrays:
        """What ``compute`` returns, from the file of this step if there is one; else it is computed and kept.

        Raises:
            InputError: the file belongs to another calculation, or is damaged.
        """
        if self._folder is None:
            return compute()
        path = self._folder / f"{name}.npz"
        if path.exists():
            return load_arrays(path, self._header)
        arrays = compute()
        save_arrays(path, self._header, arrays)
        return arrays


def _text(header: Mapping[str, Any]) -> str:
    return json.dumps(header, sort_keys=True)


def _digest(arrays: Mapping[str, NDArray[Any]]) -> str:
    """Of names, types, shapes and values."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        values = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {values.dtype.str} {np.shape(arrays[name])} ".encode())
        digest.update(values.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()

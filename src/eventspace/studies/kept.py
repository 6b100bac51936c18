"""The finished steps of a study, kept in a folder, so that a killed one continues behind the last of them."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.base.files import atomic

__all__ = ["Kept"]

Arrays = dict[str, NDArray[Any]]


class Kept:
    """Steps of a calculation, each a set of arrays in a file of its own; nothing is ever unpickled.

    Arguments:
        folder: where the files are; without one, nothing is kept.
        header: what the calculation is; files with another header are refused.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> Kept(folder, {"seed": 1}).step("half", lambda: {"value": np.array(0.5)})["value"].item()
        0.5
        >>> Kept(folder, {"seed": 1}).step("half", lambda: {"value": np.array(7)})["value"].item()
        0.5
    """

    def __init__(self, folder: Path | None, header: Mapping[str, Any]):
        self._folder = folder
        self._header = json.dumps(header, sort_keys=True)

    def step(self, name: str, compute: Callable[[], Arrays]) -> Arrays:
        """What ``compute`` returns, from the file of this step if there is one; else it is computed and kept.

        Raises:
            InputError: the file belongs to another calculation, or is damaged.
        """
        if self._folder is None:
            return compute()
        path = self._folder / f"{name}.npz"
        if path.exists():
            return self._load(path)
        arrays = compute()
        with atomic(path) as temporary, temporary.open("wb") as file:
            saved: dict[str, Any] = {"header": np.array(self._header), **arrays}
            np.savez(file, **saved)
        return arrays

    def _load(self, path: Path) -> Arrays:
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as saved:
                arrays = {name: saved[name] for name in saved.files}
            header = str(arrays.pop("header"))
        except (OSError, KeyError, ValueError, BadZipFile) as error:
            raise InputError("this checkpoint is damaged", file=path, remedy="delete it and start again") from error
        if header != self._header:
            raise InputError(
                "this checkpoint belongs to another calculation", file=path, remedy="delete it or name another folder"
            )
        return arrays

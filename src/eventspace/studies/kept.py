"""The finished steps of a study, kept in a folder, so that a killed one continues behind the last of them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from eventspace.base.arrays import load_arrays, save_arrays

__all__ = ["Kept"]

Arrays = dict[str, NDArray[Any]]


class Kept:
    """Steps of a calculation, each a set of arrays in a file of its own; nothing is ever unpickled.

    Arguments:
        folder: where the files are; without one, nothing is kept.
        header: what the calculation is; files with another header are refused.

    Example:
        >>> import tempfile, numpy as np
        >>> folder = Path(tempfile.mkdtemp())
        >>> Kept(folder, {"seed": 1}).step("half", lambda: {"value": np.array(0.5)})["value"].item()
        0.5
        >>> Kept(folder, {"seed": 1}).step("half", lambda: {"value": np.array(7)})["value"].item()
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

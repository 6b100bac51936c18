"""How a calculation is carried out; nothing here ever changes its result."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from eventspace.base.errors import InputError
from eventspace.base.store import Store

__all__ = ["DESCRIPTIONS", "Work"]

DESCRIPTIONS = {
    "threads": "Worker threads; all cores by default.",
    "scheduler": "Instead of threads: local:N for N processes on this machine, or the address of a Dask scheduler, "
    "tcp://host:8786 say.",
    "device": "What networks compute on: cpu, cuda, or auto for a GPU if there is one.",
    "show_progress": "Progress bars, always or never; by default on a terminal.",
    "folder": "Keeps unfinished work, so that the same call goes on after a kill.",
}
"""What a user chooses of it, for help pages."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """How a study is carried out. A keyword that is not here is an error, as of any function.

    Attributes:
        threads: worker threads; all cores by default.
        scheduler: to compute distances on instead of threads: ``"local:N"`` for N processes on this machine, the
            address of a Dask scheduler, or a Dask client.
        device: where networks compute: cpu, cuda, or auto for a GPU if there is one.
        show_progress: bars on the error stream, always or never; by default on a terminal.
        folder: a folder that keeps unfinished work, so that the same calculation goes on after a kill; without one,
            nothing is kept.
        watch: called with what has been found so far, wherever a calculation has something to show before its end.

    Raises:
        InputError: the number of threads is not positive.

    Example:
        >>> Work(threads=2).engine()
        {'threads': 2, 'scheduler': None, 'show_progress': None, 'checkpoint': None}
        >>> Work(thread=2)
        Traceback (most recent call last):
        TypeError: ...unexpected keyword argument 'thread'...
    """

    threads: int | None = None
    scheduler: Any = None
    device: str = "auto"
    show_progress: bool | None = None
    folder: Path | None = None
    watch: Callable[[Any], None] | None = None

    def __post_init__(self) -> None:
        if self.threads is not None and (not isinstance(self.threads, int) or self.threads < 1):
            raise InputError(f"{self.threads!r} threads cannot compute", remedy="give a whole number from 1")
        if self.folder is not None:
            object.__setattr__(self, "folder", Path(self.folder))

    @contextmanager
    def kept(self) -> Iterator[Path]:
        """The folder for unfinished work; one that lasts as long as this block, where none was given."""
        if self.folder:
            yield self.folder
        else:
            with TemporaryDirectory() as folder:
                yield Path(folder)

    def engine(self, name: str = "") -> dict[str, Any]:
        """The keyword arguments of a function of the engine, such as ``es.matrix``.

        Arguments:
            name: of the file that keeps its state; without one it keeps none.
        """
        kept = self.folder / f"{name}.npz" if self.folder and name else None
        return {
            "threads": self.threads,
            "scheduler": self.scheduler,
            "show_progress": self.show_progress,
            "checkpoint": kept,
        }

    def store(self, header: Mapping[str, Any]) -> Store:
        """Where the steps of a calculation are kept; see :class:`eventspace.base.store.Store`.

        Arguments:
            header: what the calculation is.
        """
        return Store(self.folder, header)

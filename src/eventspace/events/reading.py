"""Files of unknown origin: any fault of one becomes a single clear error."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eventspace.base.errors import EventspaceError, InputError

__all__ = ["beginning_with", "begins_with", "existing", "reading"]


def existing(path: str | Path) -> Path:
    """Return ``path`` if it is a file.

    Raises:
        InputError: there is no such file, or its name cannot be printed.
    """
    path = Path(path)
    if not str(path).isprintable():
        raise InputError(f"the name {str(path)!r} cannot be printed", remedy="rename the file")
    if path.is_dir():
        raise InputError("this is a directory", file=path, remedy="give the name of a file")
    if not path.is_file():
        raise InputError("there is no such file", file=path, remedy="check the path")
    return path


def begins_with(path: Path, mark: bytes) -> bool:
    """Whether the first bytes of a file are these."""
    with path.open("rb") as file:
        return file.read(len(mark)) == mark


def beginning_with(path: str | Path, mark: bytes, what: str) -> Path:
    """Return ``path`` if it is a file that begins with these bytes.

    Arguments:
        path: the file.
        mark: the bytes that all files of its format begin with.
        what: what the file should be, with its article.

    Raises:
        InputError: there is no such file, it is empty, or it is something else.
    """
    path = existing(path)
    if not path.stat().st_size:
        raise InputError("the file is empty", file=path, remedy="make or download it again")
    if not begins_with(path, mark):
        remedy = f"see what it is, and how it is converted: eventspace inspect {shlex.quote(str(path))}"
        raise InputError(f"this is not {what}", file=path, remedy=remedy)
    return path


@contextmanager
def reading(path: str | Path) -> Iterator[None]:
    """Name the file in every error of the block.

    Raises:
        InputError: the file is damaged where the block reads it.
    """
    try:
        yield
    except InputError as error:
        raise error if error.file else error.at(path) from None
    except EventspaceError:
        raise
    except Exception as error:
        # The libraries that parse files raise nearly every kind of exception on damaged ones, some without a text.
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise InputError(f"the file is damaged ({reason})", file=path, remedy="make or download it again") from error

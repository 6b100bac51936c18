"""Files of unknown origin: whatever is wrong with one becomes a single clear error."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eventspace.base.errors import EventspaceError, InputError

__all__ = ["existing", "reading"]


def existing(path: str | Path) -> Path:
    """Return ``path`` if it is a file.

    Raises:
        InputError: there is no such file.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError("there is no such file", file=path, remedy="check the path")
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

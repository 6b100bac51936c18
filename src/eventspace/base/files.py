"""Files that appear whole or not at all."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eventspace.base.errors import InputError

__all__ = ["atomic", "sha256", "unfinished", "writable"]


def writable(path: str | Path) -> Path:
    """Return ``path`` if a file can be written there.

    Raises:
        InputError: the folder does not exist, or the path is itself a folder, or a device such as /dev/null.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError("this is a folder, not a file", file=path, remedy="name a file inside it")
    if path.exists() and not path.is_file():
        raise InputError("this is not an ordinary file", file=path, remedy="name another")
    if not path.absolute().parent.is_dir():
        raise InputError("its folder does not exist", file=path, remedy="create the folder first")
    return path


def unfinished(path: Path) -> Path:
    """The hidden neighbour that is written first: of one name, so that the next try overwrites what a kill left."""
    return path.with_name(f".{path.name}.tmp")


@contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Write to a temporary neighbour that takes the name ``path`` only if the block ends well.

    Raises:
        InputError: the folder does not exist.

    Example:
        >>> import tempfile, pathlib
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> with atomic(folder / "a.txt") as temporary:
        ...     _ = temporary.write_text("whole")
        >>> [entry.name for entry in folder.iterdir()]
        ['a.txt']
    """
    path = writable(path)
    temporary = unfinished(path)
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def sha256(path: str | Path) -> str:
    """The SHA-256 digest of a file's bytes, as hexadecimal text."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""Text files, plain or compressed with gzip, bzip2 or xz; the content says which, not the name."""

import bz2
import gzip
import lzma
from collections.abc import Callable
from io import BufferedIOBase
from pathlib import Path
from typing import cast

from eventspace.events.reading import existing

__all__ = ["opened_text"]

_COMPRESSED: dict[bytes, Callable[[Path, str], object]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
}


def opened_text(path: str | Path) -> BufferedIOBase:
    """The bytes of the text in a file, from its beginning.

    Raises:
        InputError: there is no such file.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "events.txt"
        >>> _ = path.write_bytes(bz2.compress(b"pt"))
        >>> with opened_text(path) as file:
        ...     file.read()
        b'pt'
    """
    path = existing(path)
    with path.open("rb") as file:
        beginning = file.read(max(map(len, _COMPRESSED)))
    for mark, opener in _COMPRESSED.items():
        if beginning.startswith(mark):
            return cast(BufferedIOBase, opener(path, "rb"))
    return path.open("rb")

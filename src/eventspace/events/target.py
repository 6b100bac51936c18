"""Where a command may write: never on a file that it reads, and on a foreign file only on request."""

import json
from collections.abc import Iterable
from pathlib import Path

from eventspace.base.errors import InputError
from eventspace.base.files import unfinished, writable
from eventspace.events.hdf5 import opened
from eventspace.events.native import is_native

__all__ = ["target"]

_HDF5 = b"\x89HDF\r\n\x1a\n"
_PAGE = b'<meta name="generator" content="eventspace">'
_BEGINNING = 1 << 16


def target(path: str | Path, reads: Iterable[str | Path] = (), *, overwrite: bool = False) -> Path:
    """Return ``path`` if writing there destroys nothing that the caller may want to keep.

    Events, matrices of distances and pages that eventspace wrote may be written again; they are recognised by what is
    in them. A trained network is not: it may have taken hours. A path, a symbolic link and a hard link to one file are
    the same file, and the hidden neighbour that is written first counts as the file itself.

    Arguments:
        path: the file to write.
        reads: the files that are read meanwhile.
        overwrite: also replace a file that eventspace did not write.

    Raises:
        InputError: the folder does not exist, the path is not a file, the file is one of those to read, or it is of
            somebody else.

    Example:
        >>> import tempfile
        >>> notes = Path(tempfile.mkdtemp()) / "notes.txt"
        >>> _ = notes.write_text("mine")
        >>> target(notes, overwrite=True) == notes
        True
        >>> target(notes)
        Traceback (most recent call last):
        eventspace.base.errors.InputError: .../notes.txt: ...
    """
    path = writable(path)
    for source in map(Path, reads):
        if any(written.exists() and written.samefile(source) for written in (path, unfinished(path))):
            raise InputError("the file to write is one of those to read", file=path, remedy="give it another name")
    if path.exists() and not overwrite and (what := _worth_keeping(path)):
        raise InputError(
            f"there is {what} already", file=path, remedy="name another file, or replace it with --overwrite"
        )
    return path


def _worth_keeping(path: Path) -> str:
    """What this is, in words, unless eventspace wrote it and can write it again."""
    with path.open("rb") as file:
        beginning = file.read(_BEGINNING)
    if _has_card(beginning):
        return "a trained network"
    ours = is_native(path) or _is_matrix(path) if beginning.startswith(_HDF5) else _PAGE in beginning
    return "" if ours else "a file that eventspace did not write"


def _is_matrix(path: Path) -> bool:
    try:
        with opened(path) as file:
            return set(file) == {"distances"} and {"metric", "unit"} <= set(file["distances"].attrs)
    except InputError:
        return False


def _has_card(beginning: bytes) -> bool:
    """Whether this is a safetensors file with a model card: a length of 8 bytes, then JSON with the metadata."""
    length = int.from_bytes(beginning[:8], "little")
    try:
        return "card" in json.loads(beginning[8 : 8 + length])["__metadata__"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return False

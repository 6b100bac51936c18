"""One file from several: the parts of a sample that were made apart, on a batch system for example."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from eventspace.base.errors import InputError
from eventspace.base.files import sha256
from eventspace.base.progress import progress
from eventspace.events.native import chunks, writer
from eventspace.events.reading import existing
from eventspace.events.target import target

__all__ = ["merge"]


def merge(
    sources: Sequence[str | Path],
    destination: str | Path,
    *,
    overwrite: bool = False,
    show_progress: bool | None = None,
) -> int:
    """Write the events of several eventspace files, in this order, to one.

    A few thousand events at a time are in memory. The new file has no seed, since its parts have seeds of their own.

    Arguments:
        sources: at least two files of one kind, with the same grid, columns and units.
        destination: the file to write; it appears whole or not at all.
        overwrite: also replace a file that eventspace did not write.
        show_progress: always or never; by default on a terminal.

    Returns:
        The number of events.

    Raises:
        InputError: there are fewer than two files, two of them are the same, the destination is one of them or of
            somebody else, a file cannot be read, or the files do not fit together.

    Example:
        >>> import tempfile, numpy as np, eventspace as es
        >>> folder = Path(tempfile.mkdtemp())
        >>> for seed in (1, 2):
        ...     es.write(folder / f"{seed}.h5", es.Points(values=np.full((3, 2), seed), seed=seed))
        >>> merge([folder / "1.h5", folder / "2.h5"], folder / "both.h5")
        6
        >>> es.read(folder / "both.h5").values[:, 0].tolist()
        [1.0, 1.0, 1.0, 2.0, 2.0, 2.0]
    """
    paths = [existing(source) for source in sources]
    if len(paths) < 2:
        raise InputError(f"{len(paths)} files cannot be merged", remedy="name two or more")
    destination = target(destination, paths, overwrite=overwrite)
    known: dict[str, Path] = {}
    for path in paths:
        same = known.setdefault(sha256(path), path)
        if same is not path:
            raise InputError(f"this is the same file as {same}", file=path, remedy="name each part once")
    with (
        writer(destination) as file,
        progress("merging", len(paths), "files", show_progress) as advance,
    ):
        for path in paths:
            for part in chunks(path):
                try:
                    file.append(replace(part, seed=None, origin=f"{part.origin}, {len(paths)} files merged"))
                except InputError as error:
                    raise error if error.file else error.at(path) from None
            advance(1)
        return len(file)

"""The command ``merge``."""

from pathlib import Path

from eventspace.events.merge import merge as run

__all__ = ["merge"]


def merge(*parts: Path, out: Path, overwrite: bool = False) -> None:
    """Make one eventspace file from several, made apart: by the jobs of a batch system, with a seed each.

    The files must hold the same kind of events with the same grid, columns and units. A file that is named twice, or is
    a copy of another, is refused: every event would be there twice.

    For example: eventspace merge part-1.h5 part-2.h5 part-3.h5 --out all.h5

    Args:
        parts: The files, in the order in which their events shall follow each other.
        out: The file to write.
        overwrite: Replace a file that eventspace did not write.
    """
    print(f"{out}: {run(parts, out, overwrite=overwrite)} events from {len(parts)} files")

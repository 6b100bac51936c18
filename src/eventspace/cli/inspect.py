"""The command ``inspect``."""

from pathlib import Path

from eventspace.events.inspect import inspect as run

__all__ = ["inspect"]


def inspect(file: Path, /) -> None:
    """Show what a file holds: kind, count, units, multiplicity, ranges, origin, and what is wrong by event number.

    Of a table of somebody else (ROOT, HDF5, Parquet, npz, npy, csv): the names in it, what each holds, and the command
    that converts it.

    Args:
        file: An eventspace file; of another known format, the command that converts it is named.
    """
    print(run(file).text())

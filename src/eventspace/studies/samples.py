"""The two samples of a study, and errors that say which of them is meant."""

from collections.abc import Iterator
from contextlib import contextmanager

from eventspace.base.errors import InputError

__all__ = ["SAMPLES", "naming", "place"]

SAMPLES = ("reference", "generated")


def place(sample: str) -> str:
    """Where an error was found, in the place of its file: a study knows no files; its command puts the file there.

    Example:
        >>> print(InputError("a cell is negative", file=place("generated"), event=7))
        generated sample, event 7: a cell is negative
    """
    return f"{sample} sample"


@contextmanager
def naming(sample: str) -> Iterator[None]:
    """An error about an event that is raised in here says which sample it is of."""
    try:
        yield
    except InputError as error:
        if error.event is None or error.file is not None:
            raise
        raise error.at(place(sample)) from None

"""Optional packages: imported where they are used, with one error where they are missing."""

from collections.abc import Iterator
from contextlib import contextmanager

from eventspace.base.errors import MissingExtraError

__all__ = ["require"]


@contextmanager
def require(extra: str, purpose: str) -> Iterator[None]:
    """Import packages of an extra of eventspace; a missing one ends with how to install it.

    Arguments:
        extra: the extra that installs what is imported within.
        purpose: what it is needed for.

    Raises:
        MissingExtraError: a package is not installed.

    Example:
        >>> with require("formats", "reading ROOT files"):
        ...     import no_such_package
        Traceback (most recent call last):
        eventspace.base.errors.MissingExtraError: reading ROOT files needs no_such_package; install it with: pip install
        'eventspace[formats]'
    """
    try:
        yield
    except ImportError as error:
        if isinstance(error, MissingExtraError):
            raise
        package = (error.name or str(error)).partition(".")[0]
        raise MissingExtraError(package, extra, purpose) from error

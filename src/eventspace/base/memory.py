"""How much memory there is, so that a calculation that cannot fit is refused before it starts."""

import os
from pathlib import Path

from eventspace.base.errors import InputError

__all__ = ["available_memory", "require_memory"]


def available_memory() -> int | None:
    """The bytes that this process can still take without driving the machine to swap; None where that is not known."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        pass
    try:  # all there is, free or not
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def require_memory(needed: int, remedy: str) -> None:
    """Refuse a calculation that needs more memory than there is.

    Arguments:
        needed: bytes, by an estimate.
        remedy: how the caller can do with less.

    Raises:
        InputError: there is less.

    Example:
        >>> require_memory(10**18, "give fewer events")
        Traceback (most recent call last):
        eventspace.base.errors.InputError: about 1000000000.0 GB of memory are needed, ... give fewer events
    """
    available = available_memory()
    if available is not None and needed > available:
        raise InputError(
            f"about {needed / 1e9:.1f} GB of memory are needed, and {available / 1e9:.1f} GB are free", remedy=remedy
        )

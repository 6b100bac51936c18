"""Runs of neighbouring events out of a set that is prepared for a kernel."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["run_of"]


def run_of(offsets: NDArray[np.integer[Any]], index: slice) -> tuple[NDArray[Any], int]:
    """The offsets of a run of events, as a view, and the number of the first; the entries stay where they are.

    Arguments:
        offsets: (n + 1,); event i owns the entries ``offsets[i]:offsets[i + 1]``.
        index: which events, without a step.

    Raises:
        ValueError: the slice has a step.

    Example:
        >>> run_of(np.array([0, 2, 5, 6]), slice(1, 3))
        (array([2, 5, 6]), 1)
    """
    start, stop, step = index.indices(len(offsets) - 1)
    if step != 1:
        raise ValueError(f"prepared events come in runs of neighbours, not in steps of {step}")
    return offsets[start : max(start, stop) + 1], start

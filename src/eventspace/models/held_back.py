"""Which events a training learns from, and which it holds back to be judged by."""

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError

__all__ = ["split"]


def split(events: int, held_back: float, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Divide events at random.

    Arguments:
        events: how many.
        held_back: the fraction that is not learned from.
        seed: of the choice.

    Returns:
        Numbers of the events to learn from, and of those held back; rising, and both with at least one event.

    Raises:
        InputError: there are too few events.

    Example:
        >>> [part.tolist() for part in split(5, 0.2, seed=1)]
        [[0, 1, 2, 3], [4]]
    """
    held = max(round(held_back * events), 1)
    if held >= events:
        raise InputError(f"{events} events are too few to hold some back", remedy="give more events")
    order = np.random.default_rng((seed, 0)).permutation(events)
    return np.sort(order[held:]), np.sort(order[:held])

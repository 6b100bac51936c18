"""Which events of a sample each step of a training takes."""

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError

__all__ = ["Batches", "check_batch"]


class Batches:
    """The batches of all steps: each pass over the sample has an order of its own, known from the seed.

    Events that are left over at the end of a pass, fewer than a batch, are left out of it.

    Arguments:
        n: events of the sample.
        batch: events a step, at most n.
        seed: of the orders.

    Example:
        >>> batches = Batches(6, 3, seed=1)
        >>> sorted([*batches.at(0), *batches.at(1)]) == sorted([*batches.at(2), *batches.at(3)])
        True
    """

    def __init__(self, n: int, batch: int, seed: int):
        self._n, self._batch, self._seed = n, batch, seed
        self._a_pass = n // batch
        self._pass = -1
        self._order: NDArray[np.int64] = np.empty(0, dtype=np.int64)

    def at(self, step: int) -> NDArray[np.int64]:
        """The numbers of the events of a step, counted from 0."""
        number, place = divmod(step, self._a_pass)
        if number != self._pass:
            self._pass, self._order = number, np.random.default_rng((self._seed, number)).permutation(self._n)
        return self._order[place * self._batch : (place + 1) * self._batch]


def check_batch(n: int, batch: int, count: int, *, fewest: int = 1, unit: str = "events") -> None:
    """Make sure that there are events for a batch, and that it can be shared out among processes.

    Arguments:
        n: events of the sample.
        batch: events a step, over all processes.
        count: of the processes.
        fewest: events that a process needs in a step.
        unit: what the events are called.

    Raises:
        InputError: they are too few, or some processes would get fewer than others.
    """
    if n < batch:
        raise InputError(f"there are {n} {unit} for batches of {batch}", remedy=f"give more, or --batch {n}")
    if batch % count or batch // count < fewest:
        raise InputError(
            f"a batch of {batch} cannot be shared out among {count} processes",
            remedy=f"give each the same number of {unit}, at least {fewest}",
        )

"""Numbers as a step of a calculation that is kept."""

import json
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from eventspace.base.store import Store
from eventspace.statistics.number import Number

__all__ = ["as_array", "from_array", "numbers_of"]


def as_array(numbers: Mapping[str, Number]) -> NDArray[np.str_]:
    """Numbers as a text in an array; JSON keeps every digit.

    Example:
        >>> from_array(as_array({"ratio": Number(1.1, 1.0, None, 0.95)}))
        {'ratio': Number(value=1.1, low=1.0, high=None, level=0.95, unit='', note='')}
    """
    return np.array(json.dumps({name: number.as_dict() for name, number in numbers.items()}))


def from_array(text: NDArray[np.str_]) -> dict[str, Number]:
    """The inverse of :func:`as_array`."""
    return {name: Number(**fields) for name, fields in json.loads(str(text)).items()}


def numbers_of(kept: Store, name: str, compute: Callable[[], Mapping[str, Number]]) -> dict[str, Number]:
    """What ``compute`` returns, or returned before the calculation was interrupted.

    Arguments:
        kept: keeps the steps.
        name: of the step.
        compute: the step.
    """
    return from_array(kept.step(name, lambda: {"numbers": as_array(compute())})["numbers"])

"""Labels as text, from any type that a file has."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.events.base import Problem, faulty

__all__ = ["named", "texts"]

_EXACT = 2.0**53


def texts(values: NDArray[Any]) -> NDArray[Any]:
    """Labels as text: whole numbers without a point, so that 1, 1.0 and "1" are one class.

    Arguments:
        values: (n,) numbers or texts, masked where the file holds none.

    Returns:
        (n,) texts, masked where there is none, for validation to find. NaN counts as none.

    Example:
        >>> texts(np.array([0.0, 1.0, 2.5])).tolist()
        ['0', '1', '2.5']
        >>> texts(np.ma.MaskedArray([1, 0], [False, True])).tolist()
        ['1', None]
    """
    missing, values = np.ma.getmaskarray(values), np.ma.getdata(values)
    if values.dtype.kind == "f":
        missing = missing | np.isnan(values)
        whole = (values == np.round(values)) & (np.abs(values) <= _EXACT)
        integers = np.where(whole, values, 0).astype(np.int64)
        labels = np.where(whole, integers.astype(str), values.astype(str))
    else:
        labels = np.char.decode(values, "utf-8") if values.dtype.kind == "S" else values.astype(str)
    return np.ma.MaskedArray(labels, missing) if missing.any() else labels


def named(column: str, values: NDArray[Any], names: Mapping[str, str]) -> tuple[NDArray[np.str_], tuple[Problem, ...]]:
    """The names of the labels of a schema, and the problem of the events that have another label or none.

    Arguments:
        column: where the file has the labels, for the problem.
        values: (n,) numbers or texts.
        names: the name of each label; a name also stands for itself.

    Returns:
        (n,) names, empty where the label is unknown, and the problem if there is one.

    Example:
        >>> labels, problems = named("y", np.array([1.0, 2.0]), {"0": "gluon", "1": "quark"})
        >>> labels.tolist(), problems[0].text, problems[0].events
        (['quark', ''], 'y is neither 0 (gluon) nor 1 (quark)', (1,))
    """
    labels = texts(values.astype(np.int8) if values.dtype.kind == "b" else values)
    known = dict(names) | {name: name for name in names.values()}
    found = np.array([known.get(label, "") for label in np.ma.filled(labels, "").tolist()], dtype=np.str_)
    text = f"{column} is neither {' nor '.join(f'{label} ({name})' for label, name in names.items())}"
    return found, tuple(faulty(found == "", text, "mend the label"))

"""Any object with numbers or texts becomes a plain numpy array, or one clear error."""

import reprlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError

__all__ = ["array", "floats", "plain", "whole"]

_KINDS = "biufU"
_NUMBERS = (bool, int, float, np.bool_, np.integer, np.floating)
_NO_OBJECTS = "give numbers, or texts for labels"


def plain(name: str, values: Any) -> NDArray[Any]:
    """Values as a plain array with one row an event; an array that is plain already is returned as it is.

    Arguments:
        name: what the values are, for errors.
        values: an array of numpy or awkward, a table of pandas, or nested lists.

    Returns:
        Booleans, whole numbers, floats or texts, in the byte order of this machine.

    Raises:
        InputError: the rows differ in length, or hold other objects, or a value is masked or missing.

    Example:
        >>> plain("label", ["top", "qcd"])
        array(['top', 'qcd'], dtype='<U3')
    """
    if type(values) is np.ndarray and values.dtype.kind in _KINDS and values.dtype.isnative:
        return values
    found = array(name, values)
    if isinstance(found, np.ma.MaskedArray):
        masked = np.ma.getmaskarray(found)
        if masked.any():
            first = int(np.argwhere(masked)[0, 0]) if masked.ndim else None
            remedy = "fill it in, with filled(...) for example, or leave the event out"
            raise InputError(f"{name} has a masked or missing value", event=first, remedy=remedy)
        found = found.data
    return np.asarray(found)


def floats(name: str, values: Any) -> NDArray[Any]:
    """Numbers as ``plain`` gives them, in single or double precision; all others become double.

    Raises:
        InputError: as for ``plain``, or these are texts.

    Example:
        >>> floats("values", [[1, 2]])
        array([[1., 2.]])
    """
    found = plain(name, values)
    if found.dtype.kind == "U":
        raise InputError(f"{name} holds texts", remedy="give numbers")
    return found if found.dtype in (np.float32, np.float64) else found.astype(np.float64)


def whole(name: str, values: Any) -> NDArray[Any]:
    """Whole numbers as ``plain`` gives them.

    Raises:
        InputError: as for ``plain``, or these are not whole numbers.

    Example:
        >>> whole("multiplicity", [2, 1])
        array([2, 1])
    """
    found = plain(name, values)
    if not found.size:
        return found.astype(np.int64)  # numpy calls an empty list float
    if found.dtype.kind not in "iu":
        raise InputError(f"{name} holds {found.dtype}", remedy="give whole numbers")
    return found


def array(name: str, values: Any) -> NDArray[Any]:
    """As ``plain``, but a masked array stays one.

    Raises:
        InputError: as for ``plain``, but for what is masked.
    """
    if type(values).__module__.startswith("awkward"):
        found = _from_awkward(name, values)
    elif isinstance(values, list | tuple) and any(isinstance(value, np.ma.MaskedArray) for value in values):
        masks = _rectangle(name, [np.ma.getmaskarray(value) for value in values])  # which numpy itself would lose
        found = np.ma.array(_rectangle(name, [np.ma.getdata(value) for value in values]), mask=masks)
    else:
        found = _rectangle(name, values)
    if found.dtype.kind == "U" and isinstance(values, list | tuple):
        found = np.array(values, dtype=object)  # numpy makes texts of numbers, and of what is missing, beside texts
    if found.dtype.kind == "O" and not isinstance(found, np.ma.MaskedArray):
        found = _from_objects(name, found)
    if found.dtype.kind == "S":
        found = _decoded(name, found)
    if found.dtype.kind not in _KINDS:
        remedy = _NO_OBJECTS if found.dtype.names is None else "stack its fields as the columns of a plain array"
        raise InputError(f"{name} holds {found.dtype}", remedy=remedy)
    if found.dtype.kind == "f" and found.dtype.itemsize > 8:
        return found.astype(np.float64)
    return found if found.dtype.isnative else found.astype(found.dtype.newbyteorder("="))


def _rectangle(name: str, values: Any) -> NDArray[Any]:
    try:
        return np.asanyarray(values)
    except ValueError as error:
        raise InputError(f"{name} has rows of different lengths", remedy="give rows of equal length") from error


def _from_awkward(name: str, values: Any) -> NDArray[Any]:
    import awkward as ak

    try:
        return np.asanyarray(ak.to_numpy(values, allow_missing=True))
    except (ValueError, TypeError) as error:
        raise InputError(f"{name} holds {values.type}", remedy="give rows of numbers of equal length") from error


def _from_objects(name: str, values: NDArray[Any]) -> NDArray[Any]:
    """An array of Python's numbers, or of its texts, as numpy's own."""
    objects = values.ravel().tolist()
    if not objects:
        return values.astype(np.float64)
    kinds = str if isinstance(objects[0], str) else _NUMBERS
    _refuse_last_nul(name, values, objects)
    odd = next((number for number, value in enumerate(objects) if not isinstance(value, kinds)), None)
    if odd is not None:
        event = int(np.unravel_index(odd, values.shape)[0]) if values.ndim else None
        raise InputError(f"{name} holds {reprlib.repr(objects[odd])}", event=event, remedy=_NO_OBJECTS)
    return np.array(objects).reshape(values.shape)


def _refuse_last_nul(name: str, values: NDArray[Any], objects: list[Any]) -> None:
    """Numpy, like HDF5, fills its texts up with NUL, and would lose one that belongs to a text."""
    ends = (number for number, value in enumerate(objects) if isinstance(value, str) and value.endswith("\0"))
    for number in ends:
        event = int(np.unravel_index(number, values.shape)[0]) if values.ndim else None
        remedy = r"leave it out: text.rstrip('\0')"
        raise InputError(f"{name} holds {reprlib.repr(objects[number])}, which ends in NUL", event=event, remedy=remedy)


def _decoded(name: str, values: NDArray[Any]) -> NDArray[Any]:
    try:
        texts = np.char.decode(np.ma.getdata(values), "utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{name} holds bytes that are not text", remedy=_NO_OBJECTS) from error
    return np.ma.array(texts, mask=values.mask) if isinstance(values, np.ma.MaskedArray) else texts

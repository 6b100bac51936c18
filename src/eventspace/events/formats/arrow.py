"""Columns of Arrow, as Parquet and CSV files are read, in numpy."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.events.formats.table import Column, Lists

__all__ = ["column"]


def column(values: Any) -> Column:
    """An Arrow array as a column; what is missing is masked, a list that is missing is empty."""
    import pyarrow as pa
    import pyarrow.compute

    if not _is_list(values.type):
        return _flat(values)
    lengths = pa.compute.fill_null(pa.compute.list_value_length(values), 0)
    return Lists(lengths.to_numpy(zero_copy_only=False).astype(np.int64), _flat(values.flatten()))


def _is_list(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _flat(values: Any) -> NDArray[Any]:
    """Numbers keep their type, so that whole ones keep all digits, and what is missing is masked."""
    import pyarrow as pa
    import pyarrow.compute

    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pa.types.is_null(values.type) or pa.types.is_decimal(values.type):
        values = values.cast(pa.float64())
    missing = values.is_null().to_numpy(zero_copy_only=False) if values.null_count else None
    text = pa.types.is_string(values.type) or pa.types.is_large_string(values.type)
    number = pa.types.is_integer(values.type) or pa.types.is_floating(values.type) or pa.types.is_boolean(values.type)
    if missing is not None and (text or number):
        values = pa.compute.fill_null(values, pa.scalar("" if text else False).cast(values.type))
    array = np.asarray(values.to_numpy(zero_copy_only=False))
    if text:
        array = array.astype(str)
    return array if missing is None else np.ma.MaskedArray(array, missing)

"""Parquet files with one row an event: list columns for the particles, plain columns for the events."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError, MissingExtraError
from eventspace.events.formats.clouds import Counts
from eventspace.events.formats.columns import PARTICLE, assemble
from eventspace.events.formats.format import EVENTS_AT_ONCE, Format
from eventspace.events.particles import ParticleClouds
from eventspace.events.reading import existing, reading

__all__ = ["FORMAT", "read"]

_MAGIC = b"PAR1"


def read(path: str | Path, columns: Mapping[str, str]) -> Iterator[ParticleClouds]:
    """Clouds with the coordinates of the file.

    Arguments:
        path: the file.
        columns: our names to those of the file, as from :func:`eventspace.events.formats.columns.parse`.
    """
    with reading(path), _opened(path) as file:
        missing = [theirs for theirs in columns.values() if theirs not in file.schema_arrow.names]
        if missing:
            raise InputError(
                f"there is no column {missing[0]!r}", remedy=f"it has {', '.join(file.schema_arrow.names)}"
            )
        start = 0
        for batch in file.iter_batches(batch_size=EVENTS_AT_ONCE, columns=list(columns.values())):
            lists = {
                ours: _entries(batch.column(theirs), theirs, start)
                for ours, theirs in columns.items()
                if ours in PARTICLE
            }
            counts = next(iter(lists.values()))[0]
            for ours, (lengths, _) in lists.items():
                if (lengths != counts).any():
                    event = int(np.argmax(lengths != counts))
                    text = f"{columns[ours]} has {lengths[event]} particles where another column has {counts[event]}"
                    raise InputError(text, event=start + event, remedy="make the file again")
            particles = {ours: values for ours, (_, values) in lists.items()}
            per_event = {
                ours: _plain(batch.column(theirs), theirs, "biufU")
                for ours, theirs in columns.items()
                if ours not in PARTICLE
            }
            yield assemble(counts, particles, per_event)
            start += len(batch)


def _opened(path: str | Path) -> Any:
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError("pyarrow", "formats", "reading Parquet files") from error

    return pyarrow.parquet.ParquetFile(existing(path))


def _entries(column: Any, name: str, start: int) -> tuple[Counts, NDArray[Any]]:
    """The entries of each event, and all of them in one flat array; missing values are NaN."""
    import pyarrow as pa
    import pyarrow.compute

    kinds = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    if not any(kind(column.type) for kind in kinds):
        raise InputError(f"{name} holds {column.type}, not lists", remedy="give list columns with one list an event")
    if column.null_count:
        event = int(np.argmax(column.is_null().to_numpy(zero_copy_only=False)))
        raise InputError(f"{name} has no list", event=start + event, remedy="give every event a list")
    lengths = pa.compute.list_value_length(column).to_numpy(zero_copy_only=False).astype(np.int64)
    return lengths, _plain(column.flatten(), name, "biuf")


def _plain(column: Any, name: str, kinds: str) -> NDArray[Any]:
    """Values of the given numpy kinds; missing numbers are NaN."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    values = np.asarray(column.to_numpy(zero_copy_only=False))
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        values = values.astype(str)
    if values.dtype.kind not in kinds:
        raise InputError(f"{name} holds {column.type}", remedy="give numbers, and text for labels only")
    return values


def _count(path: Path, columns: Mapping[str, str]) -> int:
    del columns
    with reading(path), _opened(path) as file:
        return int(file.metadata.num_rows)


def _recognises(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


FORMAT = Format("parquet", "Parquet table with a column map", _recognises, _count, read, takes_columns=True)

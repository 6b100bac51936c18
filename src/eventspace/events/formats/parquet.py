"""Parquet files with one row an event: lists for the particles, also lists of records; plain columns for the events.

A field of records is named ``RECORD.FIELD``, as in ``pt=PFCands.pt``.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from eventspace.base.extras import require
from eventspace.events.formats.arrow import column
from eventspace.events.formats.format import EVENTS_AT_ONCE
from eventspace.events.formats.table import Column, Request, unknown
from eventspace.events.formats.table_reader import table_format
from eventspace.events.reading import beginning_with, begins_with, reading

__all__ = ["FORMAT"]

_MAGIC = b"PAR1"


@dataclass(frozen=True)
class _ParquetTable:
    flat: ClassVar[bool] = False

    file: Any

    def contents(self) -> Mapping[str, str]:
        """The names of the columns, and what each holds."""
        return {name: text for field in self.file.schema_arrow for name, text in _leaves(field.name, field.type)}

    def count(self, request: Request) -> int:
        """The number of rows."""
        return int(self.file.metadata.num_rows)

    def batches(self, request: Request) -> Iterator[dict[str, Column]]:
        """The columns of the request by name, some rows at a time."""
        held = self.contents()
        for name in request.names:
            if name not in held:
                raise unknown(name, held)
        homes = {name: _home(name, self.file.schema_arrow.names) for name in request.names}
        paths = (self.file.schema.column(number).path for number in range(len(self.file.schema)))
        wanted = [path for path in paths if any(_belongs(path, *home) for home in homes.values())]
        for batch in self.file.iter_batches(batch_size=EVENTS_AT_ONCE, columns=wanted):
            yield {name: column(_field(batch.column(top), inner)) for name, (top, inner) in homes.items()}


def _leaves(name: str, kind: Any) -> Iterator[tuple[str, str]]:
    """The names that a column map may use for a column of Arrow, with their types."""
    import pyarrow as pa

    listed = getattr(kind, "value_type", None)
    inner = kind if listed is None or pa.types.is_dictionary(kind) else listed
    if not pa.types.is_struct(inner):
        yield name, str(kind)
        return
    for field in inner:
        text = f"list<{field.type}>" if listed is not None else str(field.type)
        yield f"{name}.{field.name}", text


def _home(name: str, tops: list[str]) -> tuple[str, str | None]:
    """The column of the file with a quantity, and the field of its records."""
    if name in tops:
        return name, None
    top, _, inner = name.rpartition(".")
    return top, inner


def _belongs(path: str, top: str, inner: str | None) -> bool:
    """Whether a leaf of the file is needed; the parts between its names depend on who wrote it."""
    if path != top and not path.startswith(f"{top}."):
        return False
    return inner is None or inner in path.removeprefix(f"{top}.").split(".")


def _field(values: Any, inner: str | None) -> Any:
    """A field of records, or of lists of records, as a column of its own."""
    import pyarrow as pa
    import pyarrow.compute

    if inner is None:
        return values
    if pa.types.is_struct(values.type):
        return pa.compute.struct_field(values, inner)
    lengths = pa.compute.fill_null(pa.compute.list_value_length(values), 0).cast(pa.int64())
    offsets = pa.concat_arrays([pa.array([0], pa.int64()), pa.compute.cumulative_sum(lengths)])
    return pa.LargeListArray.from_arrays(offsets, pa.compute.struct_field(values.flatten(), inner))


@contextmanager
def _opened(path: str | Path) -> Iterator[_ParquetTable]:
    with require("formats", "reading Parquet files"):
        import pyarrow.parquet

    path = beginning_with(path, _MAGIC, "a Parquet file")
    with reading(path), pyarrow.parquet.ParquetFile(path) as file:
        yield _ParquetTable(file)


def _recognises(path: Path) -> bool:
    return begins_with(path, _MAGIC)


FORMAT = table_format("parquet", "Parquet table with a column map", _recognises, _opened)

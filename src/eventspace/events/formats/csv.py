"""Text tables with one row an event, plain or compressed.

The first line names the columns; where it holds numbers, they are called 0, 1, 2 ... Columns are separated by commas,
semicolons or tabs, or by single spaces if the format is named.
"""

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from eventspace.base.errors import InputError
from eventspace.base.extras import require
from eventspace.events.formats.arrow import column
from eventspace.events.formats.table import Column, Request, unknown
from eventspace.events.formats.table_reader import table_format
from eventspace.events.formats.text import opened_text
from eventspace.events.reading import reading

__all__ = ["FORMAT"]

_SEPARATORS = (",", ";", "\t", " ")
_SURE = (",", ";", "\t")
_LONGEST_LINE = 1 << 20
_TEXT = re.compile(r"column #(\d+): .*conversion error to \w+: invalid value '(.*)'")


@dataclass(frozen=True)
class _Text:
    flat: ClassVar[bool] = False

    path: Path
    names: list[str]
    separator: str
    headed: bool

    def contents(self) -> dict[str, str]:
        """The names of the columns, and the type of each as the first rows have it."""
        with self._reader(self.names, {}) as reader:
            return {field.name: str(field.type) for field in reader.schema}

    def count(self, request: Request) -> int:
        """The number of lines that are not empty, without the header."""
        self._check(request)
        with opened_text(self.path) as file:
            return sum(bool(line.strip()) for line in file) - self.headed

    def batches(self, request: Request) -> Iterator[dict[str, Column]]:
        """The columns of the request by name, some rows at a time."""
        import pyarrow as pa

        self._check(request)
        # The first rows may hold whole numbers by chance.
        numbers = dict.fromkeys((*request.particles, *request.points), pa.float64())
        with self._reader(request.names, numbers) as reader:
            for batch in reader:
                yield {name: column(batch.column(name)) for name in request.names}

    def _check(self, request: Request) -> None:
        for name in request.names:
            if name not in self.names:
                raise unknown(name, self.names)

    @contextmanager
    def _reader(self, names: list[str], types: dict[str, Any]) -> Iterator[Any]:
        import pyarrow as pa
        from pyarrow import csv as arrow

        with opened_text(self.path) as file, self._text_among_numbers(pa.ArrowInvalid):
            yield arrow.open_csv(
                file,
                read_options=arrow.ReadOptions(column_names=self.names, skip_rows=int(self.headed), use_threads=False),
                parse_options=arrow.ParseOptions(delimiter=self.separator),
                convert_options=arrow.ConvertOptions(
                    include_columns=names, column_types=types, strings_can_be_null=True
                ),
            )

    @contextmanager
    def _text_among_numbers(self, invalid: type[Exception]) -> Iterator[None]:
        """A text where numbers are expected is a problem of its column, not damage."""
        try:
            yield
        except invalid as error:
            found = _TEXT.search(str(error))
            if found is None:
                raise
            remedy = "name columns of numbers, and leave the place of a missing value empty"
            raise InputError(f"{self.names[int(found[1])]} holds {found[2]!r}, no number", remedy=remedy) from error


@contextmanager
def _opened(path: str | Path) -> Iterator[_Text]:
    with require("formats", "reading text tables"):
        import pyarrow.csv  # noqa: F401

    with reading(path):
        first, second = _lines(path)
        separator = max(_SEPARATORS, key=first.count)
        names = _fields(first.lstrip("# "), separator)
        if b"\0" in first.encode() or not first or len(names) != len(_fields(second, separator)):
            raise InputError(
                "this is not a table of text", remedy="give one row an event, with the names of the columns first"
            )
        headed = not all(map(_is_number, names))
        if not headed:
            names = [str(number) for number in range(len(names))]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise InputError(f"two columns are called {twice!r}", remedy="give each a name of its own")
        yield _Text(Path(path), names, separator, headed)


def _lines(path: str | Path) -> tuple[str, str]:
    """The first two lines."""
    with opened_text(path) as file:
        first, second = (file.readline(_LONGEST_LINE).decode("utf-8-sig").strip("\r\n") for _ in range(2))
    return first, second


def _fields(line: str, separator: str) -> list[str]:
    return [field.strip() for field in next(csv.reader([line], delimiter=separator), [])]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _recognises(path: Path) -> bool:
    try:
        with reading(path):
            first, second = _lines(path)
            separator = max(_SURE, key=first.count)
            columns, fields = len(_fields(first, separator)), _fields(second, separator)
    except InputError:
        return False
    return columns > 1 and columns == len(fields) and any(map(_is_number, fields))


FORMAT = table_format("csv", "table of text with a column map", _recognises, _opened)

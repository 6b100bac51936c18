"""The JSON files of a run directory, as they must be: read once, and never trusted."""

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from eventspace.base.errors import InputError
from eventspace.base.validation import first_fault
from eventspace.statistics.number import Number

__all__ = ["Asked", "FigureRecord", "Found", "read_record"]

T = TypeVar("T")

_MOST_BYTES = 1 << 26  # pydantic itself refuses deep nesting


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class InputRecord(_Record):
    """A file with a sample of the study."""

    file: str
    sha256: str


class Hardware(_Record):
    """Where a study ran."""

    processor: str
    cores: int | None


class Provenance(_Record):
    """Where the numbers come from."""

    command: list[str]
    seed: int
    inputs: list[InputRecord]
    seconds: float
    date: str
    versions: dict[str, str]
    hardware: Hardware


class Found(_Record):
    """results.json."""

    study: str
    question: str
    answer: str
    numbers: dict[str, Number]
    provenance: Provenance


class Asked(_Record):
    """config.json."""

    study: str
    config: dict[str, Any]
    inputs: list[InputRecord]


class FigureRecord(_Record):
    """One of the figures in figures.json; the name is that of its files."""

    name: str = Field(pattern=r"^[^/\\\x00]+$")
    caption: str
    page: bool = False


def read_record(path: Path, kind: type[T]) -> T:
    """Read a JSON file of a run directory.

    Arguments:
        path: the file.
        kind: the record that it has to hold, or a list of such records.

    Raises:
        InputError: the file is missing, too large, or not such a record; it names the first place that is wrong.
    """
    remedy = "run the command again in a new directory"
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"it has more than {_MOST_BYTES:,} bytes", file=path, remedy=remedy)
        return TypeAdapter(kind).validate_json(path.read_bytes())
    except OSError as error:
        reason = error.strerror or str(error)
    except ValidationError as error:
        fault = first_fault(error)
        reason = f"{fault.place}: {fault.message}" if fault.place else fault.message
    raise InputError(f"the run is damaged ({reason[:200]})", file=path, remedy=remedy)

"""All foreign formats, by name and by what a file looks like."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from eventspace.base.errors import InputError
from eventspace.events.formats import (
    calochallenge,
    csv,
    datasets,
    edm4hep,
    edm4hep_mc,
    energyflow,
    hepmc,
    hepmc_ee,
    jetclass,
    jetnet,
    lhc_olympics,
    lhe,
    lhe_ee,
    npy,
    npz,
    parquet,
    root,
    showerdata,
    threedgan,
    top_tagging,
    vae_jets,
)
from eventspace.events.formats.format import Format
from eventspace.events.formats.npz_array import archive
from eventspace.events.hdf5 import MAGIC, opened
from eventspace.events.reading import begins_with, existing

__all__ = ["FORMATS", "detect", "named"]

_ALL = (
    top_tagging,
    jetnet,
    energyflow,
    lhc_olympics,
    vae_jets,
    jetclass,
    hepmc_ee,
    hepmc,
    lhe_ee,
    lhe,
    threedgan,
    calochallenge,
    showerdata,
    parquet,
    npz,
    npy,
    edm4hep,
    edm4hep_mc,
    root,
    datasets,
    csv,
)

FORMATS: dict[str, Format] = {module.FORMAT.name: module.FORMAT for module in _ALL}
"""The formats by name; where a file fits two, it is of the first."""


def named(name: str) -> Format:
    """The format of this name.

    Raises:
        InputError: there is none; the error lists the names.
    """
    if name not in FORMATS:
        raise InputError(f"there is no format {name!r}", remedy=f"choose from {', '.join(FORMATS)}")
    return FORMATS[name]


def detect(path: str | Path) -> Format:
    """The format of a file.

    Raises:
        InputError: the file is missing or of no known format; the error lists the formats.
    """
    path = existing(path)
    for format_ in FORMATS.values():
        if format_.recognises(path):
            return format_
    for mark, opener in _CONTAINERS.items():
        if begins_with(path, mark):
            with opener(path):  # raises if the file is damaged
                break
    raise InputError(
        "its format is not recognised", file=path, remedy=f"name the format with --format: {', '.join(FORMATS)}"
    )


_CONTAINERS: dict[bytes, Callable[[Path], AbstractContextManager[Any]]] = {
    MAGIC: opened,
    b"PK\x03\x04": archive,
}

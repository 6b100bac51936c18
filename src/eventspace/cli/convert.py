"""The command ``convert``."""

from pathlib import Path

from eventspace.events.convert import convert as run

__all__ = ["convert"]


def convert(
    source: Path,
    destination: Path,
    /,
    *,
    format: str | None = None,  # noqa: A002
    columns: str | None = None,
    limit: int | None = None,
    drop_invalid: bool = False,
) -> None:
    """Turn a file of another format into an eventspace file.

    Formats: top-tagging (the public reference, pandas HDF5), jetnet, energyflow, lhc-olympics, vae-jets, jetclass,
    hepmc, and parquet or npz with a column map. They are described in docs/files.md. The format is recognised from the
    content of the file.

    For example: eventspace convert train.h5 jets.h5 --limit 10000

    For example: eventspace convert mine.parquet jets.h5 --columns pt=PT,rapidity=Y,phi=PHI

    Args:
        source: The file to read.
        destination: The eventspace file to write.
        format: Name of the format of the source, where it is not recognised.
        columns: Column map of a Parquet or npz file: pt=PT,rapidity=Y,phi=PHI, or px, py, pz, E.
        limit: Read no more than this many events.
        drop_invalid: Leave out events with NaN, negative pt or no particles instead of stopping at them.
    """
    summary = run(source, destination, format=format, columns=columns, limit=limit, drop_invalid=drop_invalid)
    print(f"{summary.destination}: {summary.written} events, converted from {summary.format}")
    for fault, count in summary.faults.items():
        print(f"  left out {count}: {fault}")

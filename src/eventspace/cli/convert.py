"""The command ``convert``."""

from pathlib import Path

from eventspace.events.convert import convert as run
from eventspace.events.formats.threedgan import CellUnit

__all__ = ["convert"]


def convert(
    source: Path,
    destination: Path,
    /,
    *,
    format: str | None = None,  # noqa: A002
    columns: str | None = None,
    shape: tuple[int, int, int] | None = None,
    cell_size: float | None = None,
    cell_unit: CellUnit | None = None,
    limit: int | None = None,
    drop_invalid: bool = False,
    overwrite: bool = False,
) -> None:
    """Turn a file of another format into an eventspace file.

    Formats of particles: top-tagging (the public reference, pandas HDF5), jetnet, energyflow, lhc-olympics, vae-jets,
    jetclass, hepmc, and parquet or npz with a column map. Formats of calorimeter showers: 3dgan, calochallenge and
    showerdata. They are described in docs/files.md. The format is recognised from the content of the file.

    For example: eventspace convert train.h5 jets.h5 --limit 10000

    For example: eventspace convert mine.parquet jets.h5 --columns pt=PT,rapidity=Y,phi=PHI

    For example: eventspace convert points.h5 showers.h5 --shape 80 80 30 --cell-size 5

    Args:
        source: The file to read.
        destination: The eventspace file to write.
        format: Name of the format of the source, where it is not recognised.
        columns: Column map of a Parquet or npz file: pt=PT,rapidity=Y,phi=PHI, or px, py, pz, E.
        shape: Cells along x, y and z where the file does not state them. calochallenge: radii, angles, layers; those of
            datasets 2 and 3 by default. showerdata: by default the smallest grid that holds all points.
        cell_size: Size of a cell along x and y in mm, for showerdata; 5 by default.
        cell_unit: Energy of one unit of the cells, for 3dgan: GeV, MeV, keV or a number of GeV; by default 0.02 in
            files with the dataset energy and GeV in those with the dataset target.
        limit: Read no more than this many events.
        drop_invalid: Leave out events with NaN, negative pt or energy, no particles or no filled cells instead of
            stopping at them.
        overwrite: Replace a file that eventspace did not write.
    """
    summary = run(
        source,
        destination,
        format=format,
        columns=columns,
        shape=shape,
        cell_size=cell_size,
        cell_unit=cell_unit,
        limit=limit,
        drop_invalid=drop_invalid,
        overwrite=overwrite,
    )
    print(f"{summary.destination}: {summary.written} events, converted from {summary.format}")
    if summary.remark:
        print(f"  {summary.remark}")
    if summary.visible is not None:
        print(f"  the cells hold {100 * summary.visible:.3g}% of the incident energy")
    for fault, count in summary.faults.items():
        print(f"  left out {count}: {fault}")

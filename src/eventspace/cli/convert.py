"""The command ``convert``."""

from pathlib import Path

from eventspace.events.convert import convert as run
from eventspace.events.formats.assemble import Unit
from eventspace.events.formats.threedgan import CellUnit

__all__ = ["convert"]


def convert(
    source: Path,
    destination: Path,
    /,
    *,
    format: str | None = None,  # noqa: A002
    columns: str | None = None,
    points: tuple[str, ...] = (),
    tree: str | None = None,
    unit: Unit | None = None,
    padding: float | None = None,
    shape: tuple[int, int, int] | None = None,
    cell_size: float | None = None,
    cell_unit: CellUnit | None = None,
    label: str | None = None,
    limit: int | None = None,
    drop_invalid: bool = False,
    centre: bool = True,
    truth: bool | None = None,
    overwrite: bool = False,
) -> None:
    """Turn a file of another format into an eventspace file.

    Formats of particles: top-tagging (the public reference, pandas HDF5), jetnet, energyflow, lhc-olympics, vae-jets,
    jetclass, hepmc and lhe. Formats of calorimeter showers: 3dgan, calochallenge and showerdata. Tables of your own,
    with a column map: parquet, npz, npy, root, hdf5 and csv; eventspace inspect FILE shows the names in one. All are
    described in docs/files.md. The format is recognised from the content of the file.

    For example: eventspace convert train.h5 tops.h5 --limit 10000 --label top

    For example: eventspace convert mine.parquet jets.h5 --columns pt=PT,rapidity=Y,phi=PHI

    For example: eventspace convert nano.root jets.h5 --columns pt=PFCands_pt,eta=PFCands_eta,phi=PFCands_phi

    For example: eventspace convert x.npy jets.h5 --columns E=array:0,px=array:1,py=array:2,pz=array:3 --unit MeV

    For example: eventspace convert features.csv points.h5 --points mass tau21 --columns label=truth

    For example: eventspace convert points.h5 showers.h5 --shape 80 80 30 --cell-size 5

    Args:
        source: The file to read.
        destination: The eventspace file to write.
        format: Name of the format of the source, where it is not recognised.
        columns: Column map of a table, OURS=THEIRS with commas between: pt=PT,rapidity=Y,phi=PHI (or eta), with E or
            mass where known; or E, px, py, pz. Also pid, charge, label, and mask for a column that says which entries
            are particles. NAME:INDEX is one of the numbers along the last axis of an array, RECORD.FIELD a field.
        points: Columns of a table that are the coordinates of points, in place of particles.
        tree: The tree of a ROOT file that has several.
        unit: Unit of the energies of a table; they become GeV, the default.
        padding: The value that fills up the rows of a table, where it is not 0: -999 or nan. Entries that have it for
            pt, or for E in Cartesian momenta, are not particles.
        shape: Cells along x, y and z where the file does not state them. calochallenge: radii, angles, layers; those of
            datasets 2 and 3 by default. showerdata: by default the smallest grid that holds all points.
        cell_size: Size of a cell along x and y in mm, for showerdata; 5 by default.
        cell_unit: Energy of one unit of the cells, for 3dgan: GeV, MeV, keV or a number of GeV; by default 0.02 in
            files with the dataset energy and GeV in those with the dataset target.
        label: Keep the events with these labels, under these names: top=1,qcd=0, or top as it is called. An
            eventspace file can be split like this too.
        limit: Read no more than this many events.
        drop_invalid: Leave out events with NaN, negative pt or energy, no particles or no filled cells instead of
            stopping at them.
        centre: Move the particles of single jets to the axis of their jet, as distances between jets need it (formats
            energyflow, top-tagging and vae-jets). --no-centre leaves them where the file has them.
        truth: Give reconstructed particles truth labels through their links to the generator, and stop if there are
            none (format edm4hep); by default they get them where the file has links. --no-truth leaves them out.
        overwrite: Replace a file that eventspace did not write.
    """
    summary = run(
        source,
        destination,
        format=format,
        columns=columns,
        points=points,
        tree=tree,
        unit=unit,
        padding=padding,
        shape=shape,
        cell_size=cell_size,
        cell_unit=cell_unit,
        label=label,
        limit=limit,
        drop_invalid=drop_invalid,
        centre=centre,
        truth=truth,
        overwrite=overwrite,
    )
    print(f"{summary.destination}: {summary.written} events, converted from {summary.format}")
    if summary.remark:
        print(f"  {summary.remark}")
    if summary.visible is not None:
        print(f"  the cells hold {100 * summary.visible:.3g}% of the incident energy")
    if summary.unchosen:
        print(f"  left out {summary.unchosen}: the label is not chosen")
    for fault, count in summary.faults.items():
        print(f"  left out {count}: {fault}")

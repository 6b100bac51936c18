"""The command ``distances``."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

__all__ = ["distances"]


def distances(
    a: Path,
    b: Path | None = None,
    /,
    *,
    out: Path,
    metric: Literal["transport", "euclidean"] = "transport",
    p: float = 1.0,
    R: float = 1.0,
    normalise: bool = True,
    threads: int | None = None,
    scheduler: Annotated[str | None, Parameter(show_default=False)] = None,
) -> None:
    """Compute all distances between the events of A and B, or within A, and write them to the dataset "distances".

    The transport distance is min sum g theta^p / R^p + |E - E'|, with theta the distance of two particles in rapidity
    and phi: the energy mover's distance for p = 1. The events are taken as they stand in the file. After an
    interruption give the same command again: it continues where it stopped.

    Args:
        a: An eventspace file.
        b: A second file; without it, distances within A.
        out: The HDF5 file to write: dataset "distances", (events of A, events of B), float64.
        metric: transport for jets and images, euclidean for points and images.
        p: Power of the angle in the transport distance.
        R: Angular scale of the transport distance.
        normalise: Scale the energies of each event to the sum 1; otherwise distances are in GeV.
        threads: Worker threads; all cores by default.
        scheduler: Address of a Dask scheduler to compute on, instead of threads.
    """
    from eventspace.distances.euclidean import Euclidean
    from eventspace.distances.pairwise import matrix_to_file
    from eventspace.distances.transport import Transport
    from eventspace.events.native import read

    chosen = Euclidean() if metric == "euclidean" else Transport(R=R, p=p, normalise=normalise)
    left, right = read(a), None if b is None else read(b)
    matrix_to_file(chosen, left, right, path=out, threads=threads, scheduler=scheduler)
    print(f"{out}: {len(left)} x {len(left if right is None else right)} distances, {chosen}")

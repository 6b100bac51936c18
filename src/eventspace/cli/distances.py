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
    metric: Literal[
        "transport", "sinkhorn", "euclidean", "jensen-shannon", "ssim", "energy", "mse", "durham"
    ] = "transport",
    p: float = 1.0,
    R: float = 1.0,
    eps: float = 0.02,
    axis: Annotated[Literal["x", "y", "z"] | None, Parameter(show_default=False)] = None,
    dynamic_range: Annotated[float | None, Parameter(show_default=False)] = None,
    sigma: float = 1.5,
    visible_energy: Annotated[float | None, Parameter(show_default=False)] = None,
    normalise: bool = True,
    threads: int | None = None,
    scheduler: Annotated[str | None, Parameter(show_default=False)] = None,
    overwrite: bool = False,
) -> None:
    """Compute all distances between the events of A and B, or within A, and write them to the dataset "distances".

    The transport distance is min sum g theta^p / R^p + |E - E'|, with theta the distance of two particles in rapidity
    and phi: the energy mover's distance for p = 1. The events are taken as they stand in the
    eventspace file: most formats of single jets become relative to the axis of each jet in eventspace convert, unless
    --no-centre. After an interruption give the same command again: it continues where it stopped.

    Args:
        a: An eventspace file.
        b: A second file; without it, distances within A.
        out: The HDF5 file to write: dataset "distances", (events of A, events of B), float64.
        metric: transport and sinkhorn for jets and images, euclidean and mse (mean squared error) for points and
            images, jensen-shannon for showers and histograms, ssim (as 1 - SSIM) for showers and images, energy for
            showers, jets and images, durham for the particles of an e+e- event as points of E, px, py, pz.
        p: Power of the angle in the transport distances.
        R: Angular scale of the transport distances.
        eps: Price on order in the entropic transport distance (sinkhorn), in units of theta^p / R^p.
        axis: Axis of the profiles that the Jensen-Shannon divergence compares; without it, points are histograms.
        dynamic_range: The range L of the energies that the structural similarity refers to; it must be given.
        sigma: Width of the window of the structural similarity in cells; the window shrinks to the grid.
        visible_energy: The visible energy of the event that the Durham distance refers to; it must be given.
        normalise: Scale the energies of each event to the sum 1 (transport, sinkhorn, jensen-shannon); otherwise
            distances are in GeV.
        threads: Worker threads; all cores by default.
        scheduler: Instead of threads: local:N for N processes on this machine, or the address of a Dask scheduler,
            tcp://host:8786 say.
        overwrite: Replace a file that eventspace did not write.
    """
    from eventspace.distances.engine.pairwise import matrix_to_file
    from eventspace.distances.named import named_metric
    from eventspace.events.native import read
    from eventspace.events.target import target

    chosen = named_metric(
        metric,
        p=p,
        R=R,
        eps=eps,
        axis=axis,
        dynamic_range=dynamic_range,
        sigma=sigma,
        visible_energy=visible_energy,
        normalise=normalise,
    )
    out = target(out, [a] if b is None else [a, b], overwrite=overwrite)
    left, right = read(a), None if b is None else read(b)
    matrix_to_file(chosen, left, right, path=out, threads=threads, scheduler=scheduler)
    print(f"{out}: {len(left)} x {len(left if right is None else right)} distances, {chosen}")
    if remark := chosen.remark(left):
        print(f"  {remark}")

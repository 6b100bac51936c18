"""The command ``distances``."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from eventspace.distances.registry import MetricConfig

__all__ = ["distances"]


def distances(
    a: Path,
    b: Path | None = None,
    /,
    *,
    out: Path,
    config: Annotated[MetricConfig | None, Parameter(name="*")] = None,
    threads: int | None = None,
    scheduler: Annotated[str | None, Parameter(show_default=False)] = None,
    overwrite: bool = False,
) -> None:
    """Compute all distances between the events of A and B, or within A, and write them to the dataset "distances".

    The transport distance is min sum g theta^p / R^p + |E - E'|, with theta the distance of two particles in rapidity
    and phi: the energy mover's distance for p = 1. The events are taken as they stand in the eventspace file: most
    formats of single jets become relative to the axis of each jet in eventspace convert, unless --no-centre. After an
    interruption give the same command again: it continues where it stopped.

    transport, sinkhorn, sliced-transport and quantile-transport compare jets and images; learned-transport, with --file
    of eventspace train embedding, jets; euclidean and mse (mean squared error) points and images; jensen-shannon
    showers (profiles along --axis) and points (as histograms, without it); shower-transport and profile-transport
    showers; ssim (as 1 - SSIM) showers and images; energy showers, jets and images; durham the particles of an e+e-
    event as points of E, px, py, pz. A parameter that a metric lacks is refused.

    Args:
        a: An eventspace file.
        b: A second file; without it, distances within A.
        out: The HDF5 file to write: dataset "distances", (events of A, events of B), float64.
        threads: Worker threads; all cores by default.
        scheduler: Instead of threads: local:N for N processes on this machine, or the address of a Dask scheduler,
            tcp://host:8786 say.
        overwrite: Replace a file that eventspace did not write.
    """
    from eventspace.distances.engine.pairwise import matrix_to_file
    from eventspace.events.native import read
    from eventspace.events.target import target

    out = target(out, [a] if b is None else [a, b], overwrite=overwrite)
    left, right = read(a), None if b is None else read(b)
    metric = (config or MetricConfig()).metric_for(left)
    matrix_to_file(metric, left, right, path=out, threads=threads, scheduler=scheduler)
    print(f"{out}: {len(left)} x {len(left if right is None else right)} distances, {metric}")
    if remark := metric.remark(left):
        print(f"  {remark}")

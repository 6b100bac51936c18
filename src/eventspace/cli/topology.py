"""The command ``topology``."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from eventspace.base.errors import InputError
from eventspace.cli.studying import study
from eventspace.report.topology import figures
from eventspace.studies.topology import TopologyConfig, run

__all__ = ["topology"]


def topology(
    sample: Path,
    other: Path | None = None,
    /,
    *,
    out: Path,
    config: Annotated[TopologyConfig | None, Parameter(name="*")] = None,
    threads: int | None = None,
    scheduler: str | None = None,
    resume: bool = False,
) -> None:
    """Count the pieces, loops and voids of a sample under any distance, and compare the shapes of two samples.

    Persistent homology of a shape that grows with the scale: what is dense at a scale, seen with that resolution. A
    feature stands out if it lives over a larger factor of scale than the confidence band of a bootstrap. With two
    samples the Wasserstein distance of their diagrams gets a permutation p-value: does a generated ring have its hole?

    Any distance of eventspace distances can be chosen with --metric. Of jensen-shannon and mse the square root is
    taken, which is a metric.

    For example: eventspace topology ring.h5 generated.h5 --out runs/topology

    Args:
        sample: Eventspace file of events.
        other: A second one, to compare with.
        out: The run directory to write.
        threads: Worker threads; all cores by default.
        scheduler: Instead of threads: local:N for N processes on this machine, or the address of a Dask scheduler,
            tcp://host:8786 say; only for the distances.
        resume: Continue an interrupted run in the same directory.
    """
    chosen = config or TopologyConfig()
    files = [sample] if other is None else [sample, other]
    names = [file.stem for file in files]
    if len(set(names)) < len(names):
        raise InputError("the two samples have the same file name", remedy="rename one: the names label the results")
    study(
        "topology",
        files,
        chosen,
        lambda events, how: run(dict(zip(names, events, strict=True)), chosen, **how),
        figures,
        out=out,
        samples=names,
        resume=resume,
        how={"threads": threads, "scheduler": scheduler},
        headline=lambda name: name.split(".")[0] in ("memory", "betti", "band", "distance", "p"),
    )

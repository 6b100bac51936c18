"""The command ``dimension``."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from eventspace.base.errors import InputError
from eventspace.cli.studying import study
from eventspace.report.dimension import figures
from eventspace.studies.dimension import DimensionConfig, run

__all__ = ["dimension"]


def dimension(
    samples: Annotated[list[Path], Parameter(required=True)],
    /,
    *,
    out: Path,
    config: Annotated[DimensionConfig | None, Parameter(name="*")] = None,
    threads: int | None = None,
    scheduler: str | None = None,
    resume: bool = False,
) -> None:
    """Measure the correlation dimension Q d/dQ ln C(Q) of one or several samples against the scale Q.

    C(Q) is the share of pairs of events closer than Q. Pairs are counted as they are computed and never stored, so the
    memory does not grow with their number. Bands come from a jackknife by event.

    Any distance of eventspace distances can be chosen with --metric. Of jensen-shannon and mse the square root is
    taken, which is a metric.

    For example: eventspace dimension qcd.h5 w.h5 top.h5 --out runs/dimension

    Args:
        samples: Eventspace files, all of one kind; each becomes a curve.
        out: The run directory to write.
        threads: Worker threads; all cores by default.
        scheduler: Instead of threads: local:N for N processes on this machine, or the address of a Dask scheduler,
            tcp://host:8786 say.
        resume: Continue an interrupted run in the same directory.
    """
    chosen = config or DimensionConfig()
    names = [file.stem for file in samples]
    if len(set(names)) < len(names):
        raise InputError("two samples have the same file name", remedy="rename one: the names label the curves")
    study(
        "dimension",
        samples,
        chosen,
        lambda events, how: run(dict(zip(names, events, strict=True)), chosen, **how),
        figures,
        out=out,
        samples=names,
        resume=resume,
        how={"threads": threads, "scheduler": scheduler},
        headline=lambda name: True,
    )

"""The command ``mapper``."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from eventspace.cli.studying import study
from eventspace.report.mapper import figures
from eventspace.studies.mapper import MapperConfig, run

__all__ = ["mapper"]


def mapper(
    sample: Path,
    /,
    *,
    out: Path,
    config: Annotated[MapperConfig | None, Parameter(name="*")] = None,
    threads: int | None = None,
    scheduler: str | None = None,
    resume: bool = False,
) -> None:
    """Draw a sample as a graph of clusters along a filter, and scan which pieces and loops are stable.

    Mapper: the range of a filter is cut into intervals that overlap, the events of each are clustered, and clusters
    that share events are joined. Nodes are coloured by any quantity, and the page shows what is in each. One graph
    proves nothing: resolution and overlap are scanned.

    Any distance of eventspace distances can be chosen with --metric. Of jensen-shannon and mse the square root is
    taken, which is a metric.

    For example: eventspace mapper qcd-top.h5 --colour label=top --out runs/mapper

    Args:
        sample: Eventspace file of events.
        out: The run directory to write.
        threads: Worker threads; all cores by default.
        scheduler: Instead of threads: local:N for N processes on this machine, or the address of a Dask scheduler,
            tcp://host:8786 say; only for the distances.
        resume: Continue an interrupted run in the same directory.
    """
    chosen = config or MapperConfig()
    study(
        "mapper",
        [sample],
        chosen,
        lambda events, how: run(events[0], chosen, name=sample.stem, **how),
        figures,
        out=out,
        resume=resume,
        how={"threads": threads, "scheduler": scheduler},
        headline=lambda name: True,
    )

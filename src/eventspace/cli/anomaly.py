"""The command ``anomaly``."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from eventspace.cli.studying import study
from eventspace.report.anomaly import figures
from eventspace.studies.anomaly import SAMPLES, AnomalyConfig, run

__all__ = ["anomaly"]


def anomaly(
    background: Path,
    signal: Path,
    /,
    *,
    out: Path,
    config: Annotated[AnomalyConfig | None, Parameter(name="*")] = None,
    threads: int | None = None,
    scheduler: str | None = None,
    resume: bool = False,
) -> None:
    """Score events by their distance from ordinary ones, and measure how well the score finds the signal.

    Two scores, no training: the transport distance to the average background image, and the smallest distance to n
    medoids of the background. The inverse task, background sought among signal, is run as well. The answer is the area
    under the ROC curve and the background rejection, with intervals, in the run directory and on its page.

    For example: eventspace anomaly qcd.h5 top.h5 --out runs/qcd-top

    Args:
        background: Eventspace file of ordinary jets.
        signal: Eventspace file of the jets to be found.
        out: The run directory to write.
        threads: Worker threads; all cores by default.
        scheduler: Instead of threads: local:N for N processes on this machine, or the address of a Dask scheduler,
            tcp://host:8786 say.
        resume: Continue an interrupted run in the same directory.
    """
    chosen = config or AnomalyConfig()
    study(
        "anomaly",
        [background, signal],
        chosen,
        lambda events, how: run(events[0], events[1], chosen, names=(background.stem, signal.stem), **how),
        figures,
        out=out,
        samples=SAMPLES,
        resume=resume,
        how={"threads": threads, "scheduler": scheduler},
        headline=lambda name: ".n" not in name,
    )

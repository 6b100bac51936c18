"""The command ``support``."""

from filecmp import cmp
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from eventspace.base.errors import InputError
from eventspace.cli.studying import study
from eventspace.events.reading import existing
from eventspace.report.support import figures
from eventspace.studies.samples import SAMPLES
from eventspace.studies.support.support import SupportConfig, run

__all__ = ["support"]


def support(
    reference: Path,
    generated: Path,
    /,
    *,
    out: Path,
    config: Annotated[SupportConfig | None, Parameter(name="*")] = None,
    threads: int | None = None,
    scheduler: str | None = None,
    resume: bool = False,
) -> None:
    """Estimate how many different events a generator can make: the birthday paradox test.

    Two events are the same if they are closer, in every feature, than a share alpha of the pairs of the reference. From
    the share of such duplicates among all pairs follows the support size, and from the subsets that hold one the talk's
    s50. What counts is the ratio of the generator's support to that of the reference, under the same thresholds, and
    the overlap of both, from 0 to 1: whether the generator's events are those of the reference, or others.
    The answer, with intervals, is in the run directory and on its page.

    For example: eventspace support geant4.h5 gan.h5 --out runs/support

    Args:
        reference: Eventspace file of events of the true source; it sets the thresholds.
        generated: Eventspace file of events of the generator.
        out: The run directory to write.
        threads: Worker threads; all cores by default.
        scheduler: Address of a Dask scheduler, or local:N for N processes here, to compute on instead of threads.
        resume: Continue an interrupted run in the same directory.
    """
    chosen = config or SupportConfig()
    if cmp(existing(reference), existing(generated), shallow=False):
        # Every event would be a duplicate of its copy, and the overlap far above 1.
        raise InputError("it holds the events of the reference", file=generated, remedy="give another sample")
    study(
        "support",
        [reference, generated],
        chosen,
        lambda events, how: run(events[0], events[1], chosen, names=(reference.stem, generated.stem), **how),
        figures,
        out=out,
        samples=SAMPLES,
        resume=resume,
        how={"threads": threads, "scheduler": scheduler},
        headline=lambda name: name.startswith(("ratio.", "overlap.", "s50.", "opinion.")) and ".alpha" not in name,
    )

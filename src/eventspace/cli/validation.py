"""The command ``validation``."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from eventspace.cli.studying import study
from eventspace.report.validation import figures
from eventspace.studies.samples import SAMPLES
from eventspace.studies.validation.validation import ValidationConfig, run

__all__ = ["validation"]


def validation(
    reference: Path,
    generated: Path,
    /,
    *,
    out: Path,
    config: Annotated[ValidationConfig | None, Parameter(name="*")] = None,
    resume: bool = False,
) -> None:
    """Compare generated showers with those of a reference: do they look alike?

    Side by side, with ratios and bands: the energy in the cells and its resolution, mean profiles and their spread, the
    energies of the cells, features of the showers and their correlations, mean images and single showers. The numbers
    say how far apart the distributions are. Both samples need the same grid and cells in GeV.

    A generator that leaves out small cells has to be compared with a reference without them: give --threshold.

    For example: eventspace validation geant4.h5 gan.h5 --threshold 1e-4 --out runs/validation

    Args:
        reference: Eventspace file of showers of the true source.
        generated: Eventspace file of showers of the generator.
        out: The run directory to write.
        resume: Start an interrupted run again in the same directory.
    """
    chosen = config or ValidationConfig()
    study(
        "validation",
        [reference, generated],
        chosen,
        lambda events, how: run(events[0], events[1], chosen, names=(reference.stem, generated.stem)),
        figures,
        out=out,
        samples=SAMPLES,
        resume=resume,
        how={"scheduler": None},
        headline=lambda name: name.startswith(("ratio.", "resolution", "correlation.", "opinion.")),
    )

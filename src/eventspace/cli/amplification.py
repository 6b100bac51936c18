"""The command ``amplification``."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from eventspace.base.errors import InputError
from eventspace.cli.studying import study
from eventspace.report import amplification as report
from eventspace.report import holdout_worth as holdout_report
from eventspace.studies.amplification.amplification import AmplificationConfig
from eventspace.studies.amplification.amplification import run as run_known
from eventspace.studies.holdout_worth import SAMPLES, HoldoutWorthConfig
from eventspace.studies.holdout_worth import run as run_files

__all__ = ["amplification"]

_SHARED = {"seed", "level", "quantiles"}


def amplification(
    *,
    out: Path,
    truth_sample: Path | None = None,
    train_sample: Path | None = None,
    generated: Path | None = None,
    features: list[str] | None = None,
    config: Annotated[AmplificationConfig | None, Parameter(name="*")] = None,
    device: str = "auto",
    threads: int | None = None,
    resume: bool = False,
) -> None:
    """Measure how many true events a generated sample is worth.

    A generator learns from some events of a truth. The shares of its events in cells of equal probability have an
    error; as many true events as have this error are what it is worth, and over those of the training it is the
    amplification.

    Without files the truth is a known distribution of points, and generators are trained here, on many samples: one
    lucky training misleads. With files it is a hold-out sample of the truth, cut into cells along features.

    For example: eventspace amplification --truth camelback --train 100 --quantiles 10 20 50 --out runs/camelback

    Or: eventspace amplification --truth-sample holdout.h5 --train-sample train.h5 --generated gen.h5 --out runs/worth

    Args:
        out: The run directory to write.
        truth_sample: Eventspace file of true events that the generator has not seen.
        train_sample: Eventspace file of the events that it was trained on.
        generated: Eventspace file of the events that it made.
        features: With files: what the cells are cut along, one after the other; by default all features of the kind.
        device: What networks are trained on: cpu, cuda, or auto for a GPU if there is one.
        threads: Threads of torch on the CPU; all cores by default.
        resume: Continue an interrupted run in the same directory.
    """
    chosen = config or AmplificationConfig()
    files = {"--truth-sample": truth_sample, "--train-sample": train_sample, "--generated": generated}
    given = [path for path in files.values() if path]
    if not given:
        if features:
            raise InputError("--features belongs to files", remedy="give files, or leave it out")
        study(
            "amplification",
            [],
            chosen,
            lambda _, how: run_known(chosen, checkpoints=how["checkpoints"], device=device, threads=threads),
            report.figures,
            out=out,
            resume=resume,
            how={"scheduler": None},
            headline=lambda name: name.startswith(("amplification.", "median.", "failed.")),
        )
        return

    missing = [name for name, path in files.items() if not path]
    if missing:
        raise InputError(f"{' and '.join(missing)} is not given", remedy="give all three files, or none")
    foreign = sorted(chosen.model_fields_set - _SHARED)
    if foreign:
        raise InputError(
            f"--{foreign[0].replace('_', '-')} belongs to known distributions", remedy="leave it out, or the files"
        )
    shared = {name: getattr(chosen, name) for name in _SHARED}
    of_files = HoldoutWorthConfig(**shared, features=tuple(features) if features else None)
    names = (given[1].stem, given[2].stem)
    study(
        "amplification",
        given,
        of_files,
        lambda events, _: run_files(events[0], events[1], events[2], of_files, names=names),
        holdout_report.figures,
        out=out,
        resume=resume,
        how={"scheduler": None},
        headline=lambda name: name.startswith(("worth.", "amplification.")),
        samples=("hold-out", *SAMPLES),
    )

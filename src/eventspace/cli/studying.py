"""What the commands of all studies share: from files to a finished run directory."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from eventspace.base.errors import InputError
from eventspace.base.provenance import command
from eventspace.distances.engine.workers import connect
from eventspace.events.base import Events
from eventspace.events.native import read
from eventspace.report.page import write_page
from eventspace.report.record import Found, read_record
from eventspace.report.run import run_directory
from eventspace.report.style import Picture
from eventspace.studies.samples import place
from eventspace.studies.study import Result, StudyConfig

__all__ = ["announce", "study"]


def study(
    name: str,
    files: Sequence[Path],
    config: StudyConfig,
    run: Callable[[list[Events], dict[str, Any]], Result],
    figures: Callable[[Result], list[Picture]],
    *,
    out: Path,
    resume: bool,
    how: dict[str, Any],
    headline: Callable[[str], bool],
    samples: Sequence[str] = (),
) -> None:
    """Read the files, run a study in a run directory, write its page, and print the answer and the main numbers.

    Arguments:
        run: takes the events and the keyword arguments ``checkpoints`` and those of ``how``.
        how: threads and scheduler.
        headline: which numbers to print.
        samples: what the study calls the events of each file in its errors; these then name the file.
    """
    events = [read(file) for file in files]
    with (
        connect(how["scheduler"]) as client,  # once for the many calculations of a study
        run_directory(out, name, config, files, command.get(), resume=resume) as directory,
    ):
        if not directory.finished:
            try:
                result = run(events, {"checkpoints": directory.checkpoints, **how, "scheduler": client})
            except InputError as error:
                file = dict(zip(map(place, samples), files, strict=False)).get(str(error.file))
                if file is None:
                    raise
                raise error.at(file) from None
            directory.finish(result, figures(result))
        write_page([out], out / "report.html")
    announce(out, headline)


def announce(out: Path, headline: Callable[[str], bool]) -> None:
    """Print the answer of a finished run, the numbers of the headline, and where the page is."""
    results = read_record(out / "results.json", Found)
    print(results.answer)
    for name, number in results.numbers.items():
        if headline(name):
            print(f"  {name:32s} {number}")
    print(f"page: {out / 'report.html'}")

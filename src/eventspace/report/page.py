"""One self-contained page from one or several runs: the answer first, then the figures, then how it was computed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from eventspace import __version__
from eventspace.base.errors import InputError
from eventspace.base.files import atomic
from eventspace.report.pictures import svg_source
from eventspace.report.record import Asked, FigureRecord, Found, read_record

__all__ = ["rendered", "write_page"]


def write_page(runs: Sequence[str | Path], path: str | Path) -> Path:
    """Write a page that needs no other file and no network.

    Arguments:
        runs: finished run directories, in the order of the page.
        path: the HTML file.

    Raises:
        InputError: a directory is not a run, or its run is not finished.
    """
    if not runs:
        raise InputError("no run was given", remedy="name at least one run directory")
    sections = [_section(Path(run)) for run in runs]
    html = rendered("page.html.j2", sections=sections, version=__version__)
    with atomic(path) as temporary:
        temporary.write_text(html, encoding="utf-8")
    return Path(path)


def rendered(template: str, **values: Any) -> str:
    """A template of this room with its values."""
    environment = Environment(
        loader=PackageLoader("eventspace.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template(template).render(**values)


def _section(run: Path) -> dict[str, Any]:
    if not (run / "config.json").is_file():
        raise InputError("this is not a run directory", file=run, remedy="give the directory named by --out of a study")
    if not (run / "results.json").is_file():
        raise InputError("this run is not finished", file=run, remedy="run its command again with --resume")
    results = read_record(run / "results.json", Found)
    config = read_record(run / "config.json", Asked)
    pictures = read_record(run / "figures" / "figures.json", list[FigureRecord])
    try:
        figures = [
            {
                "name": picture.name,
                "caption": picture.caption,
                "source": svg_source((run / "figures" / f"{picture.name}.svg").read_bytes()),
                "page": (run / "figures" / f"{picture.name}.html").read_text("utf-8") if picture.page else "",
            }
            for picture in pictures
        ]
    except (OSError, ValueError) as error:
        raise InputError(f"the run is damaged ({error})", file=run, remedy="run its command again") from error
    return {
        "name": run.name,
        "study": results.study,
        "question": results.question,
        "answer": results.answer,
        "numbers": results.numbers,
        "figures": figures,
        "config": config.config,
        "provenance": results.provenance,
    }

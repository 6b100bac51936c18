"""One self-contained page from one or several runs: the answer first, then the figures, then how it was computed."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from eventspace import __version__
from eventspace.base.errors import InputError
from eventspace.base.files import atomic
from eventspace.statistics.number import Number

__all__ = ["write_page"]


def write_page(runs: Sequence[str | Path], path: str | Path) -> Path:
    """Write a page that needs no other file and no network.

    Arguments:
        runs: finished run directories, in the order of the page.
        path: the HTML file.

    Raises:
        InputError: a directory is no run, or its run is not finished.
    """
    if not runs:
        raise InputError("no run was given", remedy="name at least one run directory")
    sections = [_section(Path(run)) for run in runs]
    environment = Environment(
        loader=PackageLoader("eventspace.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    html = environment.get_template("page.html.j2").render(sections=sections, version=__version__)
    with atomic(path) as temporary:
        temporary.write_text(html, encoding="utf-8")
    return Path(path)


def _section(run: Path) -> dict[str, Any]:
    if not (run / "config.json").is_file():
        raise InputError("this is no run directory", file=run, remedy="give the directory named by --out of a study")
    if not (run / "results.json").is_file():
        raise InputError("this run is not finished", file=run, remedy="run its command again with --resume")
    try:
        results = json.loads((run / "results.json").read_text())
        config = json.loads((run / "config.json").read_text())
        pictures = json.loads((run / "figures" / "figures.json").read_text())
        return {
            "name": run.name,
            "study": results["study"],
            "question": results["question"],
            "answer": results["answer"],
            "numbers": {name: Number(**number) for name, number in results["numbers"].items()},
            "figures": [
                {
                    **picture,
                    "source": _inline(run / "figures" / f"{Path(picture['name']).name}.svg"),
                    "page": _page(run / "figures" / f"{Path(picture['name']).name}.html", picture),
                }
                for picture in pictures
            ],
            "config": config["config"],
            "provenance": results["provenance"],
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"the run is damaged ({error})", file=run, remedy="run its command again") from error


def _page(path: Path, picture: dict[str, Any]) -> str:
    return path.read_text(encoding="utf-8") if picture.get("page") else ""


def _inline(path: Path) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(path.read_bytes()).decode("ascii")

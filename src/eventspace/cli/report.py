"""The command ``report``."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from eventspace.events.target import target
from eventspace.report.page import write_page

__all__ = ["report"]


def report(runs: Annotated[list[Path], Parameter(required=True)], /, *, out: Path, overwrite: bool = False) -> None:
    """Make one self-contained page from finished runs; it opens without a network.

    For example: eventspace report runs/qcd-top runs/dimension --out page.html

    Args:
        runs: Run directories, in the order of the page.
        out: The HTML file to write.
        overwrite: Replace a file that eventspace did not write.
    """
    reads = [file for run in runs for file in (*run.glob("*.json"), *run.glob("figures/*"))]
    print(f"page: {write_page(runs, target(out, reads, overwrite=overwrite))}")

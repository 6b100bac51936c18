"""One progress bar for everything that takes more than a moment."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["progress"]


@contextmanager
def progress(description: str, total: int, unit: str, show: bool | None = None) -> Iterator[Callable[[int], None]]:
    """Show a bar with rate and remaining time on the error stream; yields the function that advances it.

    Arguments:
        description: what is being done.
        total: how many units there are.
        unit: what is counted, in the plural ("pairs", "jets").
        show: always or never; by default only on a terminal. Elsewhere, a log say, one line stands at the end.
    """
    terminal = sys.stderr.isatty()
    if not (terminal if show is None else show):
        yield lambda _: None
        return

    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text(f"{speed:,.0f} {unit}/s" if speed else f"- {unit}/s")

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=terminal) as bar:
        task = bar.add_task(description, total=total)
        yield lambda done: bar.advance(task, done)

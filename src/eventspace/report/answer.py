"""A result with a display: a line at a prompt, a table and figures in a notebook, a run directory on disk."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eventspace.base.errors import InputError
from eventspace.base.provenance import command
from eventspace.report.drawing import svg
from eventspace.report.page import rendered, write_page
from eventspace.report.pictures import pictures, svg_source
from eventspace.report.run import run_directory
from eventspace.report.style import Picture
from eventspace.studies.study import Result

__all__ = ["Answer"]

_MOST_OF_ANSWER = 200  # characters of the repr


@dataclass(frozen=True, repr=False)
class Answer(Result):
    """What a study found, as the functions of eventspace return it.

    Attributes:
        inputs: the files that the events came from, for the record.

    Example:
        >>> import eventspace as es, numpy as np
        >>> square = es.Points(values=np.random.default_rng(1).uniform(size=(300, 2)))
        >>> answer = es.dimension(square, at=(0.1,))
        >>> answer
        <dimension: At the scale Q = 0.1 the correlation dimension is: sample 1.9... (95%). Gride finds: ... (95%).>
        >>> answer.numbers
        dimension.q0.1  1.9... (95%)
        gride.q0.1      ... (95%)
        pairs           44850
        gride.events    300
        >>> [picture.name for picture in answer.figures()]
        ['dimension']
    """

    inputs: Sequence[Path] = field(default=(), kw_only=True)

    def __repr__(self) -> str:
        return f"<{self.study}: {textwrap.shorten(self.answer, _MOST_OF_ANSWER, placeholder=' ...')}>"

    def _repr_html_(self) -> str:
        """The answer, the figures and the numbers, for a notebook."""
        figures = [{**p._asdict(), "source": "" if p.page else svg_source(svg(p.figure))} for p in self.figures()]
        section = {"answer": self.answer, "figures": figures, "numbers": self.numbers}
        return rendered("answer.html.j2", section=section)

    def figures(self) -> list[Picture]:
        """Draw the figures: each with ``name``, ``caption`` and the matplotlib ``figure``."""
        return pictures(self)

    def save(self, directory: str | Path) -> Path:
        """Write a run directory as the command of the study does: results, arrays, figures and page.

        Arguments:
            directory: the run directory; it must not exist or be empty.

        Returns:
            The page.

        Raises:
            InputError: the directory is in use, or cannot be made.
        """
        path = Path(directory)
        if path.exists() and not (path.is_dir() and not any(path.iterdir())):
            raise InputError("the run directory is not empty", file=path, remedy="name another")
        with run_directory(path, self.study, self.config, self.inputs, command.get(), resume=False) as run:
            run.finish(self, self.figures())
        return write_page([path], path / "report.html")

"""The commands of all studies, made from their dictionary."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from inspect import Parameter as Argument
from inspect import Signature
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from eventspace.base.provenance import command
from eventspace.base.work import DESCRIPTIONS, Work
from eventspace.events.native import read
from eventspace.report.ask import labelled
from eventspace.report.page import write_page
from eventspace.report.pictures import pictures
from eventspace.report.record import Found, read_record
from eventspace.report.run import run_directory
from eventspace.studies.registry import STUDIES, study
from eventspace.studies.study import Study, StudyConfig

__all__ = ["announce", "command_of"]

_HOW = {
    "threads": int | None,
    "scheduler": str | None,
    "device": str,
}


def __getattr__(name: str) -> Callable[..., None]:
    """The command of the study of this name, so that it can be loaded when it is needed."""
    study_name = name.replace("_", "-")
    if study_name not in STUDIES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return command_of(study(study_name))


def command_of(asked: Study) -> Callable[..., None]:
    """The command of a study: the files of its roles, a run directory, its options, and how to work."""

    def run(*files: Any, out: Path, config: StudyConfig | None = None, resume: bool = False, **how: Any) -> None:
        named = files[0] if asked.several else files
        perform(asked, named, config or asked.config(), out, Work(**how), resume=resume)

    signature = _signature(asked)
    run.__signature__ = signature  # type: ignore[attr-defined]
    run.__annotations__ = {name: each.annotation for name, each in signature.parameters.items()}
    run.__doc__ = _document(asked)
    run.__name__ = run.__qualname__ = asked.name.replace("-", "_")
    return run


def perform(asked: Study, files: Sequence[Path], config: StudyConfig, out: Path, work: Work, *, resume: bool) -> None:
    """Read the files, ask the study in a run directory, write its page, and print the answer and the main numbers."""
    roles = [role.name for role in asked.roles]
    paths = labelled(files) if asked.several else dict(zip(roles, files, strict=True))
    samples = {name: read(path) for name, path in paths.items()}
    with run_directory(out, asked.name, config, [*files, *config.files], command.get(), resume=resume) as directory:
        if not directory.finished:
            result = asked.ask(samples, config, replace(work, folder=directory.checkpoints))
            directory.finish(result, pictures(result))
        write_page([out], out / "report.html")
    announce(out, asked.headline)


def announce(out: Path, headline: Callable[[str], bool]) -> None:
    """Print the answer of a finished run, the numbers of the headline, and where the page is."""
    results = read_record(out / "results.json", Found)
    print(results.answer)
    for name, number in results.numbers.items():
        if headline(name):
            print(f"  {name:32s} {number}")
    print(f"page: {out / 'report.html'}")


def _signature(asked: Study) -> Signature:
    if asked.several:
        several: Any = Annotated[list[Path], Parameter(required=True)]
        files = [Argument(asked.roles[0].name, Argument.POSITIONAL_ONLY, annotation=several)]
    else:
        files = [Argument(role.name, Argument.POSITIONAL_ONLY, annotation=Path) for role in asked.roles]
    chosen: Any = Annotated[asked.config | None, Parameter(name="*")]
    usual = Work()
    how = [
        Argument(name, Argument.KEYWORD_ONLY, annotation=_HOW[name], default=getattr(usual, name))
        for name in asked.options
    ]
    return Signature(
        [
            *files,
            Argument("out", Argument.KEYWORD_ONLY, annotation=Path),
            Argument("config", Argument.KEYWORD_ONLY, annotation=chosen, default=None),
            *how,
            Argument("resume", Argument.KEYWORD_ONLY, annotation=bool, default=False),
        ]
    )


def _document(asked: Study) -> str:
    """The help of the command, as docstrings are written."""
    arguments = {
        **{role.name: role.description for role in asked.roles},
        "out": "The run directory to write.",
        **{name: DESCRIPTIONS[name] for name in asked.options},
        "resume": "Continue an interrupted run in the same directory.",
    }
    return "\n".join([asked.description, "", "Args:", *(f"    {name}: {text}" for name, text in arguments.items())])

"""The command ``train``: a sub-command for each entry of ``MODELS``."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from eventspace.base.errors import EventspaceError
from eventspace.base.provenance import command as given
from eventspace.base.work import Work
from eventspace.cli.of_models import app_of_models, indented
from eventspace.cli.studies import announce
from eventspace.events.native import read
from eventspace.events.reading import existing
from eventspace.models.registry import MODELS, model
from eventspace.report.page import write_page
from eventspace.report.run import run_directory

__all__ = ["train"]

train: App

_HELP = (
    "Train a network. Needs torch: pip install 'eventspace[torch]'.\n\n"
    "Each network is a command of its own with a page of help: eventspace train shower-gan --help\n\n"
    "A training writes a run directory. At every checkpoint it holds the network so far, model.safetensors, for "
    "eventspace generate or cluster; losses.jsonl; figures; and state.safetensors. A killed "
    "training goes on with --resume and ends with the same network.\n\n"
    "For example: eventspace train point-gan points.h5 --out runs/gan"
)


def _command(name: str) -> Callable[..., None]:
    """The command that trains the model of this name."""
    from eventspace.models.fit import MODEL_FILE
    from eventspace.studies.training.training import training

    recipe, study = model(name), training(name)
    chosen: Any = study.config

    def command(
        events: Path,
        /,
        *,
        out: Path,
        config: Annotated[chosen | None, Parameter(name="*")] = None,
        device: str = recipe.device,
        threads: int | None = recipe.threads,
        resume: bool = False,
    ) -> None:
        from eventspace.models.processes import rank
        from eventspace.models.training import DivergedError
        from eventspace.report.training.training import figures

        told = config or chosen()
        work = Work(device=device, threads=threads, folder=out)
        samples = {study.roles[0].name: read(events)}
        if rank() > 0:  # process 0 writes the files
            if not (out / "results.json").exists():
                study.ask(samples, told, work)
            return
        inputs = [events, existing(told.initial)] if told.initial else [events]
        failure: EventspaceError | None = None
        with run_directory(out, name, told, inputs, given.get(), resume=resume) as directory:
            if not directory.finished:
                try:
                    result = study.ask(samples, told, replace(work, watch=lambda now: directory.draw(figures(now))))
                    directory.finish(result, figures(result))
                except DivergedError as error:  # keep what there is: the losses show what happened
                    failure = error
        if failure:
            raise failure
        write_page([out], out / "report.html")
        announce(out, study.headline)
        print(f"model: {out / MODEL_FILE}")

    command.__doc__ = f"""{MODELS[name]}

    {indented(study.description)}

    For example: eventspace train {name} {study.roles[0].description.split()[0]}.h5 --out runs/{name}

    Args:
        events: Eventspace file of {study.roles[0].description}.
        out: The run directory to write.
        device: cpu, cuda, or auto for a GPU if there is one.
        threads: Threads of torch on the CPU; all cores unless set here or by the model.
        resume: Continue an interrupted training in the same directory.
    """
    return command


def __getattr__(name: str) -> Any:
    """The command itself, and the function of each sub-command."""
    if name == "train":
        return app_of_models("train", __name__, MODELS, _HELP)
    if name in MODELS:
        return _command(name)
    raise AttributeError(name)

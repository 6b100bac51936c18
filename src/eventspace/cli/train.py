"""The command ``train``: a sub-command for each entry of ``MODELS``."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from eventspace.base.work import Work
from eventspace.cli.of_models import app_of_models, indented
from eventspace.cli.studies import announce
from eventspace.models.registry import MODELS, model

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
    from eventspace.cli.trainings import train_one, train_several
    from eventspace.models.fit import MODEL_FILE
    from eventspace.models.processes import rank
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
        trainings: int = 1,
        resume: bool = False,
    ) -> None:
        told = config or chosen()
        if trainings == 1:
            train_one(name, events, out, told, Work(device=device, threads=threads), resume=resume)
            made = [out]
        else:
            made = train_several(
                name, events, out, told, trainings, Work(device=device, threads=threads), resume=resume
            )
        for directory in made if rank() == 0 else ():
            announce(directory, study.headline)
            print(f"model: {directory / MODEL_FILE}")

    command.__doc__ = f"""{MODELS[name]}

    {indented(study.description)}

    For example: eventspace train {name} {study.roles[0].description.split()[0]}.h5 --out runs/{name}

    Args:
        events: Eventspace file of {study.roles[0].description}.
        out: The run directory to write.
        device: cpu, cuda, or auto for a GPU if there is one.
        threads: Threads of torch on the CPU; all cores unless set here or by the model.
        trainings: That many, with the seeds that follow: OUT/seed1, OUT/seed2 and so on, side by side on the CPU.
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

"""The command ``generate``: a sub-command for each of ``GENERATORS``."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from eventspace.base.errors import InputError
from eventspace.base.progress import progress
from eventspace.cli.of_models import app_of_models, indented
from eventspace.events.native import writer
from eventspace.events.target import target
from eventspace.models.registry import GENERATORS, generator

__all__ = ["generate"]

generate: App

_HELP = (
    "Make events with a trained network. Needs torch: pip install 'eventspace[torch]'.\n\n"
    "Each network is a command of its own with a page of help: eventspace generate shower-gan --help\n\n"
    "A network for showers comes with eventspace; your own come from eventspace train. The same seed gives the same "
    "file, and the first events do not depend on how many follow.\n\n"
    "For example: eventspace generate shower-gan -n 1000 --seed 1 gan.h5"
)


def _command(name: str) -> Callable[..., None]:
    """The command that makes events with the model of this name."""

    recipe = generator(name)
    chosen: Any = recipe.options
    shown = Parameter(name="*") if chosen.model_fields else Parameter(parse=False)

    def command(
        out: Path,
        /,
        *,
        n: Annotated[int, Parameter(name=["-n", "--events"])],
        seed: int = 1,
        model: Path | None = None,
        options: Annotated[chosen | None, shown] = None,
        device: str = recipe.device,
        overwrite: bool = False,
    ) -> None:
        from eventspace.models.file import load

        out = target(out, [model] if model else [], overwrite=overwrite)
        file = model or recipe.shipped
        if not file:
            raise InputError(
                f"no {name} comes with eventspace",
                remedy=f"train one, eventspace train {name} EVENTS.h5 --out RUN, and add --model RUN/model.safetensors",
            )
        told = options.model_dump(exclude_unset=True) if options else {}
        trained = load(file, name)
        with writer(out) as written, progress("generating", n, recipe.unit) as advance:
            for events in recipe.generate(trained, n, seed=seed, device=device, **told):
                written.append(events)
                advance(len(events))
        print(f"{out}: {n} {recipe.unit}, seed {seed}")

    own = "" if recipe.shipped else f" --model runs/{name}/model.safetensors"
    command.__doc__ = f"""{GENERATORS[name]}

    {indented(recipe.drawing)}

    For example: eventspace generate {name} -n 1000 --seed 1{own} {name}.h5

    Args:
        out: The file to write.
        n: How many {recipe.unit}.
        seed: Seed of the random numbers.
        model: A network of your own: model.safetensors in the run directory of eventspace train {name}.
        device: cpu, cuda, or auto for a GPU if there is one.
        overwrite: Replace a file that eventspace did not write.
    """
    return command


def __getattr__(name: str) -> Any:
    """The command itself, and the function of each sub-command."""
    if name == "generate":
        return app_of_models("generate", __name__, GENERATORS, _HELP)
    if name in GENERATORS:
        return _command(name)
    raise AttributeError(name)

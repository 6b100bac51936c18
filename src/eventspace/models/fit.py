"""From events to a trained network: the recipe of a model carried out in a folder."""

from collections.abc import Callable
from pathlib import Path

from eventspace.base.files import sha256
from eventspace.base.provenance import command, environment
from eventspace.events.base import Events
from eventspace.events.reading import existing
from eventspace.models.file import save
from eventspace.models.processes import Processes
from eventspace.models.recipe import Recipe, Trained, TrainingConfig
from eventspace.models.training import Curves, train

__all__ = ["MODEL_FILE", "fit"]

MODEL_FILE = "model.safetensors"
"""What the trained network is called in the folder of its training."""


def fit(
    recipe: Recipe,
    events: Events,
    config: TrainingConfig,
    *,
    processes: Processes,
    folder: Path,
    watch: Callable[[Trained, Curves], None] = lambda trained, curves: None,
    show_progress: bool | None = None,
) -> tuple[Trained, Curves]:
    """Train a model on events.

    Arguments:
        recipe: of the model.
        events: of the kind that it learns from.
        config: of its kind.
        processes: those that train together; process 0 writes the files.
        folder: gets ``state.safetensors``, with which a training that was killed goes on; ``losses.jsonl``, a line a
            step; and the trained network, ``model.safetensors``, at every checkpoint.
        watch: called after each checkpoint with the network and the losses so far, on process 0.
        show_progress: as in :func:`eventspace.base.progress.progress`.

    Returns:
        The network after the last step, and the losses of all steps by name.

    Raises:
        InputError: the events or the configuration cannot be used; the state in the folder is damaged or belongs to
            another training; that to begin with is damaged or of other networks.
        DivergedError: a loss is not finite.

    Example:
        >>> import tempfile
        >>> import eventspace as es
        >>> from eventspace.models.processes import processes
        >>> from eventspace.models.registry import model
        >>> ring, recipe = next(es.simulate("ring", 200, seed=1)), model("point-gan")
        >>> folder = Path(tempfile.mkdtemp())
        >>> with processes("cpu", 1) as alone:
        ...     trained, curves = fit(recipe, ring, recipe.config(steps=5), processes=alone, folder=folder)
        >>> trained.card.steps, len(curves["distance"]), (folder / MODEL_FILE).exists()
        (5, 5, True)
    """
    recipe.check_events(events)
    training = recipe.prepare(events, config, processes)
    earlier = sha256(existing(config.initial)) if config.initial else ""
    versions = environment()["versions"]

    def trained(steps: int) -> Trained:
        card = recipe.card(
            model=recipe.name,
            data=training.data,
            steps=steps,
            seed=config.seed,
            command=tuple(word for word in command.get() if word != "--resume"),
            versions=versions,
            initial=earlier,
            loss=recipe.loss,
            preprocessing=recipe.preprocessing,
            **training.card,
        )
        return Trained(training.kept(), card)

    def checkpoint(steps: int, curves: Curves) -> None:
        now = trained(steps)
        save(folder / MODEL_FILE, now.network, now.card)
        watch(now, curves)

    curves = train(
        training.step,
        training.networks,
        training.steps,
        seed=training.seed,
        identity={
            "model": recipe.name,
            "data": training.data,
            "seed": config.seed,
            "initial": earlier,
            **training.identity,
        },
        processes=processes,
        checkpoint=folder / "state.safetensors",
        curves=folder / "losses.jsonl",
        every=config.every,
        initial=config.initial,
        watch=checkpoint,
        ended=training.ended,
        show_progress=show_progress,
    )
    return trained(len(next(iter(curves.values())))), curves

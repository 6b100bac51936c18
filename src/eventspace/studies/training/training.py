"""The training of a model as a study: its answer is how like the training events are those that the model makes."""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from pydantic import BaseModel, create_model

from eventspace.base.errors import InputError
from eventspace.base.work import Work
from eventspace.events.base import Events
from eventspace.models.registry import model
from eventspace.studies.samples import place
from eventspace.studies.study import Outcome, Role, Study, StudyConfig
from eventspace.studies.training.judge import Judge

if TYPE_CHECKING:
    from eventspace.models.recipe import Trained

__all__ = ["SAMPLES", "training"]

SAMPLES = ("training", "generated")


def training(name: str) -> Study:
    """The training of the model of this name.

    Its work folder is the run directory itself: the state of the training, its losses and the trained network stay
    there. Several processes that ``torchrun`` started train together; then all ask this study, with one folder, and
    process 0 writes the files.

    Raises:
        InputError: there is no such model.
        MissingExtraError: torch is not installed, or another package that the model needs.

    Example:
        >>> import eventspace as es
        >>> study, ring = training("point-gan"), next(es.simulate("ring", 60, seed=1))
        >>> result = study.ask({"training": ring}, study.config(steps=2, compared=20), Work(show_progress=False))
        >>> len(result.arrays["loss.distance"]), sorted(result.numbers)[0]
        (2, 'opinion.classifier')
    """
    recipe = model(name)
    judge: Judge = import_module(f"eventspace.studies.training.{recipe.judge}").JUDGE

    def run(samples: Mapping[str, Events], config: Any, work: Work) -> Outcome:
        from eventspace.models.fit import fit
        from eventspace.models.processes import processes

        events = samples[SAMPLES[0]]
        latest: dict[int, Outcome] = {}

        def judged(trained: "Trained", curves: Mapping[str, list[float]]) -> Outcome:
            steps = trained.card.steps
            if steps not in latest:
                latest.clear()
                latest[steps] = _with_curves(judge.compare(recipe, events, trained, config), steps, curves)
            return latest[steps]

        def watch(trained: "Trained", curves: Mapping[str, list[float]]) -> None:
            if work.watch:
                work.watch(judged(trained, curves))

        with processes(work.device, work.threads) as group, work.kept() as folder:
            try:
                found = fit(
                    recipe,
                    events,
                    config,
                    processes=group,
                    folder=folder,
                    watch=watch,
                    show_progress=work.show_progress,
                )
            except InputError as error:
                raise error if error.file else error.at(place(SAMPLES[0])) from None
            return judged(*found)

    return Study(
        roles=[Role(SAMPLES[0], f"{recipe.kinds} to learn from")],
        config=_both(recipe.config, judge.config),
        run=run,
        description=recipe.description,
        headline=judge.headline,
        options=("device", "threads"),
        name=name,
        question=judge.question,
    )


def _both(training: type[BaseModel], comparison: type[StudyConfig]) -> type[StudyConfig]:
    """The options of both in one."""
    parts: Any = (training, comparison)
    return cast("type[StudyConfig]", create_model(f"{training.__name__}{comparison.__name__}", __base__=parts))


def _with_curves(outcome: Outcome, steps: int, curves: Mapping[str, list[float]]) -> Outcome:
    losses = {f"loss.{name}": np.array(values) for name, values in curves.items()}
    return outcome._replace(arrays={"steps": np.array(steps), **outcome.arrays, **losses})

"""The recipe that all generators of points share: an ensemble of one, trained on the points of a file."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

import numpy as np
from numpy.random import SeedSequence, default_rng
from pydantic import Field, FiniteFloat, PositiveFloat, model_validator
from torch import Tensor, nn

from eventspace.base.errors import InputError
from eventspace.events.points import Points
from eventspace.models.points.dense_ensemble import Standardised
from eventspace.models.points.ensemble import Ensemble
from eventspace.models.processes import Processes, one_thread
from eventspace.models.recipe import GeneratorRecipe, ModelCard, Trained, Training, TrainingConfig
from eventspace.models.training import DivergedError

__all__ = ["PointCard", "PointConfig", "point_recipe"]

_BLOCK = 10_000  # always this many at once, so that no point depends on how many are asked for
_MOST = 1000  # coordinates


class PointConfig(TrainingConfig):
    """Options of the training of a generator of points."""

    steps: int | None = Field(None, ge=1, description="Steps of training; by default the model's own number.")


class PointCard(ModelCard):
    """What a user of a generator of points must know.

    Attributes:
        points: how many it was trained on.
        mean, deviation: of each coordinate of these points.
    """

    points: int = Field(ge=1)
    mean: tuple[FiniteFloat, ...] = Field(min_length=1, max_length=_MOST)
    deviation: tuple[PositiveFloat, ...]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.mean) != len(self.deviation):
            raise ValueError("mean or deviation")
        return self


def point_recipe(
    ensemble: Callable[..., Ensemble],
    steps: int,
    network: Callable[[int, int], nn.Module],
    members: Callable[..., Sequence[Any]],
    *,
    loss: str,
    about: str,
) -> GeneratorRecipe:
    """The recipe of a generator of points.

    Arguments:
        ensemble: the networks and their step, of standardised samples, ``seed``, ``steps`` and ``processes``.
        steps: of a training, by default.
        network: what is kept of it, of the number of members and of coordinates.
        members: what makes points with it, of this network, and mean and deviation of the samples.
        loss: formula and conventions.
        about: what the model is.
    """

    def prepare(points: Points, config: PointConfig, processes: Processes) -> Training:
        if processes.count > 1:
            raise InputError(f"{processes.count} processes cannot share so small a network", remedy="use one process")
        values = np.ascontiguousarray(points.check().values, dtype=np.float64)
        if values.shape[1] > _MOST:
            raise InputError(
                f"points of {values.shape[1]} coordinates are too large", remedy=f"give at most {_MOST} coordinates"
            )
        data, chosen = Standardised(values[np.newaxis]), config.steps or steps
        seed = int(SeedSequence((config.seed, 0)).generate_state(1)[0])
        networks, step, kept = ensemble(data, seed=seed, steps=chosen, processes=processes)

        def alone(number: int) -> dict[str, Tensor]:
            return {name: losses[0] for name, losses in step(number).items()}

        return Training(
            networks=networks,
            step=alone,
            steps=chosen,
            seed=seed,
            kept=lambda: kept,
            data=hashlib.sha256(values.tobytes()).hexdigest(),
            card={
                "points": len(values),
                "mean": tuple(data.mean[0].tolist()),
                "deviation": tuple(data.deviation[0].tolist()),
            },
            identity={"shape": values.shape, "steps": chosen},  # the learning rate falls to 0 in so many
        )

    def draw(trained: Trained, n: int, seed: int, options: Any) -> Iterator[Points]:
        card = trained.card
        [source] = members(trained.network, np.array([card.mean]), np.array([card.deviation]))
        learned = f"trained on {card.points} points, sha256 {card.data[:16]}"
        origin = f"{card.model.removeprefix('point-')} of {card.steps} steps, {learned}, seed {card.seed}"
        for block, start in enumerate(range(0, n, _BLOCK)):
            with one_thread():
                values = source.draw(_BLOCK, default_rng(SeedSequence((seed, 1, block))))[: n - start]
            if not np.isfinite(values).all():
                raise DivergedError("the generator makes points that are not finite; train it with another seed")
            yield Points(values=values, seed=seed, origin=origin)

    return GeneratorRecipe(
        learns_from=(Points,),
        config=PointConfig,
        prepare=prepare,
        loss=loss,
        preprocessing="(x - mean) / deviation of each coordinate; the deviation is that of the training points, "
        "sqrt(mean((x - mean)^2))",
        card=PointCard,
        network=lambda card: network(1, len(card.mean)),
        draw=draw,
        unit="points",
        description=f"{about} The same as in the study amplification, on the points of one file; it takes some seconds "
        "to a minute. By default it computes on one thread of the CPU: networks this small gain nothing from more, and "
        "the same seed gives the same points whatever the number of cores.",
        drawing=about,
        device="cpu",
        threads=1,
    )

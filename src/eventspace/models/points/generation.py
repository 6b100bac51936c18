"""Points from a generator that is trained on the points of one sample."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import torch

from eventspace.events.base import Events
from eventspace.models.fit import fit
from eventspace.models.processes import processes
from eventspace.models.registry import generator as recipe_of

__all__ = ["PointGenerator", "generate_points", "trainer"]

PointGenerator = Literal["gan", "vae", "flow"]


def trainer(generator: PointGenerator) -> tuple[Callable[..., Sequence[Any]], int]:
    """The function that trains generators of a kind, and the steps it takes by default; only that kind is loaded.

    Raises:
        MissingExtraError: torch is not installed, or zuko, which flows need.

    Example:
        >>> train, steps = trainer("vae")
        >>> train.__name__
        'train_point_vaes'
    """
    match generator:
        case "gan":
            from eventspace.models.point_gan import STEPS, train_point_gans

            return train_point_gans, STEPS
        case "vae":
            from eventspace.models.point_vae import STEPS, train_point_vaes

            return train_point_vaes, STEPS
        case "flow":
            from eventspace.models.point_flow import STEPS, train_point_flows

            return train_point_flows, STEPS


def generate_points(
    training: Events,
    generator: PointGenerator,
    n: int,
    *,
    seed: int = 1,
    steps: int | None = None,
    show_progress: bool | None = None,
) -> Iterator[Events]:
    """Train a generator on points and make others with it, some thousands at a time.

    The generators and their trainings are those of the study ``amplification``; see ``train_point_gans``,
    ``train_point_vaes`` and ``train_point_flows``. They compute on one thread of the CPU: networks this small gain
    nothing from more, and the same seed gives the same points whatever the number of cores. ``eventspace train
    point-gan`` and ``eventspace generate point-gan`` with the same seeds make the same points, and keep the network.

    Arguments:
        training: the points to learn from.
        generator: gan, vae or flow.
        n: how many points to make; the first ones do not depend on how many follow.
        seed: of the training and of the points.
        steps: of the training; by default what each kind needs.
        show_progress: of the training: always or never; by default on a terminal.

    Yields:
        Points, whose ``origin`` tells the generator, its training and the digest of its sample.

    Raises:
        InputError: these are no points, one is not valid, a coordinate does not vary, n is not positive, or the seed is
            negative.
        DivergedError: the training has diverged.
        MissingExtraError: torch is not installed, or zuko, which flows need.

    Example:
        >>> import eventspace as es
        >>> ring = next(es.simulate("ring", 200, seed=1))
        >>> [len(points) for points in generate_points(ring, "gan", 12_000, seed=1, steps=5)]
        [10000, 2000]
    """
    recipe = recipe_of(f"point-{generator}")
    recipe.check_request(n, seed)
    threads = torch.get_num_threads()
    try:
        with TemporaryDirectory() as folder, processes(recipe.device, recipe.threads) as alone:
            trained, _ = fit(
                recipe,
                training,
                recipe.config.model_validate({"seed": seed, "steps": steps}),
                processes=alone,
                folder=Path(folder),
                show_progress=show_progress,
            )
    finally:
        torch.set_num_threads(threads)
    yield from recipe.generate(trained, n, seed=seed)

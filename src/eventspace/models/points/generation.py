"""Points from a generator that is trained on the points of one sample."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
import torch
from numpy.random import SeedSequence, default_rng

from eventspace.base.errors import InputError
from eventspace.events.base import Events
from eventspace.events.points import Points
from eventspace.models.processes import processes
from eventspace.models.training import DivergedError

__all__ = ["PointGenerator", "generate_points", "trainer"]

PointGenerator = Literal["gan", "vae", "flow"]

_BLOCK = 10_000  # always this many at once, so that no point depends on how many are asked for


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
            from eventspace.models.points.gan import STEPS, train_point_gans

            return train_point_gans, STEPS
        case "vae":
            from eventspace.models.points.vae import STEPS, train_point_vaes

            return train_point_vaes, STEPS
        case "flow":
            from eventspace.models.points.flow import STEPS, train_point_flows

            return train_point_flows, STEPS


def generate_points(
    training: Events,
    generator: PointGenerator,
    n: int,
    *,
    seed: int = 1,
    steps: int | None = None,
    show_progress: bool | None = None,
) -> Iterator[Points]:
    """Train a generator on points and make others with it, some thousands at a time.

    The generators and their trainings are those of the study ``amplification``; see ``train_point_gans``,
    ``train_point_vaes`` and ``train_point_flows``. They compute on one thread of the CPU: networks this small gain
    nothing from more, and the same seed gives the same points whatever the number of cores.

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
    if not isinstance(training, Points):
        raise InputError(f"the generators of points do not learn from {training.kind}", remedy="give a file of points")
    if n < 1:
        raise InputError(f"{n} points were asked for", remedy="ask for at least 1")
    if seed < 0:
        raise InputError(f"the seed is {seed}", remedy="give a number from 0")
    train, usual_steps = trainer(generator)
    values = np.ascontiguousarray(training.check().values, dtype=np.float64)
    threads = torch.get_num_threads()
    try:
        with TemporaryDirectory() as folder, processes("cpu", 1) as alone:
            [trained] = train(
                values[np.newaxis],
                seed=int(SeedSequence((seed, 0)).generate_state(1)[0]),
                processes=alone,
                folder=Path(folder),
                steps=steps,
                show_progress=show_progress,
            )
        digest = hashlib.sha256(values.tobytes()).hexdigest()[:16]
        learned = f"trained on {len(values)} points, sha256 {digest}"
        origin = f"{generator} of {steps or usual_steps} steps, {learned}, seed {seed}"
        for block, start in enumerate(range(0, n, _BLOCK)):
            points = trained.draw(_BLOCK, default_rng(SeedSequence((seed, 1, block))))[: n - start]
            if not np.isfinite(points).all():
                raise DivergedError("the generator makes points that are not finite; train it with another seed")
            yield Points(values=points, seed=seed, origin=origin)
    finally:
        torch.set_num_threads(threads)

"""Trainings of an autoencoder at one resolution after the other, upwards and downwards, each kept."""

import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventspace.base.files import atomic
from eventspace.base.store import Store
from eventspace.events.base import Events

if TYPE_CHECKING:
    from eventspace.models.recipe import Trained

__all__ = ["AGAIN", "DIRECTIONS", "TRIES", "Stage", "Swept", "measured", "stages", "swept"]

_log = logging.getLogger(__name__)

Floats = NDArray[np.float64]

DIRECTIONS = ("up", "down")
"""From small resolutions to large ones, and back."""

AGAIN = 1000
"""Is added to the seed of a training that has diverged."""

TRIES = 3
"""Of a training that diverges, with other random numbers."""


class Stage(NamedTuple):
    """One training of the sweep.

    Attributes:
        latent: space.
        repetition: from 1.
        direction: ``up`` or ``down``; ``first``, which is not reported, is at a resolution below all others.
        place: of its beta among the rising ones.
    """

    latent: str
    repetition: int
    direction: str
    place: int

    @property
    def folder(self) -> str:
        """Where it is kept."""
        return f"{self.latent.replace(' ', '')}-{self.repetition}-{self.direction}-{self.place + 1:02d}"


class Swept(NamedTuple):
    """What a training found on the events of the test.

    Attributes:
        stage: which it is.
        kl: (n, latents) nats.
        squared: (n,) exact squared distance from the reconstruction.
        scale: (n, latents) widths.
        probabilities: (n, categories).
        floor: (n,) squared distance that the training cannot mend; see ``eventspace.models.jets.errors.floor``.
    """

    stage: Stage
    kl: Floats
    squared: Floats
    scale: Floats
    probabilities: Floats
    floor: Floats


def stages(latent: str, repetition: int, betas: int, *, down: bool) -> list[Stage]:
    """A chain of trainings, each of which begins with the network of the one before.

    A latent that no resolution has asked for may never be found later, so a resolution below all others comes first.

    Example:
        >>> [(stage.direction, stage.place) for stage in stages("R2", 1, 3, down=True)]
        [('first', 0), ('up', 0), ('up', 1), ('up', 2), ('down', 1), ('down', 0)]
    """
    first = [Stage(latent, repetition, "first", 0)]
    up = [Stage(latent, repetition, "up", place) for place in range(betas)]
    back = [Stage(latent, repetition, "down", place) for place in reversed(range(betas - 1))]
    return first + up + back if down else first + up


def swept(
    chain: Sequence[Stage],
    training: Events,
    test: Events,
    config: Callable[[Stage], dict[str, Any]],
    folder: Path,
    kept: Store,
    group: Any,
    threads: int | None,
) -> Iterator[Swept]:
    """Carry out a chain of trainings, and measure each on the events of the test.

    A training that diverges is done again from the network of the stage before, with other random numbers.

    Arguments:
        chain: from :func:`stages`.
        training: events to learn from.
        test: others.
        config: options of the training of a stage.
        folder: has a folder for each training: its state, its losses, and the network.
        kept: what was measured.
        group: processes that train; see :func:`eventspace.models.processes.processes`.
        threads: of the distances.
    """
    before: Path | None = None
    for stage in chain:
        run = folder / stage.folder

        def compute(stage: Stage = stage, run: Path = run, before: Path | None = before) -> dict[str, NDArray[Any]]:
            return _trained(stage, training, test, config(stage), run, before, group, threads)

        found = kept.step(stage.folder, compute)
        yield Swept(stage, **found)
        before = run / "state.safetensors"


def _trained(
    stage: Stage,
    training: Events,
    test: Events,
    options: dict[str, Any],
    run: Path,
    before: Path | None,
    group: Any,
    threads: int | None,
) -> dict[str, NDArray[Any]]:
    from eventspace.models.fit import fit
    from eventspace.models.registry import encoder
    from eventspace.models.training import DivergedError

    recipe = encoder("cloud-vae")
    run.mkdir(parents=True, exist_ok=True)
    diverged = run / "diverged"  # how many tries have; after a kill they are not repeated
    for attempt in range(int(diverged.read_text()) if diverged.exists() else 0, TRIES):
        config = recipe.config.model_validate(options | {"initial": before, "seed": options["seed"] + AGAIN * attempt})
        try:
            trained, _ = fit(recipe, training, config, processes=group, folder=run, show_progress=False)
            break
        except DivergedError:
            if attempt == TRIES - 1:
                raise
            _log.info("%s diverged; it is done again", stage.folder)
            for file in run.iterdir():
                file.unlink()
            with atomic(diverged) as temporary:
                temporary.write_text(str(attempt + 1))
    return measured(trained, test, options["seed"], threads)


def measured(trained: "Trained", test: Events, seed: int, threads: int | None) -> dict[str, NDArray[Any]]:
    """What a :class:`Swept` holds beside its stage."""
    from eventspace.models.jets.errors import floor, reconstructed
    from eventspace.models.registry import encoder

    found = reconstructed(encoder("cloud-vae"), trained, test, seed=seed, threads=threads)
    of_events = {name: getattr(found.encoded, name).astype(np.float64) for name in ("kl", "scale", "probabilities")}
    return {**of_events, "squared": found.squared, "floor": floor(trained, test, threads=threads)}

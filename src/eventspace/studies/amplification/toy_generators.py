"""The generators that the study ``amplification`` trains, with one interface: samples in, sources of points out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from eventspace.base.work import Work
from eventspace.statistics.parametric_fits import fit
from eventspace.statistics.truths import Truth

__all__ = ["GENERATORS", "GeneratorName", "Pooled", "Source", "trained"]

Floats = NDArray[np.float64]

GeneratorName = Literal["fit", "gan", "vae", "flow"]
GENERATORS: tuple[str, ...] = get_args(GeneratorName)


class Source(Protocol):
    """A trained generator: it makes points."""

    def draw(self, n: int, rng: np.random.Generator) -> Floats:
        """Make (n, dimension) points."""


@dataclass(frozen=True)
class Pooled:
    """Several sources as one: each makes an equal part of the points.

    Attributes:
        sources: at least one.
    """

    sources: Sequence[Source]

    def draw(self, n: int, rng: np.random.Generator) -> Floats:
        """Make (n, dimension) points, those of each source together."""
        parts = [(n + place) // len(self.sources) for place in range(len(self.sources))]  # equal within 1, n in all
        return np.concatenate([source.draw(part, rng) for source, part in zip(self.sources, parts, strict=True)])


def trained(
    name: GeneratorName,
    truth: Truth,
    samples: Floats,
    seed: Sequence[int],
    folder: Path,
    work: Work,
    *,
    steps: int | None = None,
    pooled: int = 1,
) -> Sequence[Source]:
    """Train a generator on each sample.

    Arguments:
        name: of the kind of generator.
        truth: its family is what ``fit`` fits; the others do not use it.
        samples: (B, n, dimension).
        seed: of weights and everything random after.
        folder: for unfinished work, made if need be.
        work: device, threads and progress.
        steps: of the training; by default those of each kind.
        pooled: networks that learn from each sample, from weights of their own, whose points are pooled.

    Returns:
        B sources.
    """
    if name == "fit":
        return [fit(truth, sample) for sample in samples]

    from eventspace.models.points.generation import trainer
    from eventspace.models.processes import processes

    train, _ = trainer(name)
    folder.mkdir(parents=True, exist_ok=True)
    with processes(work.device, work.threads) as group:
        networks = train(
            np.repeat(samples, pooled, axis=0),
            seed=int(np.random.SeedSequence(tuple(seed)).generate_state(1)[0]),
            processes=group,
            folder=folder,
            steps=steps,
            show_progress=work.show_progress,
        )
    if pooled == 1:
        return networks
    return [Pooled(networks[first : first + pooled]) for first in range(0, len(networks), pooled)]

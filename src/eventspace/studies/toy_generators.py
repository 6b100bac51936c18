"""The generators that the study ``amplification`` trains, behind one contract: samples in, sources of points out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from eventspace.statistics.parametric_fits import fit
from eventspace.statistics.truths import Truth

__all__ = ["GENERATORS", "GeneratorName", "How", "Source", "trained"]

Floats = NDArray[np.float64]

GeneratorName = Literal["fit", "gan", "vae", "flow"]
GENERATORS: tuple[str, ...] = get_args(GeneratorName)


class Source(Protocol):
    """What has been trained: it makes points."""

    def draw(self, n: int, rng: np.random.Generator) -> Floats:
        """Make (n, dimension) points."""


@dataclass(frozen=True)
class How:
    """How networks are trained.

    Attributes:
        steps: instead of what each kind needs.
        device: cpu, cuda, or auto for a GPU if there is one.
        threads: of torch on the CPU.
        show_progress: always or never; by default on a terminal.
    """

    steps: int | None = None
    device: str = "auto"
    threads: int | None = None
    show_progress: bool | None = None


def trained(
    name: GeneratorName, truth: Truth, samples: Floats, *, seed: Sequence[int], folder: Path, how: How
) -> Sequence[Source]:
    """Train a generator on each sample.

    Arguments:
        name: of the kind of generator.
        truth: its family is what ``fit`` fits; the others do not look at it.
        samples: (B, n, dimension).
        seed: of weights and everything random after.
        folder: for unfinished work, made if need be.
        how: see :class:`How`.

    Returns:
        B sources.
    """
    if name == "fit":
        return [fit(truth, sample) for sample in samples]

    from eventspace.models.processes import processes

    train: Callable[..., Sequence[Source]]
    match name:
        case "gan":
            from eventspace.models.point_gan import train_point_gans as train
        case "vae":
            from eventspace.models.point_vae import train_point_vaes as train
        case "flow":
            from eventspace.models.point_flow import train_point_flows as train

    folder.mkdir(parents=True, exist_ok=True)
    with processes(how.device, how.threads) as group:
        return train(
            samples,
            seed=int(np.random.SeedSequence(tuple(seed)).generate_state(1)[0]),
            processes=group,
            folder=folder,
            steps=how.steps,
            show_progress=how.show_progress,
        )

"""Points whose distribution is known in closed form, to test every study with."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng
from numpy.typing import NDArray
from pydantic import Field

from eventspace.events.points import Points
from eventspace.events.simulate.options import Options
from eventspace.events.simulate.simulation import Simulation

__all__ = ["BLOCK", "SIMULATIONS", "TOYS", "ShellOptions", "banana", "block", "camelback", "circles", "ring", "shell"]

BLOCK = 50_000
"""Points made with one stream of random numbers."""

Values = NDArray[np.float64]
Labels = NDArray[np.str_]


class ShellOptions(Options):
    """Options of shell."""

    dimension: int = Field(5, ge=1, description="Dimension of the space that the shell lies in.")


def camelback(n: int, rng: Generator) -> tuple[Values, Labels]:
    """Draw x from p(x) = 1/2 (N(-4, 1) + N(4, 1)); the label names the hump.

    Source: A. Butter et al., GANplifying event samples, arXiv:2008.06545.
    """
    right = rng.random(n) < 0.5
    values = rng.normal(np.where(right, 4.0, -4.0), 1.0)
    return values[:, None], np.where(right, "right", "left")


def ring(n: int, rng: Generator) -> tuple[Values, None]:
    """Draw points of the plane with a uniform angle and a radius from N(4, 1).

    A negative radius (one in 30,000) is a point on the other side, so that the density of the distance from the
    origin is N(4, 1) + N(-4, 1) on r >= 0, the ring of the paper.

    Source: arXiv:2008.06545.
    """
    return _on_sphere(n, 2, rng) * rng.normal(4.0, 1.0, (n, 1)), None


def shell(n: int, rng: Generator, dimension: int = 5) -> tuple[Values, None]:
    """Draw points with a uniform direction in ``dimension`` dimensions and a radius from N(4, 1), as in ``ring``.

    Source: arXiv:2008.06545.
    """
    return _on_sphere(n, dimension, rng) * rng.normal(4.0, 1.0, (n, 1)), None


def circles(n: int, rng: Generator) -> tuple[Values, Labels]:
    """Draw points of two circles around the origin, radii 1 (outer) and 0.3 (inner), with noise 0.05 in x and y."""
    outer = rng.random(n) < 0.5
    values = _on_sphere(n, 2, rng) * np.where(outer, 1.0, 0.3)[:, None]
    return values + rng.normal(0.0, 0.05, (n, 2)), np.where(outer, "outer", "inner")


def banana(n: int, rng: Generator) -> tuple[Values, None]:
    """Draw points of a Gaussian with widths 1 along and 0.1 across, its long axis bent onto a circle of radius 2.

    With s ~ N(0, 1), t ~ N(0, 0.1): x = (2 + t) sin(s/2), y = (2 + t) cos(s/2) - 2. Lengths along the arc and across
    it are kept, so that both widths hold everywhere and the closed forms of the straight Gaussian remain good at
    resolutions well below the radius.
    """
    angle = rng.normal(0.0, 1.0, n) / 2.0
    radius = 2.0 + rng.normal(0.0, 0.1, n)
    return np.column_stack([radius * np.sin(angle), radius * np.cos(angle) - 2.0]), None


class Toy(NamedTuple):
    """A kind of points: how to draw them, the options they take, and what they are."""

    draw: Callable[..., tuple[Values, Labels | None]]
    options: type[Options]
    description: str


TOYS: Mapping[str, Toy] = {
    "camelback": Toy(camelback, Options, "1D points, two Gaussians: 1/2 (N(-4, 1) + N(4, 1))"),
    "ring": Toy(ring, Options, "2D points, uniform angle and radius N(4, 1)"),
    "shell": Toy(shell, ShellOptions, "points of a spherical shell, uniform direction and radius N(4, 1)"),
    "circles": Toy(circles, Options, "2D points, two circles of radii 1 and 0.3 with noise 0.05"),
    "banana": Toy(banana, Options, "2D points, a Gaussian of widths 1 and 0.1 bent onto a circle of radius 2"),
}


def block(kind: str, options: Options, seed: int, block: int, count: int) -> Points:
    """The first points of a block; the same for any count.

    Arguments:
        kind: a name in ``TOYS``.
        options: of the kind.
        seed: the seed of the sample.
        block: the number of the block.
        count: how many points, at most ``BLOCK``.
    """
    toy = TOYS[kind]
    chosen: dict[str, Any] = dict(options)
    rng = default_rng(SeedSequence(seed, spawn_key=(block,)))
    values, labels = toy.draw(BLOCK, rng, **chosen)
    return Points(
        values=values[:count],
        per_event={} if labels is None else {"label": labels[:count]},
        seed=seed,
        origin="; ".join([f"{kind}: {toy.description}", *(f"{name}={value}" for name, value in chosen.items())]),
    )


SIMULATIONS = {
    kind: Simulation(toy.description, "points", toy.options, partial(block, kind), lambda _: BLOCK, alone=True)
    for kind, toy in TOYS.items()
}


def _on_sphere(n: int, dimension: int, rng: Generator) -> Values:
    """Uniform directions: Gaussian vectors brought to length 1."""
    vectors: Values = rng.normal(size=(n, dimension))
    directions: Values = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return directions

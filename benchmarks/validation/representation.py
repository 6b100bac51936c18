"""The swept autoencoder on points whose answer is known: banana, circle and sphere, beside the best that any code does.

Usage: python -m benchmarks.validation.representation [--only NAME ...] [--out FILE]

The loss rho^2 / (2 beta^2) + KL of a code cannot be lower than

    L(beta) = min over q of  -E_x ln sum_y q(y) exp(-|x - y|^2 / (2 beta^2)),

the Lagrangian of the rate-distortion function, found by the algorithm of Blahut and Arimoto, with reconstructions y
that move as well. Means over events that were not learned from; intervals hold all trainings.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

import eventspace as es
from benchmarks.tables import RESULTS, publish

Floats = NDArray[np.float64]

EVENTS = 20_000
TRAININGS = 5


class Toy(NamedTuple):
    """A source of points.

    Attributes:
        source: points with equal weights that stand for the whole source.
        draw: random points.
        betas: the resolutions of the sweep.
        shown: those that stand in the table.
        latents: the latent spaces that are tried.
        directions: of the sweep.
        dimension: expected of D1 and D2 at resolutions far from all widths.
    """

    source: Floats
    draw: Callable[[int, np.random.Generator], Floats]
    betas: tuple[float, ...]
    shown: tuple[float, ...]
    latents: tuple[str, ...]
    directions: tuple[str, ...]
    dimension: dict[float, float]


def quantiles(count: int) -> Floats:
    return np.asarray(norm.ppf((np.arange(count) + 0.5) / count))


def bent(along: Floats, across: Floats) -> Floats:
    """The banana of ``eventspace simulate banana``."""
    return np.column_stack([(2 + across) * np.sin(along / 2), (2 + across) * np.cos(along / 2) - 2])


def unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def turned(count: int) -> Floats:
    angle = 2 * np.pi * np.arange(count) / count
    return np.column_stack([np.cos(angle), np.sin(angle)])


def spread_on_sphere(count: int) -> Floats:
    """Points of a Fibonacci lattice."""
    height = 1 - (2 * np.arange(count) + 1) / count
    angle = np.pi * (1 + np.sqrt(5)) * np.arange(count)
    radius = np.sqrt(1 - height**2)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle), height])


_GRID = np.stack(np.meshgrid(quantiles(90), 0.1 * quantiles(22), indexing="ij"), axis=-1).reshape(-1, 2)
TOYS = {
    "banana": Toy(
        bent(_GRID[:, 0], _GRID[:, 1]),
        lambda n, rng: bent(rng.normal(size=n), 0.1 * rng.normal(size=n)),
        (0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.2, 0.25, 0.3, 0.4, 0.6, 1.0, 2.0, 3.0, 4.0),
        (0.015, 0.02, 0.03, 0.1, 0.25, 0.3, 1.0, 3.0),
        ("R2",),
        ("up", "down"),
        {0.015: 2, 0.02: 2, 0.25: 1, 0.3: 1, 3.0: 0},
    ),
    "circle": Toy(
        turned(1000),
        lambda n, rng: unit(rng.normal(size=(n, 2))),
        (0.1, 0.2, 0.3, 0.5),
        (0.1, 0.2, 0.3, 0.5),
        ("S1", "R1"),
        ("up",),
        {},
    ),
    "sphere": Toy(
        spread_on_sphere(1500),
        lambda n, rng: unit(rng.normal(size=(n, 3))),
        (0.2, 0.3, 0.5),
        (0.2, 0.3, 0.5),
        ("S2", "R2"),
        ("up",),
        {},
    ),
}


def least_loss(source: Floats, beta: float, *, passes: int = 400) -> float:
    """L(beta) of a source of points with equal weights; reconstructions begin at the points themselves."""
    made, weight = source.copy(), np.full(len(source), 1 / len(source))
    norms = (source**2).sum(axis=1)
    for _ in range(passes):
        squared = norms[:, np.newaxis] - 2 * source @ made.T + (made**2).sum(axis=1)
        exponent = np.log(np.maximum(weight, 1e-300)) - np.maximum(squared, 0) / (2 * beta**2)
        largest = exponent.max(axis=1, keepdims=True)
        likely = np.exp(exponent - largest)
        total = likely.sum(axis=1, keepdims=True)
        likely /= total
        loss = -float((largest + np.log(total)).mean())
        weight = likely.mean(axis=0)
        kept = weight > 1e-12
        made, weight = (likely[:, kept].T @ source) / (weight[kept, np.newaxis] * len(source)), weight[kept]
        weight = weight / weight.sum()
    return loss


def measured(name: str, toy: Toy, steps: int) -> list[dict[str, Any]]:
    sample = es.Points(values=toy.draw(EVENTS, np.random.default_rng(1)))
    result = es.representation(
        sample,
        latent=toy.latents,
        beta=toy.betas,
        directions=toy.directions,
        repetitions=TRAININGS,
        steps=steps,
        batch=256,
        compared=4000,
        threads=1,
    )
    rows = []
    for latent in toy.latents:
        suffix = f".{latent}" if len(toy.latents) > 1 else ""
        for beta in toy.shown:
            row: dict[str, Any] = {"name": f"{name}, {latent}, {beta:g}", "toy": name, "latent": latent, "beta": beta}
            row["least loss"] = least_loss(toy.source, beta)
            row["dimension"] = toy.dimension.get(beta)
            for quantity in (
                f"kl.beta{beta:g}.up",
                f"reconstruction.beta{beta:g}.up",
                f"loss.beta{beta:g}.up",
                f"d1.beta{beta:g}",
                f"d2.beta{beta:g}",
            ):
                number = result.numbers[f"{quantity}{suffix}"]
                row[quantity.split(".")[0]] = [number.value, number.low, number.high]
            behind = result.numbers.get(f"behind.{latent}.beta{beta:g}")
            row["behind"] = None if behind is None else [behind.value, behind.low, behind.high]
            rows.append(row)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", default=list(TOYS), choices=list(TOYS))
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--out", type=Path, default=RESULTS / "representation")
    given = parser.parse_args()
    record = given.out.with_suffix(".json")
    found = {row["name"]: row for row in json.loads(record.read_text())["results"]} if record.exists() else {}
    for name in given.only:
        rows = measured(name, TOYS[name], given.steps)
        found |= {row["name"]: row for row in rows}
        print(name, "done", file=sys.stderr, flush=True)
        write(given.out, list(found.values()), f"python -m benchmarks.validation.representation --steps {given.steps}")


def write(out: Path, results: list[dict[str, Any]], command: str) -> None:
    def interval(values: list[float] | None, digits: int = 3) -> str:
        return "" if values is None else "{:.{d}f} [{:.{d}f}, {:.{d}f}]".format(*values, d=digits)

    publish(
        out,
        "The swept autoencoder on points with a known answer",
        f"""
{EVENTS:,} points, {TRAININGS} trainings of each; means over 4,000 points that were not learned from. Intervals hold
all trainings. The least loss is that of the rate-distortion function: no code can be better. "behind" is the loss above
that of the best latent space that was tried.
""",
        (
            "points",
            "latent",
            "beta",
            "KL [nats]",
            "squared error",
            "loss",
            "least loss",
            "D1",
            "D2",
            "expected",
            "behind",
        ),
        [
            [
                row["toy"],
                row["latent"],
                f"{row['beta']:g}",
                interval(row["kl"]),
                interval(row["reconstruction"], 5),
                interval(row["loss"]),
                f"{row['least loss']:.3f}",
                interval(row["d1"], 2),
                interval(row["d2"], 2),
                "" if row["dimension"] is None else f"{row['dimension']:g}",
                interval(row["behind"]),
            ]
            for row in results
        ],
        command=command,
        results=results,
    )


if __name__ == "__main__":
    main()

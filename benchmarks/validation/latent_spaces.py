"""Which latent space does a sample choose? Circle, sphere, projective plane and torus, with --latent auto.

Usage: python -m benchmarks.validation.latent_spaces [--only NAME ...] [--steps 300] [--out FILE]

The projective plane is a sphere whose opposite points are one: the products x_i x_j of the coordinates of a point of
the sphere, sqrt 2 times where i and j differ, which makes all of its directions alike. All candidates are trained on
the same points with the same seeds; the best one has the lowest loss, which is an evidence lower bound up to a
constant, as a mean over resolutions and trainings.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import eventspace as es
from benchmarks.tables import RESULTS, publish
from eventspace.studies.representation.representation import CANDIDATES

Floats = NDArray[np.float64]

EVENTS, TRAININGS = 20_000, 3
BETAS = (0.15, 0.25, 0.4)


def on_sphere(n: int, d: int, rng: np.random.Generator) -> Floats:
    x = rng.normal(size=(n, d + 1))
    return np.asarray(x / np.linalg.norm(x, axis=1, keepdims=True))


def projective_plane(n: int, rng: np.random.Generator) -> Floats:
    x = on_sphere(n, 2, rng)
    pairs = [(i, j) for i in range(3) for j in range(i, 3)]
    return np.column_stack([x[:, i] * x[:, j] * (1 if i == j else np.sqrt(2)) for i, j in pairs])


def torus(n: int, rng: np.random.Generator) -> Floats:
    return np.hstack([on_sphere(n, 1, rng), on_sphere(n, 1, rng)])


SOURCES: dict[str, tuple[str, Callable[[int, np.random.Generator], Floats]]] = {
    "circle": ("S1", lambda n, rng: on_sphere(n, 1, rng)),
    "sphere": ("S2", lambda n, rng: on_sphere(n, 2, rng)),
    "projective plane": ("RP2", projective_plane),
    "torus": ("S1 x S1", torus),
}


def measured(name: str, steps: int) -> dict[str, Any]:
    truth, draw = SOURCES[name]
    result = es.representation(
        es.Points(values=draw(EVENTS, np.random.default_rng(1))),
        latent="auto",
        beta=BETAS,
        directions=("up",),
        repetitions=TRAININGS,
        steps=steps,
        batch=256,
        compared=2000,
        threads=1,
    )
    best = CANDIDATES[int(result.numbers["latent.best"].value)]
    behind = {}
    for latent in CANDIDATES:
        number = result.numbers.get(f"behind.{latent.replace(' ', '')}")
        behind[latent] = None if number is None else [number.value, number.low, number.high]
    return {"name": name, "truth": truth, "best": best, "behind": behind}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", default=list(SOURCES), choices=list(SOURCES))
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--out", type=Path, default=RESULTS / "latent_spaces")
    given = parser.parse_args()
    record = given.out.with_suffix(".json")
    found = {row["name"]: row for row in json.loads(record.read_text())["results"]} if record.exists() else {}
    for name in given.only:
        found[name] = measured(name, given.steps)
        print(found[name], file=sys.stderr, flush=True)
        write(given.out, list(found.values()), f"python -m benchmarks.validation.latent_spaces --steps {given.steps}")


def write(out: Path, results: list[dict[str, Any]], command: str) -> None:
    def cell(values: list[float] | None) -> str:
        return "best" if values is None else "{:.3f} [{:.3f}, {:.3f}]".format(*values)

    publish(
        out,
        "The latent space that a sample chooses",
        f"""
{EVENTS:,} points of each kind; {TRAININGS} trainings of each candidate at each resolution {", ".join(map(str, BETAS))}.
Nats by which the loss of a latent space exceeds the lowest one, on 2,000 points that were not learned from; intervals
hold all trainings.
""",
        ("points", "their space", *CANDIDATES),
        [[row["name"], row["truth"], *(cell(row["behind"][latent]) for latent in CANDIDATES)] for row in results],
        command=command,
        results=results,
    )


if __name__ == "__main__":
    main()

"""How near is an embedding to the exact transport distance, and does it find the nearest neighbours?

Usage: python -m benchmarks.validation.embedding TRAIN.h5 TEST.h5 --work FOLDER [--steps 2000] [--out FILE]

Trains embeddings of several dimensions, and of 32 with three seeds, on the jets of one file and judges them on those of
another, which no training and no choice has seen: some of these search their 10 nearest among the others. Beside them
stand distances that need no training: along lines (``SlicedTransport`` and ``QuantileTransport``), and linearised
transport, the Euclidean distance of the barycentric projections of the optimal plans (p = 2) from one reference, the
mean jet in 12 x 12 pixels. A factor for each of these, chosen on training jets, makes their mean relative error least.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

import eventspace as es
from benchmarks.tables import RESULTS, publish
from eventspace.distances.transport.particles import sort_particles
from eventspace.models.fit import fit
from eventspace.models.processes import Processes
from eventspace.models.recipe import Trained
from eventspace.models.registry import embedding
from eventspace.statistics.event_means import bounded_mean
from eventspace.statistics.number import Number
from eventspace.statistics.pair_means import mean_over_pairs
from eventspace.studies.training.embedding import best_scale, recalls

Floats = NDArray[np.float64]

DIMENSIONS = (2, 4, 8, 16, 64)
SEEDS = (1, 2, 3)
SHORTLISTS = (10, 20, 50, 100)
QUERIES = 300
SCALED_ON = 100  # training jets
PIXELS = 12


def trained(jets: es.ParticleClouds, folder: Path, steps: int, pairs: int, **options: Any) -> Trained:
    recipe = embedding("embedding")
    folder.mkdir(parents=True, exist_ok=True)
    config = recipe.config.model_validate({"steps": steps, "pairs": pairs, "every": 200, **options})
    alone = Processes(0, 1, torch.device("cpu"))
    return fit(recipe, jets, config, processes=alone, folder=folder, show_progress=False)[0]


def linearised(jets: es.ParticleClouds, reference: es.ParticleClouds) -> Floats:
    """Each jet as a vector: sqrt(w_k) times where the optimal plan takes particle k of the reference on average."""
    metric = es.Transport(p=2)
    energy = reference.flat("pt") / reference.flat("pt").sum()
    found = np.empty((len(jets), 2 * len(energy)))
    for number in range(len(jets)):
        plan = metric.plan(reference, jets[number : number + 1])
        place = np.column_stack([jets[number : number + 1].flat(name) for name in (jets.coordinate, "phi")])
        moved = np.zeros((len(energy), 2))
        np.add.at(moved, plan.source, plan.energy[:, None] * place[plan.target])
        found[number] = (moved / np.sqrt(energy)[:, None]).ravel()
    return found


def mean_jet(jets: es.ParticleClouds) -> es.ParticleClouds:
    energy, y, phi = sort_particles(jets, normalise=True).particles
    edges = np.linspace(-1.0, 1.0, PIXELS + 1)
    image = np.histogram2d(y, phi, bins=(edges, edges), weights=energy)[0]
    centres = (edges[1:] + edges[:-1]) / 2
    i, j = np.nonzero(image > 1e-4 * image.sum())
    return es.ParticleClouds.from_lists([np.column_stack([image[i, j], centres[i], centres[j]])])


def between(a: Floats, b: Floats) -> Floats:
    return np.array([np.sqrt(((row - b) ** 2).sum(axis=1)) for row in a])


class Judged:
    """Test jets with their exact distances, and rows of a table."""

    def __init__(self, queries: es.ParticleClouds, others: es.ParticleClouds, some: es.ParticleClouds, p: float):
        self.parts, self.p = (queries, others, some), p
        self.exact = es.matrix(es.Transport(p=p), queries, others, show_progress=False)
        self.known = es.matrix(es.Transport(p=p), some, show_progress=False)[np.triu_indices(len(some), 1)]

    def row(self, name: str, distances: Floats) -> dict[str, Any]:
        true = np.where(self.exact > 0, self.exact, np.nan)
        each = recalls(self.exact, distances, np.array(SHORTLISTS))
        numbers = {"error": mean_over_pairs(np.abs(distances / true - 1))}
        numbers |= {f"in {k}": bounded_mean(values, 0, 1) for k, values in zip(SHORTLISTS, each.T, strict=True)}
        found = {"name": name, "p": self.p}
        return found | {key: number.as_dict() for key, number in numbers.items()}

    def of_points(self, name: str, points: list[Floats], power: float = 1.0) -> dict[str, Any]:
        """Points of queries, of the others, and of training jets, whose distances are scaled."""
        pairs = between(points[2], points[2])[np.triu_indices(len(points[2]), 1)] ** power
        scale = best_scale(pairs, self.known)
        return self.row(f"{name}, times {scale:.3g}", scale * between(points[0], points[1]) ** power)

    def of_lines(self) -> list[dict[str, Any]]:
        metric, power = es.SlicedTransport(p=max(self.p, 1)), min(self.p, 1)
        queries, others, some = self.parts
        distances = es.matrix(metric, queries, others, show_progress=False) ** power
        pairs = es.matrix(metric, some, show_progress=False)[np.triu_indices(len(some), 1)] ** power
        scale = best_scale(pairs, self.known)
        bare = [self.row("along lines", distances)] if power == 1 else []
        coarse = es.QuantileTransport(p=max(self.p, 1))
        bare.append(self.row(f"along lines, times {scale:.3g}", scale * distances))
        distances = es.matrix(coarse, queries, others, show_progress=False) ** power
        pairs = es.matrix(coarse, some, show_progress=False)[np.triu_indices(len(some), 1)] ** power
        scale = best_scale(pairs, self.known)
        return [*bare, self.row(f"of quantiles along lines, times {scale:.3g}", scale * distances)]

    def of(self, found: Trained) -> dict[str, Any]:
        recipe = embedding("embedding")
        places = [recipe.places(found, part).astype(np.float64) for part in self.parts[:2]]
        name = f"embedding, {found.card.dimension} dimensions, seed {found.card.seed}"
        return self.row(name, between(*places))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("train", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="keeps the trainings")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--pairs", type=int, default=400_000)
    parser.add_argument("--powers", type=float, nargs="*", default=[0.5, 2.0], help="beside p = 1, of 32 dimensions")
    parser.add_argument("--out", type=Path, default=RESULTS / "embedding")
    given = parser.parse_args()
    torch.set_num_threads(1)
    jets, test = (es.read(file, kind=es.ParticleClouds) for file in (given.train, given.test))
    order = np.random.default_rng(1).permutation(len(test))
    queries, others = test[np.sort(order[:QUERIES])], test[np.sort(order[QUERIES:])]
    some = jets[np.sort(np.random.default_rng(2).permutation(len(jets))[:SCALED_ON])]
    reference = mean_jet(jets[:1000])
    linear = [linearised(part, reference) for part in (queries, others, some)]

    def show(row: dict[str, Any]) -> dict[str, Any]:
        print(json.dumps(row), file=sys.stderr, flush=True)
        return row

    found = []
    for p in (1.0, *given.powers):
        judged = Judged(queries, others, some, p)
        found += [show(row) for row in judged.of_lines()]
        found.append(show(judged.of_points("linearised transport", linear, min(p, 1))))
        plans = [(32, seed) for seed in SEEDS] + [(dimension, 1) for dimension in DIMENSIONS] if p == 1 else [(32, 1)]
        for dimension, seed in sorted(plans, key=lambda plan: (plan[1], plan[0] != 32)):
            folder = given.work / f"p{p:g}-d{dimension}-s{seed}"
            training = trained(jets, folder, given.steps, given.pairs, p=p, dimension=dimension, seed=seed)
            found.append(show(judged.of(training)))
    record(found, given, len(jets), len(queries), len(others))


def record(found: list[dict[str, Any]], given: argparse.Namespace, jets: int, queries: int, others: int) -> None:
    def interval(entry: dict[str, Any]) -> str:
        number = Number(**entry)
        return str(number).removesuffix(" (95%)")

    publish(
        given.out,
        "Distances of points beside exact transport",
        f"""
QCD jets of 500 to 600 GeV (anti-kt, R = 1), {jets:,} to learn from, {given.steps} steps with {given.pairs:,} exact
distances a training. Judged on others: {queries} query jets and {others:,} among which they search their 10 nearest.
"Error" is the mean of |d - W| / W over pairs, with an interval by jet; "in k" the fraction of the 10 nearest that is
among the k nearest by the cheaper distance, where the exact one would find it, with an interval over query jets (for
these {others:,}). Factors were chosen on {SCALED_ON} training jets.
""",
        ["distance", "p", "error", *(f"in {k}" for k in SHORTLISTS)],
        [
            [
                row["name"],
                f"{row['p']:g}",
                interval(row["error"]),
                *(interval(row[f"in {k}"]) for k in SHORTLISTS),
            ]
            for row in found
        ],
        command=f"python -m benchmarks.validation.embedding QCD.h5 TEST.h5 --steps {given.steps} --pairs {given.pairs}",
        table=found,
        jets={"training": jets, "queries": queries, "among": others},
    )


if __name__ == "__main__":
    main()

"""What makes a GAN amplify its training sample? Its training taken apart, each part by itself.

Usage: python -m benchmarks.validation.ablation [--out benchmarks/results/ablation] [--trainings 12] [--seed 301]

Every training learns from a sample of its own, the same ones in each row. The seed is one on which nothing was chosen.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.tables import RESULTS, publish
from eventspace.models.point_gan import train_point_gans
from eventspace.models.processes import Processes
from eventspace.statistics.averages import mean, median
from eventspace.statistics.bins import grid_bin
from eventspace.statistics.equivalent_size import equivalent_events, expected_error, quantile_error
from eventspace.statistics.truths import Truth
from eventspace.studies.amplification.toy_generators import Source

TRUTHS = (Truth("camelback", 1), Truth("ring", 2))
POINTS = 100  # of a training sample
CELLS = (10, 50)
DRAWN = 50_000

BLUR = 0.1  # standard deviations of the sample

# What each row changes in the training of the study.
PLAIN: dict[str, Any] = {"loss": "usual", "falling": False, "averaged": False}
NAMES = {
    "loss": "bounded slope",
    "falling": "falling rates",
    "averaged": "averaged weights",
}
LARGER = (48, 48, 48)
GANS: dict[str, dict[str, Any]] = {
    "plain GAN": PLAIN,
    **{f"plain + {name}": {key: PLAIN[key] for key in PLAIN if key != part} for part, name in NAMES.items()},
    **{f"all - {name}": {part: PLAIN[part]} for part, name in NAMES.items()},
    "all: the GAN of the study": {},
    "all + blurred points": {"blur": BLUR},
    "all + larger generator": {"hidden": LARGER},
    "all + both": {"blur": BLUR, "hidden": LARGER},
}


class Given:
    """The training points themselves, blurred as the critics see them, without a network."""

    def __init__(self, sample: np.ndarray, blur: float):
        self._sample, self._noise = sample, blur * sample.std(axis=0)

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        chosen: np.ndarray = self._sample[rng.integers(len(self._sample), size=n)]
        return chosen + self._noise * rng.standard_normal(chosen.shape)


def gans(samples: np.ndarray, changes: dict[str, Any], seed: int) -> Sequence[Source]:
    with tempfile.TemporaryDirectory() as folder:
        alone = Processes(0, 1, torch.device("cpu"))
        return train_point_gans(samples, seed=seed, processes=alone, folder=Path(folder), **changes)


def measure(name: str, truth: Truth, samples: np.ndarray, seed: int) -> dict[str, Any]:
    start = time.process_time()
    made: Sequence[Source] = (
        gans(samples, GANS[name], seed) if name in GANS else [Given(sample, BLUR) for sample in samples]
    )
    seconds = time.process_time() - start
    rng = np.random.default_rng((seed, 1))
    drawn = [source.draw(DRAWN, rng) for source in made]
    found: dict[str, Any] = {"training": name, "truth": truth.name, "seconds": seconds}
    for cells in CELLS:
        errors = np.array([error(truth, points, cells) for points in drawn])
        worst, middle = mean(errors), median(equivalent_events(errors, cells) / POINTS)
        value, high, low = (float(equivalent_events(x, cells)) / POINTS for x in (worst.value, worst.low, worst.high))
        found[f"q{cells}"] = {
            "mean": {"value": value, "low": low, "high": high},
            "median": middle.as_dict(),
            "failed": float(np.mean(errors > 4 * expected_error(POINTS, cells))),
        }
    return found


def error(truth: Truth, points: np.ndarray, cells: int) -> float:
    """The quantile error; where points are no numbers, as if all lay in one cell."""
    if not np.isfinite(points).all():
        return float(expected_error(1, cells))
    return float(quantile_error(np.bincount(grid_bin(truth.to_cube(points), cells), minlength=cells)))


def line(name: str, results: Sequence[dict[str, Any]]) -> list[str]:
    cells = [
        f"{written(found['mean'])}; {written(found['median'])}; {found['failed']:.0%}"
        for result in results
        for found in (result[f"q{cells}"] for cells in CELLS)
    ]
    return [name, *cells]


def written(number: dict[str, Any]) -> str:
    interval = "" if number["low"] is None else f" [{number['low']:.2f}, {number['high']:.2f}]"
    return f"{number['value']:.2f}{interval}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS / "ablation")
    parser.add_argument("--trainings", type=int, default=12)
    parser.add_argument("--seed", type=int, default=301)
    arguments = parser.parse_args()

    torch.set_num_threads(1)
    results: list[list[dict[str, Any]]] = []
    for name in (*GANS, "no network: the points, blurred"):
        results.append([])
        for truth in TRUTHS:
            rngs = [np.random.default_rng((arguments.seed, 0, k)) for k in range(arguments.trainings)]
            samples = np.stack([truth.draw(POINTS, rng) for rng in rngs])
            results[-1].append(measure(name, truth, samples, arguments.seed))
        print(*line(name, results[-1]), sep=" | ", file=sys.stderr, flush=True)
    seconds = sum(result["seconds"] for row in results for result in row)
    publish(
        arguments.out,
        "What makes a GAN amplify",
        f"""
Amplification by the mean error of {arguments.trainings} trainings on {POINTS} points each, {DRAWN:,} points drawn; the
median of the trainings; both with 95% intervals (of a median of fewer than 6 there is none); and the fraction of failed
trainings (more than twice the root error expected of the training sample). The plain GAN has the usual loss, constant
rates and the last weights. Points are blurred by {BLUR} of their standard deviation; the larger generator has three
layers of 48 units. All trainings:
{seconds:.0f} s of one core.
""",
        ("training", *(f"{truth.name}, {cells} cells" for truth in TRUTHS for cells in CELLS)),
        [line(row[0]["training"], row) for row in results],
        command=f"python -m benchmarks.validation.ablation --trainings {arguments.trainings} --seed {arguments.seed}",
        results=[result for row in results for result in row],
    )


if __name__ == "__main__":
    main()

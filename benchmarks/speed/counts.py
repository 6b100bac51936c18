"""What early stopping gains in the correlation integral: ``counts`` against ``matrix``, in one run.

Usage: python -m benchmarks.speed.counts [--out benchmarks/results/counts] [--jets 200] [--repeat 5] [--seed 1]

One thread. The thresholds are those of ``eventspace dimension``: 41 from 0.01 to 1, or, in GeV, quantiles of the
distances. The counts are compared with those of the matrix, in the same run.
"""

import argparse
import sys
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import eventspace as es
from benchmarks.speed.transport import gather
from benchmarks.tables import RESULTS, both, in_turn, middle, publish, summary
from eventspace.events.preprocess import centre

CASES = ((1.0, True), (0.5, True), (2.0, True), (1.0, False))
THRESHOLDS = 41


def measure(name: str, jets: es.ParticleClouds, p: float, normalise: bool, repeat: int) -> dict[str, Any]:
    metric = es.Transport(R=2.0, p=p, normalise=normalise)
    distances = es.matrix(metric, jets, threads=1, show_progress=False)
    upper = distances[np.triu_indices(len(jets), 1)]
    thresholds = np.geomspace(0.01, 1, THRESHOLDS) if normalise else np.quantile(upper, np.linspace(0, 1, THRESHOLDS))
    found = es.counts(metric, jets, thresholds, threads=1, show_progress=False)
    np.fill_diagonal(distances, np.inf)
    times = in_turn(
        {
            "counts": lambda: es.counts(metric, jets, thresholds, threads=1, show_progress=False),
            "matrix": lambda: es.matrix(metric, jets, threads=1, show_progress=False),
        },
        repeat,
    )
    full, early = metric.effort(jets), metric.effort(jets, thresholds=thresholds)
    return {
        "sample": name,
        "particles": float(jets.multiplicity.mean()),
        "p": p,
        "normalise": normalise,
        "pairs": len(upper),
        "same": bool(np.array_equal(found, (distances[:, :, None] < thresholds).sum(axis=1))),
        "pivots": {"matrix": full.pivots / full.pairs, "counts": early.pivots / early.pairs},
        "solved to the end": early.finished / early.pairs,
        "microseconds": {key: middle(taken, len(upper)) for key, taken in times.items()},
        "faster": median(times["matrix"]) / median(times["counts"]),
    }


HEADINGS = (
    "jets",
    "p",
    "energies",
    "counts",
    "matrix",
    "faster",
    "pivots a pair",
    "of the matrix",
    "solved to the end",
    "same",
)


def line(result: dict[str, Any]) -> list[str]:
    return [
        f"{result['sample']} ({result['particles']:.0f})",
        f"{result['p']:g}",
        "normalised" if result["normalise"] else "GeV",
        *(both(result["microseconds"][name], 1) for name in ("counts", "matrix")),
        f"{result['faster']:.2f}",
        *(f"{result['pivots'][name]:.0f}" for name in ("counts", "matrix")),
        f"{result['solved to the end']:.1%}",
        "yes" if result["same"] else "NO",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS / "counts")
    parser.add_argument("--jets", type=int, default=200)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    results = []
    for name in ("qcd", "top"):
        jets = centre(gather(f"{name}-jets", arguments.jets, 1, arguments.seed))
        for p, normalise in CASES:
            results.append(measure(f"{name}, all", jets, p, normalise, arguments.repeat))
            print(*line(results[-1]), sep=" | ", file=sys.stderr)
    publish(
        arguments.out,
        "The correlation integral: microseconds a pair",
        f"Median (minimum) over the repetitions, one thread, all pairs within a sample, {THRESHOLDS} thresholds. "
        "`counts` stops a\nsolve once the plan reached so far and the dual program prove between which thresholds "
        "the distance lies.",
        HEADINGS,
        [line(result) for result in results],
        command=(
            f"python -m benchmarks.speed.counts --jets {arguments.jets} "
            f"--repeat {arguments.repeat} --seed {arguments.seed}"
        ),
        results=results,
        summary=[
            summary(
                f"correlation integral, p = {result['p']:g}, {'normalised' if result['normalise'] else 'GeV'}",
                f"{result['sample']} ({result['particles']:.0f} particles)",
                "us a pair",
                result["microseconds"]["counts"]["median"],
                {"our matrix": result["microseconds"]["matrix"]["median"]},
                "-",
            )
            for result in results
        ],
    )


if __name__ == "__main__":
    main()

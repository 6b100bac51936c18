"""How fast is the Jensen-Shannon divergence? eventspace against scipy and torch, on the same profiles, in one run.

Usage: python -m benchmarks.speed.divergence [--out benchmarks/results/divergence] [--showers 15701] [--repeat 5]
    [--seed 1]

First all divergences between two sets of profiles, by every solver. Then the search that the study of a generator's
support makes: all pairs of showers whose profiles along x, y and z are all below their thresholds, the 0.02-quantiles,
with everything that belongs to it, from the cells to the pairs found. Every repetition times all solvers in turn.
"""

import argparse
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import eventspace as es
from benchmarks.peers.peers import Peers, peers
from benchmarks.speed.showers import showers
from benchmarks.tables import RESULTS, in_turn, publish, summary, timed

AXES = "xyz"
SIDE = 800  # profiles on each side where all divergences are computed
BLOCK = 256  # a divergence takes so little time that small tiles would be felt
QUANTILE = 0.02
CHECKED = 2000  # showers of which the pairs found are compared with the matrices
PEERS = {"scipy": [1], "torch float32": [1, 2], "torch float64": [1, 2]}  # and their threads


def all_divergences(axis: str, left: np.ndarray, right: np.ndarray, repeat: int, peer: Peers) -> dict[str, Any]:
    """Pairs a second of every solver, and the largest difference of their values from ours."""
    p, q = es.Points(values=left), es.Points(values=right)

    def ours(threads: int) -> np.ndarray:
        return es.matrix(es.JensenShannon(), p, q, threads=threads, block=BLOCK, show_progress=False)

    def theirs(solver: str, threads: int, values: bool = False) -> Any:
        name, *dtype = solver.split()
        return peer.run(name, axis, threads, values=values, **({"dtype": dtype[0]} if dtype else {}))

    values = ours(1)
    difference = {solver: float(np.max(np.abs(theirs(solver, 1, values=True) - values))) for solver in PEERS}
    times: dict[str, list[float]] = defaultdict(list)
    for _ in range(repeat):
        for threads in (1, 2):
            times[f"eventspace {threads}"].append(timed(lambda threads=threads: ours(threads))[0])
        for solver, counts in PEERS.items():
            for threads in counts:
                times[f"{solver} {threads}"].append(theirs(solver, threads))
    return {
        "axis": axis,
        "bins": left.shape[1],
        "pairs": values.size,
        "pairs a second": {name: values.size / median(taken) for name, taken in times.items()},
        "largest difference": difference,
    }


def search(events: es.Showers, repeat: int) -> dict[str, Any]:
    metrics = [es.JensenShannon(axis) for axis in AXES]
    some = events[:CHECKED]
    full = np.stack([es.matrix(metric, some, show_progress=False) for metric in metrics], axis=2)
    upper = np.triu_indices(len(some), 1)
    thresholds = np.quantile(full[upper], QUANTILE, axis=0).tolist()
    i, j, divergence = es.pairs_below(metrics, some, thresholds, show_progress=False)
    expected = np.argwhere(np.triu((full < thresholds).all(axis=2), k=1))
    same = np.array_equal(np.stack([i, j], axis=1), expected) and np.array_equal(divergence, full[i, j])
    pairs = len(events) * (len(events) - 1) // 2

    def find(threads: int) -> Any:
        return es.pairs_below(metrics, events, thresholds, threads=threads, show_progress=False)

    times = in_turn({f"eventspace {threads}": lambda threads=threads: find(threads) for threads in (1, 2)}, repeat)
    return {
        "showers": len(events),
        "pairs": pairs,
        "thresholds": thresholds,
        "found": len(find(2)[0]),
        "same as matrix": bool(same),
        "seconds": {name: median(taken) for name, taken in times.items()},
        "pairs a second": {name: pairs / median(taken) for name, taken in times.items()},
    }


def joint(results: list[dict[str, Any]], solver: str) -> float:
    """Pairs a second of a solver that computes the divergences of all three profiles."""
    return 1 / sum(1 / result["pairs a second"][solver] for result in results)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS / "divergence")
    parser.add_argument("--showers", type=int, default=15_701)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    events = showers(arguments.showers, arguments.seed)
    shapes = {axis: events[: 2 * SIDE].profile(axis) for axis in AXES}
    shapes = {axis: values / values.sum(axis=1, keepdims=True) for axis, values in shapes.items()}
    halves = {axis: (values[:SIDE], values[SIDE:]) for axis, values in shapes.items()}
    with peers(halves) as peer:
        results = [all_divergences(axis, *halves[axis], arguments.repeat, peer) for axis in AXES]
        versions = peer.versions
    found = search(events, arguments.repeat)

    solvers = list(results[0]["pairs a second"])
    rows = [
        [
            f"all, along {result['axis']}",
            str(result["bins"]),
            *(f"{result['pairs a second'][solver]:.2e}" for solver in solvers),
        ]
        for result in results
    ]
    rows.append(["all, along x, y and z", "127", *(f"{joint(results, solver):.2e}" for solver in solvers)])
    searched = [f"{found['pairs a second'][name]:.2e}" for name in solvers[:2]]
    rows.append(["those below three thresholds", "127", *searched, *["-"] * (len(solvers) - 2)])
    differences = {name: max(result["largest difference"][name] for result in results) for name in PEERS}
    least = ", ".join(f"{value:.2g}" for value in found["thresholds"])
    seconds = [found["seconds"][name] for name in solvers[:2]]
    publish(
        arguments.out,
        "The Jensen-Shannon divergence: pairs a second",
        f"""
Medians of {arguments.repeat} repetitions. The number after a solver is that of its threads. Electron showers of 100 GeV
from `eventspace simulate showers`, {np.diff(events.offsets).mean():.0f} cells with energy each; normalised profiles.
All divergences: {SIDE} x {SIDE} profiles. torch works through entropies, at one logarithm a bin.
The largest differences from ours: {", ".join(f"{name} {value:.0e}" for name, value in differences.items())}.

The last line is the search among all {found["pairs"]:.3g} pairs of {found["showers"]} showers, with the thresholds
{least} (the {QUANTILE}-quantiles): {found["found"]} pairs, in {seconds[0]:.2f} s on one thread and {seconds[1]:.2f} s
on two, from the cells to the list. Among the first {CHECKED} showers the pairs and the divergences are those of the
matrices: {"yes" if found["same as matrix"] else "NO"}.
""",
        ["divergences", "bins", *solvers],
        rows,
        command=f"python -m benchmarks.speed.divergence --showers {arguments.showers} --repeat {arguments.repeat} "
        f"--seed {arguments.seed}",
        peers={f"{name} (peers)": number for name, number in versions.items()},
        results=results,
        search=found,
        summary=[
            summary(
                f"Jensen-Shannon, {what}, {threads} thread{'s' * (threads - 1)}",
                "profiles of 51, 51 and 25 bins",
                "pairs/s",
                rate,
                {name: joint(results, name) for name in solvers[2:] if name.endswith(str(threads))},
                target,
            )
            for threads in (1, 2)
            for what, rate, target in (
                ("all three", joint(results, f"eventspace {threads}"), "-"),
                ("below three thresholds", found["pairs a second"][f"eventspace {threads}"], "1.2e7, stretch 1.2e8"),
            )
        ],
    )


if __name__ == "__main__":
    main()

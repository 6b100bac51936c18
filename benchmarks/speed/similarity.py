"""How fast is the structural similarity? eventspace against scikit-image and pytorch-msssim, in one run.

Usage: python -m benchmarks.speed.similarity [--out benchmarks/results/similarity] [--showers 128] [--repeat 5]
    [--seed 1]

Showers in three dimensions, and their projections along z as images. Ours are all pairs within a sample, means and
variances included; the peers get dense grids, some of the pairs, and time for those only. Every repetition times all
solvers in turn.
"""

import argparse
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

import eventspace as es
from benchmarks.peers.peers import Peers, peers
from benchmarks.speed.showers import showers
from benchmarks.tables import RESULTS, both, middle, publish, summary, timed

PAIRS = 16  # that the peers compute
SKIMAGE = "scikit-image 1"
PEERS = {
    SKIMAGE: ("scikit-image", 1, {}),
    **{
        f"pytorch-msssim{name} {threads}": ("pytorch-msssim", threads, {"dtype": "float32", "batch": batch})
        for name, batch in (("", 1), (" in a batch", PAIRS))
        for threads in (1, 2)
    },
}
IN_DOUBLE = ("pytorch-msssim", 1, {"dtype": "float64", "batch": 1})  # for its values only


def measure(sample: str, events: es.Showers | es.Images, L: float, repeat: int, peer: Peers) -> dict[str, Any]:
    """Microseconds a pair of every solver, and the largest difference of their values from ours."""
    metric = es.SSIM(L=L)

    def ours(threads: int) -> np.ndarray:
        return es.matrix(metric, events, threads=threads, show_progress=False)

    def theirs(solver: str, threads: int, options: dict[str, Any], values: bool = False) -> Any:
        return peer.run(solver, sample, threads, values=values, L=L, **options)

    similarity = 1 - ours(1)[0, 1 : PAIRS + 1]
    compared = {**PEERS, "pytorch-msssim float64": IN_DOUBLE}
    difference = {
        name: float(np.max(np.abs(theirs(*request, values=True) - similarity))) for name, request in compared.items()
    }
    times: dict[str, list[float]] = defaultdict(list)
    pairs = len(events) * (len(events) - 1) // 2
    for _ in range(repeat):
        for threads in (1, 2):
            times[f"eventspace {threads}"].append(timed(lambda threads=threads: ours(threads))[0] / pairs)
        for name, request in PEERS.items():
            times[name].append(theirs(*request) / PAIRS)
    return {
        "sample": sample,
        "pairs": pairs,
        "L": L,
        "microseconds": {name: middle(taken) for name, taken in times.items()},
        "largest difference": difference,
    }


HEADINGS = ("events", "eventspace 1", "eventspace 2", *PEERS, "faster than the peers, at equal threads", "difference")


def line(result: dict[str, Any]) -> list[str]:
    times = result["microseconds"]
    ratios = (times[name]["median"] / times[f"eventspace {name[-1]}"]["median"] for name in PEERS)
    return [
        result["sample"],
        *(both(times[name]) for name in HEADINGS[1:-2]),
        ", ".join(f"{ratio:.0f}" for ratio in ratios),
        ", ".join(f"{result['largest difference'][name]:.0e}" for name in (SKIMAGE, "pytorch-msssim float64")),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS / "similarity")
    parser.add_argument("--showers", type=int, default=128)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    events = showers(arguments.showers, arguments.seed)
    samples = {
        "showers, 51 x 51 x 25": events,
        "images, 51 x 51": es.Images(values=events.to_dense().sum(axis=3), half_width=1.0),
    }
    dense = {"showers, 51 x 51 x 25": events.to_dense(), "images, 51 x 51": samples["images, 51 x 51"].values}
    first_with_others = {
        name: (np.repeat(grids[:1], PAIRS, axis=0), grids[1 : PAIRS + 1]) for name, grids in dense.items()
    }
    results = []
    with peers(first_with_others) as peer:
        for name, sample in samples.items():
            results.append(measure(name, sample, float(dense[name].max()), arguments.repeat, peer))
            print(*line(results[-1]), sep=" | ", file=sys.stderr)
        versions = peer.versions
    cells = np.diff(events.offsets).mean()
    publish(
        arguments.out,
        "Structural similarity: microseconds a pair",
        f"""
Median (minimum) of {arguments.repeat} repetitions. The number after a solver is that of its threads. Electron showers
of 100 GeV from `eventspace simulate showers`, {cells:.0f} cells with energy each, and their projections along z;
L is the largest energy in a cell, sigma = 1.5. Ours: all {results[0]["pairs"]} pairs, in double precision. The
peers: {PAIRS} pairs, in pytorch-msssim in single precision, one after the other or as one batch. All compute the same
windows; the last column has the largest difference of scikit-image, and of pytorch-msssim in double precision, from
ours.
""",
        HEADINGS,
        [line(result) for result in results],
        command=f"python -m benchmarks.speed.similarity --showers {arguments.showers} --repeat {arguments.repeat} "
        f"--seed {arguments.seed}",
        peers={f"{name} (peers)": number for name, number in versions.items()},
        results=results,
        summary=[
            summary(
                f"SSIM, {threads} thread{'s' * (threads - 1)}",
                result["sample"],
                "us a pair",
                result["microseconds"][f"eventspace {threads}"]["median"],
                {name: result["microseconds"][name]["median"] for name in PEERS if name.endswith(str(threads))},
                "8x, stretch 40x" if isinstance(samples[result["sample"]], es.Showers) else "-",
            )
            for result in results
            for threads in (1, 2)
        ],
    )


if __name__ == "__main__":
    main()

"""How fast are the nearest medoids found? ``nearest`` against brute force, ours and that of wasserstein, in one run.

Usage: python -m benchmarks.speed.nearest [--out benchmarks/results/nearest] [--jets 300] [--repeat 5] [--seed 1]

Everything runs on one thread. Every repetition times all of them in turn, so that they meet the same disturbances;
compilation is done before. wasserstein is timed on all pairs of the medoids and the first few other jets; our index and
distance are compared with both brute forces in the same run.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import eventspace as es
from benchmarks.speed.transport import Case, Peer, gather, rows_of
from benchmarks.tables import RESULTS, both, middle, publish, summary, timed
from eventspace.distances.transport.farthest import largest_theta
from eventspace.events.preprocess import centre

MEDOIDS = 50
PEER_JETS = 80  # the medoids and some more, of which wasserstein computes all pairs
CASES = ((1.0, True), (0.5, True), (2.0, True), (1.0, False), (0.5, False))


def measure(case: Case, jets: es.ParticleClouds, R: float, repeat: int, peer: Peer) -> dict[str, Any]:
    """Microseconds a pair of an event and a medoid, and whether all agree."""
    metric = es.Transport(R=R, p=case.p, normalise=case.normalise)
    medoids, events = jets[:MEDOIDS], jets[MEDOIDS:]
    peers = PEER_JETS - MEDOIDS
    pairs = len(events) * MEDOIDS

    def pruned() -> Any:
        return es.nearest(metric, events, medoids, threads=1, show_progress=False)

    def brute_force() -> np.ndarray:
        return es.matrix(metric, events, medoids, threads=1, show_progress=False)

    (index, distance), full = pruned(), brute_force()
    same = np.array_equal(index, full.argmin(axis=1)) and np.array_equal(distance, full.min(axis=1))
    times: dict[str, list[float]] = {"nearest": [], "matrix": []}
    # For p > 1 wasserstein takes no root.
    compared = peer.missing is None and case.p <= 1
    difference = None
    if compared:
        times["wasserstein"] = []
        upper = np.triu_indices(PEER_JETS, 1)
        theirs = np.zeros((PEER_JETS, PEER_JETS))
        theirs[upper] = peer.run(case, R, 1, values=True)["values"]
        least = theirs[:MEDOIDS, MEDOIDS:].min(axis=0)
        difference = float(np.max(np.abs(least / distance[:peers] - 1)))
    for _ in range(repeat):
        times["nearest"].append(timed(pruned)[0] / pairs)
        times["matrix"].append(timed(brute_force)[0] / pairs)
        if compared:
            times["wasserstein"].append(peer.run(case, R, 1, values=False)["seconds"] / len(upper[0]))
    return {
        **case._asdict(),
        "R": R,
        "particles": float(jets.multiplicity.mean()),
        "pairs": pairs,
        "same_as_matrix": bool(same),
        "largest_relative_difference_from_wasserstein": difference,
        "microseconds": {name: middle(taken) for name, taken in times.items()},
    }


TEXT = f"""
Median (minimum) over the repetitions, one thread. `nearest` finds for each jet the nearest of {MEDOIDS} others; the
other two compute all distances. Its time is divided by the number of all pairs, solved or not.
QCD and top jets of 500-550 GeV, multi-parton interactions on; the number after them is that of their particles.
"""

HEADINGS = (
    "jets",
    "p",
    "energies",
    "nearest",
    "matrix",
    "wasserstein",
    "faster than matrix",
    "than wasserstein",
    "same as matrix",
    "difference from wasserstein",
)


def line(result: dict[str, Any]) -> list[str]:
    """A row of the table: median (minimum) microseconds a pair, ratios of the medians."""
    times = result["microseconds"]
    difference = result["largest_relative_difference_from_wasserstein"]

    def ratio(name: str) -> str:
        return f"{times[name]['median'] / times['nearest']['median']:.1f}" if name in times else "-"

    return [
        f"{result['sample']} ({result['particles']:.0f})",
        f"{result['p']:g}",
        "normalised" if result["normalise"] else "GeV",
        *(both(times.get(name), 1) for name in HEADINGS[3:6]),
        ratio("matrix"),
        ratio("wasserstein"),
        "yes" if result["same_as_matrix"] else "NO",
        "-" if difference is None else f"{difference:.0e}",
    ]


def in_short(result: dict[str, Any]) -> dict[str, Any]:
    """The case as a row of the table of all kernels."""
    energies = "normalised" if result["normalise"] else "GeV"
    times = {name: entry["median"] for name, entry in result["microseconds"].items()}
    return summary(
        f"nearest of {MEDOIDS}, p = {result['p']:g}, {energies}",
        f"{result['sample']} ({result['particles']:.0f} particles)",
        "us a pair",
        times["nearest"],
        {name: times[name] for name in ("wasserstein",) if name in times},
        "15x wasserstein" if result["p"] == 1 else "8x wasserstein",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS / "nearest")
    parser.add_argument("--jets", type=int, default=300, help="how many look for their nearest medoid")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    number = MEDOIDS + max(arguments.jets, PEER_JETS - MEDOIDS)

    samples = {
        "QCD, all": centre(gather("qcd-jets", number, 1, arguments.seed)),
        "top, all": centre(gather("top-jets", number, 1, arguments.seed)),
    }
    with tempfile.TemporaryDirectory() as folder:
        jets_file = Path(folder) / "jets.npz"
        few = {name: jets[:PEER_JETS] for name, jets in samples.items()}
        flat = {f"{name}/flat": np.concatenate(rows_of(jets)) for name, jets in few.items()}
        np.savez(jets_file, **flat, **{f"{name}/offsets": jets.offsets for name, jets in few.items()})
        peer = Peer(jets_file)
        if peer.missing is not None:
            print(f"wasserstein is left out, since it could not be installed: {peer.missing}", file=sys.stderr)
        results = []
        for name, jets in samples.items():
            R = float(np.ceil(10 * largest_theta(jets.flat(jets.coordinate), jets.flat("phi")) / 2) / 10)
            for p, normalise in CASES:
                # In GeV with p < 1 this R would not do for a metric.
                enough = R if normalise or p >= 1 else 2 * R
                results.append(measure(Case(name, p, normalise), jets, enough, arguments.repeat, peer))
                print(*line(results[-1]), sep=" | ", file=sys.stderr)
        peer.close()

    publish(
        arguments.out,
        f"The nearest of {MEDOIDS} jets: microseconds a pair",
        TEXT,
        HEADINGS,
        [line(result) for result in results],
        command=(
            f"python -m benchmarks.speed.nearest --jets {arguments.jets} "
            f"--repeat {arguments.repeat} --seed {arguments.seed}"
        ),
        peers={"wasserstein": peer.version or f"left out: {peer.missing}"},
        results=results,
        summary=[in_short(result) for result in results],
    )


if __name__ == "__main__":
    main()

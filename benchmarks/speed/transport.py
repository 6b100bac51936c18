"""How fast is the exact transport distance? eventspace against POT and wasserstein, on the same jets, in one run.

Usage: python -m benchmarks.speed.transport [--out benchmarks/results/transport] [--jets 64] [--repeat 5] [--seed 1]

Every repetition times all solvers in turn, so that they meet the same disturbances; compilation is done before. The
values of all solvers are compared in the same run. ``wasserstein`` needs numpy < 2 and therefore gets an environment of
its own, ``.bench-venv/``, which is made on the first run.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import ot

import eventspace as es
from benchmarks.tables import RESULTS, ROOT, both, middle, publish, summary, timed
from eventspace.distances.transport.farthest import largest_theta
from eventspace.events.preprocess import centre
from eventspace.events.simulate import simulate

PEER = ROOT / "benchmarks" / "peers" / "wasserstein_peer.py"
PEER_ENVIRONMENT = ROOT / ".bench-venv"
PEER_PACKAGES = ("wasserstein==1.1.0", "numpy<2")

HARDEST = (25, 50, 100)
PIXELS, HALF_WIDTH = 40, 1.0
POT_PAIRS = 200  # POT is timed on so many of the pairs
BLOCK = 16  # events on each side of a tile: small, so that two threads have equal work


class Case(NamedTuple):
    """What is timed: a sample of jets and a metric."""

    sample: str
    p: float
    normalise: bool


class Peer:
    """The wasserstein package in a process of its own; without it, ``missing`` says why."""

    def __init__(self, jets_file: Path):
        self.version, self.missing = None, None
        python = PEER_ENVIRONMENT / "bin" / "python"
        try:
            if not python.exists():
                print(f"making {PEER_ENVIRONMENT.name} for wasserstein ...", file=sys.stderr)
                venv.create(PEER_ENVIRONMENT, with_pip=True)
            install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PEER_PACKAGES]
            subprocess.run(install, check=True, capture_output=True, text=True)
            self._process = subprocess.Popen(
                [python, PEER, jets_file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            self.version = self._read()["version"]
        except (OSError, subprocess.CalledProcessError, json.JSONDecodeError) as error:
            reason = error.stderr.strip() if isinstance(error, subprocess.CalledProcessError) else str(error)
            self.missing = reason.splitlines()[-1] if reason else type(error).__name__

    def run(self, case: Case, R: float, threads: int, values: bool) -> dict[str, Any]:
        request = {**case._asdict(), "R": R, "threads": threads, "values": values}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._read()

    def close(self) -> None:
        if self.missing is None:
            self._process.communicate()

    def _read(self) -> dict[str, Any]:
        return json.loads(self._process.stdout.readline())


def samples(jets: int, seed: int) -> dict[str, es.ParticleClouds]:
    """QCD jets of at least 100 particles cut to their hardest, QCD and top jets as they are, and as images; centred."""
    qcd = gather("qcd-jets", jets, max(HARDEST), seed)
    cut = {f"QCD, {count} hardest": hardest(qcd, count) for count in HARDEST}
    whole = {f"{kind}, all": centre(gather(f"{kind.lower()}-jets", jets, 1, seed)) for kind in ("QCD", "top")}
    pixels = {
        f"{kind}, images": es.pixelate(whole[f"{kind}, all"], PIXELS, HALF_WIDTH).to_particles()
        for kind in ("QCD", "top")
    }
    return cut | whole | pixels


def gather(kind: str, jets: int, least: int, seed: int) -> es.ParticleClouds:
    """The first jets with at least so many particles, multi-parton interactions on."""
    for wanted in (jets, 8 * jets, 64 * jets):
        parts = list(simulate(kind, wanted, seed=seed, mpi=True, show_progress=False))
        rows = [row for part in parts for row in rows_of(part) if len(row) >= least]
        if len(rows) >= jets:
            return es.ParticleClouds.from_lists(rows[:jets])
    raise SystemExit(f"too few {kind} have {least} particles")


def rows_of(clouds: es.ParticleClouds) -> list[np.ndarray]:
    columns = np.column_stack([clouds.flat(name) for name in ("pt", clouds.coordinate, "phi")])
    return np.split(columns, np.cumsum(clouds.multiplicity)[:-1])


def hardest(clouds: es.ParticleClouds, count: int) -> es.ParticleClouds:
    return centre(es.ParticleClouds.from_lists([row[np.argsort(-row[:, 0])][:count] for row in rows_of(clouds)]))


def pot_distance(a: np.ndarray, b: np.ndarray, R: float, p: float, normalise: bool) -> float:
    """The same number from POT: the missing energy becomes a particle at cost 1. Centred jets are far from phi = pi."""
    cost = np.hypot(a[:, None, 1] - b[:, 1], a[:, None, 2] - b[:, 2]) / R
    if p != 1:
        cost **= p
    supply, demand = a[:, 0].copy(), b[:, 0].copy()
    if normalise:
        return float(ot.emd2(supply / supply.sum(), demand / demand.sum(), cost, check_marginals=False))
    excess = supply.sum() - demand.sum()
    if excess > 0:
        demand, cost = np.append(demand, excess), np.column_stack((cost, np.ones(len(supply))))
    else:
        supply, cost = np.append(supply, -excess), np.vstack((cost, np.ones(len(demand))))
    demand = demand * (supply.sum() / demand.sum())
    return float(ot.emd2(supply, demand, np.ascontiguousarray(cost), check_marginals=False))


def measure(case: Case, jets: es.ParticleClouds, R: float, repeat: int, peer: Peer) -> dict[str, Any]:
    """Microseconds a pair of every solver, and the largest relative difference of their values from ours."""
    metric = es.Transport(R=R, p=case.p, normalise=case.normalise)
    upper = np.triu_indices(len(jets), 1)
    rows = rows_of(jets)
    chosen = np.linspace(0, len(upper[0]) - 1, min(POT_PAIRS, len(upper[0]))).astype(int)
    pot_pairs = [(rows[upper[0][k]], rows[upper[1][k]]) for k in chosen]

    def ours(threads: int) -> np.ndarray:
        return es.matrix(metric, jets, threads=threads, block=BLOCK, show_progress=False)[upper]

    def pot() -> np.ndarray:
        return np.array([pot_distance(a, b, R, case.p, case.normalise) for a, b in pot_pairs])

    values, pot_values = ours(1), pot()
    times: dict[str, list[float]] = {"eventspace 1": [], "eventspace 2": [], "POT 1": []}
    differences = {"POT": float(np.max(np.abs(pot_values / values[chosen] - 1)))}
    if peer.missing is None:
        times |= {"wasserstein 1": [], "wasserstein 2": []}
        theirs = np.array(peer.run(case, R, 1, values=True)["values"])
        differences["wasserstein"] = float(np.max(np.abs(theirs / values - 1)))
    pairs = len(values)
    for _ in range(repeat):
        for threads in (1, 2):
            times[f"eventspace {threads}"].append(timed(lambda threads=threads: ours(threads))[0] / pairs)
            if peer.missing is None:
                seconds = peer.run(case, R, threads, values=False)["seconds"]
                times[f"wasserstein {threads}"].append(seconds / pairs)
        times["POT 1"].append(timed(pot)[0] / len(chosen))
    return {
        **case._asdict(),
        "R": R,
        "particles": float(jets.multiplicity.mean()),
        "pairs": pairs,
        "microseconds": {name: middle(taken) for name, taken in times.items()},
        "largest_relative_difference": differences,
    }


TEXT = """
Median (minimum) over the repetitions. The number after a solver is that of its threads, the number after the jets their
mean number of particles. QCD and top jets of 500-550 GeV, multi-parton interactions on, all pairs; for the 25, 50 and
100 hardest, only jets with at least 100 particles were taken. Images: the same jets in 40 x 40 pixels from -1 to 1,
where many distances are equal. POT includes the making of the cost matrix by numpy.
"""

HEADINGS = (
    "jets",
    "p",
    "energies",
    "eventspace 1",
    "eventspace 2",
    "wasserstein 1",
    "wasserstein 2",
    "POT 1",
    "faster than wasserstein, 1 and 2 threads",
    "than POT",
    "largest difference",
)


def line(result: dict[str, Any]) -> list[str]:
    """A case: median (minimum) microseconds a pair, ratios of the medians."""
    times = result["microseconds"]

    def ratio(name: str, threads: int) -> str:
        peer = f"{name} {threads}"
        return f"{times[peer]['median'] / times[f'eventspace {threads}']['median']:.1f}" if peer in times else "-"

    return [
        f"{result['sample']} ({result['particles']:.0f})",
        f"{result['p']:g}",
        "normalised" if result["normalise"] else "GeV",
        *(both(times.get(name)) for name in HEADINGS[3:8]),
        f"{ratio('wasserstein', 1)}, {ratio('wasserstein', 2)}",
        ratio("POT", 1),
        f"{max(result['largest_relative_difference'].values()):.0e}",
    ]


def in_short(result: dict[str, Any], threads: int) -> dict[str, Any]:
    """The case as a row of the table of all kernels."""
    energies = "normalised" if result["normalise"] else "GeV"
    times = {name: entry["median"] for name, entry in result["microseconds"].items()}
    return summary(
        f"exact transport, p = {result['p']:g}, {energies}, {threads} thread{'s' * (threads > 1)}",
        f"{result['sample']} ({result['particles']:.0f} particles)",
        "us a pair",
        times[f"eventspace {threads}"],
        {name.split()[0]: time for name, time in times.items() if name in (f"wasserstein {threads}", f"POT {threads}")},
        "3x wasserstein",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS / "transport")
    parser.add_argument("--jets", type=int, default=64)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    all_jets = samples(arguments.jets, arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        jets_file = Path(folder) / "jets.npz"
        flat = {f"{name}/flat": np.concatenate(rows_of(jets)) for name, jets in all_jets.items()}
        np.savez(jets_file, **flat, **{f"{name}/offsets": jets.offsets for name, jets in all_jets.items()})
        peer = Peer(jets_file)
        if peer.missing is not None:
            print(f"wasserstein is left out, since it could not be installed: {peer.missing}", file=sys.stderr)
        results = []
        for name, jets in all_jets.items():
            R = float(np.ceil(10 * largest_theta(jets.flat(jets.coordinate), jets.flat("phi")) / 2) / 10)
            for p in (1.0, 0.5):
                for normalise in (True, False):
                    results.append(measure(Case(name, p, normalise), jets, R, arguments.repeat, peer))
                    print(*line(results[-1]), sep=" | ", file=sys.stderr)
        peer.close()

    publish(
        arguments.out,
        "Exact transport: microseconds a pair",
        TEXT,
        HEADINGS,
        [line(result) for result in results],
        command=(
            f"python -m benchmarks.speed.transport --jets {arguments.jets} --repeat {arguments.repeat} "
            f"--seed {arguments.seed}"
        ),
        peers={"POT": ot.__version__, "wasserstein": peer.version or f"left out: {peer.missing}"},
        results=results,
        summary=[
            in_short(result, threads)
            for result in results
            if result["sample"].endswith(("all", "images"))
            for threads in (1, 2)
        ],
    )


if __name__ == "__main__":
    main()

"""How fast is the Sinkhorn loss with its gradient? eventspace against geomloss and POT, on the same jets, in one run.

Usage: python -m benchmarks.speed.sinkhorn [--out benchmarks/results/sinkhorn] [--batch 128] [--repeat 5] [--seed 1]

One batch of pairs of QCD jets, cut to their 50 hardest particles, p = 1, single precision: the cost of every pair and
its derivatives with respect to the positions of one side. Every repetition times all solvers in turn. The error of the
derivatives is that from the converged solution in double precision; a peer gets the fewest iterations that make its
error no larger than ours, or, if none do, the best that are tried. Where there is a CUDA device, ours is timed there.
"""

import argparse
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

import eventspace as es
from benchmarks.peers.peers import ENVIRONMENT, Peers, peers
from benchmarks.speed.transport import gather, hardest, rows_of
from benchmarks.tables import RESULTS, both, in_turn, middle, publish, summary, timed

PARTICLES = 50
PRICES = (0.1, 0.02)
THREADS = (1, 2)
FIXED = "POT 50"  # at a number of iterations that people use, whatever the error: for comparison
_ITERATIONS = [{"iterations": number} for number in (5, 10, 15, 20, 30, 50, 75, 100, 150, 200, 250, 300, 400)]
PEERS = {
    "geomloss": [{"scaling": scaling} for scaling in (0.5, 0.8, 0.9, 0.95)],
    "POT log": _ITERATIONS,
    "POT": _ITERATIONS,
    FIXED: [{"iterations": 50}],
}
GPU_BATCHES = (128, 1024, 8192)
TARGET = "6x at equal gradient error"


def batch_of(jets: es.ParticleClouds) -> np.ndarray:
    """(jets, particles, 3) of relative energy, y and phi."""
    events = np.stack(rows_of(jets))
    events[..., 0] /= events[..., 0].sum(axis=1, keepdims=True)
    return events


def derivatives(left: torch.Tensor, right: torch.Tensor, eps: float) -> torch.Tensor:
    """The cost of all pairs, and its derivatives with respect to the positions on the left, which are returned."""
    place = left[..., 1:].clone().requires_grad_()
    es.sinkhorn_loss(left[..., 0], place, right[..., 0], right[..., 1:], eps=eps).sum().backward()
    return place.grad


def measure(eps: float, left: np.ndarray, right: np.ndarray, repeat: int, peer: Peers) -> dict[str, Any]:
    """Microseconds a pair of every solver, and the relative error of its derivatives."""
    pair = [torch.tensor(events) for events in (left, right)]
    single = [events.float() for events in pair]
    exact = derivatives(*pair, eps).numpy()

    def error_of(values: np.ndarray) -> float:
        return float(np.linalg.norm(values - exact) / np.linalg.norm(exact))

    error = {"eventspace": error_of(derivatives(*single, eps).numpy())}
    chosen: dict[str, dict[str, float]] = {}
    for name, settings in PEERS.items():
        for setting in settings:
            found = error_of(peer.run(name, "jets", 1, values=True, eps=eps, **setting))
            if found < error.get(name, np.inf) or name not in chosen:
                error[name], chosen[name] = np.nan_to_num(found, nan=np.inf), setting  # POT may give NaN
            if error[name] <= error["eventspace"]:
                break

    def ours(threads: int) -> float:
        torch.set_num_threads(threads)
        return timed(lambda: derivatives(*single, eps))[0]

    times: dict[str, list[float]] = defaultdict(list)
    for _ in range(repeat):
        for threads in THREADS:
            times[f"eventspace {threads}"].append(ours(threads))
            for name in PEERS:
                times[f"{name} {threads}"].append(peer.run(name, "jets", threads, eps=eps, **chosen[name]))
    return {
        "eps": eps,
        "microseconds": {name: middle(taken, len(left)) for name, taken in times.items()},
        "gradient error": error,
        "settings": chosen,
    }


def on_gpu(eps: float, left: np.ndarray, right: np.ndarray, repeat: int) -> dict[str, Any]:
    """Microseconds a pair on a CUDA device, for batches made of repeated pairs."""
    times = {}
    for batch in GPU_BATCHES:
        pair = [torch.tensor(np.resize(events, (batch, *events.shape[1:]))).float().cuda() for events in (left, right)]

        def work(pair: list[torch.Tensor] = pair) -> None:
            derivatives(*pair, eps)
            torch.cuda.synchronize()

        work()
        times[str(batch)] = middle(in_turn({"": work}, repeat)[""], batch)
    return {"eps": eps, "device": torch.cuda.get_device_name(), "microseconds": times}


TEXT = f"""
Median (minimum) microseconds a pair, forward and backward, over the repetitions; the number after a solver is that of
its threads. Pairs of QCD jets of 500-550 GeV, multi-parton interactions on, the {PARTICLES} hardest particles; p = 1,
single precision. geomloss: tensorized, no debiasing; POT: solve_batch, in logarithms and without; all with the gradient
at the optimum. Errors are those of the gradient, relative, from the converged solution in double precision. A peer gets
the fewest iterations (geomloss: the smallest scaling) that make its error no larger than ours, or the best that were
tried; they stand in brackets. "{FIXED}" is POT without logarithms at 50 iterations, whatever its error; the ratio, that
to the fastest peer, leaves it out.
"""

NAMES = ("eventspace", *PEERS)
HEADINGS = (
    "eps",
    *(f"{name} {threads}" for threads in THREADS for name in NAMES),
    "faster, 1 and 2 threads",
    *(f"error of {name}" for name in NAMES),
)


def line(result: dict[str, Any]) -> list[str]:
    times = result["microseconds"]
    best = [min(times[f"{name} {n}"]["median"] for name in PEERS if name != FIXED) for n in THREADS]
    ratios = (f"{least / times[f'eventspace {n}']['median']:.1f}" for least, n in zip(best, THREADS, strict=True))
    return [
        f"{result['eps']:g}",
        *(both(times[f"{name} {threads}"]) for threads in THREADS for name in NAMES),
        ", ".join(ratios),
        f"{result['gradient error']['eventspace']:.0e}",
        *(f"{result['gradient error'][name]:.0e} ({next(iter(result['settings'][name].values()))})" for name in PEERS),
    ]


def in_short(result: dict[str, Any], batch: int) -> dict[str, Any]:
    """The case as a row of the table of all kernels."""
    times = result["microseconds"]
    return summary(
        f"Sinkhorn forward + backward, eps = {result['eps']:g}",
        f"batch of {batch}, {PARTICLES} x {PARTICLES}",
        "us a pair",
        times["eventspace 1"]["median"],
        {name: times[f"{name} 1"]["median"] for name in PEERS},
        TARGET,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS / "sinkhorn")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--peers", type=Path, default=ENVIRONMENT, help="the environment of the peers")
    arguments = parser.parse_args()

    jets = hardest(gather("qcd-jets", 2 * arguments.batch, PARTICLES, arguments.seed), PARTICLES)
    events = batch_of(jets)
    left, right = events[: arguments.batch], events[arguments.batch :]
    with peers({"jets": (left, right)}, "sinkhorn_peer.py", arguments.peers) as peer:
        results = [measure(eps, left, right, arguments.repeat, peer) for eps in PRICES]
        versions = peer.versions
    gpu = [on_gpu(eps, left, right, arguments.repeat) for eps in PRICES] if torch.cuda.is_available() else []
    lines = "\n".join(
        f"On {entry['device']}, eps = {entry['eps']:g}: "
        + ", ".join(
            f"{both(times, 2)} us a pair in a batch of {batch}" for batch, times in entry["microseconds"].items()
        )
        for entry in gpu
    )
    publish(
        arguments.out,
        "Sinkhorn: microseconds a pair, forward and backward",
        f"{TEXT.strip()}\n\n{lines}",
        HEADINGS,
        [line(result) for result in results],
        command=f"python -m benchmarks.speed.sinkhorn --batch {arguments.batch} --repeat {arguments.repeat} "
        f"--seed {arguments.seed}",
        peers={f"{name} (peers)": number for name, number in versions.items()},
        results=results,
        gpu=gpu,
        summary=[in_short(result, arguments.batch) for result in results if result["eps"] == 0.02],
    )


if __name__ == "__main__":
    main()

"""How does exact transport scale? Threads and Dask processes on this machine, and on paper up to a million jets.

Usage: python -m benchmarks.speed.scaling [--out benchmarks/results/scaling] [--jets 256] [--repeat 3] [--seed 1]
    [--most 2]

Every repetition times all of them in turn, so that they meet the same disturbances; compilation and the start of the
processes come before. All matrices are compared in the same run. The estimate multiplies the measured time of one
thread; the bytes are those of the whole matrix in float64.
"""

import argparse
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import eventspace as es
from benchmarks.speed.transport import gather
from benchmarks.tables import RESULTS, in_turn, publish
from eventspace.distances.engine.workers import connect
from eventspace.events.preprocess import centre

BLOCK = 32  # so that all workers are busy until the end
SIZES = (1_000, 10_000, 100_000, 1_000_000)
METRIC = es.Transport(R=1.0, p=1.0)


def measure(jets: es.ParticleClouds, repeat: int, most: int) -> dict[str, Any]:
    """Seconds of 1, 2, 4 ... threads and as many processes for all pairs, and whether they give the same bytes."""
    numbers = [2**k for k in range(most.bit_length()) if 2**k <= most]
    with ExitStack() as stack:
        ways: dict[str, dict[str, Any]] = {f"threads {n}": {"threads": n} for n in numbers}
        for n in numbers:
            ways[f"processes {n}"] = {"scheduler": stack.enter_context(connect(f"local:{n}"))}

        def matrix(name: str) -> np.ndarray:
            return es.matrix(METRIC, jets, block=BLOCK, show_progress=False, **ways[name])

        first = matrix("threads 1")
        same = all(np.array_equal(matrix(name), first) for name in ways)
        times = in_turn({name: partial(matrix, name) for name in ways}, repeat)
    pairs = len(jets) * (len(jets) - 1) // 2
    return {
        "jets": len(jets),
        "particles": float(jets.multiplicity.mean()),
        "metric": str(METRIC),
        "pairs": pairs,
        "same_bytes": bool(same),
        "seconds": times,
    }


def scaling_rows(result: dict[str, Any]) -> list[list[str]]:
    """Workers, pairs per second and efficiency: the rate beside that of one thread times their number."""
    one = result["pairs"] / median(result["seconds"]["threads 1"])
    rows = []
    for name, taken in result["seconds"].items():
        rate, fastest = result["pairs"] / median(taken), result["pairs"] / min(taken)
        rows.append([name, f"{rate:,.0f} ({fastest:,.0f})", f"{rate / one / int(name.split()[1]):.2f}"])
    return rows


def estimate_rows(microseconds: float) -> list[list[str]]:
    """Jets, pairs, core hours, hours on 1,000 cores and bytes of the matrix."""
    rows = []
    for jets in SIZES:
        pairs = jets * (jets - 1) // 2
        hours = pairs * microseconds / 3.6e9
        rows.append([f"{jets:,}", f"{pairs:.1e}", rounded(hours), rounded(hours / 1000), size(8 * jets**2)])
    return rows


def rounded(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"


def size(count: int) -> str:
    power = (len(str(count)) - 1) // 3
    return f"{count / 1000**power:.3g} {('B', 'kB', 'MB', 'GB', 'TB')[power]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS / "scaling")
    parser.add_argument("--jets", type=int, default=256)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most", type=int, default=2, help="the largest number of threads and of processes")
    arguments = parser.parse_args()

    jets = centre(gather("qcd-jets", arguments.jets, 1, arguments.seed))
    result = measure(jets, arguments.repeat, arguments.most)
    microseconds = 1e6 * median(result["seconds"]["threads 1"]) / result["pairs"]
    estimate = [f"| {' | '.join(row)} |" for row in estimate_rows(microseconds)]
    publish(
        arguments.out,
        "Scaling of exact transport",
        f"""On paper, all pairs at the {microseconds:.0f} microseconds a pair that one thread took here:

| jets | pairs | core hours | hours on 1,000 cores | matrix |
|---|---|---|---|---|
{chr(10).join(estimate)}

On this machine, all {result["pairs"]:,} pairs of {result["jets"]} QCD jets of {result["particles"]:.0f} particles,
`{result["metric"]}`: median (best) over the repetitions. The efficiency is the rate
divided by that of one thread and by the number of workers. Processes: `scheduler="local:N"`, started before.""",
        ("workers", "pairs per second", "efficiency", "same bytes"),
        [[*row, "yes" if result["same_bytes"] else "NO"] for row in scaling_rows(result)],
        command="python -m benchmarks.speed.scaling "
        + " ".join(f"--{name} {getattr(arguments, name)}" for name in ("jets", "repeat", "seed", "most")),
        results=[result],
        microseconds_a_pair=microseconds,
    )
    print(*estimate, sep="\n")
    if not result["same_bytes"]:
        raise SystemExit("the matrices differ")


if __name__ == "__main__":
    main()

"""How many events a second do the ranker and the Durham algorithm cluster, beside FastJet in the same run?

Usage: python -m benchmarks.speed.cluster [--out FILE] [--events 2000] [--repeat 5] [--seed 424242]

ZHH at 500 GeV to six jets, from events in memory to jets in memory, and for the ranker also the whole command from a
file to a file. Wall time on all cores and CPU time; the methods are timed in turn, and the best of the repeats counts.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import eventspace as es
from benchmarks.tables import RESULTS, publish
from eventspace.events.durham.reference import fastjet_labels

JETS = 6


def taken(work: Callable[[], Any]) -> tuple[float, float]:
    """Wall and CPU seconds, of children too."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    start, cpu = time.perf_counter(), time.process_time()
    work()
    wall, own = time.perf_counter() - start, time.process_time() - cpu
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, own + after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS / "cluster")
    parser.add_argument("--events", type=int, default=2000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--seed", type=int, default=424242)
    given = parser.parse_args()

    events = es.concatenate(es.simulate("zhh", given.events, seed=given.seed))
    with tempfile.TemporaryDirectory() as folder:
        es.write(Path(folder, "zhh.h5"), events)
        command = [sys.executable, "-m", "eventspace.cli", "cluster", "zhh.h5", "jets.h5", "--model", "ranker-zhh"]
        work: dict[str, Callable[[], Any]] = {
            "FastJet": lambda: fastjet_labels(events, JETS),
            "durham": lambda: es.cluster(events, "durham", jets=JETS),
            "ranker-zhh": lambda: es.cluster(events, "ranker-zhh"),
            "ranker-zhh-no-displaced": lambda: es.cluster(events, "ranker-zhh-no-displaced"),
            "eventspace cluster --model ranker-zhh, file to file": lambda: subprocess.run(
                command, cwd=folder, check=True, capture_output=True
            ),
        }
        for do in work.values():
            do()  # compiled and loaded
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in work}
        for _ in range(given.repeat):
            for name, do in work.items():
                times[name].append(taken(do))
    best = {name: tuple(min(column) for column in zip(*each, strict=True)) for name, each in times.items()}
    rows = [
        [name, *(f"{len(events) / each:,.0f}" for each in best[name]), f"{best[name][1] / best['FastJet'][1]:.2f}"]
        for name in work
    ]
    publish(
        given.out,
        "Clustering",
        f"{len(events):,} events of e+e- -> ZHH at 500 GeV, seed {given.seed}, to {JETS} jets. The best of "
        f"{given.repeat} repeats, taken in turn; the command includes the start of Python.",
        ("method", "events/s (wall)", "events/s of CPU time", "CPU time over that of FastJet"),
        rows,
        command=f"python -m benchmarks.speed.cluster --events {given.events} --repeat {given.repeat} "
        f"--seed {given.seed}",
        results=[{"method": name, "wall": wall, "cpu": cpu} for name, (wall, cpu) in best.items()],
    )


if __name__ == "__main__":
    main()

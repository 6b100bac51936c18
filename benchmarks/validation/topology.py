"""Does the study `topology` find the right Betti numbers, does its p-value keep its promise, how much memory is needed?

Usage: python -m benchmarks.validation.topology betti|null|memory [--seeds 100] [--threads 1]

betti: samples of known shape, one seed after the other, with the defaults of the study: two circles have 2 pieces and 2
loops, the ring 1 and 1, the camel back 2 and 0. The defaults were chosen on seeds from 1001 on, none of which is used.
null: two samples of one source, smaller; p should be below 0.05 in at most 5% of the seeds. Rings, and jets under the
transport distance, which are drawn from one pool without replacement.
memory: the estimate that the study makes before it starts against the growth of the process, each in a process of its
own.
"""

import argparse
import json
import resource
import subprocess
import sys
from importlib.metadata import version
from typing import Any

import numpy as np
from scipy.stats import beta

import eventspace as es
from benchmarks.tables import RESULTS, publish, timed
from eventspace.base.work import Work
from eventspace.statistics.shape import Features
from eventspace.studies.topology import TopologyConfig, run

EVENTS = 5000
TRUTH = {"circles": (2, 2), "ring": (1, 1), "camelback": (2, 0)}
NULL = {"permutations": 19, "replicas": 20}
NULL_RING = {"events": 400, "neighbours": 20, "landmarks": 80}
NULL_JETS = {"events": 60, "neighbours": 3, "landmarks": 120}
POOL = 200  # top jets
# Samples, events of each, landmarks, highest dimension, threads.
SIZES = (
    (1, 1000, 200, 1, 1),
    (1, 2000, 400, 1, 1),
    (1, 5000, 400, 1, 1),
    (1, 5000, 800, 1, 1),
    (1, 10_000, 400, 1, 1),
    (1, 2000, 400, 2, 1),
    (2, 1000, 200, 1, 1),
    (2, 1000, 200, 1, 2),
    (2, 300, 600, 1, 1),
    (2, 3000, 400, 1, 1),
    (2, 3000, 400, 1, 2),
)
MEMORY_LIMIT = 2  # estimate over truth, which it should never be below


def sample(kind: str, seed: int, events: int = EVENTS) -> es.Points:
    return next(es.simulate(kind, events, seed=seed))


def share(count: int, of: int) -> str:
    low = beta.ppf(0.025, count, of - count + 1) if count else 0.0
    high = beta.ppf(0.975, count + 1, of - count) if count < of else 1.0
    return f"{count / of:.3f} [{low:.3f}, {high:.3f}]"


def betti(seeds: int, threads: int) -> None:
    config = TopologyConfig()
    results: list[dict[str, Any]] = []
    for kind in TRUTH:
        for seed in range(1, seeds + 1):
            distances = es.matrix(es.Euclidean(), sample(kind, seed), threads=threads, show_progress=False)
            found = Features.of(
                distances,
                config.neighbours,
                np.random.default_rng(seed),
                count=config.landmarks,
                replicas=config.replicas,
                level=config.level,
            )
            results.append({"kind": kind, "seed": seed, "betti": found.betti, "band": found.threshold})
            print(results[-1], flush=True)
    rows = []
    for kind, truth in TRUTH.items():
        mine = [r for r in results if r["kind"] == kind]
        right = sum(tuple(r["betti"]) == truth for r in mine)
        wrong = ", ".join(f"{r['betti']} (seed {r['seed']})" for r in mine if tuple(r["betti"]) != truth)
        bands = [r["band"] for r in mine]
        rows.append(
            [
                kind,
                str(truth),
                f"{right} of {len(mine)}",
                share(right, len(mine)),
                f"{np.median(bands):.2f} ({min(bands):.2f} to {max(bands):.2f})",
                wrong or "-",
            ]
        )
    publish(
        RESULTS / "topology",
        "Betti numbers of samples of known shape",
        f"{EVENTS:,} points a sample, the defaults of `eventspace topology`; pieces and loops both have to be right.\n"
        "The defaults were chosen on seeds from 1001 on.",
        ("sample", "truth", "right", "share (95%)", "band: median (range)", "wrong"),
        rows,
        command=f"python -m benchmarks.validation.topology betti --seeds {seeds} --threads {threads}",
        peers={"gudhi": version("gudhi")},
        results=results,
    )


def null(seeds: int, threads: int) -> None:
    pool = next(es.simulate("top-jets", POOL, seed=1))
    results = []
    for seed in range(1, seeds + 1):
        chosen = np.random.default_rng(seed).permutation(POOL)[: 2 * NULL_JETS["events"]]
        sources = {
            "rings": (NULL_RING, [sample("ring", 2 * seed + k, NULL_RING["events"]) for k in (0, 1)]),
            "jets": (NULL_JETS, [pool[half] for half in np.split(chosen, 2)]),
        }
        found: dict[str, Any] = {"seed": seed}
        for name, (size, pair) in sources.items():
            config = TopologyConfig(seed=seed, **(size | NULL))
            result = run(dict(zip("ab", pair, strict=True)), config, Work(threads=threads, show_progress=False))
            found[name] = result.numbers["p"].value
        results.append(found)
        print(found, flush=True)
    rows = []
    for alpha in (0.05, 0.1, 0.5):
        small = [sum(r[name] <= alpha for r in results) for name in ("rings", "jets")]
        rows.append([f"{alpha:g}", *(share(count, len(results)) for count in small)])
    publish(
        RESULTS / "topology_null",
        "The p-value of two samples of one source",
        f"Two rings, {NULL_RING}; two samples of {POOL} top jets under transport, {NULL_JETS}; {NULL}.\n"
        "The share should not exceed the level.",
        ("level", "rings: share of p at or below it (95%)", "jets"),
        rows,
        command=f"python -m benchmarks.validation.topology null --seeds {seeds} --threads {threads}",
        peers={"gudhi": version("gudhi")},
        results=results,
    )


def grown(samples: int, events: int, landmarks: int, dimensions: int, threads: int) -> dict[str, Any]:
    """The estimate and the growth of this process, which should be a fresh one."""

    def peak() -> int:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

    def rings(count: int) -> dict[str, es.Points]:
        return {f"ring{k}": sample("ring", 1 + k, count) for k in range(samples)}

    how: dict[str, Any] = {"threads": threads, "show_progress": False}
    small = TopologyConfig(neighbours=5, landmarks=10, replicas=20, permutations=19)
    run(rings(100), small, **how)  # libraries, compiled code
    given, before = rings(events), peak()
    config = TopologyConfig(events=events, landmarks=landmarks, dimensions=dimensions, replicas=20, permutations=19)
    seconds, result = timed(lambda: run(given, config, **how))
    return {
        "samples": samples,
        "events": events,
        "landmarks": landmarks,
        "dimensions": dimensions,
        "threads": threads,
        "estimate": 1e9 * (result.numbers["memory"].value + (threads - 1) * result.numbers["memory.thread"].value),
        "growth": peak() - before,
        "seconds": seconds,
    }


def memory() -> None:
    results = []
    for size in SIZES:
        words = [sys.executable, "-m", "benchmarks.validation.topology", "grown", *map(str, size)]
        results.append(json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout))
        print(results[-1], flush=True)
    publish(
        RESULTS / "topology_memory",
        "The estimate of memory and the truth",
        "What the study says before it starts, and by how much the resident memory of the process grew at its peak;\n"
        "each row a process of its own, after a small run that loads libraries.",
        (
            "samples",
            "events of each",
            "landmarks",
            "dimensions",
            "threads",
            "estimate",
            "growth",
            "estimate / growth",
            "seconds",
        ),
        [
            [
                str(r["samples"]),
                f"{r['events']:,}",
                str(r["landmarks"]),
                str(r["dimensions"]),
                str(r["threads"]),
                f"{r['estimate'] / 1e6:.0f} MB",
                f"{r['growth'] / 1e6:.0f} MB",
                f"{r['estimate'] / r['growth']:.2f}",
                f"{r['seconds']:.0f}",
            ]
            for r in results
        ],
        command="python -m benchmarks.validation.topology memory",
        peers={"gudhi": version("gudhi")},
        results=results,
    )
    if not all(1 <= r["estimate"] / r["growth"] <= MEMORY_LIMIT for r in results):
        raise SystemExit("the estimate is below the truth, or more than twice as large")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("betti", "null", "memory", "grown"))
    parser.add_argument("size", type=int, nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    match arguments.what:
        case "betti":
            betti(arguments.seeds, arguments.threads)
        case "null":
            null(arguments.seeds, arguments.threads)
        case "memory":
            memory()
        case "grown":
            print(json.dumps(grown(*arguments.size)))


if __name__ == "__main__":
    main()

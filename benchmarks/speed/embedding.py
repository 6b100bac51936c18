"""Nearest neighbours among a million jets: a shortlist by a cheap distance, compared exactly, beside the exact search.

Usage: python -m benchmarks.speed.embedding MODEL JETS.h5 QUERIES.h5 [--references 1000000] [--queries 1000]

The references are the jets of the first file, turned around their axis by random angles and half of them reflected,
with pt smeared by 5% and places by 0.01, until there are enough. The queries are simulated jets of another file. The
exact search prunes by lower bounds and misses nothing; it is timed for fewer queries, which say what the shortlist has
missed.
"""

import argparse
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import eventspace as es
from benchmarks.tables import RESULTS, publish, timed
from eventspace.distances.engine.shortlist import compared
from eventspace.statistics.event_means import bounded_mean
from eventspace.statistics.number import Number

K = 10
SHORTLISTS = (10, 50, 200, 1000, 2000, 5000)
PIECE = 200_000  # references of the exact search at once


def turned(jets: es.ParticleClouds, n: int, rng: np.random.Generator) -> es.ParticleClouds:
    """So many jets that are like these."""
    rows = np.resize(rng.permutation(len(jets)), n)
    offsets, counts = jets.offsets, jets.multiplicity[rows]
    jet = np.repeat(np.arange(n), counts)
    particle = (
        np.repeat(offsets[:-1][rows], counts) + np.arange(len(jet)) - np.repeat(np.cumsum(counts) - counts, counts)
    )
    angle = rng.uniform(0, 2 * np.pi, n).astype(np.float32)[jet]
    sign = rng.choice(np.array([-1, 1], np.float32), n)[jet]
    y, phi = (jets.flat(name).astype(np.float32)[particle] for name in (jets.coordinate, "phi"))
    phi = phi * sign
    columns = {
        "pt": jets.flat("pt").astype(np.float32)[particle] * rng.lognormal(0, 0.05, len(jet)).astype(np.float32),
        jets.coordinate: y * np.cos(angle) - phi * np.sin(angle) + rng.normal(0, 0.01, len(jet)).astype(np.float32),
        "phi": y * np.sin(angle) + phi * np.cos(angle) + rng.normal(0, 0.01, len(jet)).astype(np.float32),
    }
    return es.ParticleClouds.from_flat(counts, columns)


def exact_search(
    queries: es.ParticleClouds, references: es.ParticleClouds, sizes: list[int], threads: int
) -> dict[int, tuple[NDArray[np.int64], float]]:
    """The K nearest of each query among the first so many references, and the seconds that it took."""
    found, start = {}, time.perf_counter()
    index, distance = np.empty((len(queries), 0), np.int64), np.empty((len(queries), 0))
    ends = sorted({*sizes, *range(PIECE, sizes[-1], PIECE)})
    for first, last in zip([0, *ends], ends, strict=False):
        some = references[first:last]
        more = es.nearest(es.Transport(), queries, some, K, threads=threads, show_progress=False)
        index, distance = np.hstack([index, more[0] + first]), np.hstack([distance, more[1]])
        order = np.lexsort((index, distance), axis=1)[:, :K]
        index, distance = (np.take_along_axis(values, order, axis=1) for values in (index, distance))
        if last in sizes:
            found[last] = index, time.perf_counter() - start
        print(last, f"{time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("jets", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("--references", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--exact", type=int, default=64, help="queries of the exact search")
    parser.add_argument("--shortlists", type=int, nargs=2, default=[1000, 2000], help="of the searches that are timed")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULTS / "embedding_speed")
    given = parser.parse_args()
    metric, learned = es.Transport(), es.LearnedTransport(given.model)
    methods = {"embedding": (learned, given.shortlists[0]), "quantiles": (es.QuantileTransport(), given.shortlists[1])}
    simulated, test = (es.read(file, kind=es.ParticleClouds) for file in (given.jets, given.test))
    references, queries = turned(simulated, given.references, np.random.default_rng(1)), test[: given.queries]
    few = queries[: given.exact]
    sizes = sorted({size for size in (10_000, 100_000, given.references) if size <= given.references})
    how: dict[str, Any] = {"threads": given.threads, "show_progress": False}
    es.nearest(metric, few[:2], references[:100], K, **how)  # compiles
    for by, _ in methods.values():
        es.nearest_of_shortlist(metric, few[:2], references[:100], K, by=by, shortlist=20, **how)

    rows = []
    exact = exact_search(few, references, sizes, given.threads)
    for name, (by, shortlist) in methods.items():
        taken, (left, right) = timed(lambda by=by: by.prepare(queries, references))
        for size in sizes:
            searched = partial(by.nearest_points, right=right[:size], within=False, threads=given.threads)
            scan, candidates = timed(lambda search=searched, left=left, n=shortlist: search(left, count=n))
            compare = None
            if size == given.references:
                compare, _ = timed(lambda listed=candidates: compared(metric, queries, references, listed, K, **how))
            found = searched(left[: given.exact], count=max(SHORTLISTS))
            true, seconds = exact[size]
            rank = [[np.flatnonzero(found[q] == j) for j in true[q]] for q in range(len(few))]
            place = np.array([[int(at[0]) if len(at) else max(SHORTLISTS) for at in row] for row in rank])
            recall = {k: bounded_mean((place < k).mean(axis=1), 0, 1) for k in SHORTLISTS}
            rows.append(
                {
                    "references": size,
                    "by": name,
                    "shortlist": shortlist,
                    "seconds points": taken * size / given.references,
                    "seconds scan": scan,
                    "seconds compare": compare,
                    "seconds exact": seconds,
                    "recall": {str(k): number.as_dict() for k, number in recall.items()},
                }
            )
            print(rows[-1], file=sys.stderr, flush=True)
    record(rows, given, learned)


def record(rows: list[dict[str, Any]], given: argparse.Namespace, by: es.LearnedTransport) -> None:
    publish(
        given.out,
        "Nearest neighbours among a million jets",
        f"""
{given.queries:,} simulated QCD jets search their 10 nearest by exact transport (p = 1) among turned and smeared
simulated jets (see the docstring of the script); threads: {given.threads}. All jets become points ("points": once,
whatever is then searched; for fewer references the part of that time), of an embedding in {by.terms.dimension}
dimensions (mean relative error {by.error:.3f}) or of quantiles along lines (`QuantileTransport`, without training); the
nearest points of each query are found ("scan"), and as many as the shortlist holds are compared exactly ("compare",
where all references are searched). "Exact" is the time of the exact search for {given.exact} queries only, and in
brackets as many times it as there are more queries. "In k" is the fraction of the 10 nearest that is among the k
nearest points, over {given.exact} query jets with an interval by query jet. Other work ran on the machine.
""",
        [
            "references",
            "by",
            "shortlist",
            "points",
            "scan",
            "compare",
            "exact",
            *(f"in {k}" for k in SHORTLISTS),
        ],
        [
            [
                f"{row['references']:,}",
                row["by"],
                str(row["shortlist"]),
                *(f"{row[f'seconds {stage}']:.0f} s" for stage in ("points", "scan")),
                "-" if row["seconds compare"] is None else f"{row['seconds compare']:.0f} s",
                f"{row['seconds exact']:.0f} s ({row['seconds exact'] * given.queries / given.exact:,.0f} s)",
                *(str(Number(**row["recall"][str(k)])).removesuffix(" (95%)") for k in SHORTLISTS),
            ]
            for row in rows
        ],
        command=f"python -m benchmarks.speed.embedding MODEL JETS.h5 QUERIES.h5 --references {given.references} "
        f"--queries {given.queries} --exact {given.exact} --shortlists {' '.join(map(str, given.shortlists))} "
        f"--threads {given.threads}",
        table=rows,
        model=by.digest,
    )


if __name__ == "__main__":
    main()

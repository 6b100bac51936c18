"""How much memory does a matrix on disk take? All distances of many points, streamed to a file.

Usage: python -m benchmarks.speed.memory --folder DIR [--out benchmarks/results/memory] [--events 50000] [--threads 2]

The folder needs 8 bytes for each of the events squared: 20 GB for 50,000; the file is removed at the end. The peak is
that of the resident memory of the process from its start; what the system keeps of the file in its cache is not in it.
Some rows are read back and compared with scipy.
"""

import argparse
import resource
import sys
import tempfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from scipy.spatial.distance import cdist

import eventspace as es
from benchmarks.tables import RESULTS, publish, timed
from eventspace.distances.engine.pairwise import matrix_to_file

COORDINATES = 4
CHECKED = 20  # rows
LIMIT = 2e9  # bytes


def peak() -> int:
    """The largest resident memory of this process so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def measure(events: int, threads: int, folder: Path) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    points = es.Points(values=rng.normal(size=(events, COORDINATES)))
    before = peak()
    with tempfile.TemporaryDirectory(dir=folder) as place:
        seconds, path = timed(
            lambda: matrix_to_file(es.Euclidean(), points, path=Path(place) / "distances.h5", threads=threads)
        )
        after = peak()
        size = path.stat().st_size
        rows = np.sort(rng.choice(events, size=min(CHECKED, events), replace=False))
        with h5py.File(path) as file:
            found = file["distances"][rows]
        same = np.array_equal(found, cdist(points.values[rows], points.values))
    return {
        "events": events,
        "threads": threads,
        "bytes": size,
        "seconds": seconds,
        "peak_before": before,
        "peak": after,
        "rows_same_as_scipy": bool(same),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=RESULTS / "memory")
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()

    result = measure(arguments.events, arguments.threads, arguments.folder)
    publish(
        arguments.out,
        "Memory: a matrix of distances on disk",
        f"All Euclidean distances of points with {COORDINATES} coordinates, by `matrix_to_file`. The peak is that "
        f"of the\nresident memory of the whole process; {CHECKED} rows of the file were compared with scipy's.",
        ("events", "on disk", "peak", "of it before the first distance", "threads", "seconds", "MB/s", "same as scipy"),
        [
            [
                f"{result['events']:,}",
                f"{result['bytes'] / 1e9:.2f} GB",
                f"{result['peak'] / 1e6:.0f} MB",
                f"{result['peak_before'] / 1e6:.0f} MB",
                str(result["threads"]),
                f"{result['seconds']:.0f}",
                f"{result['bytes'] / 1e6 / result['seconds']:.0f}",
                "yes" if result["rows_same_as_scipy"] else "NO",
            ]
        ],
        command="python -m benchmarks.speed.memory --folder DIR "
        f"--events {arguments.events} --threads {arguments.threads}",
        results=[result],
    )
    if not result["rows_same_as_scipy"]:
        raise SystemExit("rows differ from scipy's")
    if result["peak"] > LIMIT:
        raise SystemExit("the peak is above 2 GB")


if __name__ == "__main__":
    main()

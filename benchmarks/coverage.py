"""How often do the 95% intervals of the support size hold the truth? Sources with known collision probability.

Usage: python benchmarks/coverage.py [--out benchmarks/results/coverage] [--seed 1]
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from eventspace.statistics.collisions import Collisions, first_collisions, half_size, ratio
from tables import RESULTS, publish

TOYS = 1000
OUTCOMES = 1000
SOURCES = {"uniform": np.full(OUTCOMES, 1.0), "1/k": 1 / np.arange(1.0, OUTCOMES + 1)}
SIZES = (100, 300, 500, 1000, 2000)


def duplicates(outcome: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The pairs of events with the same outcome."""
    i, j = np.triu_indices(len(outcome), 1)
    same = outcome[i] == outcome[j]
    return i[same], j[same]


def measure(name: str, size: int, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng((seed, size))
    p = SOURCES[name] / SOURCES[name].sum()
    truth = 1 / np.sum(p**2)
    covered = {"support": 0, "ratio": 0}
    supports, halves = [], []
    for toy in range(TOYS):
        i, j = duplicates(rng.choice(OUTCOMES, size, p=p))
        one, other = Collisions.of(size, i, j), Collisions.of(size, *duplicates(rng.choice(OUTCOMES, size, p=p)))
        support, both = one.support(), ratio(one, other)
        covered["support"] += support.low <= truth and (support.high is None or truth <= support.high)
        covered["ratio"] += both is None or (both.low or 0) <= 1 <= (both.high or np.inf)
        supports.append(support.value)
        if toy < 50:
            halves.append(half_size(first_collisions(size, i, j, 1000, rng), size))
    halves = [half for half in halves if half is not None]
    return {
        "source": name,
        "events": size,
        "truth": truth,
        "support": float(np.median(supports)),
        "s50^2 / (2 ln 2)": float(np.median(halves) ** 2 / (2 * np.log(2))) if halves else None,
        **{f"coverage {of}": count / TOYS for of, count in covered.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS / "coverage")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    results = [measure(name, size, arguments.seed) for name in SOURCES for size in SIZES]
    publish(
        arguments.out,
        "Coverage of the support size",
        f"""
{TOYS} samples of a source of {OUTCOMES} outcomes, equally likely or with probability 1/k; 95% intervals. The truth is
1 / sum p^2. "Ratio" is that of two samples of the same source, 1 in truth. The supports are medians over the samples
(s50: over 50 of them, 1,000 replications each). The binomial error of a coverage of 95% is 0.7%.
""",
        ("source", "events", "truth", "1/q", "s50^2/(2 ln 2)", "coverage of the support", "coverage of the ratio"),
        [
            [
                result["source"],
                str(result["events"]),
                f"{result['truth']:.1f}",
                f"{result['support']:.1f}",
                "-" if result["s50^2 / (2 ln 2)"] is None else f"{result['s50^2 / (2 ln 2)']:.0f}",
                f"{result['coverage support']:.1%}",
                f"{result['coverage ratio']:.1%}",
            ]
            for result in results
        ],
        command=f"python benchmarks/coverage.py --seed {arguments.seed}",
        results=results,
    )


if __name__ == "__main__":
    main()

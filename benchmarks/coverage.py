"""How often do the 95% intervals of support size, ratio and overlap hold the truth? Sources where that is known.

Usage: python benchmarks/coverage.py [--out benchmarks/results/coverage] [--seed 1]
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from eventspace.statistics.collisions import Collisions, first_collisions, half_size, ratio
from eventspace.statistics.overlap import overlap
from tables import RESULTS, publish

TOYS = 1000
OUTCOMES = 1000
SOURCES = {"uniform": np.full(OUTCOMES, 1.0), "1/k": 1 / np.arange(1.0, OUTCOMES + 1)}
SIZES = (100, 300, 500, 1000, 2000)

# Two sources: the weights of their outcomes, which begin at these numbers.
PAIRS = {
    "one source, uniform": (SOURCES["uniform"], 0, SOURCES["uniform"], 0),
    "one source, 1/k": (SOURCES["1/k"], 0, SOURCES["1/k"], 0),
    "uniform, 300 of 1000 shared": (SOURCES["uniform"], 0, SOURCES["uniform"], 700),
    "uniform, 1000 and 100 of these": (SOURCES["uniform"], 0, SOURCES["uniform"][:100], 0),
    "1/k, uniform without the first 100": (SOURCES["1/k"], 0, SOURCES["uniform"], 100),
    "1/k, uniform": (SOURCES["1/k"], 0, SOURCES["uniform"], 0),
}
PAIR_SIZES = ((300, 300), (1000, 300), (1000, 1000))

# Points with independent normal coordinates, those of the reference of width 1; two are the same if they are close in
# each coordinate, by the thresholds of the reference.
WIDTHS = {
    "one source, one feature": (1.0,),
    "one source, two features": (1.0, 1.0),
    "both features 1.3 times as wide": (1.3, 1.3),
    "one of two features 0.1 times as wide": (1.0, 0.1),
    "one feature, 0.05 times as wide": (0.05,),
}
ALPHA = 0.05


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


def inside(found: Any, truth: float) -> bool:
    """Whether an interval, or a limit, holds the truth; nothing found claims nothing."""
    return found is None or (found.low or 0) <= truth <= (np.inf if found.high is None else found.high)


def measure_overlap(name: str, sizes: tuple[int, int], seed: int) -> dict[str, Any]:
    rng = np.random.default_rng((seed, *sizes))
    first, at, second, other_at = PAIRS[name]
    outcomes = max(at + len(first), other_at + len(second))
    p, r = np.zeros((2, outcomes))
    p[at : at + len(first)], r[other_at : other_at + len(second)] = first / first.sum(), second / second.sum()
    truth = float(p @ r / np.sqrt((p @ p) * (r @ r)))
    covered, values = 0, []
    for _ in range(TOYS):
        one, two = rng.choice(outcomes, sizes[0], p=p), rng.choice(outcomes, sizes[1], p=r)
        ones, twos = (np.bincount(outcome, minlength=outcomes) for outcome in (one, two))
        found = overlap([ones[one] - 1, twos[two] - 1], [twos[one], ones[two]])
        covered += inside(found, truth)
        values.append(found.value if found else np.nan)
    middle = float(np.nanmedian(values))
    return {"sources": name, "events": sizes, "truth": truth, "overlap": middle, "coverage": covered / TOYS}


def near(one: np.ndarray, two: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Which events are close in every coordinate."""
    close = np.ones((len(one), len(two)), dtype=bool)
    for k, threshold in enumerate(thresholds):
        close &= np.abs(one[:, k, None] - two[:, k]) < threshold
    return close


def measure_thresholds(name: str, size: int, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng((seed, size, 7))
    widths = np.array(WIDTHS[name])
    # The difference of two normal numbers of widths s and t is one of width sqrt(s^2 + t^2).
    thresholds = np.sqrt(2) * ndtri((1 + ALPHA) / 2)
    q = {
        pair: float(np.prod(2 * ndtr(thresholds / np.sqrt(square)) - 1))
        for pair, square in (("rr", 2 + 0 * widths), ("gg", 2 * widths**2), ("rg", 1 + widths**2))
    }
    truth = {"support": 1 / q["gg"], "ratio": q["rr"] / q["gg"], "overlap": q["rg"] / np.sqrt(q["rr"] * q["gg"])}
    upper = np.triu_indices(size, 1)
    covered = dict.fromkeys(truth, 0)
    for _ in range(TOYS):
        samples = [rng.normal(size=(size, len(widths))).astype(np.float32) * scale for scale in (1, widths)]
        samples = [sample.astype(np.float32) for sample in samples]
        distances = (np.abs(column[:, None] - column)[upper] for column in samples[0].T)
        cut = np.array([np.partition(d, int(ALPHA * len(d)))[int(ALPHA * len(d))] for d in distances])
        within = [near(sample, sample, cut) for sample in samples]
        across = near(*samples, cut)
        reference, generated = (Collisions.of(size, *np.nonzero(np.triu(close, 1))) for close in within)
        own, other = [close.sum(axis=1) - 1 for close in within], [across.sum(axis=1), across.sum(axis=0)]
        found = {"support": generated.support(), "ratio": ratio(generated, reference), "overlap": overlap(own, other)}
        for of, number in found.items():
            covered[of] += inside(number, truth[of])
    return {
        "generator": name,
        "events": size,
        "truth": truth,
        **{f"coverage {k}": n / TOYS for k, n in covered.items()},
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
    publish_overlap(arguments.out, arguments.seed)
    publish_thresholds(arguments.out, arguments.seed)


def publish_overlap(out: Path, seed: int) -> None:
    results = [measure_overlap(name, sizes, seed) for name in PAIRS for sizes in PAIR_SIZES]
    publish(
        out.with_name(f"{out.name}_overlap"),
        "Coverage of the overlap",
        f"""
{TOYS} pairs of samples; 95% intervals. The truth is sum p r / sqrt(sum p^2 sum r^2), the overlap its median over the
samples. Intervals are too long for two samples of one very uneven source. They are too short in the last source: of
{OUTCOMES} outcomes the few likely ones of 1/k hold most duplicates, and of these a uniform sample has one or none.
The binomial error of a coverage of 95% is 0.7%.
""",
        ("sources", "events", "truth", "overlap", "coverage"),
        [
            [
                result["sources"],
                " and ".join(map(str, result["events"])),
                f"{result['truth']:.3f}",
                f"{result['overlap']:.3f}",
                f"{result['coverage']:.1%}",
            ]
            for result in results
        ],
        command=f"python benchmarks/coverage.py --seed {seed}",
        results=results,
    )


def publish_thresholds(out: Path, seed: int) -> None:
    cases = [*((name, 300) for name in WIDTHS), ("one source, two features", 1000)]
    results = [measure_thresholds(name, size, seed) for name, size in cases]
    publish(
        out.with_name(f"{out.name}_thresholds"),
        "Coverage where the reference sample gives the thresholds",
        f"""
{TOYS} pairs of samples of independent normal coordinates, alpha = {ALPHA:g}. The intervals hold the thresholds fixed;
the truth is that of the thresholds of infinitely many events. Ratio and overlap hardly feel the difference, since a
threshold moves all numbers of duplicates alike. Where the generator's number hardly moves with it, the interval of the
ratio is too long: of one feature the reference has a share alpha by construction. The support of the generated sample
by itself does feel it: its interval holds for these thresholds.
""",
        ("generator", "events", "coverage of the ratio", "of the overlap", "of the support by itself"),
        [
            [
                result["generator"],
                str(result["events"]),
                *(f"{result[f'coverage {of}']:.1%}" for of in ("ratio", "overlap", "support")),
            ]
            for result in results
        ],
        command=f"python benchmarks/coverage.py --seed {seed}",
        results=results,
    )


if __name__ == "__main__":
    main()

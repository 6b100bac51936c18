"""Where the time of one exact transport goes: its stages, and how near the machine's limits they are.

Usage: python -m benchmarks.speed.stages [--out benchmarks/results/stages] [--jets 64] [--repeat 9] [--seed 1]

One thread. All pairs are taken through the first stages of the solver, then through one more, and so on; a stage is the
difference. Beside each stage stands the least time in which this core could move or compute what the stage needs: from
the bandwidth and the rates of square roots that the same run measures, at the size of these problems.
"""

import argparse
from pathlib import Path
from statistics import median

import numpy as np
from numba import njit

import eventspace as es
from benchmarks.speed.transport import gather
from benchmarks.tables import RESULTS, in_turn, publish
from eventspace.distances.transport import simplex
from eventspace.distances.vectorised import row_minimum
from eventspace.events.preprocess import centre

STAGES = ("amounts", "costs", "means and transpose", "first tree", "pivots")
R = 2.0
EVERYTHING = simplex.Wanted(np.empty(0), False, 0.0)


@njit(nogil=True)
def through(stages, memory, offsets, particles, wanted):
    """Take every pair through the first stages; the number of pivots."""
    pivots = 0
    for i in range(len(offsets) - 1):
        a = simplex.event_of(offsets, particles, i)
        for j in range(i):
            b = simplex.event_of(offsets, particles, j)
            rows, columns = (a, b) if simplex.compare(a, b) < 0 else (b, a)
            problem, unit, excess = simplex.pose(memory, rows.energy, columns.energy, True)
            if stages > 1:
                simplex._fill_costs(problem, rows, columns, R, 1.0)
            if stages > 2:
                simplex._weigh(problem)
            if stages > 3:
                simplex._first_tree(problem)
            if stages > 4:
                pivots += simplex._improve(problem, wanted, unit, excess, 10**6)[1]
    return pivots


@njit(nogil=True)
def read(matrix, added, times):
    """Row minima over a matrix as large as a problem's: what pricing does at best."""
    total = 0.0
    for _ in range(times):
        for i in range(len(matrix)):
            total += row_minimum(matrix, i, added)
    return total


@njit(nogil=True, fastmath={"nnan", "nsz"})
def root(source, target, times):
    for _ in range(times):
        for k in range(len(source)):
            target[k] = np.sqrt(source[k])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS / "stages")
    parser.add_argument("--jets", type=int, default=64)
    parser.add_argument("--repeat", type=int, default=9)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    jets = centre(gather("qcd-jets", arguments.jets, 1, arguments.seed))
    ready, _ = es.Transport(R=R).prepare(jets, jets)
    most = int(jets.multiplicity.max())
    memory = simplex.reserve(most, most)
    pairs = len(jets) * (len(jets) - 1) // 2
    size = int(jets.multiplicity.mean()) // 8 * 8
    matrix, added = np.random.default_rng(1).random((size, size)), np.zeros(size)
    flat, target, times = matrix.ravel().copy(), np.empty(size * size), 200

    def upto(stages: int) -> int:
        return through(stages, memory, ready.offsets, ready.particles, EVERYTHING)

    work = {str(stages): (lambda stages=stages: upto(stages)) for stages in range(1, len(STAGES) + 1)}
    work |= {"read": lambda: read(matrix, added, times), "root": lambda: root(flat, target, times)}
    for do in work.values():
        do()
    seconds = {name: median(taken) for name, taken in in_turn(work, arguments.repeat).items()}
    pivots = upto(len(STAGES)) / pairs

    reading = 1e6 * seconds["read"] / times / size**2  # microseconds an entry
    rooting = 1e6 * seconds["root"] / times / size**2
    entries = float(np.mean(np.outer(jets.multiplicity, jets.multiplicity)))
    width = float(jets.multiplicity.mean())
    least = {
        "amounts": 0.0,
        "costs": entries * rooting,
        "means and transpose": 3 * entries * reading,
        "first tree": 2 * 2 * entries * reading,
        "pivots": (pivots * simplex._ROWS_AT_ONCE * width + entries) * reading,
    }
    why = {
        "amounts": "-",
        "costs": "one square root an arc",
        "means and transpose": "one sweep over the costs, a second that reads and writes",
        "first tree": "the nearest of each row and column, found again once on average, minimum and position",
        "pivots": f"four rows priced a pivot, {pivots:.0f} pivots, and all rows once as the proof",
    }
    before, rows, measured = 0.0, [], {}
    for number, stage in enumerate(STAGES, start=1):
        time = 1e6 * seconds[str(number)] / pairs
        measured[stage] = time - before
        rows.append([stage, f"{measured[stage]:.1f}", f"{least[stage]:.1f}", why[stage]])
        before = time
    rows.append(["all", f"{before:.1f}", f"{sum(least.values()):.1f}", "-"])
    publish(
        arguments.out,
        "The stages of one exact transport: microseconds a pair",
        f"""
Median over the repetitions, one thread, p = 1, normalised, all pairs of {len(jets)} QCD jets of 500-550 GeV with
{width:.0f} particles on average. "At least" is what the machine would need for the work named beside it at the speeds
measured in the same run on a matrix of {size} x {size}: {8e-3 / reading:.0f} GB/s for row minima, {1e-3 / rooting:.2f}
thousand million square roots a second.""",
        ("stage", "measured", "at least", "for"),
        rows,
        command=(
            f"python -m benchmarks.speed.stages --jets {arguments.jets} "
            f"--repeat {arguments.repeat} --seed {arguments.seed}"
        ),
        microseconds=measured,
        least=least,
        pivots=pivots,
    )


if __name__ == "__main__":
    main()

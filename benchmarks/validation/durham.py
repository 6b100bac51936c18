"""How much energy does Durham clustering put into the right jet of ZHH, and how fast is it beside FastJet?

Usage: python -m benchmarks.validation.durham [--out FILE] [--events 10000] [--repeat 5] [--seed 424242]

Six exclusive jets of e+e- -> ZHH at 500 GeV; the fraction of the energy in the right jet with and without vertices, its
interval by a bootstrap over events; whether FastJet divides every event in the same way. Times are those of the CPU, so
that other jobs on the machine disturb less; both are timed in turn.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import eventspace as es
from benchmarks.tables import RESULTS, publish
from eventspace.events.durham.history import Vertices, durham_history
from eventspace.events.durham.reference import fastjet_labels
from eventspace.events.ragged import event_of_entry
from eventspace.events.tracks import displaced_tracks
from eventspace.statistics.bootstrap import interval, means
from eventspace.statistics.right_jet import energy_in_right_jet

JETS = 6
TIMED = 2000  # events


def seconds(work: Callable[[], Any]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def fractions(events: es.Collisions, seed: int) -> dict[str, Any]:
    """The mean fraction of energy in the right jet, with and without vertices, and their paired difference."""
    histories = {
        "Durham": durham_history(events),
        "Durham with vertices": durham_history(events, Vertices(displaced_tracks(events))),
    }
    found = {name: energy_in_right_jet(events, history.labels(JETS)) for name, history in histories.items()}
    found["difference"] = found["Durham with vertices"] - found["Durham"]
    [averages] = means([found], 2000, np.random.default_rng(seed))
    return {name: interval(values[1:], values[0]) for name, values in averages.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS / "durham")
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--seed", type=int, default=424242)
    given = parser.parse_args()

    start = time.process_time()
    events = es.concatenate(es.simulate("zhh", given.events, seed=given.seed, processes=1))
    simulated = given.events / (time.process_time() - start)
    measured = fractions(events, given.seed)

    ours = durham_history(events).labels(JETS)
    theirs, y = fastjet_labels(events, JETS)
    event = event_of_entry(events.offsets)
    same = len(np.unique((event * JETS + ours) * JETS + theirs)) == JETS * len(events)
    apart = float(np.abs(y / durham_history(events).y_merge(JETS) - 1).max())

    some = events[:TIMED]
    work = {
        "ours": lambda: durham_history(some).labels(JETS),
        "FastJet": lambda: fastjet_labels(some, JETS),
    }
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(given.repeat):
        for name, do in work.items():
            taken[name].append(seconds(do))
    rates = {name: len(some) / min(times) for name, times in taken.items()}

    publish(
        given.out,
        "Durham clustering of ZHH at 500 GeV to six jets",
        f"The fraction of the energy in the right jet, mean of {len(events):,} events with its 95% interval. Events a\n"
        f"second of CPU time: the whole history and labels {rates['ours']:,.0f}, FastJet (labels at six jets)\n"
        f"{rates['FastJet']:,.0f}; simulation {simulated:,.0f}. FastJet divides {'every' if same else 'NOT every'}\n"
        f"event in the same way; the largest relative difference of y_67 is {apart:.1g}.",
        ("quantity", "fraction", "95% interval"),
        [[name, f"{number.value:.4f}", f"[{number.low:.4f}, {number.high:.4f}]"] for name, number in measured.items()],
        command=f"python -m benchmarks.validation.durham --events {given.events} --repeat {given.repeat} "
        f"--seed {given.seed}",
        results=[
            {name: [number.value, number.low, number.high] for name, number in measured.items()},
            {"events_per_second": rates | {"simulation": simulated}, "same_as_fastjet": same, "y_apart": apart},
        ],
    )
    if not same:
        raise SystemExit("FastJet divides an event differently")


if __name__ == "__main__":
    main()

"""How the time grows with the number of particles and of pairs, with the fitted exponents.

Usage: python -m benchmarks.speed.growth [--out benchmarks/results/growth] [--repeat 3] [--seed 1]

One thread. Events of a given number of particles are the hardest ones of eight QCD jets laid over each other. POT and
wasserstein solve pairs of the same events in the same run.
"""

import argparse
import tempfile
from pathlib import Path
from statistics import median

import numpy as np
import ot
from matplotlib.figure import Figure

import eventspace as es
from benchmarks.speed.transport import Case, Peer, gather, hardest, pot_distance, rows_of
from benchmarks.tables import RESULTS, in_turn, publish
from eventspace.events.preprocess import centre
from eventspace.report.style import style

PARTICLES = (10, 20, 40, 80, 160, 320)
EVENTS = 16
LAID_OVER = 8
FITTED_FROM = 40
JETS = (100, 200, 400, 800)


def exponent(sizes: list[int], times: list[float]) -> tuple[float, float]:
    """Slope of the logarithms and its standard error."""
    x, y = np.log(sizes), np.log(times)
    (slope, _), covariance = np.polyfit(x, y, 1, cov="unscaled")
    residual = y - np.polyval(np.polyfit(x, y, 1), x)
    return float(slope), float(np.sqrt(covariance[0, 0] * (residual @ residual) / (len(x) - 2)))


def by_particles(repeat: int, seed: int) -> tuple[dict[str, list[float]], Peer]:
    """Seconds a pair of each solver for each number of particles; p = 1, normalised."""
    rows = rows_of(centre(gather("qcd-jets", EVENTS * LAID_OVER, 60, seed)))
    laid_over = es.ParticleClouds.from_lists([np.concatenate(rows[i::EVENTS]) for i in range(EVENTS)])
    samples = {str(count): hardest(laid_over, count) for count in PARTICLES}
    metric = es.Transport(R=2.0)
    pairs = EVENTS * (EVENTS - 1) // 2
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        jets_file = Path(folder) / "jets.npz"
        flat = {f"{name}/flat": np.concatenate(rows_of(jets)) for name, jets in samples.items()}
        np.savez(jets_file, **flat, **{f"{name}/offsets": jets.offsets for name, jets in samples.items()})
        peer = Peer(jets_file)
        for name, jets in samples.items():
            events = rows_of(jets)

            def ours(jets: es.ParticleClouds = jets) -> None:
                es.matrix(metric, jets, threads=1, show_progress=False)

            def pot(events: list[np.ndarray] = events) -> None:
                for i in range(EVENTS):
                    for j in range(i):
                        pot_distance(events[i], events[j], 2.0, 1.0, normalise=True)

            ours()
            for solver, taken in in_turn({"eventspace": ours, "POT": pot}, repeat).items():
                times.setdefault(solver, []).append(median(taken) / pairs)
            if peer.missing is None:
                taken = [peer.run(Case(name, 1.0, True), 2.0, 1, values=False)["seconds"] for _ in range(repeat)]
                times.setdefault("wasserstein", []).append(median(taken) / pairs)
        peer.close()
    return times, peer


def by_jets(repeat: int, seed: int) -> dict[str, list[float]]:
    """Seconds of each question to so many QCD jets as they are."""
    jets = centre(gather("qcd-jets", max(JETS), 1, seed))
    metric, thresholds = es.Transport(R=2.0), np.geomspace(0.01, 1, 41)
    times: dict[str, list[float]] = {}
    for number in JETS:
        some = jets[:number]
        how = {"threads": 1, "show_progress": False}
        questions = {
            "matrix": lambda some=some, how=how: es.matrix(metric, some, **how),
            "counts": lambda some=some, how=how: es.counts(metric, some, thresholds, **how),
            "nearest": lambda some=some, how=how: es.nearest(metric, some, **how),
            "nearest of 50": lambda some=some, how=how: es.nearest(metric, some, jets[:50], **how),
        }
        for question, taken in in_turn(questions, repeat if number < 300 else 1).items():
            times.setdefault(question, []).append(median(taken))
    return times


def drawn(particles: dict[str, list[float]], jets: dict[str, list[float]]) -> Figure:
    with style():
        figure = Figure(figsize=(8.4, 3.6))
        left, right = figure.subplots(1, 2)
        for marker, (name, times) in zip("osD", particles.items(), strict=False):
            left.loglog(PARTICLES, 1e6 * np.array(times), marker=marker, label=name)
        for marker, (name, times) in zip("osD^", jets.items(), strict=False):
            right.loglog(JETS, times, marker=marker, label=name)
        left.set(xlabel="particles of an event", ylabel="time of a pair [us]")
        right.set(xlabel="number of jets", ylabel="time [s]")
        for axis, sizes in ((left, PARTICLES), (right, JETS)):
            axis.set_xticks(sizes, [str(size) for size in sizes])
            axis.minorticks_off()
            axis.legend()
    return figure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS / "growth")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    particles, peer = by_particles(arguments.repeat, arguments.seed)
    jets = by_jets(arguments.repeat, arguments.seed)
    table = []
    for label, unit, sizes, found in (("particles", 1e6, PARTICLES, particles), ("jets", 1.0, JETS, jets)):
        for name, times in found.items():
            from_here = [place for place, size in enumerate(sizes) if size >= FITTED_FROM]
            slope, error = exponent([sizes[place] for place in from_here], [times[place] for place in from_here])
            listed = ", ".join(f"{size}: {unit * time:.3g}" for size, time in zip(sizes, times, strict=True))
            table.append([name, label, listed, f"{slope:.2f} ± {error:.2f}"])
    publish(
        arguments.out,
        "How the time grows",
        f"""
Median over the repetitions, one thread, p = 1, normalised. By particles: microseconds a pair of {EVENTS} events, the
hardest particles of {LAID_OVER} QCD jets laid over each other. By jets: seconds for all of them, QCD jets of 500-550
GeV as they are; the number of pairs grows with the square of their number, but for the nearest of 50. The exponent is
the slope of the logarithms, with its standard error; from {FITTED_FROM} particles on, since below that the fixed costs
of a call count.

![time against the number of particles and of jets](growth.svg)""",
        ("what", "by number of", "times", "exponent"),
        table,
        command=f"python -m benchmarks.speed.growth --repeat {arguments.repeat} --seed {arguments.seed}",
        peers={"POT": ot.__version__, "wasserstein": peer.version or f"left out: {peer.missing}"},
        particles={"number": PARTICLES, "seconds": particles},
        jets={"number": JETS, "seconds": jets},
    )
    drawn(particles, jets).savefig(arguments.out.with_suffix(".svg"), metadata={"Date": None})


if __name__ == "__main__":
    main()

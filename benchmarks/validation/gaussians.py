"""Is there a curse of dimensionality? Dimensions of Gaussians in 1 to 20 dimensions, from the same number of events.

Usage: python -m benchmarks.validation.gaussians [--out FILE] [--steps 500]

A Gaussian of width 1 in d dimensions has the dimension d at every resolution well below 1. The swept autoencoder
measures it at beta = 0.3 on 2,000 events that it has not learned from; correlation dimension and Gride have the same
2,000 other events: the first at the smallest scale at which there are enough pairs, one in 5,000 is closer; Gride at
that of the nearest and second nearest neighbours.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import chi2

import eventspace as es
from benchmarks.tables import RESULTS, publish
from eventspace.report.style import COLOURS, panels, style

DIMENSIONS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20)
EVENTS, COMPARED = 20_000, 2000
BETA, BETAS = 0.3, (0.2, 0.3, 0.45)
CLOSE = 2e-4  # fraction of the pairs that are closer than the scale
NAMES = {"d1": "D1", "d2": "D2", "dimension": "correlation dimension", "gride": "Gride"}


def measured(d: int, steps: int) -> dict[str, Any]:
    values = np.random.default_rng(d).normal(size=(EVENTS, d))
    swept = es.representation(
        es.Points(values=values),
        latent=(f"R{d}",),
        beta=BETAS,
        directions=("up",),
        repetitions=2,
        steps=steps,
        batch=256,
        compared=COMPARED,
        threads=1,
    )
    scale = float(np.sqrt(2 * chi2.ppf(CLOSE, d)))  # of half the pairs' squared distances
    events = es.Points(values=np.random.default_rng(1000 + d).normal(size=(COMPARED, d)))
    near = es.dimension(
        events, at=(scale,), q_min=scale / 1.5, q_max=4 * scale, thresholds=15, neighbours=512, threads=1
    )
    found: dict[str, Any] = {"d": d, "scale": scale}
    for name in ("d1", "d2"):
        number = swept.numbers[f"{name}.beta{BETA:g}"]
        found[name] = [number.value, number.low, number.high]
    number = near.numbers[f"dimension.q{scale:g}"]
    found["dimension"] = [number.value, number.low, number.high]
    found["gride"] = [float(near.arrays[f"sample.{name}"][0]) for name in ("gride", "gride_low", "gride_high")]
    found["neighbours"] = float(near.arrays["sample.gride_scales"][0])
    found["active"] = swept.numbers[f"latents.beta{BETA:g}.up"].value
    return found


def drawn(results: list[dict[str, Any]]) -> Figure:
    with style():
        figure, [[axis]] = panels(1, 1, 5.6, 4.4)
        axis.plot([0, max(DIMENSIONS)], [0, max(DIMENSIONS)], ":", color="0.5", label="truth")
        for colour, (name, label) in zip(COLOURS, NAMES.items(), strict=False):
            some = [(found["d"], *found[name]) for found in results]
            d, value, low, high = np.array(some, dtype=float).T
            axis.fill_between(d, low, high, color=colour, alpha=0.25, linewidth=0)
            axis.plot(d, value, "o-", markersize=3, color=colour, label=label)
        axis.set(xlabel="dimension of the Gaussian", ylabel="measured dimension")
        axis.set_ylim(bottom=0)
        axis.legend()
    return figure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS / "gaussians")
    parser.add_argument("--steps", type=int, default=500)
    given = parser.parse_args()
    record = given.out.with_suffix(".json")
    known = {found["d"]: found for found in json.loads(record.read_text())["results"]} if record.exists() else {}
    for d in DIMENSIONS:
        if d not in known:
            known[d] = json.loads(json.dumps(measured(d, given.steps), default=float))
            print(known[d], file=sys.stderr, flush=True)
            record.write_text(json.dumps({"results": list(known.values())}))  # a stopped run goes on
    write(
        given.out, [known[d] for d in sorted(known)], f"python -m benchmarks.validation.gaussians --steps {given.steps}"
    )


def write(out: Path, results: list[dict[str, Any]], command: str) -> None:
    def interval(values: list[float]) -> str:
        return "{:.2f} [{:.2f}, {:.2f}]".format(*values)

    publish(
        out,
        "Dimensions of Gaussians",
        f"""
Gaussians of width 1; autoencoder: {EVENTS:,} points, two sweeps upwards, D1 and D2 at beta = {BETA:g} on {COMPARED:,}
points that were not learned from, intervals hold both; of as many points the correlation dimension at the scale than
which one pair in {1 / CLOSE:,.0f} is closer, and Gride of the nearest two neighbours, with 95% intervals.

![measured dimension against the true one]({out.name}.svg)
""",
        ("dimensions", "D1", "D2", "latents in use", "scale", "correlation dimension", "scale of neighbours", "Gride"),
        [
            [
                str(found["d"]),
                interval(found["d1"]),
                interval(found["d2"]),
                f"{found['active']:g}",
                f"{found['scale']:.3g}",
                interval(found["dimension"]),
                f"{found['neighbours']:.3g}",
                interval(found["gride"]),
            ]
            for found in results
        ],
        command=command,
        results=results,
    )
    drawn(results).savefig(out.with_suffix(".svg"), metadata={"Date": None})


if __name__ == "__main__":
    main()

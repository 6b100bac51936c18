"""The parameterised showers against Geant4's, in one run.

Usage: python -m benchmarks.validation.showers_geant4 [--out benchmarks/results/showers_geant4] [--seed 101]
    [--share 1.0]

Needs eventspace[geant4] and some ten minutes. The samples have other seeds, and all but one other energies, than those
that the parameterisation's corrections were found with. Uncertainties are bootstrapped, shower by shower.
"""

import argparse
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.random import default_rng

import eventspace as es
from benchmarks.tables import RESULTS, ROOT, publish, timed
from eventspace.events.simulate import simulate
from eventspace.events.simulate.calorimeter import CALORIMETER
from eventspace.events.simulate.geant4 import simulation
from eventspace.events.simulate.parameterised import ShowerModel
from eventspace.report.style import COLOURS, panels, style

Array = np.ndarray


class Sample(NamedTuple):
    particle: str
    energy: float
    geant4: int

    def __str__(self) -> str:
        return f"{self.particle} {self.energy:g} GeV"


SAMPLES = (
    Sample("e-", 5.0, 400),
    Sample("e-", 20.0, 400),
    Sample("e-", 100.0, 300),
    Sample("e-", 200.0, 80),
    Sample("gamma", 50.0, 200),
    Sample("e+", 50.0, 150),
)
PARAMETERISED = 2000

OBSERVABLES = {
    "energy seen [MeV]": 1,
    "its spread [%]": 2,
    "weighted [%]": 2,
    "depth [X0]": 2,
    "rms": 2,
    "skewness": 1,
    "in 3x3 pads [%]": 1,
    "R90 [mm]": 1,
    "beyond 40 mm [%]": 2,
    "rms [%]": 2,
    "cells > 0.1 MeV": 1,
    "rms of cells": 1,
    "cells > 1 MeV": 1,
}
"""Name and digits: the spread is rms/mean, of the plain sum and of the sum weighted with the tungsten of each layer."""

DEPTH = ShowerModel(CALORIMETER).depth
WEIGHT = np.array(CALORIMETER.tungsten) / min(CALORIMETER.tungsten)
SPECTRUM = np.geomspace(1e-6, 1.0, 61)


class Summary(NamedTuple):
    """What is needed of each shower: its layers, rings of cells of one distance from the middle, and counts."""

    layers: Array
    rings: Array
    central: Array
    above: Array
    well_above: Array
    spectrum: Array

    def take(self, chosen: Array) -> "Summary":
        return Summary(*(column[chosen] for column in self))


def radii() -> Array:
    """The distance of each column of cells from the one in the middle, mm."""
    pads = CALORIMETER.pads
    steps = CALORIMETER.pad * (np.arange(pads) - pads // 2)
    return np.hypot(steps[:, None], steps).ravel().round(6)


RADII, RING, COLUMNS = np.unique(radii(), return_inverse=True, return_counts=True)
FAR = RADII > 40.0
ANNULI = CALORIMETER.pad * (np.arange(27) - 0.5)


def summarise(showers: es.Showers) -> Summary:
    shower = np.repeat(np.arange(len(showers)), np.diff(showers.offsets))
    layers = CALORIMETER.shape[2]

    def per_shower(which: Array, size: int, weights: Array | None = None) -> Array:
        return np.bincount(shower * size + which, weights, len(showers) * size).reshape(len(showers), size)

    rings = per_shower(RING[showers.cell // layers], len(RADII), showers.energy)
    bins = np.clip(np.searchsorted(SPECTRUM, showers.energy) - 1, 0, len(SPECTRUM) - 2)
    return Summary(
        layers=showers.profile("z"),
        rings=rings,
        central=rings[:, : np.searchsorted(RADII, 1.5 * CALORIMETER.pad)].sum(axis=1),
        above=per_shower(0 * shower, 1, showers.energy > 1e-4)[:, 0],
        well_above=per_shower(0 * shower, 1, showers.energy > 1e-3)[:, 0],
        spectrum=per_shower(bins, len(SPECTRUM) - 1),
    )


def observe(sample: Summary) -> Array:
    total = sample.layers.sum(axis=1)
    weighted = sample.layers * WEIGHT
    response = weighted.sum(axis=1)
    depth = weighted @ DEPTH / response
    inside = np.cumsum(sample.rings.sum(axis=0)) / sample.rings.sum()
    return np.array(
        [
            1000 * total.mean(),
            100 * total.std() / total.mean(),
            100 * response.std() / response.mean(),
            depth.mean(),
            depth.std(),
            ((depth - depth.mean()) ** 3).mean() / depth.std() ** 3,
            100 * sample.central.sum() / total.sum(),
            np.interp(0.9, inside, RADII),
            100 * sample.rings[:, FAR].sum() / total.sum(),
            100 * (sample.rings[:, FAR].sum(axis=1) / total).std(),
            sample.above.mean(),
            sample.above.std(),
            sample.well_above.mean(),
        ]
    )


def uncertainty(sample: Summary) -> Array:
    rng = default_rng(1)
    count = len(sample.above)
    return np.std([observe(sample.take(rng.integers(count, size=count))) for _ in range(100)], axis=0)


def row(sample: str, how: str, showers: int, seconds: float, values: Array, errors: Array) -> list[str]:
    numbers = [
        f"{value:.{digits}f} ± {error:.{digits}f}"
        for value, error, digits in zip(values, errors, OBSERVABLES.values(), strict=True)
    ]
    return [sample, how, str(showers), f"{1000 * seconds:.3g}", *numbers]


def draw(path: Path, samples: Mapping[str, Mapping[str, Summary]]) -> None:
    """Mean profiles along and across the axis, energy seen, and the cells' energies; Geant4 as points."""
    with style():
        figure, [[along, across], [seen, cells]] = panels(2, 2, 9.0, 6.4)
        for colour, (name, made) in zip(COLOURS, samples.items(), strict=False):
            for how, sample in made.items():
                look = {"color": colour, "marker": "o", "linestyle": "", "markersize": 3} if how == "geant4" else {}
                drawn: dict[str, Any] = {"color": colour, **look}
                label = name if how == "parameterised" else None
                total = sample.layers.sum()
                along.plot(DEPTH, 100 * sample.layers.sum(axis=0) / total, label=label, **drawn)
                columns = np.histogram(RADII, ANNULI, weights=COLUMNS)[0]
                share = np.histogram(RADII, ANNULI, weights=sample.rings.sum(axis=0))[0] / total
                across.plot((ANNULI[1:] + ANNULI[:-1]) / 2, share / columns, **drawn)
                response = sample.layers.sum(axis=1) / sample.layers.sum(axis=1).mean()
                counts, edges = np.histogram(response, np.linspace(0.7, 1.3, 19), density=True)
                seen.plot((edges[1:] + edges[:-1]) / 2, counts, **drawn)
                energies = 1000 * np.sqrt(SPECTRUM[1:] * SPECTRUM[:-1])
                cells.plot(energies, sample.spectrum.mean(axis=0), **drawn)
        along.set(xlabel="depth [X0]", ylabel="share of the energy seen [%]")
        across.legend(*along.get_legend_handles_labels(), title="lines: parameterised, points: Geant4")
        across.set(xlabel="distance from the axis [mm]", ylabel="share in a column of cells", yscale="log")
        seen.set(xlabel="energy seen / mean", ylabel="density")
        cells.set(xlabel="energy of a cell [MeV]", ylabel="cells in a shower and bin", xscale="log", yscale="log")
        cells.set(xlim=(3e-3, 300), ylim=(3e-3, None))
        figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS / "showers_geant4")
    parser.add_argument("--figure", type=Path, default=ROOT / "docs" / "showers.png")
    parser.add_argument("--seed", type=int, default=101)
    parser.add_argument("--share", type=float, default=1.0, help="of the Geant4 showers")
    arguments = parser.parse_args()

    results, rows, drawn = [], [], {}
    for number, sample in enumerate(SAMPLES):
        made: dict[str, Summary] = {}
        for how, count in (("geant4", max(int(arguments.share * sample.geant4), 2)), ("parameterised", PARAMETERISED)):
            options = {"energy": sample.energy, "particle": sample.particle, "backend": how}
            next(simulate("showers", 1, seed=0, **options))  # starts Geant4, compiles
            parts = simulate("showers", count, seed=arguments.seed + number, processes=1, **options)
            seconds, parts = timed(partial(list, parts))
            summaries = [summarise(part) for part in parts]
            made[how] = Summary(*(np.concatenate(columns) for columns in zip(*summaries, strict=True)))
            values, errors = observe(made[how]), uncertainty(made[how])
            rows.append(row(str(sample), how, count, seconds / count, values, errors))
            results.append(
                {
                    "sample": str(sample),
                    "backend": how,
                    "showers": count,
                    "seconds a shower": seconds / count,
                    "values": dict(zip(OBSERVABLES, values.tolist(), strict=True)),
                    "uncertainties": dict(zip(OBSERVABLES, errors.tolist(), strict=True)),
                }
            )
            print(*rows[-1], sep=" | ", flush=True)
        if sample.particle == "gamma" or sample.energy in (5.0, 100.0):
            drawn[str(sample)] = made
    draw(arguments.figure, drawn)
    publish(
        arguments.out,
        "Parameterised showers against Geant4",
        f"Values and their statistical uncertainties; one process. {CALORIMETER}.\n"
        f"Geant4 with {simulation(CALORIMETER).data}.",
        ("sample", "backend", "showers", "ms", *OBSERVABLES),
        rows,
        command=f"python -m benchmarks.validation.showers_geant4 --seed {arguments.seed} --share {arguments.share:g}",
        results=results,
    )


if __name__ == "__main__":
    main()

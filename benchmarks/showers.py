"""Electron showers of 100 GeV in a tungsten-silicon calorimeter of 51 x 51 x 25 cells, for the benchmarks.

A stand-in until ``eventspace simulate showers`` exists: it has the sparseness and the fluctuations of such showers, not
their physics. The longitudinal profile is that of a gamma distribution with fluctuating maximum and shape; every layer
holds a Poisson number of spots, at radii of a core and a tail, which grow with depth.
"""

import numpy as np
from scipy.special import gammainc

import eventspace as es

SHAPE = (51, 51, 25)
CELL = 5.1  # mm
SPOTS = 5700
DEPTHS = np.cumsum([0.0, *[2.4] * 17, *[4.8] * 8]) / 3.5  # of the layers, in radiation lengths
MOLIERE_RADIUS = 14.0  # mm, with the gaps between the layers


def showers(count: int, seed: int) -> es.Showers:
    rng = np.random.default_rng(seed)
    events = [shower(rng) for _ in range(count)]
    cells, energies = zip(*events, strict=True)
    offsets = np.concatenate([[0], np.cumsum([len(cell) for cell in cells])])
    return es.Showers(shape=SHAPE, offsets=offsets, cell=np.concatenate(cells), energy=np.concatenate(energies))


def shower(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The cells with energy, rising, and their energies in GeV."""
    maximum, shape = rng.lognormal(np.log(7.8), 0.05), rng.lognormal(np.log(5.0), 0.06)
    share = np.diff(gammainc(shape, (shape - 1) / maximum * DEPTHS))
    spots = rng.poisson(SPOTS * share)
    layer = np.repeat(np.arange(SHAPE[2]), spots)
    energy = 2.0 * share * rng.gamma(4400 * share + 1e-9) / (4400 * share + 1e-9) / np.maximum(spots, 1)

    age = (DEPTHS[:-1] / maximum)[layer]
    in_core = rng.random(len(layer)) < 0.85 / (1 + 0.1 * age)
    scale = MOLIERE_RADIUS * np.where(in_core, 0.05 + 0.12 * age, 0.6 + 0.4 * age)
    chance = rng.random(len(layer))
    radius, angle = scale * np.sqrt(chance / (1 - chance)), rng.uniform(0, 2 * np.pi, len(layer))
    place = rng.uniform(-CELL / 2, CELL / 2, (2, 1)) + radius * (np.cos(angle), np.sin(angle))
    x, y = np.floor(place / CELL + SHAPE[0] / 2).astype(np.int64)
    inside = (x >= 0) & (x < SHAPE[0]) & (y >= 0) & (y < SHAPE[1])
    cell = np.ravel_multi_index((x[inside], y[inside], layer[inside]), SHAPE)
    content = np.bincount(cell, weights=energy[layer[inside]], minlength=np.prod(SHAPE))
    filled = np.flatnonzero(content)
    return filled.astype(np.int32), content[filled]

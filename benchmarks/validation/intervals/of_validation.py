"""Energies and profiles of showers with known laws: are the numbers of the study ``validation`` held?"""

from functools import cache, partial

import numpy as np

from benchmarks.validation.intervals.case import Case, Toy
from eventspace.distances.jensen_shannon.divergence import jensen_shannon
from eventspace.statistics.bootstrap import means
from eventspace.statistics.resolution import resolutions
from eventspace.studies.validation.shower_means import energy_numbers, of_means, quantities
from eventspace.studies.validation.validation import ValidationConfig, _correlations, _difference

REPLICAS = 300
LAYERS = 6
NAMES = ("reference", "generated")

Floats = np.ndarray


def energies(rng: np.random.Generator, n: int, law: str) -> Floats:
    match law:
        case "gamma, 10% resolution":
            return rng.gamma(100, 0.01, n)
        case "lognormal, heavy tail":
            return rng.lognormal(0, 0.8, n)
    return np.where(rng.random(n) < 0.02, 0.3, 1.0) * rng.normal(1, 0.05, n)  # 2% leak


LAWS = ("gamma, 10% resolution", "lognormal, heavy tail", "normal, 2% leak")


@cache
def exact(law: str) -> dict[str, float]:
    """Of 2,000,000 showers."""
    many = energies(np.random.default_rng(1), 2_000_000, law)
    narrow = resolutions(many, replicas=2, rng=np.random.default_rng(1)).value
    return {"mean": float(many.mean()), "resolution": float(many.std() / many.mean()), "resolution90": narrow}


def layers(rng: np.random.Generator, n: int, slope: float) -> Floats:
    """Energies in layers that scatter together, with mean shares that fall by this much a layer."""
    return np.exp(-slope * np.arange(LAYERS)) * rng.gamma(2, 0.5, (n, LAYERS)) * rng.gamma(20, 0.05, (n, 1))


def energy(size: int, law: str, of: str, seed: int) -> Toy:
    rng = np.random.default_rng((seed, size))
    pair = [energies(rng, size, law), 1.1 * energies(rng, size, law)]
    tables = [quantities(e, e, dict.fromkeys("xyz", np.ones((size, 2)))) for e in pair]
    number = energy_numbers(*means(tables, REPLICAS, rng), NAMES, (size, size), 0.95, "GeV")[of]
    truth = {
        "ratio.total": 1.1,
        "response.reference": exact(law)["mean"],
        "resolution.reference": exact(law)["resolution"],
        "difference.resolution": 0.0,
    }
    return Toy(number, truth[of])


def narrowest(size: int, law: str, seed: int) -> Toy:
    rng = np.random.default_rng((seed, size))
    found = resolutions(energies(rng, size, law), replicas=REPLICAS, rng=rng)
    return Toy(found.number(0.95), exact(law)["resolution90"])


def profile(size: int, slope: float, seed: int) -> Toy:
    rng = np.random.default_rng((seed, size))
    e = np.ones(size)
    tables = [quantities(e, e, dict.fromkeys("xyz", layers(rng, size, s))) for s in (0.3, slope)]
    found = energy_numbers(*means(tables, REPLICAS, rng), NAMES, (size, size), 0.95, "GeV")["divergence.z"]
    shares = [np.exp(-s * np.arange(LAYERS))[np.newaxis] for s in (0.3, slope)]
    return Toy(found, float(jensen_shannon(*(share / share.sum() for share in shares))[0]))


def shift(size: int, seed: int) -> Toy:
    rng = np.random.default_rng((seed, size))
    one, other = means([{"z": rng.gamma(4, 1, size)}, {"z": rng.gamma(4, 1, size) + 0.5}], REPLICAS, rng)
    move = other["z"] - one["z"]
    return Toy(of_means(move, size, 0.95), 0.5)


def correlation(size: int, together: float, seed: int) -> Toy:
    """Three features, of which two hang together in the generated sample."""
    rng = np.random.default_rng((seed, size))
    one, other = rng.normal(size=(2, size, 3))
    other[:, 1] = together * other[:, 0] + np.sqrt(1 - together**2) * other[:, 1]
    upper = np.triu_indices(3)
    averages = means(
        [{"standard": table, "products": table[:, upper[0]] * table[:, upper[1]]} for table in (one, other)],
        REPLICAS,
        rng,
    )
    found = _difference([_correlations(average) for average in averages], (size, size), ValidationConfig())
    return Toy(found, together / np.sqrt(3))


SIZES = (30, 100, 1000, 10_000)
CASES = [
    *(
        Case(of, law, size, partial(energy, size, law, of))
        for of in ("ratio.total", "response.reference", "resolution.reference", "difference.resolution")
        for law in LAWS
        for size in SIZES
    ),
    *(Case("resolution90.*", law, size, partial(narrowest, size, law)) for law in LAWS for size in SIZES),
    *(
        Case("divergence.z", f"profiles that fall by 0.3 and {slope:g} a layer", size, partial(profile, size, slope))
        for slope in (0.3, 0.4)
        for size in SIZES
    ),
    *(Case("shift.*", "gamma of 4, moved by 0.5", size, partial(shift, size)) for size in SIZES),
    *(
        Case("correlation.difference", f"a correlation of {rho:g} more", size, partial(correlation, size, rho))
        for rho in (0.0, 0.5)
        for size in SIZES
    ),
]

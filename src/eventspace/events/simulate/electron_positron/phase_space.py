"""Random momenta of e+e- -> q qbar H H, with their weights."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from eventspace.events.simulate.electron_positron.amplitude import Momenta
from eventspace.events.simulate.electron_positron.constants import HIGGS_MASS, Z_MASS, Z_WIDTH

__all__ = ["LEAST_Z_MASS", "random_momenta", "two_body_momentum"]

Floats = NDArray[np.float64]

LEAST_Z_MASS = 20.0
"""GeV; below it lies 0.1% of the cross-section."""


def two_body_momentum(mass: Floats, first: Floats | float, second: Floats | float) -> Floats:
    """The momentum of each product of the decay of a mass into two others, 0 below threshold.

    Example:
        >>> two_body_momentum(np.array([10.0]), 3.0, 3.0)
        array([4.])
    """
    above, below = mass**2 - (first + second) ** 2, mass**2 - (first - second) ** 2
    return np.asarray(np.sqrt(np.maximum(above * below, 0.0)) / (2 * mass))


def random_momenta(rng: Generator, n: int, energy: float) -> tuple[Momenta, Floats]:
    """Momenta in the centre of mass, with the volume of phase space that each stands for.

    The mass of the Z follows its Breit-Wigner form, that of the two Higgs bosons is flat in its square, and all angles
    are uniform. The mean over events of weight times f is the integral of f over Lorentz-invariant phase space,
    d^3p / (2 pi)^3 2E each with (2 pi)^4 delta^4.

    Arguments:
        rng: the source of randomness; every event takes the same number of draws, one event after the other.
        n: how many.
        energy: of both beams together in GeV, above 270.

    Returns:
        The momenta, (n, 4) each, and the weights, (n,) in GeV^4.
    """
    draws = rng.random((n, 8))
    width = Z_MASS * Z_WIDTH
    low, high = (np.arctan((m**2 - Z_MASS**2) / width) for m in (LEAST_Z_MASS, energy - 2 * HIGGS_MASS))
    angle = low + (high - low) * draws[:, 0]
    z_mass = np.sqrt(Z_MASS**2 + width * np.tan(angle))
    weight = (high - low) * width / np.cos(angle) ** 2
    least, most = (2 * HIGGS_MASS) ** 2, (energy - z_mass) ** 2
    pair_mass = np.sqrt(least + (most - least) * draws[:, 1])
    weight *= most - least

    whole = np.full(n, energy)
    z, pair, one = _decay(whole, z_mass, pair_mass, draws[:, 2], draws[:, 3])
    higgs_1, higgs_2, two = _decay(pair_mass, HIGGS_MASS, HIGGS_MASS, draws[:, 4], draws[:, 5])
    quark, antiquark, three = _decay(z_mass, 0.0, 0.0, draws[:, 6], draws[:, 7])
    half, zero = whole / 2, np.zeros(n)
    momenta = Momenta(
        np.stack([half, zero, zero, half], axis=1),
        np.stack([half, zero, zero, -half], axis=1),
        _boost(quark, z),
        _boost(antiquark, z),
        _boost(higgs_1, pair),
        _boost(higgs_2, pair),
    )
    return momenta, weight * one * two * three / (2 * np.pi) ** 2


def _decay(
    mass: Floats, first: Floats | float, second: Floats | float, cosine: Floats, azimuth: Floats
) -> tuple[Floats, Floats, Floats]:
    """Two momenta back to back, and the volume of two-body phase space, k / (4 pi M)."""
    k = two_body_momentum(mass, first, second)
    cos, phi = 2 * cosine - 1, 2 * np.pi * azimuth
    sin = np.sqrt((1 - cos) * (1 + cos))
    vector = k[:, None] * np.stack([sin * np.cos(phi), sin * np.sin(phi), cos], axis=1)
    energies = [np.sqrt(k**2 + np.square(m))[:, None] for m in (first, second)]
    return np.hstack([energies[0], vector]), np.hstack([energies[1], -vector]), k / (4 * np.pi * mass)


def _boost(p: Floats, frame: Floats) -> Floats:
    """Momenta of the rest frame of others as seen where those have the momenta ``frame``."""
    mass = np.sqrt(np.maximum(frame[:, 0] ** 2 - (frame[:, 1:] ** 2).sum(axis=1), 1e-300))
    along = (p[:, 1:] * frame[:, 1:]).sum(axis=1)
    energy = (p[:, 0] * frame[:, 0] + along) / mass
    vector = p[:, 1:] + ((energy + p[:, 0]) / (frame[:, 0] + mass))[:, None] * frame[:, 1:]
    return np.hstack([energy[:, None], vector])

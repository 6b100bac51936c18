"""Cross-section and unweighted events of e+e- -> ZHH with Z -> q qbar."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.random import PCG64, Generator, SeedSequence
from numpy.typing import NDArray

from eventspace.events.simulate.electron_positron.amplitude import FLAVOURS, Momenta, squared_amplitudes
from eventspace.events.simulate.electron_positron.constants import HADRONIC_Z
from eventspace.events.simulate.electron_positron.phase_space import random_momenta

__all__ = ["CrossSection", "HardEvents", "Setting", "cross_section", "hard_events"]

Floats = NDArray[np.float64]

_FEMTOBARN = 0.3893793721e12  # GeV^2
_POINTS = 200_000  # of the integral, with an error of 0.1 to 0.2%
_AT_ONCE = 20_000
_MARGIN = 1.1  # above the largest weight of these points
_TRIALS = 500  # at once: about a hundred events


@dataclass(frozen=True)
class Setting:
    """What the matrix element depends on.

    Attributes:
        energy: of both beams together in GeV.
        kappa: kappa_lambda, the trilinear coupling in units of that of the Standard Model.
        electron_polarisation, positron_polarisation: from -1, all left-handed, to 1.
    """

    energy: float = 500.0
    kappa: float = 1.0
    electron_polarisation: float = 0.0
    positron_polarisation: float = 0.0


@dataclass(frozen=True)
class CrossSection:
    """A cross-section at leading order.

    Attributes:
        value, error: of e+e- -> ZHH in fb, for all decays of the Z; the error is that of the integration.
        largest: the weight in fb that unweighted events are drawn with.
        efficiency: the fraction of trials that become events.
    """

    value: float
    error: float
    largest: float
    efficiency: float


@dataclass(frozen=True)
class HardEvents:
    """Unweighted events of e+e- -> q qbar H H.

    Attributes:
        flavour: (n,) PDG identifier of the quark.
        quark, antiquark, higgs_1, higgs_2: (n, 4) E, px, py, pz in GeV, in the centre of mass; the electron flies
            along +z.
    """

    flavour: NDArray[np.int64]
    quark: Floats
    antiquark: Floats
    higgs_1: Floats
    higgs_2: Floats

    def __len__(self) -> int:
        return len(self.flavour)


@cache
def cross_section(setting: Setting, points: int = _POINTS, seed: int = 0) -> CrossSection:
    """The cross-section of e+e- -> ZHH at leading order, without radiation from the beams.

    sigma = 1/2 integral |M|^2 dPhi / (2 s) over q qbar HH, with 1/2 for identical Higgs bosons, divided by the fraction
    of Z decays to quarks.

    Arguments:
        setting: energy, coupling, polarisations.
        points: of the Monte Carlo integral.
        seed: of these points; the same for all samples, so that they share their largest weight.

    Returns:
        Value and error in fb.

    Example:
        >>> found = cross_section(Setting(), points=20_000)
        >>> abs(found.value - 0.148) < 4 * found.error
        True
    """
    rng = Generator(PCG64(SeedSequence([seed, 0])))
    total = square = largest = 0.0
    for start in range(0, points, _AT_ONCE):
        weights = _weighted(rng, min(_AT_ONCE, points - start), setting)[1].sum(axis=1)
        total += float(weights.sum())
        square += float((weights**2).sum())
        largest = max(largest, float(weights.max()))
    mean = total / points
    error = np.sqrt((square / points - mean**2) / points)
    largest *= _MARGIN
    return CrossSection(mean / HADRONIC_Z, float(error) / HADRONIC_Z, largest, mean / largest)


def hard_events(setting: Setting, seed: int, block: int) -> Iterator[HardEvents]:
    """Unweighted events without end, about a hundred at a time, that depend on setting, seed and block alone.

    A trial is kept with the probability weight / largest weight, and gets a flavour in proportion to the weights of
    the flavours. Of the cross-section less than 1e-4 lies in weights above the largest.

    Arguments:
        setting: energy, coupling, polarisations.
        seed: of the sample.
        block: number of the block of the sample.
    """
    largest = cross_section(setting).largest
    rng = Generator(PCG64(SeedSequence([seed, block, 1])))
    while True:
        momenta, weights = _weighted(rng, _TRIALS, setting)
        summed = np.cumsum(weights, axis=1)
        kept = rng.random(_TRIALS) * largest < summed[:, -1]
        place = (rng.random(_TRIALS)[:, None] * summed[:, -1:] >= summed).sum(axis=1)
        chosen = (momenta.quark, momenta.antiquark, momenta.higgs_1, momenta.higgs_2)
        yield HardEvents(np.array(FLAVOURS)[place[kept]], *(values[kept] for values in chosen))


def _weighted(rng: Generator, n: int, setting: Setting) -> tuple[Momenta, Floats]:
    """Random momenta and the weight of each flavour in fb, (n, flavours)."""
    momenta, volume = random_momenta(rng, n, setting.energy)
    squared = squared_amplitudes(momenta, setting.kappa, setting.electron_polarisation, setting.positron_polarisation)
    identical, flux = 0.5, 2 * setting.energy**2
    return momenta, squared * (volume * identical * _FEMTOBARN / flux)[:, None]

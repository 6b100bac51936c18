"""Electromagnetic showers from a parameterisation, after Grindhammer and Peters, with corrections found with Geant4."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from numba import njit
from numpy.random import Generator
from numpy.typing import NDArray

from eventspace.events.simulate.calorimeter import Calorimeter

__all__ = ["ShowerModel"]

Floats = NDArray[np.float64]

_Function = TypeVar("_Function", bound=Callable[..., Any])


class Material(NamedTuple):
    """Atomic number, atomic weight [g/mol], density [g/cm^3] and radiation length [g/cm^2], from the PDG."""

    Z: float
    A: float
    density: float
    radiation_length: float

    @property
    def critical_energy(self) -> float:
        """MeV; hep-ex/0001020."""
        return 2.66 * math.pow(self.radiation_length * self.Z / self.A, 1.1)


TUNGSTEN = Material(74.0, 183.84, 19.3, 6.76)
SILICON = Material(14.0, 28.085, 2.33, 21.82)

# What follows was found with Geant4 showers of 2, 10, 100 and 500 GeV in this calorimeter; docs/showers.md says how and
# has the comparison with showers of other seeds and energies.

_RESPONSE = 0.01545
"""Energy seen in one layer of silicon for each unit of energy that a radiation length absorbs."""

_SAMPLING = 0.22e-3
"""The energy seen in a layer has the variance 0.22 MeV x energy before it is shared among spots: the paper's c^2 E."""

_SPOT_ENERGY = 0.37e-3
_STRAIGHT = 0.4
"""Mean energy of a spot, GeV, and the fraction that each particle in core and tail leaves in crossing the silicon.

The rest, and all of it in the halo, is exponential. The paper has 10.3 / c E^0.959 spots of equal energy, from which
the spread of the cells' energies does not follow.
"""

_EARLIER_START = 0.41
_LATE_START = 0.7
_DEEPER_MAXIMUM = 0.07
_STEEPER_RISE = 1.242
_SIGMA_T = (10.0, 1.5)
_LOWER_CORRELATION = -1.0
"""The shower starts 0.41 radiation lengths before the front on average, with an exponential tail of 0.7 to late starts:
hard bremsstrahlung carries the energy inwards. The maximum lies 0.07 ln y deeper; alpha x 1.242,
sigma(ln T) = 1 / (10 + 1.5 ln y) for 1 / (-2.5 + 1.25 ln y), correlation - 1."""

_PHOTON_HEAD_START = 0.45
"""A photon's two electrons share its energy, so that its shower ends sooner than an electron's from the same depth."""

_CORE_RADIUS = 0.53
_TAIL_RADIUS = 0.47
_CORE_WEIGHT = 0.89
_HALO_GROWTH = 0.25
_HALO_RADIUS = 0.595
_HALO_FOLLOWS = 0.4
"""Core and tail at 0.53 and 0.47 of their radii, the core at 0.89 of its weight, and a halo of the weight 0.25 tau.

In the halo, the fraction (1 + (r / R)^2)^(-3/4) lies beyond r, with R = 0.595 Moliere radii. The paper's core and tail
leave 2% beyond 40 mm where Geant4 has 4%. And 40% of the halo's spots lie behind one of the layer before, because the
particles so far out come in tracks and small showers.
"""

_HALO_KEPT = 4096
"""Spots of the halo in one layer that others can follow; at 1000 GeV there are a thousand."""


class Medium(NamedTuple):
    """The stack as one effective medium, after hep-ex/0001020, and its layers."""

    Z: float
    critical_energy: float  # GeV
    sampling_frequency: float
    e_hat: float
    depth: Floats  # of each layer's silicon, radiation lengths
    moliere_radius: Floats  # mm, with the gaps up to each layer


def _medium(calorimeter: Calorimeter) -> Medium:
    thin = min(calorimeter.tungsten)  # nearly every shower has its maximum in the thin layers
    thickness = {TUNGSTEN: thin / 10, SILICON: calorimeter.silicon / 10}  # cm
    mass = {material: material.density * cm for material, cm in thickness.items()}
    fraction = {material: grams / sum(mass.values()) for material, grams in mass.items()}
    radiation_length = 1 / sum(fraction[material] / material.radiation_length for material in fraction)
    slope = sum(fraction[m] * m.critical_energy / m.radiation_length for m in fraction)  # MeV / (g/cm^2)
    density = sum(mass.values()) / sum(thickness.values())

    tungsten = np.cumsum(calorimeter.tungsten).astype(np.float64)
    silicon = calorimeter.silicon * np.arange(len(tungsten), dtype=np.float64)
    matter = tungsten + silicon + calorimeter.silicon
    with_gaps = matter + calorimeter.gap * np.arange(len(tungsten))
    return Medium(
        Z=sum(fraction[material] * material.Z for material in fraction),
        critical_energy=radiation_length * slope / 1000,
        sampling_frequency=radiation_length / density / sum(thickness.values()),
        e_hat=1 / (1 + 0.007 * (TUNGSTEN.Z - SILICON.Z)),
        depth=_lengths(tungsten, TUNGSTEN) + _lengths(silicon, SILICON),
        moliere_radius=10 * 21.2 / (slope * density) * with_gaps / matter,
    )


def _lengths(millimetres: Floats, material: Material) -> Floats:
    return millimetres / 10 * material.density / material.radiation_length


class ShowerModel:
    """Makes showers in one calorimeter.

    A shower's energy at the depth t [radiation lengths] follows a gamma distribution,
    f(t) = beta (beta t)^(alpha - 1) exp(-beta t) / Gamma(alpha), whose maximum T = (alpha - 1) / beta and shape alpha
    fluctuate together from shower to shower, as Gaussians in their logarithms. The energy seen in a layer is spread
    over a random number of spots. Their distances from the axis follow two components, core and tail, of density
    2 r R^2 / (r^2 + R^2)^2, whose radii and weights change with the depth. A photon's shower starts at a random depth,
    9/7 radiation lengths on average.

    Arguments:
        calorimeter: the layers. The corrections to the paper hold for those of ``CALORIMETER``.

    Example:
        >>> from eventspace.events.simulate.calorimeter import CALORIMETER
        >>> model = ShowerModel(CALORIMETER)
        >>> cell, energy = model.shower(np.random.default_rng(1), 50.0, x=0.0, y=0.0, photon=False)
        >>> len(cell) == len(energy), bool(0.7 < energy.sum() < 1.2)
        (True, True)

    Source: G. Grindhammer, S. Peters, hep-ex/0001020.
    """

    def __init__(self, calorimeter: Calorimeter):
        self._medium = _medium(calorimeter)
        self._calorimeter = calorimeter
        cells = math.prod(calorimeter.shape)
        self._grid = np.zeros(calorimeter.shape)
        self._cell = np.empty(cells, dtype=np.int32)
        self._energy = np.empty(cells, dtype=np.float32)

    @property
    def depth(self) -> Floats:
        """The depth of each layer's silicon, radiation lengths."""
        return self._medium.depth

    def shower(
        self, rng: Generator, energy: float, x: float, y: float, *, photon: bool
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """One shower along z.

        Arguments:
            rng: where all randomness comes from.
            energy: of the particle, GeV.
            x, y: where it enters, mm from the middle of the calorimeter.
            photon: whether it is a photon, or else an electron or positron.

        Returns:
            The numbers of the cells with energy, rising, and the energy seen in each, GeV.
        """
        medium, pad, count = self._medium, self._calorimeter.pad, 0
        while count == 0:  # one photon in 10^8 crosses without a trace
            _fill(rng, float(energy), photon, x / pad, y / pad, medium, pad, self._grid)
            count = _empty(self._grid.ravel(), self._cell, self._energy)
        return self._cell[:count].copy(), self._energy[:count].copy()


def _compiled(function: _Function) -> _Function:
    decorate: Any = njit(nogil=True, cache=True, error_model="numpy")
    return cast(_Function, decorate(function))


@_compiled
def _profile(rng: Generator, energy: float, medium: Medium) -> tuple[float, float, float]:
    """T and alpha of one shower, and the depth at which its tau is 1: appendices A.1.2, A.1.4 and A.2.2.

    Corrections have names, the paper's constants are numbers.
    """
    Z, gaps, transition = medium.Z, 1 / medium.sampling_frequency, 1 - medium.e_hat
    log_y = math.log(energy / medium.critical_energy)
    mean_T = log_y - 0.812 - 0.55 * gaps - 0.69 * transition + _EARLIER_START + _DEEPER_MAXIMUM * log_y
    mean_alpha = (0.81 + (0.458 + 2.26 / Z) * log_y - 0.476 * gaps) * _STEEPER_RISE
    sigma_T = 1 / (_SIGMA_T[0] + _SIGMA_T[1] * log_y)
    sigma_alpha = 1 / (-0.82 + 0.79 * log_y)
    correlation = 0.784 - 0.023 * log_y + _LOWER_CORRELATION
    with_, against = math.sqrt((1 + correlation) / 2), math.sqrt((1 - correlation) / 2)
    first, second = rng.standard_normal(), rng.standard_normal()
    T = mean_T * math.exp(sigma_T * (with_ * first + against * second))
    alpha = max(mean_alpha * math.exp(sigma_alpha * (with_ * first - against * second)), 1.1)
    return T, alpha, T * alpha / (alpha - 1) * (mean_alpha - 1) / mean_alpha


@_compiled
def _radial(
    tau: float, energy: float, medium: Medium, moliere_radius: float
) -> tuple[float, float, float, float, float]:
    """The fraction of spots in the halo, in halo and core, and the radii of halo, core and tail: A.1.3 and A.2.3."""
    Z, transition = medium.Z, 1 - medium.e_hat
    gaps = 1 / medium.sampling_frequency
    log_energy = math.log(energy)
    z1, z2 = 0.0251 + 0.00319 * log_energy, 0.1162 - 0.000381 * Z
    k1, k2, k3, k4 = 0.659 - 0.00309 * Z, 0.645, -2.59, 0.3585 + 0.0421 * log_energy
    p1, p2, p3 = 2.632 - 0.00094 * Z, 0.401 + 0.00187 * Z, 1.313 - 0.0686 * log_energy
    fading = gaps * math.exp(-tau)
    core = z1 + z2 * tau - 0.0203 * transition + 0.0397 * fading
    tail = k1 * (math.exp(k3 * (tau - k2)) + math.exp(k4 * (tau - k2))) - 0.14 * transition - 0.495 * fading
    q = (p2 - tau) / p3
    weight = p1 * math.exp(q - math.exp(q)) + transition * (0.348 - 0.642 * gaps * math.exp(-((tau - 1) ** 2)))
    in_halo = min(_HALO_GROWTH * tau, 1.0)
    in_core = in_halo + (1 - in_halo) * min(max(_CORE_WEIGHT * weight, 0.0), 1.0)
    return (
        in_halo,
        in_core,
        _HALO_RADIUS * moliere_radius,
        _CORE_RADIUS * moliere_radius * core,
        _TAIL_RADIUS * moliere_radius * max(tail, core),
    )


@_compiled
def _fill(
    rng: Generator, energy: float, photon: bool, x: float, y: float, medium: Medium, pad: float, grid: NDArray[Any]
) -> None:
    """Add the spots of a shower to the grid; x and y in pads."""
    T, alpha, tau_unit = _profile(rng, energy, medium)
    beta = (alpha - 1) / T
    log_norm = alpha * math.log(beta) - math.lgamma(alpha)
    start = -_EARLIER_START + _LATE_START * (rng.standard_exponential() - 1)
    if photon:
        start += 9 / 7 * rng.standard_exponential() - _PHOTON_HEAD_START

    pads, layers = grid.shape[0], grid.shape[2]
    halo = np.empty((2, _HALO_KEPT, 2), dtype=np.int64)  # pads of the halo's spots, in this layer and the one before
    now = 0
    for layer in range(layers):
        before, now = now, 0
        t = medium.depth[layer] - start
        if t <= 0:
            continue
        density = math.exp(log_norm + (alpha - 1) * math.log(t) - beta * t)
        seen = _SAMPLING * rng.standard_gamma(energy * _RESPONSE * density / _SAMPLING)
        spots = rng.poisson(seen / _SPOT_ENERGY)
        if spots == 0:
            continue
        in_halo, in_core, halo_radius, core_radius, tail_radius = _radial(
            t / tau_unit, energy, medium, medium.moliere_radius[layer] / pad
        )
        for _ in range(spots):
            choice, beyond, phi = rng.random(), 1 - rng.random(), 2 * math.pi * rng.random()
            shared = rng.standard_exponential()
            if choice < in_halo:
                r = halo_radius * math.sqrt(beyond ** (-4 / 3) - 1)
            else:
                r = (core_radius if choice < in_core else tail_radius) * math.sqrt(1 / beyond - 1)
                shared = _STRAIGHT + (1 - _STRAIGHT) * shared
            i = math.floor(x + r * math.cos(phi) + pads / 2)
            j = math.floor(y + r * math.sin(phi) + pads / 2)
            if choice < in_halo:
                if before > 0 and rng.random() < _HALO_FOLLOWS:
                    followed = halo[(layer - 1) % 2, int(before * rng.random())]
                    i, j = followed[0], followed[1]
                if now < _HALO_KEPT:
                    halo[layer % 2, now, 0], halo[layer % 2, now, 1] = i, j
                    now += 1
            if 0 <= i < pads and 0 <= j < pads:
                grid[i, j, layer] += _SPOT_ENERGY * shared


@_compiled
def _empty(grid: Floats, cell: NDArray[np.int32], energy: NDArray[np.float32]) -> int:
    """Move the energies of a grid to a list, and return its length."""
    count = 0
    for k in range(len(grid)):
        if grid[k] > 0:
            cell[count], energy[count] = k, grid[k]
            count += 1
            grid[k] = 0
    return count

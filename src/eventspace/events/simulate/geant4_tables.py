"""Small data tables for Geant4's electromagnetic physics, for those who have not installed its own, which take 2 GB.

They hold what showers in tungsten and silicon need: bremsstrahlung after Bethe and Heitler with screening, and the
photoelectric effect from xraylib. Everything else that Geant4 insists on opening is empty.
"""

import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.base.extras import require

__all__ = ["DESCRIPTION", "bremsstrahlung", "load_xraylib", "photoelectric", "write_tables"]

Floats = NDArray[np.float64]

DESCRIPTION = (
    "tables of eventspace: bremsstrahlung of screened Bethe-Heitler, photoelectric effect of xraylib, "
    "no Rayleigh scattering, fluorescence, or nuclear reactions of photons below 150 MeV"
)

_ELEMENTS = (1, 14, 74)
"""Hydrogen (Geant4's vacuum), silicon, tungsten."""

_ELECTRON_MASS = 0.51099895  # MeV
_ELECTRON_RADIUS = 2.8179403e-13  # cm
_FINE_STRUCTURE = 1 / 137.035999
_THOMSON = 0.66524587  # barn
_MILLIBARN = 1e-27  # cm^2

_EMPTY = (
    "G4ABLA3.3",
    "G4CHANNELING2.0",
    "G4INCL1.3",
    "G4NDL4.7.1",
    "G4PII1.3",
    "G4SAIDDATA2.0",
    "PhotonEvaporation6.1.2",
    "RadioactiveDecay6.1.2",
    "RealSurface2.2",
)


def load_xraylib() -> Any:
    """The module of xraylib.

    Raises:
        MissingExtraError: xraylib is not installed.
    """
    with require("geant4", "Geant4 without its own data"):
        import xraylib
    return xraylib


def write_tables(folder: Path) -> None:
    """Write the tables as the folder of data that Geant4 11.4 expects.

    Arguments:
        folder: an empty folder.

    Raises:
        MissingExtraError: xraylib is not installed.
    """
    for name in _EMPTY:
        (folder / name).mkdir()
    _write(folder / "G4ENSDFSTATE3.0" / "ENSDFSTATE.dat", "")
    # No nuclear reactions of photons; above 150 MeV Geant4 has a formula and does not look here.
    for Z in range(1, 96):
        _write(folder / "G4PARTICLEXS4.2" / "gamma" / f"inel{Z}", "0 1000000 2\n2\n0 0\n1000000 0\n")
    for Z in _ELEMENTS:
        _write(folder / "G4EMLOW8.8" / "brem_SB" / f"br{Z}", "\n".join(_bremsstrahlung_file(Z)) + "\n")
        for name, text in _photoelectric_files(Z):
            _write(folder / "G4EMLOW8.8" / "epics2017" / "phot" / f"{name}-{Z}.dat", text)


def bremsstrahlung(Z: int, kinetic_energy: float, fraction: Floats) -> Floats:
    """The cross-section of bremsstrahlung off an atom, as Geant4's tables have it: beta^2 / Z^2 k dsigma/dk.

    Bethe-Heitler with Thomas-Fermi screening and Coulomb correction, and the atom's electrons in Z (Z + xi); below a
    few MeV, where the Born approximation fails, kept positive.

    Arguments:
        Z: the atomic number.
        kinetic_energy: of the electron, MeV.
        fraction: of the kinetic energy that the photon takes, from 0 to 1.

    Returns:
        Millibarn.

    Example:
        >>> fraction = np.linspace(0.0005, 0.9995, 1000)
        >>> per_atom = 74**2 * bremsstrahlung(74, 1e4, fraction).mean() * 1e-27
        >>> round(float(183.84 / (6.022e23 * per_atom)), 1)  # radiation length, g/cm^2; PDG 6.8
        6.7

    Source: H. W. Koch, J. W. Motz, Rev. Mod. Phys. 31 (1959) 920, formula 3BS(e);
    Y.-S. Tsai, Rev. Mod. Phys. 46 (1974) 815.
    """
    fraction = np.clip(fraction, 1e-6, 1 - 1e-9)
    before = kinetic_energy + _ELECTRON_MASS
    photon = fraction * kinetic_energy
    after = before - photon
    ratio = after / before

    screening = 136 * _ELECTRON_MASS * photon / (before * after) / Z ** (1 / 3)
    weak = 21.12 - 4.184 * np.log(screening + 0.952)
    phi1 = np.where(screening <= 1, 20.867 - 3.242 * screening + 0.625 * screening**2, weak)
    phi2 = np.where(screening <= 1, 20.209 - 1.930 * screening - 0.086 * screening**2, weak)
    coulomb = _coulomb(Z)
    # The correction holds at high energies; it is phased in from 2 to 50 MeV.
    phase = np.clip(math.log(kinetic_energy / 2) / math.log(25), 0, 1)
    shift = math.log(Z) / 3 + phase * coulomb
    value = (1 + ratio**2) * (phi1 / 4 - shift) - 2 / 3 * ratio * (phi2 / 4 - shift)
    value = np.maximum(value, 0.15 * np.maximum(1 + ratio**2 - 2 / 3 * ratio, 0.3))

    electrons = math.log(1194 / Z ** (2 / 3)) / (math.log(184.15 / Z ** (1 / 3)) - coulomb) if Z > 4 else 1.0
    velocity2 = 1 - (_ELECTRON_MASS / before) ** 2
    scale = 4 * _FINE_STRUCTURE * _ELECTRON_RADIUS**2 / _MILLIBARN * (Z + electrons) / Z
    result: Floats = velocity2 * scale * value
    return result


def _coulomb(Z: int) -> float:
    """The Coulomb correction f(Z) of Davies, Bethe and Maximon, Phys. Rev. 93 (1954) 788."""
    a2 = (Z * _FINE_STRUCTURE) ** 2
    return a2 * (1 / (1 + a2) + 0.20206 - 0.0369 * a2 + 0.0083 * a2**2 - 0.002 * a2**3)


def photoelectric(Z: int, energy: float) -> float:
    """The cross-section of the photoelectric effect on an atom.

    Up to the end of xraylib's tables theirs, and above it the shape of Sauter's formula for the innermost shell.

    Arguments:
        Z: the atomic number.
        energy: of the photon, MeV.

    Returns:
        Barn.

    Raises:
        MissingExtraError: xraylib is not installed.
    """
    xraylib = load_xraylib()
    end = 0.79
    if energy <= end:
        return float(xraylib.CSb_Photo(Z, 1000 * energy))
    return float(xraylib.CSb_Photo(Z, 1000 * end)) * _sauter(Z, energy) / _sauter(Z, end)


def _sauter(Z: int, energy: float) -> float:
    """Barn; F. Sauter, Ann. Phys. 403 (1931) 454."""
    k = energy / _ELECTRON_MASS
    g = k + 1
    b = math.sqrt(g * g - 1)
    bracket = 4 / 3 + g * (g - 2) / (g + 1) * (1 - math.log((g + b) / (g - b)) / (2 * g * b))
    return 1.5 * _THOMSON * _FINE_STRUCTURE**4 * Z**5 / k**5 * b**3 * bracket


def _bremsstrahlung_file(Z: int) -> Iterator[str]:
    near_end = [0.925, 0.95, 0.97, 0.99, 0.995, 0.999, 0.9995, 0.9999, 0.99999, 1.0]
    fraction = np.array([1e-12, 0.025, 0.05, 0.075, 0.1, 0.125, *np.arange(0.15, 0.925, 0.05), *near_end])
    log_energy = np.log(np.logspace(-3, 4, 57))
    yield f"0 {len(fraction)} {len(log_energy)}"
    yield _row(fraction, 8)
    yield _row(log_energy, 8)
    for value in log_energy:
        yield _row(bremsstrahlung(Z, math.exp(value), fraction), 6)


def _photoelectric_files(Z: int) -> Iterator[tuple[str, str]]:
    energies = _photon_energies(Z)
    table = "".join(f"{energy:.8g} {photoelectric(Z, energy) * energy**3:.8g}\n" for energy in energies)
    head = f"{energies[0]:.8g} {energies[-1]:.8g} {len(energies)}\n{len(energies)}\n"
    yield "pe-cs", head + table
    yield "pe-le-cs", head + table
    yield "pe-ss-cs", ""
    # Above 1 MeV, a polynomial in 1 / energy without a constant.
    high = np.logspace(0, 3, 200)
    sigma = np.array([photoelectric(Z, energy) for energy in high])
    powers = high[:, None] ** -np.arange(1.0, 7.0)
    coefficients = np.linalg.lstsq(powers / sigma[:, None], np.ones(len(high)), rcond=None)[0]
    for name in ("pe-high", "pe-low"):
        yield name, f"1 1 1\n0.001 {_row(coefficients, 8)}\n"


def _photon_energies(Z: int) -> Floats:
    """From 1 keV to 1 MeV, dense, with a pair about each edge."""
    edges = np.array([edge for edge in _edges(Z) if edge > 1e-3])
    return np.unique(np.concatenate([np.geomspace(1e-3, 1.0, 400), edges * (1 - 1e-5), edges * (1 + 1e-5)]))


def _edges(Z: int) -> Iterator[float]:
    """The absorption edges of an atom from K to M5, MeV."""
    xraylib = load_xraylib()
    for shell in range(9):
        try:
            yield xraylib.EdgeEnergy(Z, shell) / 1000
        except ValueError:  # the atom has no such shell
            return


def _row(values: Iterable[float], digits: int) -> str:
    return " ".join(f"{value:.{digits}g}" for value in values)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)

"""Particle clouds from columns of momenta as a file has them: in any unit, with energies or masses."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.formats.clouds import Counts, from_columns, from_momenta
from eventspace.events.formats.columns import MOMENTA
from eventspace.events.particles import ParticleClouds

__all__ = ["Unit", "assemble"]

Unit = Literal["GeV", "MeV", "TeV"]
"""A unit of energy."""

_IN_A_GEV: dict[str, float] = {"GeV": 1.0, "MeV": 1e3, "TeV": 1e-3}
_ENERGIES = (*MOMENTA, "pt", "mass")
_ENERGIES_OF_EVENTS = ("jet_pt", "jet_mass")
_INTEGERS = {"pid": np.int32, "charge": np.int32}
# Energies in single precision may fall below the momentum by rounding, but not by a hundredth.
_ROUNDING = 0.01

Array = NDArray[np.float64]


def assemble(
    counts: Counts,
    particles: Mapping[str, NDArray[Any]],
    per_event: Mapping[str, NDArray[Any]],
    *,
    real: NDArray[np.bool_] | None = None,
    unit: str = "GeV",
    start: int = 0,
) -> ParticleClouds:
    """Clouds from the columns of a file, by our names; their directions stay as they are.

    With ``E`` beside pt and eta, m^2 = (E - p)(E + p) with p = pt cosh(eta); beside pt and rapidity y,
    m^2 = (E / cosh(y))^2 - pt^2. It is 0 where rounding makes it negative.

    Arguments:
        counts: the entries of each event.
        particles: flat columns of all entries, with pt, phi and rapidity or eta (and mass or E), or E, px, py and pz.
        per_event: columns of the events.
        real: which entries are particles; those that have pt and energy by default.
        unit: the unit of the energies, of the particles and of ``jet_pt`` and ``jet_mass``; they become GeV.
        start: the number of the first event, for errors.

    Raises:
        InputError: an unknown unit, an identifier or charge that is not whole, or an energy below the momentum.

    Example:
        >>> columns = dict(zip(("pt", "eta", "phi", "E"), np.array([[3000.0], [0.0], [0.0], [5000.0]])))
        >>> clouds = assemble(np.array([1]), columns, {}, unit="MeV")
        >>> clouds.flat("pt").tolist(), clouds.flat("mass").tolist()
        ([3.0], [4.0])
    """
    if unit not in _IN_A_GEV:
        raise InputError(f"there is no unit {unit!r}", remedy=f"choose from {', '.join(get_args(Unit))}")
    real = np.ones(int(counts.sum()), dtype=bool) if real is None else real
    events = np.repeat(np.arange(start, start + len(counts)), counts)
    # The unit is taken off in double precision, by a division that rounds correctly: 3 MeV are 0.003 GeV.
    columns: dict[str, NDArray[Any]] = {
        name: _double(values) / (_IN_A_GEV[unit] if name in _ENERGIES else 1.0)
        for name, values in particles.items()
        if name not in _INTEGERS
    }
    whole = {name: _integers(name, particles[name], real, events) for name in _INTEGERS if name in particles}
    metadata = {
        "per_event": {
            name: _double(values) / _IN_A_GEV[unit] if name in _ENERGIES_OF_EVENTS else values
            for name, values in per_event.items()
        },
        "units": {name: "GeV" for name in _ENERGIES_OF_EVENTS if name in per_event},
    }
    if "px" in columns:
        return from_momenta(counts, columns, whole, real=real, **metadata)
    if "E" in columns:
        columns["mass"] = _mass(columns, real, events)
        del columns["E"]
    return from_columns(counts, columns | whole, real=real, **metadata)


def _double(values: NDArray[Any]) -> Array:
    """In double precision; values that the file does not have are NaN, for validation to find."""
    return np.ma.filled(np.ma.asarray(values).astype(np.float64), np.nan)


def _integers(name: str, values: NDArray[Any], real: NDArray[np.bool_], events: NDArray[np.int64]) -> NDArray[Any]:
    numbers = np.where(real, _double(values), 0.0)
    broken = ~(np.abs(numbers) <= np.iinfo(_INTEGERS[name]).max) | (numbers != np.round(numbers))
    if broken.any():
        first = int(np.argmax(broken))
        held = "missing" if np.isnan(numbers[first]) else f"{numbers[first]:g}"
        raise InputError(f"a {name} is {held}", event=int(events[first]), remedy="give whole numbers")
    return numbers.astype(_INTEGERS[name])


def _mass(columns: Mapping[str, Array], real: NDArray[np.bool_], events: NDArray[np.int64]) -> Array:
    energy, pt = columns["E"], columns["pt"]
    with np.errstate(all="ignore"):  # what is not finite is found by validation
        if "eta" in columns:
            momentum = pt * np.cosh(columns["eta"])
            square = (energy - momentum) * (energy + momentum)
        else:
            transverse = energy / np.cosh(columns["rapidity"])
            momentum = pt * np.cosh(columns["rapidity"])
            square = (transverse - pt) * (transverse + pt)
    low = real & (energy < (1 - _ROUNDING) * momentum)
    if low.any():
        raise InputError(
            "E is below the momentum that the other columns give",
            event=int(events[np.argmax(low)]),
            remedy="check what the columns are, or leave E out",
        )
    return np.sqrt(np.maximum(square, 0.0))

"""Four-momenta in any coordinates become transverse momentum, rapidity, azimuth and mass, in double precision."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError

__all__ = ["COORDINATES", "cylindrical", "from_coordinates"]

Array = NDArray[np.float64]

COORDINATES = {
    **dict.fromkeys(("px", "x"), "px"),
    **dict.fromkeys(("py", "y"), "py"),
    **dict.fromkeys(("pt", "rho"), "pt"),
    "phi": "phi",
    **dict.fromkeys(("pz", "z"), "pz"),
    "eta": "eta",
    "theta": "theta",
    **dict.fromkeys(("E", "e", "energy", "t"), "E"),
    **dict.fromkeys(("mass", "m", "M", "tau"), "mass"),
}
"""The names that the package vector has for coordinates, and ours."""


def cylindrical(energy: ArrayLike, px: ArrayLike, py: ArrayLike, pz: ArrayLike) -> dict[str, Array]:
    """Transverse momentum, rapidity, azimuth and mass of four-momenta.

    m^2 = (E - |p|)(E + |p|), 0 where rounding makes it negative; rapidity = asinh(pz / sqrt(pt^2 + m^2)), which for
    forward particles does not cancel as log((E + pz) / (E - pz)) does.

    Arguments:
        energy, px, py, pz: components of equal shape in GeV.

    Returns:
        The columns pt, rapidity, phi and mass. The mass is NaN where the energy is negative, for validation to find.

    Example:
        >>> {name: float(value) for name, value in cylindrical(5.0, 3.0, 0.0, 0.0).items()}
        {'pt': 3.0, 'rapidity': 0.0, 'phi': 0.0, 'mass': 4.0}
    """
    return from_coordinates({"E": energy, "px": px, "py": py, "pz": pz})


def from_coordinates(given: Mapping[str, ArrayLike]) -> dict[str, Array]:
    """Momenta in any coordinates; see ``cylindrical``.

    Arguments:
        given: px and py, or pt and phi; pz, eta or theta; E or mass where one is known; all by any name that the
            package vector has for them.

    Returns:
        The columns pt, rapidity, phi and mass; without E and mass, pt, eta and phi. A negative mass, by which vector
        says that rounding made m^2 negative, is 0.

    Raises:
        InputError: these are not coordinates of momenta.

    Example:
        >>> columns = from_coordinates({"rho": 3.0, "phi": 0.0, "theta": np.pi / 2, "tau": 4.0})
        >>> {name: round(float(value), 12) for name, value in columns.items()}
        {'pt': 3.0, 'rapidity': 0.0, 'phi': 0.0, 'mass': 4.0}
    """
    values = {COORDINATES[name]: np.asarray(value, dtype=np.float64) for name, value in given.items()}
    plane = next((pair for pair in (("px", "py"), ("pt", "phi")) if set(pair) <= set(values)), None)
    along = next((name for name in ("pz", "eta", "theta") if name in values), None)
    if plane is None or along is None:
        raise InputError(
            f"the fields {', '.join(given) or 'given'} do not describe particles",
            remedy="give pt and phi, or px and py, with rapidity, eta, theta or pz",
        )
    first, second = (values[name] for name in plane)
    # Values beyond the range of the numbers become infinite or NaN, which validation reports by event.
    with np.errstate(all="ignore"):
        pt, phi = (first, second) if plane == ("pt", "phi") else (np.hypot(first, second), np.arctan2(second, first))
        pz = values[along]
        if along == "eta":
            pz = pt * np.sinh(pz)
        elif along == "theta":
            pz = pt / np.tan(pz)
        if "mass" in values:
            mass = np.maximum(values["mass"], 0.0)
        elif "E" in values:
            energy, momentum = values["E"], np.hypot(pt, pz)
            mass = np.sqrt(np.maximum((energy - momentum) * (energy + momentum), 0.0))
        else:
            return {"pt": pt, "eta": values["eta"] if along == "eta" else np.arcsinh(pz / pt), "phi": phi}
        rapidity = np.arcsinh(pz / np.hypot(pt, mass))
        if "E" in values:
            mass = np.where(values["E"] < 0, np.nan, mass)
        return {"pt": pt, "rapidity": rapidity, "phi": phi, "mass": mass}

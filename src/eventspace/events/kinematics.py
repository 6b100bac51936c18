"""Angles, and jets seen from their own axes."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.events.momenta import cylindrical
from eventspace.events.particles import ParticleClouds
from eventspace.events.ragged import any_entry, event_of_entry, sum_over_entries

__all__ = ["about_axis", "wrapped"]

Array = NDArray[np.float64]


def wrapped(angle: ArrayLike) -> Array:
    """The angle in (-pi, pi]."""
    return np.pi - (np.pi - np.asarray(angle, dtype=np.float64)) % (2 * np.pi)


def about_axis(jets: ParticleClouds) -> ParticleClouds:
    """Jets in coordinates relative to their axes, the sum of the four-momenta of their particles.

    Distances between jets compare what is inside them only if both are seen from their own axes.

    Arguments:
        jets: clouds with absolute rapidity and phi; particles without a mass column count as massless.

    Returns:
        The jets with rapidity and phi relative to the axis, and the axis in the per-event columns jet_pt,
        jet_rapidity, jet_phi [rad] and jet_mass, in the unit of pt.

    Example:
        >>> jets = ParticleClouds.from_lists([[(1.0, 0.5, 3.0), (1.0, 0.5, -3.0)]])
        >>> about_axis(jets).flat("phi").round(4).tolist()
        [-0.1416, 0.1416]
    """
    pt, rapidity, phi = (jets.flat(name).astype(np.float64) for name in ("pt", "rapidity", "phi"))
    with np.errstate(all="ignore"):
        transverse_mass = np.hypot(pt, jets.flat("mass")) if "mass" in jets.columns else pt
        components = (
            transverse_mass * np.cosh(rapidity),
            pt * np.cos(phi),
            pt * np.sin(phi),
            transverse_mass * np.sinh(rapidity),
        )
        energy, px, py, pz = (sum_over_entries(jets.offsets, component) for component in components)
        axis = cylindrical(energy, px, py, pz)
        # A jet with no or no finite particles has no axis; it stays as it is for validation to say what is wrong.
        whole = (jets.multiplicity > 0) & ~any_entry(
            jets.offsets, ~np.isfinite(np.stack([pt, rapidity, phi, transverse_mass])).all(axis=0)
        )
        axis = {name: np.where(whole, values, 0.0) for name, values in axis.items()}
        event = event_of_entry(jets.offsets)
        moved = jets.replace_columns(rapidity=rapidity - axis["rapidity"][event], phi=wrapped(phi - axis["phi"][event]))
    unit = jets.units.get("pt", "GeV")
    return ParticleClouds(
        offsets=moved.offsets,
        columns=moved.columns,
        per_event={**jets.per_event, **{f"jet_{name}": values for name, values in axis.items()}},
        units={**moved.units, "jet_pt": unit, "jet_phi": "rad", "jet_mass": unit},
        seed=jets.seed,
        origin=jets.origin,
    )

"""What physicists look at in a jet: momentum, mass, number and spread of its particles, as a table of numbers."""

import numpy as np
from numpy.typing import NDArray

from eventspace.events.kinematics import wrapped
from eventspace.events.particles import ParticleClouds
from eventspace.events.ragged import event_of_entry, sum_over_entries

__all__ = ["CLOUD_FEATURES", "cloud_features"]

CLOUD_FEATURES = {
    "pt": "units of the set",
    "mass": "units of the set",
    "particles": "",
    "width": "",
    "dispersion": "",
    "largest fraction": "",
}
"""Name and unit of each feature."""


def cloud_features(clouds: ParticleClouds) -> NDArray[np.float64]:
    """Momentum and mass of a cloud, its particles, and how they share its momentum.

    Transverse momentum and mass are those of the sum of all particles, which count as massless where no mass is known.
    The width is sum_i pt_i dR_i / sum_i pt_i, with dR_i the distance to the axis of the sum in the plane of the cloud's
    coordinates; the dispersion (sum_i pt_i^2)^(1/2) / sum_i pt_i; the largest fraction max_i pt_i / sum_i pt_i.

    Arguments:
        clouds: n clouds.

    Returns:
        (n, 6) float64, columns as in ``CLOUD_FEATURES``.

    Raises:
        InputError: the clouds are not valid.

    Example:
        >>> clouds = ParticleClouds.from_lists([[(3.0, 0.0, 0.0), (1.0, 0.0, 0.4)]])
        >>> cloud_features(clouds).round(3).tolist()
        [[3.94, 0.688, 2.0, 0.149, 0.791, 0.75]]

    Source: CMS Collaboration, CMS-PAS-JME-13-002, for the shape variables.
    """
    import awkward as ak

    clouds.check()
    offsets, event = clouds.offsets, event_of_entry(clouds.offsets)
    particles = clouds.to_awkward()
    components = (ak.to_numpy(ak.flatten(particles[name])) for name in ("px", "py", "pz", "E"))
    px, py, pz, energy = (sum_over_entries(offsets, component) for component in components)
    transverse, momentum = np.hypot(px, py), np.sqrt(px**2 + py**2 + pz**2)
    mass = np.sqrt(np.maximum((energy - momentum) * (energy + momentum), 0.0))
    # Rapidity is asinh(pz / sqrt(pt^2 + m^2)), pseudorapidity the same without the mass.
    scale = np.hypot(transverse, mass) if clouds.coordinate == "rapidity" else transverse
    axis = np.arcsinh(np.divide(pz, scale, out=np.zeros_like(pz), where=scale > 0)), np.arctan2(py, px)
    pt, along, phi = (clouds.flat(name).astype(np.float64) for name in ("pt", clouds.coordinate, "phi"))
    total = sum_over_entries(offsets, pt)
    distance = np.hypot(along - axis[0][event], wrapped(phi - axis[1][event]))
    largest = np.zeros(len(clouds))
    np.maximum.at(largest, event, pt)
    columns = {
        "pt": transverse,
        "mass": mass,
        "particles": clouds.multiplicity,
        "width": sum_over_entries(offsets, pt * distance) / total,
        "dispersion": np.sqrt(sum_over_entries(offsets, pt**2)) / total,
        "largest fraction": largest / total,
    }
    return np.column_stack([columns[name] for name in CLOUD_FEATURES]).astype(np.float64)

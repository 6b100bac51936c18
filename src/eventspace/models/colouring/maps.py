"""Maps of e+e- events: what a network sees of them, and the pixel of each particle."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.collisions import Collisions
from eventspace.events.ragged import event_of_entry
from eventspace.events.tracks import resolution

__all__ = ["CHANNELS", "DISPLACED_CHANNELS", "angles", "energy_maps", "particle_values", "pixels_of", "rasterise"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

CHANNELS = {
    "energy": "ln(1 + 500 E / E_vis) of the energy E in the pixel",
    "fraction": "20 E / E_vis of the energy in the pixel",
    "polar": "cos theta of the middle of the pixel, whether it is empty or not",
    "charge": "charge in units of e, mean over the particles weighted with energy",
    "mass": "mass in GeV, mean over the particles weighted with energy",
    "d0": "ln(1 + |d0| / resolution), mean over the particles weighted with energy",
    "z0": "ln(1 + |z0| sin theta / resolution), mean over the particles weighted with energy",
}
"""What a map can show, by name; all but polar are 0 in empty pixels."""

DISPLACED_CHANNELS = ("d0", "z0")
"""Those that tell which tracks are displaced."""

_COLUMN = {name: name for name in ("charge", "mass", "d0", "z0")}


def energy_maps(
    events: Collisions,
    channels: Sequence[str] = ("energy",),
    *,
    cos_theta_bins: int = 64,
    phi_bins: int = 64,
) -> NDArray[np.float32]:
    """Maps of events: equal bins of cos theta from -1 to 1, and of phi from -pi to pi.

    Energies are divided by the visible energy E_vis of the event and compressed by a logarithm, since particles of one
    event differ a thousandfold; impact parameters are in units of ``resolution``, also compressed. ``CHANNELS`` gives
    all formulas.

    Arguments:
        events: n events.
        channels: names from ``CHANNELS``, in the order of the maps.
        cos_theta_bins, phi_bins: of the map.

    Returns:
        (n, channels, cos_theta_bins, phi_bins).

    Raises:
        InputError: there is no such channel, the events lack its column, or there are no bins.

    Example:
        >>> columns = {"px": [3.0, 0.0], "py": [0.0, 1.0], "pz": [0.0, 0.0], "E": [3.0, 1.0]}
        >>> energy_maps(Collisions.from_flat([2], columns), ["fraction"], cos_theta_bins=1, phi_bins=4)
        array([[[[ 0.,  0., 15.,  5.]]]], dtype=float32)

    Source:
        The map of the energy, and charge, mass and impact parameters as further ones: "Automatic Colorization for Jet
        Clustering", Asian Linear Collider Workshop 2018.
    """
    shape = (cos_theta_bins, phi_bins)
    pixel = pixels_of(*angles(events), shape)
    energy = events.flat("E") / events.visible_energy[event_of_entry(events.offsets)]
    values = particle_values(events, channels)
    return rasterise(event_of_entry(events.offsets), pixel, energy, values, channels, len(events), shape)


def angles(events: Collisions) -> tuple[Floats, Floats]:
    """cos theta and phi of the particles, (particles,) each, phi from -pi to pi."""
    _, px, py, pz = events.momenta().T
    return pz / np.sqrt(px**2 + py**2 + pz**2), np.arctan2(py, px)


def pixels_of(cos_theta: Floats, phi: Floats, shape: tuple[int, int]) -> Integers:
    """The pixel of each particle, row x bins of phi + column.

    Arguments:
        cos_theta: (particles,) from -1 to 1.
        phi: (particles,) any angles.
        shape: bins of cos theta, which are the rows, and of phi.

    Raises:
        InputError: there are no bins.

    Example:
        >>> pixels_of(np.array([-1.0, 0.6]), np.array([-3.0, 3.0]), (2, 4)).tolist()
        [0, 7]
    """
    rows, columns = shape
    if min(shape) < 1:
        raise InputError(f"a map of {rows} x {columns} bins", remedy="give 1 or more of each")
    row = np.clip(np.floor((cos_theta + 1) / 2 * rows), 0, rows - 1).astype(np.int64)
    column = np.floor((phi + np.pi) / (2 * np.pi) * columns).astype(np.int64) % columns
    return np.asarray(row * columns + column)


def particle_values(events: Collisions, channels: Sequence[str]) -> Floats:
    """What the channels that are means over particles tell of each particle.

    Arguments:
        events: with the columns of these channels.
        channels: names from ``CHANNELS``.

    Returns:
        (channels, particles); 0 for those that are no means.

    Raises:
        InputError: there is no such channel, or the events lack its column.
    """
    values = np.zeros((len(channels), len(events.flat("E"))))
    for place, name in enumerate(channels):
        if name not in CHANNELS:
            raise InputError(f"there is no channel {name!r}", remedy=f"choose from {', '.join(CHANNELS)}")
        if name not in _COLUMN:
            continue
        if name not in events.columns:
            remedy = f"give {name} with the momenta, or leave the channel {name} out"
            raise InputError(f"the particles have no column {name}", remedy=remedy)
        column = events.flat(name).astype(np.float64)
        values[place] = _significance(events, column, name) if name in DISPLACED_CHANNELS else column
    return values


def rasterise(
    event: Integers,
    pixel: Integers,
    energy: Floats,
    values: Floats,
    channels: Sequence[str],
    n: int,
    shape: tuple[int, int],
) -> NDArray[np.float32]:
    """Draw maps of particles.

    Arguments:
        event: (particles,) of 0 to n - 1.
        pixel: (particles,) from ``pixels_of``.
        energy: (particles,) E / E_vis.
        values: (channels, particles) from ``particle_values``.
        channels: names from ``CHANNELS``.
        n: events.
        shape: bins of cos theta and of phi.

    Returns:
        (n, channels, *shape).
    """
    rows, columns = shape
    # Only pixels with particles are summed: there are 30 times as many empty ones.
    occupied, place = np.unique(event * (rows * columns) + pixel, return_inverse=True)
    total = np.bincount(place, weights=energy, minlength=len(occupied))
    maps = np.zeros((n, len(channels), rows * columns), dtype=np.float32)
    of_event, of_pixel = np.divmod(occupied, rows * columns)
    for number, name in enumerate(channels):
        if name == "polar":
            middles = (np.arange(rows) + 0.5) / rows * 2 - 1
            maps[:, number] = np.repeat(middles, columns)
        elif name == "energy":
            maps[of_event, number, of_pixel] = np.log1p(500 * total)
        elif name == "fraction":
            maps[of_event, number, of_pixel] = 20 * total
        else:
            sums = np.bincount(place, weights=energy * values[number], minlength=len(occupied))
            maps[of_event, number, of_pixel] = sums / total
    return maps.reshape(n, len(channels), rows, columns)


def _significance(events: Collisions, values: Floats, name: str) -> Floats:
    momenta = events.momenta()[:, 1:]
    if name == "z0":
        values = values * np.hypot(momenta[:, 0], momenta[:, 1]) / np.linalg.norm(momenta, axis=1)
    return np.asarray(np.log1p(np.abs(values) / resolution(momenta)))

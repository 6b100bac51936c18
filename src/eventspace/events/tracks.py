"""Impact parameters of tracks, their resolution, and which tracks are displaced."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.collisions import Collisions, in_gev_and_mm

__all__ = ["DISPLACED", "FARTHEST", "displaced_tracks", "impact_parameters", "resolution", "smeared"]

Floats = NDArray[np.float64]

_CONSTANT, _SCATTERING = 5e-3, 10e-3  # mm, mm GeV

DISPLACED = 3.0
"""In units of the resolution: where a track is displaced."""

FARTHEST = 10.0
"""mm: beyond it a track is that of a long-lived strange hadron or of a conversion, not of a heavy hadron."""


def impact_parameters(momenta: Floats, vertices: Floats) -> tuple[Floats, Floats]:
    """d0 and z0 of straight tracks with respect to the origin.

        d0 = (y px - x py) / pt,    z0 = z - (x px + y py) pz / pt^2

    are the signed distance from the beam axis and the z of the nearest point, with the signs of LCIO. Over the first
    millimetres a magnetic field bends tracks too little to matter: at 1 GeV and 3.5 T by 2 micrometres in 3 mm.

    Arguments:
        momenta: (n, 3) px, py, pz.
        vertices: (n, 3) x, y, z of the production in mm.

    Returns:
        (n,) each in mm; 0 for momenta along the beam axis.

    Example:
        >>> impact_parameters(np.array([[0.0, 2.0, 1.0]]), np.array([[0.1, 3.0, 2.0]]))
        (array([-0.1]), array([0.5]))
    """
    (px, py, pz), (x, y, z) = momenta.T, vertices.T
    square = px**2 + py**2
    along = square == 0
    square = np.where(along, 1.0, square)
    d0 = np.where(along, 0.0, (y * px - x * py) / np.sqrt(square))
    z0 = np.where(along, 0.0, z - (x * px + y * py) / square * pz)
    return d0 + 0.0, z0 + 0.0  # without negative zeros


def resolution(momenta: Floats) -> Floats:
    """The resolution of d0, 5 micrometres and 10 micrometres GeV / (p sin^(3/2) theta) in quadrature.

    This is the goal of the vertex detectors of ILC experiments. That of z0 is taken as the same over sin theta.

    Arguments:
        momenta: (n, 3) px, py, pz in GeV.

    Returns:
        (n,) in mm; infinite along the beam axis.

    Example:
        >>> resolution(np.array([[1.0, 0.0, 0.0]])).round(5).tolist()
        [0.01118]

    Source: T. Behnke et al., "The International Linear Collider Technical Design Report - Volume 4: Detectors",
        arXiv:1306.6329.
    """
    size = np.linalg.norm(momenta, axis=1)
    with np.errstate(divide="ignore", over="ignore"):
        scattering = _SCATTERING / (size * _sine(momenta) ** 1.5)
    return np.asarray(np.hypot(_CONSTANT, scattering))


def smeared(d0: Floats, z0: Floats, momenta: Floats, rng: Generator) -> tuple[Floats, Floats]:
    """Impact parameters as measured, each with an independent Gaussian error of ``resolution``.

    Arguments:
        d0, z0: (n,) in mm.
        momenta: (n, 3) px, py, pz in GeV.
        rng: the source of randomness; two draws a track, one track after the other.
    """
    draws = rng.standard_normal((len(d0), 2))
    width = np.minimum(resolution(momenta), 1e3)  # along the beam axis there is no measurement
    sine = np.maximum(_sine(momenta), 1e-3)
    return d0 + width * draws[:, 0], z0 + width / sine * draws[:, 1]


def displaced_tracks(events: Collisions) -> NDArray[np.bool_]:
    """Which particles are displaced tracks: charged, with |d0| or |z0| sin theta above 3 times the resolution of d0.

    Tracks with |d0| or |z0| of 10 mm and more are not counted: they are those of long-lived strange hadrons.

    Arguments:
        events: with the columns charge, d0 and z0.

    Returns:
        (particles,).

    Raises:
        InputError: a column is missing, or the events are not in GeV and mm.

    Example:
        >>> columns = {"px": [9.0, 9.0], "py": [0.0, 0.0], "pz": [0.0, 0.0], "E": [9.0, 9.0]}
        >>> tracks = {"charge": [1, 1], "d0": [0.1, 0.001], "z0": [0.0, 0.0]}
        >>> displaced_tracks(Collisions.from_flat([2], columns | tracks)).tolist()
        [True, False]
    """
    for name in ("d0", "z0"):
        if name not in events.columns:
            remedy = "give events with displaced tracks, or choose a method that needs none: durham, NAME-no-displaced"
            raise InputError(f"the particles have no column {name}", remedy=remedy)
    momenta = in_gev_and_mm(events).momenta()[:, 1:]
    d0, z0 = (np.abs(events.flat(name).astype(np.float64)) for name in ("d0", "z0"))
    far = np.maximum(d0, z0 * _sine(momenta)) > DISPLACED * resolution(momenta)
    return np.asarray(events.charged & far & (np.maximum(d0, z0) < FARTHEST))


def _sine(momenta: Floats) -> Floats:
    """The sine of the polar angle."""
    sine: Floats = np.hypot(momenta[:, 0], momenta[:, 1]) / np.linalg.norm(momenta, axis=1)
    return sine

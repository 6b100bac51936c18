"""Jets brought into a common position, and made into images.

Where a jet points and how it is turned says nothing about what made it, but would fill the distances between jets.
Following arXiv:1407.5675, a jet is centred, rotated and reflected; all steps are invariant under collinear splitting.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.base import kind_of
from eventspace.events.images import Images
from eventspace.events.kinematics import wrapped
from eventspace.events.particles import ParticleClouds
from eventspace.events.ragged import event_of_entry, sum_over_entries

__all__ = ["STEPS", "centre", "flip", "pixelate", "preprocess", "rotate"]

Array = NDArray[np.float64]


def preprocess(clouds: ParticleClouds, steps: Sequence[str] = ("centre", "rotate", "flip")) -> ParticleClouds:
    """Apply the chosen steps, always in the order centre, rotate, flip.

    Arguments:
        clouds: jets; per-event columns stay those of the original jets.
        steps: any of ``centre``, ``rotate`` and ``flip``.

    Raises:
        InputError: an unknown step.

    Example:
        >>> jets = ParticleClouds.from_lists([[(3.0, 1.0, 0.0), (1.0, 0.0, 0.0)]])
        >>> preprocess(jets).flat("phi").round(6).tolist()
        [0.25, -0.75]
    """
    unknown = [step for step in steps if step not in STEPS]
    if unknown:
        raise InputError(f"{unknown[0]!r} is not a step of preprocessing", remedy=f"choose from {', '.join(STEPS)}")
    for name, step in STEPS.items():
        if name in steps:
            clouds = step(clouds)
    return clouds


def centre(clouds: ParticleClouds) -> ParticleClouds:
    """Move each jet so that its pt-weighted centroid is the origin.

    phi is unrolled around the pt-weighted mean direction first, so jets across phi = pi stay whole.
    """
    pt, longitudinal, phi = _plane(clouds)
    event, total = event_of_entry(clouds.offsets), clouds.total_pt
    direction = np.arctan2(_sums(clouds, pt * np.sin(phi)), _sums(clouds, pt * np.cos(phi)))
    unrolled = wrapped(phi - direction[event])
    return _moved(
        clouds,
        longitudinal - (_sums(clouds, pt * longitudinal) / total)[event],
        unrolled - (_sums(clouds, pt * unrolled) / total)[event],
    )


def rotate(clouds: ParticleClouds) -> ParticleClouds:
    """Turn each jet about the origin so that its principal axis is the phi axis.

    The principal axis is the eigenvector with the larger eigenvalue of the pt-weighted second moments
    sum_i pt_i (x_i x_i^T) about the origin. Of its two directions the one with more pt on its side becomes +phi.

    Arguments:
        clouds: jets whose particles lie around the origin, as after :func:`centre`.
    """
    pt, x, y = _plane(clouds)
    event = event_of_entry(clouds.offsets)
    xx, yy, xy = (_sums(clouds, pt * product) for product in (x * x, y * y, x * y))
    angle = np.pi / 2 - 0.5 * np.arctan2(2 * xy, xx - yy)
    x, y = _turned(x, y, angle[event])
    upside_down = _sums(clouds, pt * np.sign(y)) < 0
    sign = np.where(upside_down, -1.0, 1.0)[event]
    return _moved(clouds, sign * x, sign * y)


def flip(clouds: ParticleClouds) -> ParticleClouds:
    """Reflect each jet so that the quadrant with the most pt is that of positive rapidity and phi."""
    pt, x, y = _plane(clouds)
    right, up = x >= 0, y >= 0
    quadrants = [_sums(clouds, pt * (right == to_right) * (up == upward)) for to_right, upward in _QUADRANTS]
    signs = np.where(_QUADRANTS, 1.0, -1.0)[np.argmax(quadrants, axis=0)]
    event = event_of_entry(clouds.offsets)
    return _moved(clouds, signs[event, 0] * x, signs[event, 1] * y)


_QUADRANTS = ((True, True), (True, False), (False, True), (False, False))

STEPS: dict[str, Callable[[ParticleClouds], ParticleClouds]] = {"centre": centre, "rotate": rotate, "flip": flip}
"""The steps of preprocessing, in their order."""


def pixelate(clouds: ParticleClouds, pixels: int, half_width: float) -> Images:
    """Sum the pt of each jet in the pixels of a square field of view centred on the origin.

    Arguments:
        clouds: jets relative to their axes or centred.
        pixels: pixels along rapidity and along phi.
        half_width: the field runs from -half_width to half_width in both; particles outside are left out.

    Returns:
        Images (n, pixels, pixels) of pt in its unit; the per-event column ``pt_outside`` is the fraction of pt outside.

    Raises:
        InputError: no pixels, no field of view, or a jet wholly outside it.

    Example:
        >>> jets = ParticleClouds.from_lists([[(3.0, -0.5, 0.5), (1.0, 2.0, 0.0)]])
        >>> images = pixelate(jets, pixels=2, half_width=1.0)
        >>> images.values.tolist(), images.per_event["pt_outside"].tolist()
        ([[[0.0, 3.0], [0.0, 0.0]]], [0.25])
    """
    if pixels < 1 or not 0 < half_width < np.inf:
        raise InputError(
            f"{pixels} pixels over a half width of {half_width}",
            remedy="give at least one pixel and a positive half width",
        )
    pt, rapidity, phi = _plane(clouds)
    row, column = (np.floor((x + half_width) * (pixels / (2 * half_width))) for x in (rapidity, phi))
    inside = (row >= 0) & (row < pixels) & (column >= 0) & (column < pixels)
    row, column = row[inside].astype(np.int64), column[inside].astype(np.int64)
    pixel = (event_of_entry(clouds.offsets)[inside] * pixels + row) * pixels + column
    values = np.bincount(pixel, weights=pt[inside], minlength=len(clouds) * pixels**2).astype(np.float64, copy=False)
    lost = 1 - _sums(clouds, pt * inside) / clouds.total_pt
    if (lost == 1).any():
        raise InputError(
            f"no particle is within {half_width} of the origin",
            event=int(np.argmax(lost)),
            remedy="centre the jets first, or widen the field of view",
        )
    return Images(
        values=values.reshape(len(clouds), pixels, pixels),
        half_width=half_width,
        per_event={**clouds.per_event, "pt_outside": lost},
        units={"values": clouds.units.get("pt", "GeV")},
        seed=clouds.seed,
        origin=clouds.origin,
    )


def _plane(clouds: ParticleClouds) -> tuple[Array, Array, Array]:
    """pt and the two coordinates of all particles."""
    if not isinstance(clouds, ParticleClouds):
        raise InputError(f"{kind_of(clouds)} are not jets of particles", remedy="give particle clouds")
    pt, longitudinal, phi = (clouds.flat(name).astype(np.float64) for name in ("pt", clouds.coordinate, "phi"))
    return pt, longitudinal, phi


def _sums(clouds: ParticleClouds, values: Array) -> Array:
    return sum_over_entries(clouds.offsets, values)


def _turned(x: Array, y: Array, angle: Array) -> tuple[Array, Array]:
    cosine, sine = np.cos(angle), np.sin(angle)
    return cosine * x - sine * y, sine * x + cosine * y


def _moved(clouds: ParticleClouds, longitudinal: Array, phi: Array) -> ParticleClouds:
    return clouds.replace_columns(**{clouds.coordinate: longitudinal, "phi": phi})

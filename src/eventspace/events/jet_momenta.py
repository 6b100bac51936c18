"""The four-momenta of jets, however they were found, and invariant masses."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError
from eventspace.events.ragged import event_of_entry

__all__ = ["invariant_mass", "jet_momenta"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def jet_momenta(offsets: Integers, momenta: Floats, labels: Integers, jets: int) -> Floats:
    """The four-momenta of jets, the sums of those of their particles (E-scheme).

    Arguments:
        offsets: (n + 1,); event i owns as many particles as ``offsets[i + 1] - offsets[i]``.
        momenta: (particles, 4) E, px, py, pz.
        labels: (particles,) the jet of each particle from 0; -1 for particles of none.
        jets: how many an event has at most.

    Returns:
        (n, jets, 4) in the unit of the momenta; 0 for jets without particles.

    Raises:
        InputError: there is not one label a particle, or a label is not from -1 to jets - 1.

    Example:
        >>> momenta = np.array([[3.0, 0, 0, 3], [2.0, 0, 0, -2], [1.0, 0, 1, 0]])
        >>> jet_momenta(np.array([0, 3]), momenta, np.array([1, 1, -1]), 2).tolist()
        [[[0.0, 0.0, 0.0, 0.0], [5.0, 0.0, 0.0, 1.0]]]
    """
    if np.shape(labels) != (len(momenta),):
        raise InputError(f"{np.shape(labels)} labels for {len(momenta)} particles", remedy="give one label a particle")
    event = event_of_entry(offsets)
    wrong = (labels < -1) | (labels >= jets)
    if wrong.any():
        first = int(np.argmax(wrong))
        text = f"the jet of a particle is {labels[first]} where an event has {jets} jets"
        raise InputError(text, event=int(event[first]), remedy="number the jets from 0, and give -1 for none")
    inside, count = labels >= 0, (len(offsets) - 1) * jets
    place = event[inside] * jets + labels[inside]
    found = np.empty((len(offsets) - 1, jets, 4))
    for component, values in enumerate(momenta.T):
        found[:, :, component] = np.bincount(place, weights=values[inside], minlength=count).reshape(-1, jets)
    return found


def invariant_mass(momenta: ArrayLike) -> Floats:
    """m = sqrt(E^2 - p^2), 0 where rounding makes the square negative.

    Arguments:
        momenta: (..., 4) E, px, py, pz.

    Returns:
        (...) in their unit.

    Example:
        >>> float(invariant_mass([5.0, 3.0, 0.0, 0.0]))
        4.0
    """
    p = np.asarray(momenta, dtype=np.float64)
    energy, momentum = p[..., 0], np.linalg.norm(p[..., 1:], axis=-1)
    mass: Floats = np.sqrt(np.maximum((energy - momentum) * (energy + momentum), 0.0))
    return mass

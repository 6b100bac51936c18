"""What a change of the events does to their jets, however these are numbered."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError
from eventspace.events.soft_and_collinear import Modified
from eventspace.statistics.matching import energy_in_common, partners

__all__ = ["energy_moved", "same_jets"]

Floats = NDArray[np.float64]


def same_jets(modified: Modified, before: ArrayLike, after: ArrayLike) -> NDArray[np.bool_]:
    """Whether the old particles of each event are in the same jets as before, whatever the numbers of these are.

    Both parts of a particle that was split must be in its jet. New particles are not compared.

    Arguments:
        modified: n events, from ``with_soft_particle`` or ``with_split_particle``.
        before: (old particles,) the jet of each particle from 0; -1 for particles of none, which must stay so.
        after: (particles of the changed events,) likewise.

    Returns:
        (n,); the mean is the fraction of the events in which nothing has changed.

    Raises:
        InputError: there is not one label a particle.

    Example:
        >>> from eventspace.events.collisions import Collisions
        >>> from eventspace.events.soft_and_collinear import with_soft_particle
        >>> rows = {"px": [3.0, -3.0], "py": [0.0, 1.0], "pz": [0.0, 0.0], "E": [3.0, 4.0]}
        >>> soft = with_soft_particle(Collisions.from_flat([2], rows), 1e-9, seed=1)
        >>> same_jets(soft, [0, 1], [1, 0, 0]).tolist(), same_jets(soft, [0, 1], [0, 0, 1]).tolist()
        ([True], [False])
    """
    common = _common(modified, before, after, np.ones(len(modified.parent)))
    shared = common > 0
    one_each = (shared.sum(axis=2) <= 1).all(axis=1) & (shared.sum(axis=1) <= 1).all(axis=1)
    return np.asarray(one_each & ~shared[:, 0, 1:].any(axis=1) & ~shared[:, 1:, 0].any(axis=1))


def energy_moved(modified: Modified, before: ArrayLike, after: ArrayLike) -> Floats:
    """The fraction of the energy of the old particles of each event that is in another jet than before.

    With M[k, l] the energy that jet k before and jet l after have in common, it is 1 - max sum M / sum of all M, with
    the largest sum over one-to-one matchings of jets. Particles of no jet match only such particles.

    Arguments:
        modified: n events, from ``with_soft_particle`` or ``with_split_particle``.
        before: (old particles,) the jet of each particle from 0; -1 for particles of none.
        after: (particles of the changed events,) likewise.

    Returns:
        (n,) from 0 to 1, exactly 0 where the jets are the same.

    Raises:
        InputError: there is not one label a particle.

    Example:
        >>> from eventspace.events.collisions import Collisions
        >>> from eventspace.events.soft_and_collinear import with_soft_particle
        >>> rows = {"px": [3.0, -1.0], "py": [0.0, 0.0], "pz": [0.0, 0.0], "E": [3.0, 1.0]}
        >>> soft = with_soft_particle(Collisions.from_flat([2], rows), 1e-9, seed=1)
        >>> energy_moved(soft, [0, 1], [1, 0, 0]).tolist(), energy_moved(soft, [0, 1], [0, 0, 1]).tolist()
        ([0.0], [0.25])
    """
    moved = _common(modified, before, after, modified.events.flat("E").astype(np.float64))
    everything = moved.sum(axis=(1, 2))
    moved[:, 0, 0] = 0
    partner = partners(moved[:, 1:, 1:])
    event, jet = np.nonzero(partner >= 0)
    moved[event, 1 + jet, 1 + partner[event, jet]] = 0
    fraction: Floats = moved.sum(axis=(1, 2)) / everything
    return fraction


def _common(modified: Modified, before: ArrayLike, after: ArrayLike, weight: Floats) -> Floats:
    """The weight that the jets before and after have in common, where 0 is no jet and k + 1 is jet k."""
    first, second = np.asarray(before), np.asarray(after)
    old, new = int(modified.parent.max(initial=-1)) + 1, len(modified.parent)
    if first.shape != (old,) or second.shape != (new,):
        text = f"{first.shape} and {second.shape} labels for {old} particles before and {new} after"
        raise InputError(text, remedy="give one label a particle")
    inherited = np.where(modified.parent >= 0, first[modified.parent] + 1, -1)
    parts = int(first.max(initial=-1)) + 2, int(second.max(initial=-1)) + 2
    return energy_in_common(modified.events.offsets, weight, inherited, second + 1, parts)

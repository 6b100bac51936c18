"""Events with one soft particle more, or with one particle split in two: what a safe clustering does not notice."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.collisions import Collisions, collisions
from eventspace.events.ragged import offsets_of

__all__ = ["Modified", "with_soft_particle", "with_split_particle"]

Integers = NDArray[np.int64]

_PHOTON = 22
_LEAST = 0.01  # of the energy of a split particle, so that neither part is soft


class Modified(NamedTuple):
    """Events with one particle more, which is the last of each event.

    Attributes:
        events: the changed events.
        parent: (particles of the changed events,) the particle of the old events that each one is, or is a part of,
            counted over all events; -1 for particles that are new.
    """

    events: Collisions
    parent: Integers


def with_soft_particle(events: Collisions, energy: float, seed: int) -> Modified:
    """Add to each event a photon of tiny energy in a random direction, uniform on the sphere.

    A clustering is infrared safe if the jets of the other particles stay what they are as the energy goes to 0.

    Arguments:
        events: n events.
        energy: of the photon, in the unit of the events; small against that of any particle that matters.
        seed: of the directions.

    Returns:
        The photon has no charge, mass or impact parameters, and the truth labels -1.

    Raises:
        InputError: the energy is not positive, or too small to be a number of the columns; or an event is not valid.

    Example:
        >>> one = Collisions.from_flat([1], {"px": [3.0], "py": [0.0], "pz": [0.0], "E": [3.0], "truth_jet": [0]})
        >>> soft = with_soft_particle(one, 1e-9, seed=1)
        >>> soft.events.flat("E").tolist(), soft.events.flat("truth_jet").tolist(), soft.parent.tolist()
        ([3.0, 1e-09], [0, -1], [0, -1])

    Source:
        G. Sterman and S. Weinberg, Phys. Rev. Lett. 39 (1977) 1436, doi:10.1103/PhysRevLett.39.1436.
    """
    if not 0 < energy < np.inf:
        raise InputError(f"the energy of a particle is {energy}", remedy="give a positive one, such as 1e-9")
    old = collisions(events)
    direction = np.random.default_rng(seed).normal(size=(len(old), 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    new: dict[str, Any] = dict(zip(("px", "py", "pz"), energy * direction.T, strict=True))
    new |= {"E": energy, "pid": _PHOTON, "truth_jet": -1, "truth_boson": -1}
    added = {name: new.get(name, 0) for name in old.columns}
    columns = {name: _signed(old.flat(name)) for name in old.columns}
    return _with_last(old, columns, added, -1, f"and a photon of {energy:g} in each event, seed {seed}")


def with_split_particle(events: Collisions, seed: int) -> Modified:
    """Split one random particle of each event into two parts with exactly its direction.

    Their four-momenta are z and 1 - z times its own, with z uniform from 0.01 to 0.99, so that their sum stays what it
    is. A clustering is collinear safe if it puts both parts into the jet of the particle and changes nothing else.

    Arguments:
        events: n events.
        seed: of the particles and of z.

    Returns:
        The mass is divided like the four-momentum. The first part stands in the place of the particle and keeps its
        charge; the second is the last of the event and neutral, even if its particle had a charge. All other columns,
        such as identifier, impact parameters and truth labels, are those of the particle.

    Raises:
        InputError: an event is not valid.

    Example:
        >>> one = Collisions.from_flat([1], {"px": [3.0], "py": [0.0], "pz": [0.0], "E": [3.0], "charge": [1]})
        >>> split = with_split_particle(one, seed=1)
        >>> split.events.multiplicity.tolist(), split.events.flat("charge").tolist(), split.parent.tolist()
        ([2], [1, 0], [0, 0])
        >>> bool(np.isclose(split.events.visible_energy[0], 3.0))
        True

    Source:
        G. Sterman and S. Weinberg, Phys. Rev. Lett. 39 (1977) 1436, doi:10.1103/PhysRevLett.39.1436.
    """
    old = collisions(events)
    rng = np.random.default_rng(seed)
    first = offsets_of(old.multiplicity)[:-1]
    chosen = first + rng.integers(old.multiplicity)
    z = rng.uniform(_LEAST, 1 - _LEAST, len(old))
    columns = {name: old.flat(name).copy() for name in old.columns}
    added = {name: values[chosen] for name, values in columns.items()}
    for name in ("px", "py", "pz", "E", "mass"):
        if name in columns:
            columns[name][chosen] = z * added[name]
            added[name] = (1 - z) * added[name]
    if "charge" in columns:
        added["charge"] = np.zeros_like(added["charge"])
    return _with_last(old, columns, added, chosen, f"and one particle of each event split, seed {seed}")


def _with_last(
    old: Collisions, columns: Mapping[str, NDArray[Any]], added: Mapping[str, Any], parent: Any, what: str
) -> Modified:
    """Events with these columns, and in each a last particle with the added values."""
    offsets = offsets_of(old.multiplicity)
    ends = offsets[1:]
    events = replace(
        old,
        offsets=offsets_of(old.multiplicity + 1),
        columns={name: np.insert(values, ends, added[name]) for name, values in columns.items()},
        origin=f"{old.origin} {what}".strip(),
    )
    return Modified(events.check(), np.insert(np.arange(offsets[-1]), ends, parent))


def _signed(values: NDArray[Any]) -> NDArray[Any]:
    """Labels that may have been without a sign, which have no place for -1."""
    return values.astype(np.int64) if values.dtype.kind == "u" else values

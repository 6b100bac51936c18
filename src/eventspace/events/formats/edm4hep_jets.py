"""Clustered e+e- events as ROOT files in the layout of EDM4hep: the particles, their tracks, and the jets.

The TTree ``events`` has the names that podio gives to the members of three collections in EDM4hep 0.99:

- ``ReconstructedParticles``: energy, momentum.x/y/z, mass, charge, and PDG where the events have pid; tracks_begin and
  tracks_end with ``_ReconstructedParticles_tracks.index``.
- ``Tracks``, where the events have d0 and z0: one track for each charged particle, with one state in
  ``_Tracks_trackStates.D0`` and ``.Z0``, that at the interaction point.
- ``Jets``: energy, momentum.x/y/z, mass, charge, and PDG, which is 0; particles_begin and particles_end with
  ``_Jets_particles.index``.

**It is read with uproot or ROOT, not with podio.** uproot writes arrays of C with a counter each (``nJets``), not
vectors of the classes of EDM4hep, and there is no tree ``podio_metadata``. Collections are numbered from 1 in the order
above. Members that nothing is known about, such as reference points and covariances, are left out, and so are truth
labels. Numbers are in single precision, as in EDM4hep.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError
from eventspace.base.extras import require
from eventspace.base.files import atomic
from eventspace.events.charge import charge_from_pid
from eventspace.events.collisions import Collisions, collisions
from eventspace.events.ragged import event_of_entry, offsets_of

__all__ = ["JetWriter", "edm4hep_jets_writer", "write_edm4hep_jets"]

_PARTICLES, _TRACKS, _JETS = "ReconstructedParticles", "Tracks", "Jets"
_NUMBERS = {_PARTICLES: 1, _TRACKS: 2, _JETS: 3}
_AT_INTERACTION_POINT = 1

_Records = dict[str, tuple[NDArray[np.int64], dict[str, NDArray[Any]]]]
"""By name of a branch, the entries of each event and the flat columns."""


def write_edm4hep_jets(path: str | Path, events: Collisions, labels: ArrayLike, momenta: ArrayLike) -> None:
    """Write events with their jets to a ROOT file in the layout of EDM4hep that appears whole or not at all.

    Arguments:
        path: the file.
        events: n events in GeV and mm, with pid or charge.
        labels: (particles,) the jet of each particle, from 0 in its event; -1 for none.
        momenta: (n, jets, 4) E, px, py, pz of the jets in GeV; NaN where an event has no such jet.

    Raises:
        InputError: these are not collisions, an event is not valid or there are none, labels or momenta do not fit
            them, or the folder does not exist.
        MissingExtraError: uproot is not installed.

    Example:
        >>> import tempfile, uproot
        >>> from eventspace.events.durham.history import durham_history
        >>> columns = {"px": [9.0, 0.0, 1.0], "py": [0.0, 9.0, 8.0], "pz": [0.0, 0.0, 0.0], "E": [9.0, 9.0, 8.5]}
        >>> events = Collisions.from_flat([3], columns | {"pid": [211, 22, -211]})
        >>> history = durham_history(events)
        >>> path = Path(tempfile.mkdtemp()) / "jets.root"
        >>> write_edm4hep_jets(path, events, history.labels(2), history.jets(2))
        >>> with uproot.open(path) as file:
        ...     file["events/Jets.energy"].array().tolist(), file["events/_Jets_particles.index"].array().tolist()
        ([[9.0, 17.5]], [[0, 1, 2]])
    """
    with edm4hep_jets_writer(path) as file:
        file.append(events, labels, momenta)


@contextmanager
def edm4hep_jets_writer(path: str | Path) -> Iterator["JetWriter"]:
    """A file to append events with jets to, block by block; it takes its name only when the block ends well.

    Arguments:
        path: the file.

    Raises:
        InputError: nothing was appended, or the folder does not exist.
        MissingExtraError: uproot is not installed.

    Example:
        >>> import tempfile
        >>> one = Collisions.from_flat([1], {"px": [0.0], "py": [0.0], "pz": [5.0], "E": [5.0], "pid": [22]})
        >>> with edm4hep_jets_writer(Path(tempfile.mkdtemp()) / "jets.root") as file:
        ...     for _ in range(3):
        ...         file.append(one, [0], one.momenta()[None])
        ...     len(file)
        3
    """
    with require("formats", "writing ROOT files"):
        import uproot

    with atomic(path) as temporary:
        with uproot.recreate(temporary) as file:
            written = JetWriter(file)
            yield written
        if not len(written):
            raise InputError("there are no events to write", file=path)


class JetWriter:
    """Appends events with jets to an open file; see :func:`edm4hep_jets_writer`."""

    def __init__(self, file: Any):
        self._file = file
        self._tree: Any = None
        self._columns: dict[str, list[str]] = {}
        self._count = 0

    def append(self, events: Collisions, labels: ArrayLike, momenta: ArrayLike) -> None:
        """Add events at the end; a block that cannot be written leaves the file as it was.

        Arguments:
            events: n events in GeV and mm, with pid or charge; further blocks have the columns of the first.
            labels: (particles,) the jet of each particle, from 0 in its event; -1 for none.
            momenta: (n, jets, 4) E, px, py, pz of the jets in GeV; NaN where an event has no such jet.

        Raises:
            InputError: the events are not valid, labels or momenta do not fit them, or the events have other columns
                than those of the first block.
        """
        events = collisions(events)
        _refuse_other_units(events)
        charge = _charge(events)
        jets = _jets(events, charge, *_checked(events, labels, momenta))
        records = _particles(events, charge) | _tracks(events, charge) | jets
        columns = {name: list(values) for name, (_, values) in records.items()}
        if self._tree is None:
            self._tree, self._columns = _new_tree(self._file, records), columns
        elif columns != self._columns:
            remedy = "give every block pid, or none, and d0 with z0, or none"
            raise InputError("the events have other columns than those before", remedy=remedy)
        self._tree.extend({name: _ragged(counts, values) for name, (counts, values) in records.items()})
        self._count += len(events)

    def __len__(self) -> int:
        return self._count


def _new_tree(file: Any, records: _Records) -> Any:
    """An empty tree with a branch ``NAME.MEMBER`` for each column."""
    import awkward as ak

    types = {}
    for name, (_, columns) in records.items():
        members = ", ".join(f'"{member}": {values.dtype}' for member, values in columns.items())
        types[name] = ak.types.from_datashape(f"var * {{{members}}}", highlevel=False)
    return file.mktree("events", types, field_name=lambda outer, inner: f"{outer}.{inner}")


def _ragged(counts: NDArray[np.int64], columns: Mapping[str, NDArray[Any]]) -> Any:
    import awkward as ak

    return ak.unflatten(ak.zip(dict(columns)), counts)


def _particles(events: Collisions, charge: NDArray[np.float64]) -> _Records:
    momenta = events.momenta()
    mass = events.flat("mass") if "mass" in events.columns else _mass(momenta)
    columns = _four_momenta(momenta) | {"mass": _single(mass), "charge": _single(charge)}
    if "pid" in events.columns:
        columns["PDG"] = events.flat("pid").astype(np.int32)
    if _has_tracks(events):
        charged = charge != 0
        before = np.cumsum(charged) - charged  # the charged particles before each one
        begin = before - np.repeat(before[events.offsets[:-1] - events.offsets[0]], events.multiplicity)
        columns |= _span("tracks", begin, begin + charged)
    return {_PARTICLES: (events.multiplicity, columns)}


def _tracks(events: Collisions, charge: NDArray[np.float64]) -> _Records:
    """The tracks of the charged particles; the particles then say which is theirs."""
    if not _has_tracks(events):
        return {}
    charged = charge != 0
    offsets = events.offsets - events.offsets[0]
    event = event_of_entry(offsets)
    counts = np.bincount(event[charged], minlength=len(events)).astype(np.int64)
    number = np.arange(counts.sum()) - np.repeat(offsets_of(counts)[:-1], counts)
    states = {our: _single(events.flat(their)[charged]) for our, their in (("D0", "d0"), ("Z0", "z0"))}
    states["location"] = np.full(len(number), _AT_INTERACTION_POINT, dtype=np.int32)
    return {
        f"_{_PARTICLES}_tracks": (counts, _references(number, _TRACKS)),
        _TRACKS: (counts, _span("trackStates", number, number + 1)),
        f"_{_TRACKS}_trackStates": (counts, states),
    }


def _has_tracks(events: Collisions) -> bool:
    return {"d0", "z0"} <= set(events.columns)


def _jets(
    events: Collisions, charge: NDArray[np.float64], labels: NDArray[np.int64], momenta: NDArray[np.float64]
) -> _Records:
    """The jets that there are, and the numbers of their particles, jet by jet."""
    jets = momenta.shape[1]
    there = np.isfinite(momenta).all(axis=2)
    offsets = events.offsets - events.offsets[0]
    event = event_of_entry(offsets)
    inside = np.flatnonzero(labels >= 0)
    place = event[inside] * jets + labels[inside]
    order = np.argsort(place, kind="stable")
    chosen = inside[order]
    sizes = np.bincount(place, minlength=there.size)
    charges = np.bincount(place, weights=charge[inside], minlength=there.size)[there.ravel()]
    listed = sizes.reshape(there.shape).sum(axis=1)
    end = np.cumsum(sizes.reshape(there.shape), axis=1)[there]
    four = momenta[there]
    columns = _four_momenta(four) | {"mass": _single(_mass(four)), "charge": _single(charges)}
    columns["PDG"] = np.zeros(len(four), dtype=np.int32)
    columns |= _span("particles", end - sizes[there.ravel()], end)
    number = chosen - offsets[:-1][event[chosen]]
    return {
        _JETS: (there.sum(axis=1), columns),
        f"_{_JETS}_particles": (listed, _references(number, _PARTICLES)),
    }


def _checked(
    events: Collisions, labels: ArrayLike, momenta: ArrayLike
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Labels and momenta that fit the events and each other."""
    particles = int(events.multiplicity.sum())
    label, four = np.asarray(labels), np.asarray(momenta, dtype=np.float64)
    if label.shape != (particles,) or label.dtype.kind not in "iu":
        text = f"the labels are {label.dtype} of shape {label.shape} for {particles} particles"
        raise InputError(text, remedy="give one whole number a particle")
    if four.ndim != 3 or four.shape[::2] != (len(events), 4):
        text = f"the momenta of the jets have the shape {four.shape} for {len(events)} events"
        raise InputError(text, remedy="give an array (events, jets, 4) of E, px, py, pz")
    label = label.astype(np.int64)
    event = event_of_entry(events.offsets - events.offsets[0])
    there = np.asarray(np.isfinite(four).all(axis=2))
    partly = np.argwhere(~there & ~np.isnan(four).all(axis=2))
    if len(partly):
        text = "the momentum of a jet is not finite"
        raise InputError(text, event=int(partly[0, 0]), remedy="give E, px, py, pz, or four NaN for no jet")
    absent = (label < -1) | (label >= four.shape[1])
    inside = ~absent & (label >= 0)
    absent[inside] = ~there[event[inside], label[inside]]
    if absent.any():
        first = int(np.argmax(absent))
        text = f"a particle is in jet {label[first]}, which has no momentum"
        raise InputError(text, event=int(event[first]), remedy="give labels from 0, and -1 for particles in no jet")
    return label, four


def _charge(events: Collisions) -> NDArray[np.float64]:
    if "charge" in events.columns:
        return events.flat("charge").astype(np.float64)
    if "pid" in events.columns:
        return charge_from_pid(events.flat("pid"))
    raise InputError("the particles have neither charge nor pid", remedy="give one of them with the momenta")


def _refuse_other_units(events: Collisions) -> None:
    for name, unit in (("E", "GeV"), ("mass", "GeV"), ("d0", "mm")):
        if name in events.columns and events.units.get(name, unit) != unit:
            raise InputError(f"{name} is in {events.units[name]}", remedy=f"EDM4hep has {unit}: convert it first")


def _four_momenta(momenta: NDArray[np.float64]) -> dict[str, NDArray[Any]]:
    names = ("energy", "momentum.x", "momentum.y", "momentum.z")
    return {name: _single(values) for name, values in zip(names, momenta.T, strict=True)}


def _mass(momenta: NDArray[np.float64]) -> NDArray[np.float64]:
    """0 where rounding makes the square of the mass negative."""
    square: NDArray[np.float64] = momenta[:, 0] ** 2 - (momenta[:, 1:] ** 2).sum(axis=1)
    return np.sqrt(np.maximum(square, 0.0))


def _span(relation: str, begin: NDArray[np.int64], end: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    return {f"{relation}_begin": begin.astype(np.uint32), f"{relation}_end": end.astype(np.uint32)}


def _references(index: NDArray[np.int64], collection: str) -> dict[str, NDArray[Any]]:
    """The ``podio::ObjectID`` of entries of a collection."""
    number = np.full(len(index), _NUMBERS[collection], dtype=np.uint32)
    return {"index": index.astype(np.int32), "collectionID": number}


def _single(values: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(values).astype(np.float32)

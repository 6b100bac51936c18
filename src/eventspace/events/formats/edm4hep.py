"""EDM4hep events in ROOT files (TTree ``events``): reconstructed particles, or those of the generator.

Names of collections differ between experiments and versions; the first of these that a file has is read:

- reconstructed: PandoraPFOs, TightSelectedPandoraPFOs, MergedRecoParticles, ReconstructedParticles, RecoParticles,
  ReconstructedParticle. Impact parameters are those of the first state of the first track of a particle, where the file
  has the collection of tracks and its states.
- of the generator: MCParticles, MCParticle, Particle, MCParticlesSkimmed, with generatorStatus 1 and without the
  invisible ones of HepMC files; production vertices give the impact parameters, and parents the boson and the jet.

Schema of EDM4hep 0.4 to 0.99: branches like ``MCParticles.momentum.x``, relations like ``_MCParticles_parents.index``
or ``MCParticles#0.index``.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.base.extras import require
from eventspace.events.base import Events
from eventspace.events.collisions import Collisions
from eventspace.events.formats.clouds import integers
from eventspace.events.formats.format import EVENTS_AT_ONCE, Format
from eventspace.events.formats.hepmc import INVISIBLE
from eventspace.events.formats.records import of_records
from eventspace.events.ragged import offsets_of
from eventspace.events.reading import beginning_with, begins_with, reading

__all__ = ["FORMAT", "GENERATOR", "read"]

_MAGIC = b"root"
_TREE = "events"
_RECONSTRUCTED = (
    "PandoraPFOs",
    "TightSelectedPandoraPFOs",
    "MergedRecoParticles",
    "ReconstructedParticles",
    "RecoParticles",
    "ReconstructedParticle",
)
_GENERATED = ("MCParticles", "MCParticle", "Particle", "MCParticlesSkimmed")
_TRACKS = ("SiTracks_Refitted", "MarlinTrkTracks", "ClupatraTracks", "EFlowTrack", "Tracks")
_MOMENTUM = ("momentum.x", "momentum.y", "momentum.z")
_FINAL = 1
_AT_ONCE = EVENTS_AT_ONCE // 10  # events with hundreds of particles


class _Branches:
    """The branches of a tree by the last part of their names, read for a range of events."""

    def __init__(self, tree: Any):
        self._found = {name.rpartition("/")[2]: branch for name, branch in tree.iteritems()}
        self.count = int(tree.num_entries)

    def collection(self, names: Sequence[str]) -> str | None:
        """The first of these collections that has momenta."""
        return next((name for name in names if f"{name}.{_MOMENTUM[0]}" in self._found), None)

    def first(self, *names: str) -> str | None:
        """The first of these branches that there is."""
        return next((name for name in names if name in self._found), None)

    def flat(self, name: str, start: int, stop: int) -> NDArray[Any]:
        """The values of all events of a range, one after the other."""
        import awkward as ak

        return np.asarray(ak.to_numpy(ak.flatten(self._lists(name, start, stop), axis=1)))

    def counts(self, name: str, start: int, stop: int) -> NDArray[np.int64]:
        """How many values each event has."""
        import awkward as ak

        return np.asarray(ak.to_numpy(ak.num(self._lists(name, start, stop), axis=1)), dtype=np.int64)

    def _lists(self, name: str, start: int, stop: int) -> Any:
        if name not in self._found:
            raise InputError(f"the tree {_TREE!r} has no branch {name}", remedy="check the format")
        return self._found[name].array(entry_start=start, entry_stop=stop, library="ak")


def read(path: str | Path, *, generated: bool = False) -> Iterator[Events]:
    """Collisions with px, py, pz, E, mass, pid, charge; d0 and z0 where known; truth labels of generated particles.

    Arguments:
        path: the file.
        generated: the particles of the generator instead of the reconstructed ones.
    """
    with _opened(path, generated) as (branches, name):
        for start in range(0, branches.count, _AT_ONCE):
            stop = min(branches.count, start + _AT_ONCE)
            yield (_generated if generated else _reconstructed)(branches, name, start, stop)


def _generated(branches: _Branches, name: str, start: int, stop: int) -> Collisions:
    def values(column: str) -> NDArray[Any]:
        return branches.flat(f"{name}.{column}", start, stop)

    counts = branches.counts(f"{name}.PDG", start, stop)
    momentum = np.stack([values(column).astype(np.float64) for column in _MOMENTUM], axis=1)
    mass, pid = values("mass").astype(np.float64), values("PDG").astype(np.int64)
    energy = np.sqrt((momentum**2).sum(axis=1) + mass**2)
    vertices = np.stack([values(f"vertex.{axis}").astype(np.float64) for axis in "xyz"], axis=1)
    mother = np.full(len(pid), -1, dtype=np.int64)
    parents = branches.first(f"_{name}_parents.index", f"{name}#0.index")
    if parents is not None:
        first = _first_of(branches, name, "parents", parents, counts, start, stop)
        known = first >= 0
        mother[known] = branches.flat(parents, start, stop)[first[known]]
    seen = (values("generatorStatus") == _FINAL) & ~np.isin(np.abs(pid), INVISIBLE) & (momentum != 0).any(axis=1)
    momenta = np.column_stack([energy, momentum])
    return of_records(counts, momenta, pid, mother, seen, vertices=vertices, extra={"mass": mass})


def _reconstructed(branches: _Branches, name: str, start: int, stop: int) -> Collisions:
    def values(column: str) -> NDArray[Any]:
        return branches.flat(f"{name}.{column}", start, stop)

    counts = branches.counts(f"{name}.energy", start, stop)
    columns: dict[str, NDArray[Any]] = {
        our: values(their).astype(np.float64)
        for our, their in (("E", "energy"), *zip(("px", "py", "pz"), _MOMENTUM, strict=True), ("mass", "mass"))
    }
    identifier = branches.first(f"{name}.PDG", f"{name}.type")  # it was called type before EDM4hep 0.99
    if identifier is not None:
        columns["pid"] = integers(branches.flat(identifier, start, stop), np.int32)
    columns["charge"] = values("charge").astype(np.float32)
    tracks = next((some for some in _TRACKS if branches.first(f"{some}.trackStates_begin")), None)
    related = branches.first(f"_{name}_tracks.index", f"{name}#1.index")
    if tracks is not None and related is not None:
        columns |= _impact_parameters(branches, name, counts, related, tracks, start, stop)
    return Collisions.from_flat(counts, columns)


def _impact_parameters(
    branches: _Branches, name: str, counts: NDArray[np.int64], related: str, tracks: str, start: int, stop: int
) -> dict[str, NDArray[np.float64]]:
    """d0 and z0 of the first state, that at the interaction point, of the first track of each particle."""
    found = {our: np.zeros(int(counts.sum())) for our in ("d0", "z0")}
    states = branches.first(f"_{tracks}_trackStates.D0", f"{tracks}_1.D0")
    if states is None:
        return {}
    first = _first_of(branches, name, "tracks", related, counts, start, stop)
    event = np.repeat(np.arange(len(counts)), counts)
    particle = np.flatnonzero(first >= 0)
    index = branches.flat(related, start, stop)[first[particle]].astype(np.int64)
    per_event = branches.counts(f"{tracks}.trackStates_begin", start, stop)
    good = (index >= 0) & (index < per_event[event[particle]])  # other tracks are of other collections
    particle, index = particle[good], index[good]
    state = branches.flat(f"{tracks}.trackStates_begin", start, stop).astype(np.int64)
    place = state[offsets_of(per_event)[event[particle]] + index]
    place += offsets_of(branches.counts(states, start, stop))[event[particle]]
    for our, their in (("d0", "D0"), ("z0", "Z0")):
        found[our][particle] = branches.flat(states.replace(".D0", f".{their}"), start, stop)[place]
    return found


def _first_of(
    branches: _Branches, name: str, relation: str, branch: str, counts: NDArray[np.int64], start: int, stop: int
) -> NDArray[np.int64]:
    """Where in a flat branch of a relation the first entry of each particle stands; -1 for none."""
    begin, end = (branches.flat(f"{name}.{relation}_{side}", start, stop).astype(np.int64) for side in ("begin", "end"))
    lengths = branches.counts(branch, start, stop)
    offsets = np.repeat(offsets_of(lengths)[:-1], counts)
    has = (begin < end) & (begin < np.repeat(lengths, counts))
    return np.where(has, offsets + begin, -1)


@contextmanager
def _opened(path: str | Path, generated: bool) -> Iterator[tuple[_Branches, str]]:
    with require("formats", "reading ROOT files"):
        import uproot

    path = beginning_with(path, _MAGIC, "a ROOT file")
    with reading(path), uproot.open(path) as file:
        if file.classnames(cycle=False).get(_TREE) != "TTree":
            raise InputError(f"there is no TTree {_TREE!r}", remedy="check the format")
        branches = _Branches(file[_TREE])
        wanted = _GENERATED if generated else _RECONSTRUCTED
        name = branches.collection(wanted)
        if name is None:
            raise InputError(f"it has none of the collections {', '.join(wanted)}", remedy="check the format")
        yield branches, name


def _count(path: Path, *, generated: bool) -> int:
    with _opened(path, generated) as (branches, _):
        return branches.count


def _recognises(path: Path, *, generated: bool) -> bool:
    if not begins_with(path, _MAGIC):
        return False
    try:
        return _count(path, generated=generated) >= 0
    except InputError:
        return False


def _format(name: str, description: str, generated: bool) -> Format:
    recognises, count = partial(_recognises, generated=generated), partial(_count, generated=generated)
    return Format(name, description, recognises, count, partial(read, generated=generated))


FORMAT = _format("edm4hep", "EDM4hep, ROOT: reconstructed particles", False)
GENERATOR = _format("edm4hep-mc", "EDM4hep, ROOT: particles of the generator", True)

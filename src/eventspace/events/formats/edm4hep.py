"""EDM4hep events in ROOT files (TTree or RNTuple ``events``): reconstructed particles, or those of the generator.

Names of collections differ between experiments and versions; the first of these that a file has is read:

- reconstructed: PandoraPFOs, TightSelectedPandoraPFOs, MergedRecoParticles, ReconstructedParticles, RecoParticles,
  ReconstructedParticle. Impact parameters are those of the first state of the first track of a particle, where the file
  has the collection of tracks and its states. Truth labels come through links to the particles of the generator, see
  ``edm4hep_truth``.
- of the generator: MCParticles, MCParticle, Particle, MCParticlesSkimmed, with generatorStatus 1 and without the
  invisible ones of HepMC files; production vertices give the impact parameters, and parents the boson and the jet.

Schema of EDM4hep 0.4 to 0.99: branches like ``MCParticles.momentum.x``, relations like ``_MCParticles_parents.index``
or ``MCParticles#0.index``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.base import Events
from eventspace.events.collisions import Collisions
from eventspace.events.formats.clouds import integers
from eventspace.events.formats.edm4hep_branches import MAGIC, MOMENTUM, Branches, branches_of
from eventspace.events.formats.edm4hep_truth import Links, links_of, truth_of
from eventspace.events.formats.format import EVENTS_AT_ONCE, Format
from eventspace.events.formats.hepmc import INVISIBLE
from eventspace.events.formats.records import of_records
from eventspace.events.ragged import offsets_of
from eventspace.events.reading import begins_with

__all__ = ["FORMAT", "GENERATOR", "read"]

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
_FINAL = 1
_AT_ONCE = EVENTS_AT_ONCE // 10  # events with hundreds of particles


def read(path: str | Path, *, generated: bool = False, truth: bool | None = None) -> Iterator[Events]:
    """Collisions with px, py, pz, E, mass, pid, charge; d0, z0 and truth labels where known.

    Arguments:
        path: the file.
        generated: the particles of the generator instead of the reconstructed ones.
        truth: whether reconstructed particles get truth labels; by default where the file has links to the generator.

    Raises:
        InputError: the file has not what is asked for, or is damaged.
    """
    with _opened(path, generated) as (branches, name):
        links = None if generated or truth is False else _links(branches, name, truth is True)
        for start in range(0, branches.count, _AT_ONCE):
            stop = min(branches.count, start + _AT_ONCE)
            if generated:
                yield _generated(branches, name, start, stop)
            else:
                yield _reconstructed(branches, name, links, start, stop)


def _links(branches: Branches, name: str, needed: bool) -> Links | None:
    try:
        return links_of(branches, name, _GENERATED)
    except InputError:
        if needed:
            raise
        return None


def _generated(branches: Branches, name: str, start: int, stop: int) -> Collisions:
    def values(column: str) -> NDArray[Any]:
        return branches.flat(f"{name}.{column}", start, stop)

    counts = branches.counts(f"{name}.PDG", start, stop)
    momentum = np.stack([values(column).astype(np.float64) for column in MOMENTUM], axis=1)
    mass, pid = values("mass").astype(np.float64), values("PDG").astype(np.int64)
    energy = np.sqrt((momentum**2).sum(axis=1) + mass**2)
    vertices = np.stack([values(f"vertex.{axis}").astype(np.float64) for axis in "xyz"], axis=1)
    mother = branches.mothers(name, counts, start, stop)
    seen = (values("generatorStatus") == _FINAL) & ~np.isin(np.abs(pid), INVISIBLE) & (momentum != 0).any(axis=1)
    momenta = np.column_stack([energy, momentum])
    return of_records(counts, momenta, pid, mother, seen, vertices=vertices, extra={"mass": mass})


def _reconstructed(branches: Branches, name: str, links: Links | None, start: int, stop: int) -> Collisions:
    def values(column: str) -> NDArray[Any]:
        return branches.flat(f"{name}.{column}", start, stop)

    counts = branches.counts(f"{name}.energy", start, stop)
    columns: dict[str, NDArray[Any]] = {
        our: values(their).astype(np.float64)
        for our, their in (("E", "energy"), *zip(("px", "py", "pz"), MOMENTUM, strict=True), ("mass", "mass"))
    }
    identifier = branches.first(f"{name}.PDG", f"{name}.type")  # it was called type before EDM4hep 0.99
    if identifier is not None:
        columns["pid"] = integers(branches.flat(identifier, start, stop), np.int32)
    columns["charge"] = values("charge").astype(np.float32)
    tracks = next((some for some in _TRACKS if branches.first(f"{some}.trackStates_begin")), None)
    related = branches.first(f"_{name}_tracks.index", f"{name}#1.index")
    if tracks is not None and related is not None:
        columns |= _impact_parameters(branches, name, counts, related, tracks, start, stop)
    if links is not None:
        momenta = np.stack([columns[component] for component in ("E", "px", "py", "pz")], axis=1)
        columns |= truth_of(branches, links, counts, momenta, columns["charge"], start, stop)
    return Collisions.from_flat(counts, columns)


def _impact_parameters(
    branches: Branches, name: str, counts: NDArray[np.int64], related: str, tracks: str, start: int, stop: int
) -> dict[str, NDArray[np.float64]]:
    """d0 and z0 of the first state, that at the interaction point, of the first track of each particle."""
    found = {our: np.zeros(int(counts.sum())) for our in ("d0", "z0")}
    states = branches.first(f"_{tracks}_trackStates.D0", f"{tracks}_1.D0")
    if states is None:
        return {}
    first = branches.first_of(name, "tracks", related, counts, start, stop)
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


@contextmanager
def _opened(path: str | Path, generated: bool) -> Iterator[tuple[Branches, str]]:
    with branches_of(path) as branches:
        wanted = _GENERATED if generated else _RECONSTRUCTED
        name = branches.collection(wanted)
        if name is None:
            raise InputError(f"it has none of the collections {', '.join(wanted)}", remedy="check the format")
        yield branches, name


def _count(path: Path, *, generated: bool) -> int:
    with _opened(path, generated) as (branches, _):
        return branches.count


def _recognises(path: Path, *, generated: bool) -> bool:
    if not begins_with(path, MAGIC):
        return False
    try:
        return _count(path, generated=generated) >= 0
    except InputError:
        return False


def _format(name: str, description: str, generated: bool) -> Format:
    recognises, count = partial(_recognises, generated=generated), partial(_count, generated=generated)
    options = () if generated else ("truth",)
    return Format(name, description, recognises, count, partial(read, generated=generated), options=options)


FORMAT = _format("edm4hep", "EDM4hep, ROOT: reconstructed particles", False)
GENERATOR = _format("edm4hep-mc", "EDM4hep, ROOT: particles of the generator", True)

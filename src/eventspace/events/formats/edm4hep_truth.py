"""Truth labels of reconstructed particles of EDM4hep, through their links to the particles of the generator.

A link has a reconstructed particle, a particle of the generator, and a weight. Collections of links are called
differently; the first of these that links the particles that are read is taken: RecoMCTruthLink, RecoMCTruthLinks,
MCRecoAssociations, MCRecoParticleAssociations, MCRecoParticleAssociation, RecoMCParticleLinks, RecoMCLinks. The two
ends are ``_NAME_from`` and ``_NAME_to``, ``_NAME_rec`` and ``_NAME_sim``, or ``NAME#0`` and ``NAME#1``, by their age.

A reconstructed particle belongs to the particle of the generator with the greatest weight. A weight is a fraction, or
two of them in one number, 10000 times that of the cluster and that of the track in per mille, as the reconstruction of
ILC experiments writes it: then that of the track decides for charged particles, that of the cluster for neutral ones.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.descent import boson_of_entry, truth_jets
from eventspace.events.formats.edm4hep_branches import Branches
from eventspace.events.ragged import event_of_entry, offsets_of

__all__ = ["Links", "links_of", "truth_of"]

_LINKS = (
    "RecoMCTruthLink",
    "RecoMCTruthLinks",
    "MCRecoAssociations",
    "MCRecoParticleAssociations",
    "MCRecoParticleAssociation",
    "RecoMCParticleLinks",
    "RecoMCLinks",
)
_ENDS = (("_{}_from", "_{}_to"), ("_{}_rec", "_{}_sim"), ("{}#0", "{}#1"))
_CLUSTER = 10_000
_LOOKED_AT = 1000
_UNSIGNED = 0xFFFFFFFF


@dataclass(frozen=True)
class Links:
    """Where the links of a file stand.

    Attributes:
        name: their collection.
        reconstructed, generated: the branches of their two ends, without ``.index``.
        record: the collection of the particles of the generator.
        numbers: the ``collectionID`` of the collections at both ends; None where the file does not state them.
    """

    name: str
    reconstructed: str
    generated: str
    record: str
    numbers: tuple[int, int] | None


def links_of(branches: Branches, name: str, records: tuple[str, ...]) -> Links:
    """The links of a collection of reconstructed particles.

    Arguments:
        branches: of the file.
        name: the collection.
        records: what the collection of the generator may be called.

    Raises:
        InputError: there are none, or they lead to particles of the generator that the file does not have.
    """
    numbers = branches.numbers()
    for links in _LINKS:
        for one, other in _ENDS:
            ends = one.format(links), other.format(links)
            if branches.first(f"{ends[0]}.index") and branches.first(f"{ends[1]}.index"):
                found = _leading(branches, links, ends, name, records, numbers)
                if found is not None:
                    return found
    remedy = f"links are read from {', '.join(_LINKS)}; leave truth out with --no-truth"
    raise InputError(f"no links lead from {name} to particles of the generator", remedy=remedy)


def _leading(
    branches: Branches,
    links: str,
    ends: tuple[str, str],
    name: str,
    records: tuple[str, ...],
    numbers: dict[str, int],
) -> Links | None:
    """These links, if they lead from the collection to particles of the generator, as far as the file says so."""
    record = branches.collection(records)
    if name not in numbers or any(branches.first(f"{end}.collectionID") is None for end in ends):
        return None if record is None else Links(links, *ends, record, None)
    stop = min(branches.count, _LOOKED_AT)
    one, other = (_number(branches, end, 0, stop) for end in ends)
    mine = one == numbers[name] & _UNSIGNED
    if len(one) and not mine.any():
        return None
    if mine.any():
        names = {number & _UNSIGNED: collection for collection, number in numbers.items()}
        record = branches.collection([names.get(int(other[mine][0]), "")])
    return (
        None if record is None or record not in numbers else Links(links, *ends, record, _pair(numbers, name, record))
    )


def _pair(numbers: dict[str, int], name: str, record: str) -> tuple[int, int]:
    return numbers[name] & _UNSIGNED, numbers[record] & _UNSIGNED


def _number(branches: Branches, end: str, start: int, stop: int) -> NDArray[np.int64]:
    """The ``collectionID`` of one end of each link, which older files have with a sign."""
    return branches.flat(f"{end}.collectionID", start, stop).astype(np.int64) & _UNSIGNED


def truth_of(
    branches: Branches,
    links: Links,
    counts: NDArray[np.int64],
    momenta: NDArray[np.float64],
    charge: NDArray[np.floating],
    start: int,
    stop: int,
) -> dict[str, NDArray[np.int8]]:
    """``truth_boson`` and ``truth_jet`` of reconstructed particles, -1 for those without a link or a boson.

    The boson is that of the linked particle of the generator. The truth jets are those of the reconstructed particles
    of each boson, see :func:`eventspace.events.descent.truth_jets`.

    Arguments:
        branches: of the file.
        links: as from ``links_of``.
        counts: (events,) the reconstructed particles of each event.
        momenta: (particles, 4) E, px, py, pz.
        charge: (particles,).
        start, stop: the range of events.

    Returns:
        (particles,) each.

    Raises:
        InputError: a link leads to a particle that is not there.
    """
    pid = branches.flat(f"{links.record}.PDG", start, stop).astype(np.int64)
    generated = branches.counts(f"{links.record}.PDG", start, stop)
    mother = branches.mothers(links.record, generated, start, stop)
    of_record = boson_of_entry(offsets_of(generated), pid, mother)
    particle, entry, weight = _linked(branches, links, counts, generated, start, stop)
    chosen = _greatest(particle, weight, charge[particle] != 0)
    boson = np.full(len(momenta), -1, dtype=np.int64)
    boson[particle[chosen]] = of_record[entry[chosen]]
    with np.errstate(all="ignore"):  # what is not finite is found by validation
        boson[~np.isfinite(momenta).all(axis=1) | (momenta[:, 0] <= 0) | ~momenta[:, 1:].any(axis=1)] = -1
    jets = truth_jets(offsets_of(counts), momenta, boson)
    return {"truth_boson": boson.astype(np.int8), "truth_jet": jets.astype(np.int8)}


def _linked(
    branches: Branches,
    links: Links,
    counts: NDArray[np.int64],
    generated: NDArray[np.int64],
    start: int,
    stop: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Of each link that says something, the particle and the entry of the generator in flat arrays, and the weight."""
    ends = [branches.flat(f"{end}.index", start, stop) for end in (links.reconstructed, links.generated)]
    number = branches.counts(f"{links.reconstructed}.index", start, stop)
    event = event_of_entry(offsets_of(number))
    weighed = branches.first(f"{links.name}.weight")
    weight = np.ones(len(event)) if weighed is None else branches.flat(weighed, start, stop).astype(np.float64)
    if not len(weight) == len(ends[0]) == len(ends[1]):
        raise InputError(f"the members of {links.name} differ in number", remedy="leave truth out with --no-truth")
    particle, entry = (end.astype(np.int64) for end in ends)
    good = (weight > 0) & (particle >= 0) & (entry >= 0)
    if links.numbers is not None:
        for end, wanted in zip((links.reconstructed, links.generated), links.numbers, strict=True):
            good &= _number(branches, end, start, stop) == wanted
    event, particle, entry, weight = event[good], particle[good], entry[good], weight[good]
    beyond = (particle >= counts[event]) | (entry >= generated[event])
    if beyond.any():
        text = f"{links.name} leads to a particle that is not there"
        raise InputError(text, event=start + int(event[np.argmax(beyond)]), remedy="leave truth out with --no-truth")
    return offsets_of(counts)[event] + particle, offsets_of(generated)[event] + entry, weight


def _greatest(
    particle: NDArray[np.int64], weight: NDArray[np.float64], charged: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Which link of each particle has the greatest weight; the first of equal ones."""
    track, cluster = weight % _CLUSTER, weight // _CLUSTER  # fractions are the first alone
    keys = (-np.arange(len(weight)), np.where(charged, cluster, track), np.where(charged, track, cluster), particle)
    order = np.lexsort(keys)
    last = np.diff(particle[order], append=-1) != 0
    return np.asarray(order[last])

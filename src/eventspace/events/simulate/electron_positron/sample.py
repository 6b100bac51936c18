"""Labelled hadronic events of e+e- -> ZHH, ZH, WW and ZZ with Pythia 8."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.random import PCG64, Generator, SeedSequence
from numpy.typing import NDArray
from pydantic import Field, model_validator

from eventspace.base.errors import InputError
from eventspace.events.collisions import Collisions
from eventspace.events.descent import BOSONS, boson_of_entry, truth_jets
from eventspace.events.ragged import offsets_of
from eventspace.events.simulate.electron_positron.les_houches import lhe_lines, source
from eventspace.events.simulate.electron_positron.matrix_element import (
    HardEvents,
    Setting,
    cross_section,
    hard_events,
)
from eventspace.events.simulate.options import Options
from eventspace.events.simulate.pythia import block_seed, charges, generator, load_pythia
from eventspace.events.simulate.simulation import Simulation
from eventspace.events.tracks import impact_parameters, smeared

__all__ = ["BLOCK", "PROCESSES", "SIMULATIONS", "CollisionOptions", "ZHHOptions", "block", "lhe"]

BLOCK = 1000
"""Events made with one seed: large enough that starting Pythia (0.3 s) is a small part of the work."""

_BATCH = 50
"""Events made at once; the stream of random numbers for the tracks depends on it."""

_NEUTRINOS = (12, 14, 16)
_QUARKS = "1 2 3 4 5"
_COMMON = (
    "PDF:lepton = off",
    "23:onMode = off",
    f"23:onIfAny = {_QUARKS}",
    "24:onMode = off",
    f"24:onIfAny = {_QUARKS}",
    "25:m0 = 125.0",
    "25:onMode = off",
    "25:onIfAny = 5",
)


_ENERGY = "Energy of both beams together, in GeV."


class CollisionOptions(Options):
    """Options of all processes, the energy from 10 GeV above threshold."""

    energy: float = Field(250.0, ge=10.0, le=3000.0, description=_ENERGY)
    displaced: bool = Field(
        True,
        description="Give each track its impact parameters d0 and z0, smeared by 5 and 10 / (p sin^1.5 theta) "
        "micrometres in quadrature; --no-displaced leaves these columns out.",
    )


class ZHOptions(CollisionOptions):
    """Options of zh."""

    energy: float = Field(250.0, ge=230.0, le=3000.0, description=_ENERGY)


class WWOptions(CollisionOptions):
    """Options of ww."""

    energy: float = Field(250.0, ge=170.0, le=3000.0, description=_ENERGY)


class ZZOptions(CollisionOptions):
    """Options of zz."""

    energy: float = Field(250.0, ge=195.0, le=3000.0, description=_ENERGY)


class ZHHOptions(CollisionOptions):
    """Options of zhh."""

    energy: float = Field(500.0, ge=360.0, le=3000.0, description=_ENERGY)
    kappa_lambda: float = Field(
        1.0, ge=-20.0, le=20.0, description="Trilinear Higgs coupling in units of that of the Standard Model."
    )
    electron_polarisation: float = Field(
        0.0, ge=-1.0, le=1.0, description="Polarisation of the electron beam, from -1 (left-handed) to 1."
    )
    positron_polarisation: float = Field(
        0.0, ge=-1.0, le=1.0, description="Polarisation of the positron beam, from -1 (left-handed) to 1."
    )

    @model_validator(mode="after")
    def _annihilates(self) -> Self:
        if abs(self.electron_polarisation + self.positron_polarisation) == 2:
            raise ValueError("beams that are fully polarised alike do not annihilate to a Z")
        return self

    @property
    def setting(self) -> Setting:
        """What the matrix element depends on."""
        return Setting(self.energy, self.kappa_lambda, self.electron_polarisation, self.positron_polarisation)


class Process(NamedTuple):
    """A process: Pythia's settings, none where the matrix element is ours; its bosons, its options."""

    settings: tuple[str, ...]
    bosons: int
    options: type[CollisionOptions]
    description: str


_ZZ = ("WeakDoubleBoson:ffbar2gmZgmZ = on", "WeakZ0:gmZmode = 2")

PROCESSES: Mapping[str, Process] = {
    "zhh": Process((), 3, ZHHOptions, "e+e- -> ZHH -> (q qbar)(b bbar)(b bbar), six jets, at leading order"),
    "zh": Process(("HiggsSM:ffbar2HZ = on",), 2, ZHOptions, "e+e- -> ZH -> (q qbar)(b bbar), four jets"),
    "ww": Process(("WeakDoubleBoson:ffbar2WW = on",), 2, WWOptions, "e+e- -> WW -> 4 quarks, four jets"),
    "zz": Process(_ZZ, 2, ZZOptions, "e+e- -> ZZ -> 4 quarks, four jets"),
}


def require(options: CollisionOptions) -> None:
    """Fail before any work where a package is missing.

    Raises:
        MissingExtraError: Pythia is not installed.
    """
    load_pythia()


def block(kind: str, options: CollisionOptions, seed: int, block: int, count: int) -> Collisions:
    """The first events of a block; the same for any count, and whatever else the process has made before.

    The bosons decay to quarks, the Higgs boson to b bbar; quarks shower, hadronise and decay in Pythia with its default
    tune (whatever lives shorter than c tau = 1000 mm decays). There is no radiation from the beams, no beamstrahlung,
    no background and no detector beside the smearing of tracks; neutrinos are left out. Every particle is labelled with
    the boson that it descends from and with its "perfect Durham" jet, see ``truth_jets``.

    Arguments:
        kind: a name in ``PROCESSES``.
        options: energy and more.
        seed: the seed of the sample.
        block: the number of the block.
        count: how many events.

    Returns:
        Collisions with px, py, pz, E, mass, charge, pid, truth_boson, truth_jet and, if displaced, d0 and z0. per_event
        has the label and the PDG identifier of each boson: boson_0, boson_1 ...

    Raises:
        InputError: Pythia cannot start, or gives up on too many events.
        MissingExtraError: Pythia is not installed.
    """
    process = PROCESSES[kind]
    pythia, kept_alive = _generator(process, options, seed, block)
    rng = Generator(PCG64(SeedSequence([seed, block, 2])))
    particles, made, tried = _Particles(), 0, 0
    while made < count:
        made += particles.add(pythia.nextBatch(_BATCH).prt, process.bosons, pythia, rng if options.displaced else None)
        tried += _BATCH
        if tried > 10 * (made + _BATCH):
            raise InputError(f"{kind}: Pythia made {made} of {tried} events", remedy="raise the energy")
    del kept_alive
    return particles.collisions(per_event={"label": np.full(made, kind)}, seed=seed, origin=_origin(kind, options))[
        :count
    ]


def lhe(options: ZHHOptions, seed: int, blocks: Iterable[tuple[int, int]]) -> Iterator[str]:
    """The lines of a Les Houches file with the matrix-element events of a sample, in its order.

    Events that Pythia gives up are in the file but not in the sample; there were none among 10,000.

    Arguments:
        options: of the sample.
        seed: of the sample.
        blocks: number and count of each block.
    """
    setting = options.setting
    chosen = (part for number, count in blocks for part in _first(hard_events(setting, seed, number), count))
    text = (f"{_origin('zhh', options)}; seed {seed}",)
    return lhe_lines(chosen, setting, cross_section(setting), text)


def _first(parts: Iterator[HardEvents], count: int) -> Iterator[HardEvents]:
    """The first events of an endless stream."""
    while count > 0:
        part = next(parts)
        momenta = (part.quark, part.antiquark, part.higgs_1, part.higgs_2)
        yield HardEvents(part.flavour[:count], *(column[:count] for column in momenta))
        count -= len(part)


SIMULATIONS = {
    kind: Simulation(
        process.description,
        "events",
        process.options,
        partial(block, kind),
        lambda _: BLOCK,
        require,
        lhe=None if process.settings else lhe,
    )
    for kind, process in PROCESSES.items()
}


def _generator(process: Process, options: CollisionOptions, seed: int, block: int) -> tuple[Any, Any]:
    """Pythia, and what has to live as long as it does."""
    if isinstance(options, ZHHOptions):
        setting = options.setting
        events = source(hard_events(setting, seed, block), setting, cross_section(setting))
        return generator(("Beams:frameType = 5", *_COMMON), block_seed(seed, block), events), events
    beams = ("Beams:idA = 11", "Beams:idB = -11", f"Beams:eCM = {options.energy!r}")
    return generator((*process.settings, *beams, *_COMMON), block_seed(seed, block)), None


@dataclass
class _Particles:
    """The visible particles of the batches so far."""

    counts: list[NDArray[np.int64]] = field(default_factory=list)
    columns: list[dict[str, NDArray[Any]]] = field(default_factory=list)
    bosons: list[NDArray[np.int32]] = field(default_factory=list)

    def add(self, record: Any, bosons: int, pythia: Any, rng: Generator | None) -> int:
        """Take a batch of Pythia's event records, and return how many events it has."""
        import awkward as ak

        counts = ak.to_numpy(ak.num(record)).astype(np.int64)
        entries = ak.flatten(record)
        pid, offsets = ak.to_numpy(entries.id), offsets_of(counts)
        # Entry 0 is the whole event, and mother 0 means none.
        boson = boson_of_entry(offsets, pid.astype(np.int64), ak.to_numpy(entries.mother1).astype(np.int64))
        visible = (ak.to_numpy(entries.status) > 0) & ~np.isin(np.abs(pid), _NEUTRINOS)
        event = np.repeat(np.arange(len(counts)), counts)
        self.bosons.append(_leading(pid, boson, event, len(counts), bosons))
        self.counts.append(np.bincount(event[visible], minlength=len(counts)))

        chosen = entries[visible]
        momenta = np.stack([ak.to_numpy(chosen.p[name]) for name in ("e", "px", "py", "pz")], axis=1)
        columns = {name: momenta[:, number] for number, name in enumerate(("E", "px", "py", "pz"))}
        columns |= {"mass": ak.to_numpy(chosen.m).astype(np.float32), "pid": pid[visible]}
        columns["charge"] = charges(pythia, pid[visible])
        columns["truth_boson"] = boson[visible].astype(np.int8)
        jets = truth_jets(offsets_of(self.counts[-1]), momenta, boson[visible])
        columns["truth_jet"] = jets.astype(np.int8)
        if rng is not None:
            # None where a particle comes from the interaction point; Pythia calls the coordinates [mm] px, py, pz too.
            places = [ak.to_numpy(ak.fill_none(chosen.vProd[name], 0.0)) for name in ("px", "py", "pz")]
            vertices = np.stack(places, axis=1)
            d0, z0 = smeared(*impact_parameters(momenta[:, 1:], vertices), momenta[:, 1:], rng)
            track = columns["charge"] != 0
            columns |= {"d0": np.where(track, d0, 0.0).astype(np.float32)}
            columns |= {"z0": np.where(track, z0, 0.0).astype(np.float32)}
        self.columns.append(columns)
        return len(counts)

    def collisions(self, per_event: Mapping[str, Any], **metadata: Any) -> Collisions:
        """All particles as one set of events."""
        columns = {name: np.concatenate([batch[name] for batch in self.columns]) for name in self.columns[0]}
        found = np.concatenate(self.bosons)
        named = {f"boson_{number}": found[:, number] for number in range(found.shape[1])}
        return Collisions.from_flat(np.concatenate(self.counts), columns, per_event={**per_event, **named}, **metadata)


def _leading(
    pid: NDArray[np.int32], boson: NDArray[np.int64], event: NDArray[np.int64], events: int, bosons: int
) -> NDArray[np.int32]:
    """The PDG identifier of each boson, (events, bosons): that of its first entry."""
    first = np.flatnonzero((boson >= 0) & np.isin(np.abs(pid), BOSONS))[::-1]  # so that the first is written last
    found = np.zeros((events, bosons), dtype=np.int32)
    found[event[first], boson[first]] = pid[first]
    return found


def _origin(kind: str, options: CollisionOptions) -> str:
    selection = ", ".join(f"{name}={value}" for name, value in options)
    made = "leading-order matrix element and " if isinstance(options, ZHHOptions) else ""
    return (
        f"{kind}: {made}Pythia {version('pythia8mc')}, no radiation from the beams, no beamstrahlung, no detector; "
        f"{selection}"
    )

"""Jets of proton-proton collisions with Pythia 8 and FastJet: QCD, boosted top quarks, boosted W bosons."""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.metadata import version
from typing import Any, NamedTuple, Self

import numpy as np
from pydantic import Field, model_validator

from eventspace.base.errors import InputError
from eventspace.events.kinematics import about_axis
from eventspace.events.particles import ParticleClouds
from eventspace.events.simulate.clustering import leading_jets, load_fastjet
from eventspace.events.simulate.options import Options
from eventspace.events.simulate.pythia import block_seed, charges, generator, load_pythia
from eventspace.events.simulate.simulation import Simulation
from eventspace.events.simulate.truth import decay_quarks, holds_decay

__all__ = ["BLOCK", "PROCESSES", "SIMULATIONS", "JetOptions", "block", "require"]

BLOCK = 250
"""Jets made with one seed: large enough that starting Pythia (0.3 s) is a small part of the work."""

PT_HAT = (0.7, 1.3)
"""Limits on the pt of the hard process, in units of pt_min and pt_max.

A jet of 500 GeV may come from a process of 300 GeV that recoils against a hard emission, so no limit is without loss,
but the jets lost are much like the others. Against limits of (0.5, 2), 90% of the QCD, top and W jets between 500 and
550 GeV are kept, and made 2-4 times as fast; the means of pt, mass and multiplicity move by 0.3 GeV, 1.5% and 1.1% at
most, and no distribution by more than 0.014 (Kolmogorov-Smirnov), which takes 10,000 jets to see. The underlying event
raises soft jets above the limit: with mpi and a pt_min of 100 GeV, 70% are kept.
"""

_BATCH = 100
"""Events made and clustered at once; it changes the speed only."""

_PATIENCE = 5_000
"""Events after which options that keep less than one jet in 1000 events are given up."""

_NEUTRINOS = (12, 14, 16)
_HADRONIC_W = ("24:onMode = off", "24:onIfAny = 1 2 3 4 5")


class Process(NamedTuple):
    """A process that makes jets: their label, Pythia's settings, Pythia's number of the decaying particle."""

    label: str
    settings: Sequence[str]
    parent: int | None
    description: str


PROCESSES: Mapping[str, Process] = {
    "qcd-jets": Process("qcd", ("HardQCD:all = on",), None, "jets of quarks and gluons in dijet events"),
    "top-jets": Process(
        "top",
        ("Top:gg2ttbar = on", "Top:qqbar2ttbar = on", *_HADRONIC_W),
        6,
        "jets that hold a boosted top quark's decay to b q q'",
    ),
    "w-jets": Process(
        "w",
        ("WeakDoubleBoson:ffbar2WW = on", *_HADRONIC_W),
        24,
        "jets that hold a boosted W boson's decay to q q', from W pairs",
    ),
}


class JetOptions(Options):
    """Options of qcd-jets, top-jets and w-jets."""

    pt_min: float = Field(500.0, ge=20.0, description="Smallest pt of a jet in GeV.")
    pt_max: float = Field(550.0, description="Largest pt of a jet in GeV.")
    eta_max: float = Field(2.0, gt=0.0, description="Largest absolute pseudorapidity of the axis of a jet.")
    R: float = Field(1.0, gt=0.0, lt=math.pi / 2, description="Radius of the anti-kt algorithm.")
    mpi: bool = Field(
        False,
        description="Simulate multi-parton interactions, for 4 to 6 times the time; off as in the public top-tagging "
        "reference sample (arXiv:1902.09914).",
    )
    beam_energy: float = Field(
        14_000.0, gt=0.0, description="Energy of both protons together in their centre of mass, in GeV."
    )
    match_radius: float = Field(
        0.8,
        gt=0.0,
        description="A top or W jet holds all quarks of the decay within this distance of its axis, in rapidity and "
        "phi; QCD jets are not matched.",
    )

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.pt_min >= self.pt_max:
            raise ValueError(f"pt_min = {self.pt_min:g} is not below pt_max = {self.pt_max:g}")
        if self.pt_min > 0.45 * self.beam_energy:
            raise ValueError(
                f"pt_min = {self.pt_min:g} GeV is above 90% of the kinematic limit, {self.beam_energy / 2:g} GeV; "
                "lower pt_min or raise beam_energy"
            )
        return self


def require(options: JetOptions) -> None:
    """Fail before any work where a package is missing.

    Raises:
        MissingExtraError: Pythia or FastJet is not installed.
    """
    load_pythia()
    load_fastjet()


def block(kind: str, options: JetOptions, seed: int, block: int, count: int) -> ParticleClouds:
    """The first jets of a block; the same for any count, independently of what the process has made before.

    Every event gives up to two jets, its leading ones, which stand side by side in the sample. Pythia's default tune
    and decays (particles with c tau below 1000 mm decay); neutrinos are left out.

    Arguments:
        kind: a name in ``PROCESSES``.
        options: the selection of jets.
        seed: the seed of the sample.
        block: the number of the block.
        count: how many jets.

    Returns:
        Jets with the columns pt, rapidity, phi, mass, pid, charge, by falling pt. Rapidity and phi are counted from
        the jet's axis, which per_event has with the label and the jet's mass: jet_pt, jet_rapidity, jet_phi, jet_mass.

    Raises:
        InputError: Pythia cannot start, or hardly any event has such a jet.
        MissingExtraError: Pythia or FastJet is not installed.
    """
    import awkward as ak

    process = PROCESSES[kind]
    pythia = generator([*process.settings, *_settings(options)], block_seed(seed, block))
    batches: list[Any] = []
    made = events = 0
    while made < count:
        batches.append(_jets(pythia.nextBatch(_BATCH).prt, process, options))
        made += len(batches[-1])
        events += _BATCH
        if events >= _PATIENCE and made * 1000 < events:
            raise InputError(
                f"{kind}: {events} events gave {made} jets",
                remedy="widen the window from pt_min to pt_max, or raise eta_max, R or match_radius",
            )
    return _clouds(
        ak.concatenate(batches)[:count],
        pythia,
        per_event={"label": np.full(count, process.label)},
        seed=seed,
        origin=_origin(kind, options),
    )


SIMULATIONS = {
    kind: Simulation(process.description, "jets", JetOptions, partial(block, kind), lambda _: BLOCK, require)
    for kind, process in PROCESSES.items()
}


def _settings(options: JetOptions) -> list[str]:
    """Pythia's settings for the beams and the phase space."""
    low, high = PT_HAT
    return [
        f"Beams:eCM = {options.beam_energy!r}",
        f"PhaseSpace:pTHatMin = {low * options.pt_min!r}",
        f"PhaseSpace:pTHatMax = {min(high * options.pt_max, options.beam_energy / 2)!r}",
        f"PartonLevel:MPI = {'on' if options.mpi else 'off'}",
    ]


def _jets(record: Any, process: Process, options: JetOptions) -> Any:
    """The particles of each chosen jet of a batch: awkward array (jets, particles) of px, py, pz, mass and pid."""
    import awkward as ak

    pid = ak.flatten(record.id)
    neutrino = ak.unflatten(np.isin(abs(pid), _NEUTRINOS), ak.num(record))
    visible = record[(record.status > 0) & ~neutrino]
    momenta = {"px": visible.p.px, "py": visible.p.py, "pz": visible.p.pz, "E": visible.p.e}
    jets, constituents = leading_jets(ak.zip(momenta, with_name="Momentum4D"), options.R, options.pt_min)

    chosen = (jets.pt < options.pt_max) & (abs(jets.eta) < options.eta_max)
    if process.parent is not None:
        chosen = chosen & holds_decay(jets, decay_quarks(record, process.parent), options.match_radius)
    constituents = constituents[chosen]

    particles = ak.flatten(visible[ak.flatten(constituents, axis=2)])
    fields = {"px": particles.p.px, "py": particles.p.py, "pz": particles.p.pz}
    fields |= {"mass": particles.m, "pid": particles.id}
    return ak.unflatten(ak.zip(fields), ak.num(ak.flatten(constituents, axis=1)))


def _clouds(jets: Any, pythia: Any, **metadata: Any) -> ParticleClouds:
    """Jets as clouds about their axes, particles by falling pt."""
    import awkward as ak

    multiplicity = ak.to_numpy(ak.num(jets))
    fields = ("px", "py", "pz", "mass", "pid")
    px, py, pz, mass, pid = (ak.to_numpy(ak.flatten(jets[name])) for name in fields)
    pt = np.hypot(px, py)
    columns = {
        "pt": pt,
        # With the mass that Pythia knows: E^2 - p^2 would leave rounding noise instead of a photon's 0.
        "rapidity": np.arcsinh(pz / np.hypot(pt, mass)),
        "phi": np.arctan2(py, px),
        "mass": mass,
        "pid": pid,
        "charge": charges(pythia, pid),
    }
    falling = np.lexsort((-pt, np.repeat(np.arange(len(jets)), multiplicity)))
    ordered = {name: values[falling] for name, values in columns.items()}
    return about_axis(ParticleClouds.from_flat(multiplicity, ordered, **metadata))


def _origin(kind: str, options: JetOptions) -> str:
    selection = ", ".join(f"{name}={value}" for name, value in options)
    return f"{kind}: Pythia {version('pythia8mc')}, anti-kt of FastJet {version('fastjet')}; {selection}"

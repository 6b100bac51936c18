"""Showers of single electrons, positrons and photons in a sampling calorimeter."""

from collections.abc import Callable
from importlib.metadata import version
from typing import Literal, NamedTuple, Self

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng
from numpy.typing import NDArray
from pydantic import Field, model_validator

from eventspace.events.ragged import offsets_of
from eventspace.events.showers import Showers
from eventspace.events.simulate.calorimeter import CALORIMETER
from eventspace.events.simulate.options import Options
from eventspace.events.simulate.simulation import Simulation

__all__ = ["BLOCKS", "SIMULATIONS", "ShowerOptions", "block", "require"]

BLOCKS = {"parameterised": 1000, "geant4": 20}
"""Showers made with one stream of random numbers: a second of work, or ten at 100 GeV."""


class ShowerOptions(Options):
    """Options of showers; for the backends see ``parameterised.ShowerModel`` and ``geant4.Simulation``."""

    energy: float = Field(100.0, ge=1.0, le=1000.0, description="Energy of the particle in GeV.")
    energy_max: float | None = Field(
        None, le=1000.0, description="With it, energies are uniform from --energy to this one, in GeV."
    )
    particle: Literal["e-", "e+", "gamma"] = Field("e-", description="The particle that showers.")
    backend: Literal["parameterised", "geant4"] = Field(
        "parameterised",
        description="parameterised is within a few per cent of Geant4 (docs/showers.md); geant4 takes a thousand times "
        "longer and needs eventspace[geant4].",
    )

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.energy_max is not None and self.energy_max <= self.energy:
            raise ValueError(f"energy_max = {self.energy_max:g} is not above energy = {self.energy:g}")
        return self


class Particle(NamedTuple):
    """A particle that enters the calorimeter along z.

    Attributes:
        energy: GeV.
        x, y: where it enters, mm from the middle of the calorimeter.
    """

    energy: float
    x: float
    y: float


Deposits = tuple[NDArray[np.int32], NDArray[np.float32]]
"""The numbers of a shower's cells and the energy in each, GeV."""


def require(options: ShowerOptions) -> None:
    """Fail before any work where a package is missing.

    Raises:
        MissingExtraError: calzone, which brings Geant4, is not installed.
    """
    if options.backend == "geant4":
        from eventspace.events.simulate.geant4 import load_calzone

        load_calzone()


def block(options: ShowerOptions, seed: int, block: int, count: int) -> Showers:
    """The first showers of a block; the same for any count, independently of what the process has made before.

    Every particle enters along z, spread evenly over the pad in the middle.

    Arguments:
        options: the particles and the backend.
        seed: the seed of the sample.
        block: the number of the block.
        count: how many showers.

    Returns:
        Showers with the energy seen in each cell of silicon, GeV; per_event has the particle as ``label`` and its
        energy as ``incident_energy``.

    Raises:
        MissingExtraError: Geant4 is not installed.
    """
    rng = default_rng(SeedSequence(seed, spawn_key=(block,)))
    shower = _maker(options, rng)
    particles, deposits = [], []
    for _ in range(count):
        particles.append(_particle(options, rng))
        deposits.append(shower(particles[-1]))
    return Showers(
        shape=CALORIMETER.shape,
        offsets=offsets_of([len(cell) for cell, _ in deposits]),
        cell=np.concatenate([cell for cell, _ in deposits]),
        energy=np.concatenate([energy for _, energy in deposits]),
        per_event={
            "label": np.full(count, options.particle),
            "incident_energy": np.array([particle.energy for particle in particles]),
        },
        units={"energy": "GeV", "incident_energy": "GeV"},
        seed=seed,
        origin=_origin(options),
    )


SIMULATIONS = {
    "showers": Simulation(
        "electrons, positrons or photons in a silicon-tungsten calorimeter of 51x51x25 cells",
        "showers",
        ShowerOptions,
        block,
        lambda options: BLOCKS[options.backend],
        require,
    )
}


def _particle(options: ShowerOptions, rng: Generator) -> Particle:
    energy = options.energy if options.energy_max is None else rng.uniform(options.energy, options.energy_max)
    x, y = CALORIMETER.pad * (rng.random(2) - 0.5)
    return Particle(energy, x, y)


def _maker(options: ShowerOptions, rng: Generator) -> Callable[[Particle], Deposits]:
    """What makes a particle's shower."""
    if options.backend == "geant4":
        from eventspace.events.simulate.geant4 import simulation

        geant4 = simulation(CALORIMETER)
        return lambda particle: geant4.shower(options.particle, *particle, seed=int(rng.integers(2**63)))

    from eventspace.events.simulate.parameterised import ShowerModel

    model = ShowerModel(CALORIMETER)
    return lambda particle: model.shower(rng, *particle, photon=options.particle == "gamma")


def _origin(options: ShowerOptions) -> str:
    if options.backend == "geant4":
        from eventspace.events.simulate.geant4 import simulation

        how = f"Geant4 of calzone {version('calzone')}, {simulation(CALORIMETER).data}"
    else:
        how = "parameterised after Grindhammer and Peters, hep-ex/0001020, corrected with Geant4"
    given = ", ".join(f"{name}={value}" for name, value in options if value is not None)
    return f"showers: {how}; {CALORIMETER}; {given}"

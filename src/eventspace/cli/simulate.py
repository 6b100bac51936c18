"""The command ``simulate``."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

__all__ = ["simulate"]


def simulate(
    kind: str,
    out: Path,
    /,
    *,
    n: Annotated[int, Parameter(name=["-n", "--events"])],
    seed: int = 1,
    pt_min: float | None = None,
    pt_max: float | None = None,
    eta_max: float | None = None,
    R: float | None = None,
    mpi: bool | None = None,
    beam_energy: float | None = None,
    match_radius: float | None = None,
    energy: float | None = None,
    energy_max: float | None = None,
    particle: str | None = None,
    backend: str | None = None,
    dimension: int | None = None,
    processes: int | None = None,
    overwrite: bool = False,
) -> None:
    """Simulate events and write them to a file.

    Jets come from Pythia 8 and anti-kt (fastjet): qcd-jets, top-jets and w-jets, the two leading jets of each event
    inside the window of pt; top and W jets hold all quarks of the decay. Showers are electrons, positrons or photons in
    a silicon-tungsten calorimeter of 51x51x25 cells, from a fast parameterisation or from Geant4. Points come from toy
    distributions: camelback, ring, shell, circles and banana. The same seed gives the same events whatever the number
    of processes, and the first events do not depend on how many follow.

    For example: eventspace simulate qcd-jets -n 1000 --seed 1 qcd.h5

    Or: eventspace simulate showers -n 1000 --energy 100 --particle e- --seed 1 showers.h5

    Args:
        kind: qcd-jets, top-jets, w-jets, showers, camelback, ring, shell, circles or banana.
        out: The file to write.
        n: How many jets, showers or points.
        seed: Seed of the random numbers.
        pt_min: Smallest pt of a jet in GeV; 500 by default.
        pt_max: Largest pt of a jet in GeV; 550 by default.
        eta_max: Largest absolute pseudorapidity of a jet; 2 by default.
        R: Radius of the anti-kt algorithm; 1 by default.
        mpi: Simulate multi-parton interactions; off by default, as in the public top-tagging reference: 4 to 6 times
            faster.
        beam_energy: Centre-of-mass energy of the proton beams in GeV; 14000 by default.
        match_radius: Largest distance of a decay quark from the axis of a top or W jet; 0.8 by default.
        energy: Energy of the particle that showers in GeV, from 1 to 1000; 100 by default.
        energy_max: With it, energies are uniform from --energy to this one.
        particle: Particle that showers: e-, e+ or gamma; e- by default.
        backend: parameterised (the default, within a few per cent of Geant4: see docs/showers.md) or geant4, a
            thousand times slower, with eventspace[geant4].
        dimension: Dimension of the space of the shell; 5 by default.
        processes: How many simulations run side by side; all cores by default.
        overwrite: Replace a file that eventspace did not write.
    """
    from eventspace.events.native import writer
    from eventspace.events.simulate import simulate as make
    from eventspace.events.target import target

    given = {
        "pt_min": pt_min,
        "pt_max": pt_max,
        "eta_max": eta_max,
        "R": R,
        "mpi": mpi,
        "beam_energy": beam_energy,
        "match_radius": match_radius,
        "energy": energy,
        "energy_max": energy_max,
        "particle": particle,
        "backend": backend,
        "dimension": dimension,
    }
    options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    with writer(target(out, overwrite=overwrite)) as file:
        for events in make(kind, n, seed=seed, processes=processes, **options):
            file.append(events)
    print(f"{out}: {n} {kind}, seed {seed}")

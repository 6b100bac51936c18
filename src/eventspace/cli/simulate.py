"""The command ``simulate``: a sub-command for each entry of ``SIMULATIONS``."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from eventspace.events.native import writer
from eventspace.events.simulate import SIMULATIONS
from eventspace.events.simulate import simulate as parts
from eventspace.events.simulate.les_houches_file import write_lhe
from eventspace.events.simulate.simulation import Simulation
from eventspace.events.target import target

__all__ = ["simulate"]

simulate = App(
    name="simulate",
    help="Simulate events and write them to a file.\n\n"
    "Each kind of events is a command of its own with a page of help: eventspace simulate qcd-jets --help\n\n"
    "Jets come from Pythia 8 and anti-kt (fastjet): the two leading jets of each event inside the window of pt. "
    "Electron-positron collisions come from Pythia 8, those with two Higgs bosons from a matrix element of our own. "
    "Showers come from a fast parameterisation or from Geant4. Points come from toy distributions. The same seed gives "
    "the same events whatever the number of processes, and the first events do not depend on how many follow.\n\n"
    "For example: eventspace simulate qcd-jets -n 1000 --seed 1 qcd.h5\n\n"
    "Or: eventspace simulate showers -n 1000 --energy 100 --particle e- --seed 1 showers.h5",
)


def _command(kind: str, simulation: Simulation) -> Callable[..., None]:
    """The command that makes events of this kind."""
    chosen: Any = simulation.options
    shown = Parameter(name="*") if chosen.model_fields else Parameter(parse=False)
    has_lhe = simulation.lhe is not None

    def command(
        out: Path,
        /,
        *,
        n: Annotated[int, Parameter(name=["-n", "--events"])],
        seed: int = 1,
        options: Annotated[chosen | None, shown] = None,
        processes: int | None = None,
        overwrite: bool = False,
        lhe: Annotated[Path | None, Parameter(parse=has_lhe)] = None,
    ) -> None:
        given = options.model_dump(exclude_unset=True) if options else {}
        if lhe is not None:
            write_lhe(target(lhe, [out], overwrite=overwrite), kind, n, seed=seed, **given)
        with writer(target(out, overwrite=overwrite)) as file:
            for events in parts(kind, n, seed=seed, processes=processes, **given):
                file.append(events)
        print(f"{out}: {n} {kind}, seed {seed}")

    command.__doc__ = f"""Simulate {simulation.description}.

    For example: eventspace simulate {kind} -n 1000 --seed 1 {kind}.h5

    Args:
        out: The file to write.
        n: How many {simulation.unit}.
        seed: Seed of the random numbers.
        processes: How many simulations run side by side; all cores by default.
        overwrite: Replace a file that eventspace did not write.
        lhe: Also write the events of the matrix element, before the shower, to this Les Houches file.
    """
    return command


for _kind, _simulation in SIMULATIONS.items():
    simulate.command(_command(_kind, _simulation), name=_kind)

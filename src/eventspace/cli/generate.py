"""The command ``generate``: a network a sub-command."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

__all__ = ["generate"]

generate = App(
    name="generate",
    help="Make events with a trained network. Needs torch: pip install 'eventspace[torch]'.\n\n"
    "Each network is a command of its own with a page of help: eventspace generate shower-gan --help\n\n"
    "A network comes with eventspace; your own come from eventspace train.",
)


@generate.command(name="shower-gan")
def shower_gan(
    out: Path,
    /,
    *,
    n: Annotated[int, Parameter(name=["-n", "--events"])],
    seed: int,
    model: Path | None = None,
    energy: float | None = None,
    device: str = "auto",
) -> None:
    """Make calorimeter showers with a trained generator and write them to a file.

    The same seed gives the same file, and the first showers do not depend on how many follow. Cells below the threshold
    of the generator's model card are left out, as they were in the training showers; compare with a sample that was cut
    in the same way.

    The generator that comes with eventspace makes showers of electrons of 100 GeV, after a short training on a CPU:
    docs/models.md says how good they are.

    For example: eventspace generate shower-gan -n 1000 --seed 1 gan.h5

    Args:
        out: The file to write.
        n: How many showers.
        seed: Seed of the random numbers.
        model: A generator of your own: generator.safetensors in the run directory of eventspace train shower-gan.
        energy: Energy of the primary particle in GeV, within the range of the training; not needed where the generator
            was trained at one energy.
        device: cpu, cuda, or auto for a GPU if there is one.
    """
    from eventspace.base.progress import progress
    from eventspace.events.native import writer
    from eventspace.models.shower_generation import generate_showers

    with writer(out) as file, progress("generating", n, "showers") as advance:
        for showers in generate_showers(model, n, energy=energy, seed=seed, device=device):
            file.append(showers)
            advance(len(showers))
    print(f"{out}: {n} showers, seed {seed}")

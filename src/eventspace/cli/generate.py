"""The command ``generate``: a network a sub-command."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

__all__ = ["generate"]

generate = App(
    name="generate",
    help="Make events with a trained network. Needs torch: pip install 'eventspace[torch]'.\n\n"
    "Each kind of events is a command of its own with a page of help: eventspace generate shower-gan --help\n\n"
    "A network for showers comes with eventspace, your own come from eventspace train; those for points are small and "
    "trained on the spot.",
)


@generate.command(name="shower-gan")
def shower_gan(
    out: Path,
    /,
    *,
    n: Annotated[int, Parameter(name=["-n", "--events"])],
    seed: int = 1,
    model: Path | None = None,
    energy: float | None = None,
    device: str = "auto",
    overwrite: bool = False,
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
        overwrite: Replace a file that eventspace did not write.
    """
    from eventspace.base.progress import progress
    from eventspace.events.native import writer
    from eventspace.events.target import target
    from eventspace.models.showers.generation import generate_showers

    out = target(out, [model] if model else [], overwrite=overwrite)
    with writer(out) as file, progress("generating", n, "showers") as advance:
        for showers in generate_showers(model, n, energy=energy, seed=seed, device=device):
            file.append(showers)
            advance(len(showers))
    print(f"{out}: {n} showers, seed {seed}")


@generate.command(name="points")
def points(
    training: Path,
    out: Path,
    /,
    *,
    generator: Literal["gan", "vae", "flow"],
    n: Annotated[int, Parameter(name=["-n", "--events"])],
    seed: int = 1,
    overwrite: bool = False,
) -> None:
    """Train a small generator on the points of a file, and write points that it makes to another.

    The generators are those of eventspace amplification with the same training, which takes some seconds to a minute:
    a Wasserstein GAN, a variational autoencoder, or a normalising flow. The same seed gives the same file, and the
    first points do not depend on how many follow.

    For example: eventspace generate points ring.h5 gan.h5 --generator gan -n 5000 --seed 1

    And then: eventspace topology truth.h5 gan.h5 --out runs/topology

    Args:
        training: Eventspace file of the points to learn from.
        out: The file to write.
        generator: gan, vae or flow.
        n: How many points.
        seed: Seed of the random numbers, of the training and of the points.
        overwrite: Replace a file that eventspace did not write.
    """
    from eventspace.base.errors import InputError
    from eventspace.events.native import read, writer
    from eventspace.events.target import target
    from eventspace.models.points.generation import generate_points

    out = target(out, [training], overwrite=overwrite)
    sample = read(training)
    try:
        with writer(out) as file:
            for made in generate_points(sample, generator, n, seed=seed):
                file.append(made)
    except InputError as error:
        raise error if error.file or n < 1 or seed < 0 else error.at(training) from None
    print(f"{out}: {n} points of a {generator} that learned from {len(sample)}, seed {seed}")

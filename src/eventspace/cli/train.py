"""The command ``train``: a network a sub-command."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from eventspace.base.errors import EventspaceError, InputError
from eventspace.base.provenance import command
from eventspace.cli.studies import announce
from eventspace.events.native import read
from eventspace.events.reading import existing
from eventspace.report.page import write_page
from eventspace.report.run import run_directory
from eventspace.report.shower_gan import figures
from eventspace.studies.shower_gan import ShowerGANConfig, run

if TYPE_CHECKING:
    from eventspace.models.processes import Processes
    from eventspace.models.showers.gan_training import Snapshot
    from eventspace.studies.study import Result

__all__ = ["train"]

train = App(
    name="train",
    help="Train a network. Needs torch: pip install 'eventspace[torch]'.\n\n"
    "Each network is a command of its own with a page of help: eventspace train shower-gan --help\n\n"
    "A training writes a run directory, with checkpoints, loss curves and samples as it goes.",
)


@train.command(name="shower-gan")
def shower_gan(
    showers: Path,
    /,
    *,
    out: Path,
    config: Annotated[ShowerGANConfig | None, Parameter(name="*")] = None,
    device: str = "auto",
    threads: int | None = None,
    initial: Path | None = None,
    resume: bool = False,
) -> None:
    """Train the 3D convolutional GAN on calorimeter showers.

    The generator makes showers from the energy of the primary particle and random numbers. In the run directory, at
    every checkpoint: generator.safetensors, for eventspace generate shower-gan; losses.jsonl; figures of generated and
    training showers; state.safetensors. A killed training goes on with --resume and ends with the same generator. A
    finished one can be followed by another, of the same showers or of others (many fast ones first, then a few of
    Geant4), with --initial runs/gan/state.safetensors.

    A grid of 51 x 51 x 25 cells needs a GPU; on a CPU let the generator make only its middle, as the one that comes
    with eventspace does: --window 21 21 25 --batch 16. Several GPUs: torchrun --nproc-per-node 4 -m eventspace.cli
    train shower-gan showers.h5 --out runs/gan

    For example: eventspace train shower-gan showers.h5 --out runs/gan --epochs 60

    Args:
        showers: Eventspace file of showers in GeV with incident_energy, or with --energy.
        out: The run directory to write.
        device: cpu, cuda, or auto for a GPU if there is one.
        threads: Threads of torch on the CPU; all cores by default.
        initial: State of an earlier training to begin with: state.safetensors in its run directory.
        resume: Continue an interrupted training in the same directory.
    """
    from eventspace.models.processes import processes

    chosen = config or ShowerGANConfig()
    with processes(device, threads) as group:
        if group.rank == 0:
            _lead(showers, out, chosen, group, initial, resume)
        else:
            _follow(showers, out, chosen, group, initial)


def _lead(
    showers: Path, out: Path, config: ShowerGANConfig, group: "Processes", initial: Path | None, resume: bool
) -> None:
    """The part of process 0, which writes the files."""
    from eventspace.models.file import save_generator
    from eventspace.models.training import DivergedError

    events = read(showers)
    inputs = [showers, existing(initial)] if initial else [showers]
    given = command.get()
    failure: EventspaceError | None = None
    with run_directory(out, "shower-gan", config, inputs, given, resume=resume) as directory:

        def watch(result: "Result", snapshot: "Snapshot") -> None:
            save_generator(out / "generator.safetensors", snapshot.generator, snapshot.card)
            directory.draw(figures(result))

        group.wait()
        if not directory.finished:
            try:
                result = run(
                    events,
                    config,
                    processes=group,
                    state=out / "state.safetensors",
                    curves=out / "losses.jsonl",
                    initial=initial,
                    watch=watch,
                    command=_without_resume(given),
                )
                directory.finish(result, figures(result))
            except InputError as error:
                raise error if error.file else error.at(showers) from None
            except DivergedError as error:  # keep what there is: the losses show what happened
                failure = error
    if failure:
        raise failure
    write_page([out], out / "report.html")
    announce(out, lambda name: name.startswith(("ratio.", "resolution.")))
    print(f"generator: {out / 'generator.safetensors'}")


def _follow(showers: Path, out: Path, config: ShowerGANConfig, group: "Processes", initial: Path | None) -> None:
    """The part of every other process of ``torchrun``."""
    events = read(showers)
    group.wait()
    if not (out / "results.json").exists():
        run(
            events,
            config,
            processes=group,
            state=out / "state.safetensors",
            curves=out / "losses.jsonl",
            initial=initial,
        )


def _without_resume(given: Sequence[str]) -> list[str]:
    return [word for word in given if word != "--resume"]

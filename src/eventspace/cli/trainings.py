"""One training in its run directory, or several with other seeds side by side."""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from eventspace.base.children import end_with_parent
from eventspace.base.errors import EventspaceError, InputError
from eventspace.base.provenance import command
from eventspace.base.work import Work
from eventspace.events.native import read
from eventspace.events.reading import existing
from eventspace.models.processes import chosen_device, rank
from eventspace.models.training import DivergedError
from eventspace.report.page import write_page
from eventspace.report.run import run_directory
from eventspace.report.training.training import figures
from eventspace.studies.training.training import training

__all__ = ["train_one", "train_several"]


def train_one(name: str, events: Path, out: Path, config: Any, work: Work, *, resume: bool) -> None:
    """Train a network, and write its run directory with a page.

    Arguments:
        name: of the model.
        events: file to learn from.
        out: the run directory.
        config: of the training.
        work: how to work; its folder becomes the run directory.
        resume: whether an interrupted training goes on.

    Raises:
        EventspaceError: something given cannot be used, or the training diverged.
    """
    study, work = training(name), replace(work, folder=out)
    samples = {study.roles[0].name: read(events)}
    if rank() > 0:  # process 0 writes the files
        if not (out / "results.json").exists():
            study.ask(samples, config, work)
        return
    if config.initial:
        existing(config.initial)
    failure: EventspaceError | None = None
    with run_directory(out, name, config, [events, *config.files], command.get(), resume=resume) as directory:
        if not directory.finished:
            try:
                result = study.ask(samples, config, replace(work, watch=lambda now: directory.draw(figures(now))))
                directory.finish(result, figures(result))
            except DivergedError as error:  # keep what there is: the losses show what happened
                failure = error
    if failure:
        raise failure
    write_page([out], out / "report.html")


def train_several(
    name: str, events: Path, out: Path, config: Any, count: int, work: Work, *, resume: bool
) -> list[Path]:
    """Train networks that differ in their seeds, in processes side by side; a GPU takes one after the other.

    Each ends as if it were trained alone with its seed and as many threads: one, unless another number is asked for.

    Arguments:
        name, events, config, work, resume: as for :func:`train_one`; the seeds follow that of the configuration.
        out: the folder of the run directories ``seed1``, ``seed2`` and so on.
        count: how many.

    Returns:
        The run directories.

    Raises:
        InputError: fewer than one, or together with ``torchrun``.
        EventspaceError: as for :func:`train_one`, of the first training that fails; the others go on.
    """
    if count < 1:
        raise InputError(f"{count} trainings were asked for", remedy="ask for at least 1")
    if int(os.environ.get("WORLD_SIZE", 1)) > 1:
        remedy = "leave out --trainings, or torchrun"
        raise InputError("torchrun trains one network in several processes", remedy=remedy)
    work = replace(work, threads=work.threads or 1)
    cpu = chosen_device(work.device).type == "cpu"
    at_once = max((os.cpu_count() or 1) // (work.threads or 1), 1) if cpu else 1
    seeds = range(config.seed, config.seed + count)
    directories = [out / f"seed{seed}" for seed in seeds]
    jobs = []
    # Spawn, because a forked copy of a process with threads may hang.
    with (
        _removed_if_empty(out),
        ProcessPoolExecutor(
            min(at_once, count), mp_context=get_context("spawn"), initializer=_as_a_command, initargs=(command.get(),)
        ) as pool,
    ):
        for seed, directory in zip(seeds, directories, strict=True):
            told = config.model_dump() | {"seed": seed}
            shown = None if seed == config.seed else False  # one bar tells of all
            mine = replace(work, show_progress=shown)
            jobs.append(pool.submit(_train, name, events, directory, told, mine, resume=resume))
    for job in jobs:
        job.result()
    return directories


def _train(name: str, events: Path, out: Path, told: dict[str, Any], work: Work, *, resume: bool) -> None:
    from eventspace.cli import warnings_in_one_line

    with warnings_in_one_line():
        train_one(name, events, out, training(name).config.model_validate(told), work, resume=resume)


def _as_a_command(words: tuple[str, ...]) -> None:
    end_with_parent()
    command.set(words)


@contextmanager
def _removed_if_empty(folder: Path) -> Iterator[None]:
    """So that it is there for all, and a request that is wrong leaves nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        if not any(folder.iterdir()):
            folder.rmdir()

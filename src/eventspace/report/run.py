"""The run directory: all results of a study, complete or not there at all, and resumable after a kill.

config.json      study and options, and the digests of the input files
results.json     study, question, answer, numbers with intervals, provenance; written last
arrays.npz       what the figures are drawn from
figures/         SVG and PNG, pages of some, and figures.json with the captions
log.jsonl        what happened when
checkpoints/     unfinished work; gone when the run is finished
networks/        networks that the study has trained, from its unfinished work
report.html      the page of this run
"""

import json
import logging
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from eventspace.base.errors import EventspaceError, InputError
from eventspace.base.files import atomic
from eventspace.base.provenance import environment, input_record
from eventspace.report.drawing import svg_and_png
from eventspace.report.record import Asked, read_record
from eventspace.report.style import Picture
from eventspace.studies.study import Result, StudyConfig

__all__ = ["RunDirectory", "run_directory"]


class RunDirectory:
    """An open run directory; see :func:`run_directory`.

    Attributes:
        path: the directory.
        checkpoints: the folder for unfinished work.
        finished: whether an earlier run has already written the result.
    """

    def __init__(self, path: Path, inputs: list[dict[str, str]], command: Sequence[str]):
        self.path = path
        self.checkpoints = path / "checkpoints"
        self.finished = (path / "results.json").exists()
        self._inputs = inputs
        self._command = list(command)
        self._started = time.monotonic()

    def finish(self, result: Result, pictures: Sequence[Picture]) -> None:
        """Write arrays, figures and, last of all, the results."""
        arrays: dict[str, Any] = dict(result.arrays)
        with atomic(self.path / "arrays.npz") as temporary, temporary.open("wb") as file:
            np.savez(file, **arrays)
        self.draw(pictures)
        results = {
            "study": result.study,
            "question": result.question,
            "answer": result.answer,
            "numbers": {name: number.as_dict() for name, number in result.numbers.items()},
            "provenance": {
                "command": self._command,
                "seed": result.config.seed,
                "inputs": self._inputs,
                "seconds": round(time.monotonic() - self._started, 1),
                **environment(),
            },
        }
        self._keep_networks()
        _write_json(self.path / "results.json", results)
        shutil.rmtree(self.checkpoints, ignore_errors=True)
        self.finished = True

    def _keep_networks(self) -> None:
        """What a study has trained may have taken hours, and others can go on with it."""
        for found in sorted(self.checkpoints.glob("*/model.safetensors")):
            folder = self.path / "networks"
            folder.mkdir(exist_ok=True)
            found.replace(folder / f"{found.parent.name}.safetensors")

    def draw(self, pictures: Sequence[Picture]) -> None:
        """Write the figures, also those of a run that goes on."""
        folder = self.path / "figures"
        folder.mkdir(exist_ok=True)
        for picture in pictures:
            for suffix, drawn in svg_and_png(picture.figure).items():
                with atomic(folder / f"{picture.name}{suffix}") as temporary:
                    temporary.write_bytes(drawn)
            if picture.page:
                with atomic(folder / f"{picture.name}.html") as temporary:
                    temporary.write_text(picture.page, encoding="utf-8")
        _write_json(
            folder / "figures.json", [{"name": p.name, "caption": p.caption, "page": bool(p.page)} for p in pictures]
        )


@contextmanager
def run_directory(
    path: str | Path, study: str, config: StudyConfig, inputs: Sequence[Path], command: Sequence[str], *, resume: bool
) -> Iterator[RunDirectory]:
    """Open a new run directory, or an interrupted one to continue it.

    Arguments:
        path: the directory; it must not exist or be empty, unless ``resume``.
        study, config: name and configuration of the study.
        inputs: the files of its samples; their digests are kept.
        command: the command line, for the record.
        resume: continue an interrupted run with the same configuration and inputs, or return to a finished one.

    Raises:
        InputError: the directory is in use, or belongs to another calculation.
    """
    path = Path(path)
    asked = config.model_dump(mode="json", exclude=config.without_effect)
    record: dict[str, Any] = {"study": study, "config": asked, "inputs": input_record(inputs)}
    fresh = not path.exists() or (path.is_dir() and all(map(_begun, path.iterdir())))
    made = [folder for folder in (path, *path.parents) if not folder.exists()]
    if not fresh:
        _check_same(path, record, resume)
    try:
        (path / "checkpoints").mkdir(parents=True, exist_ok=True)
        _write_json(path / "config.json", record)
        with _logging_to(path / "log.jsonl"):
            yield RunDirectory(path, record["inputs"], command)
    except Exception as error:
        # The request was wrong: remove everything. Trained networks, and what else may be worth hours after a fault of
        # ours, stay.
        wrong = isinstance(error, EventspaceError) and not any(path.rglob("*.safetensors"))
        if fresh and path.exists() and (wrong or not _kept(path)):
            _empty(path)
            for folder in made:
                folder.rmdir()
        raise
    if (path / "results.json").exists():
        shutil.rmtree(path / "checkpoints", ignore_errors=True)


def _begun(entry: Path) -> bool:
    """Whether this is all that a run leaves that was killed before it wrote what is asked for."""
    return entry.name == "checkpoints" and entry.is_dir() and not any(entry.iterdir())


def _kept(path: Path) -> bool:
    """Whether there is more than the request."""
    return any(not _begun(entry) and entry.name not in ("config.json", "log.jsonl") for entry in path.iterdir())


def _empty(path: Path) -> None:
    """Delete what is in a directory; itself it may be a link or the working directory."""
    for entry in path.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _check_same(path: Path, record: dict[str, Any], resume: bool) -> None:
    if not path.is_dir():
        raise InputError("there is a file of this name", file=path, remedy="name another directory")
    if not resume:
        raise InputError(
            "the run directory is not empty", file=path, remedy="name another, or add --resume to continue it"
        )
    if not (path / "config.json").is_file():
        raise InputError("this is not a run directory", file=path, remedy="name another directory")
    earlier = read_record(path / "config.json", Asked).model_dump(mode="json")
    differing = [name for name in record if earlier[name] != record[name]]
    if differing:
        raise InputError(
            f"the run directory belongs to another calculation (differing: {', '.join(differing)})",
            file=path,
            remedy="repeat the options of that run, or name another directory",
        )


@contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    """Let everything that eventspace logs be appended to a file, one JSON object a line."""
    logger = logging.getLogger("eventspace")
    handler = _JsonLines(path)
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
        handler.close()


class _JsonLines(logging.FileHandler):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        return json.dumps({"time": at, "from": record.name, "level": record.levelname, "text": record.getMessage()})


def _write_json(path: Path, value: Any) -> None:
    with atomic(path) as temporary:
        temporary.write_text(json.dumps(value, indent=1, allow_nan=False) + "\n")

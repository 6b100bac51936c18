"""What does eventspace do with damaged files? Thousands of them, of everything that it reads; 1 if anything went wrong.

Usage: python -m benchmarks.validation.fuzz [--out benchmarks/results/fuzz] [--files 5000] [--seed 1]

Good files of every format, of eventspace itself, run directories, generators and checkpoints are cut, and bytes or
blocks of them changed, deleted, copied, zeroed or inserted. A command that reads one must end well or with one line
that begins with "eventspace:". A process works through the files and is started again behind a file that kills or
stops it. The number of a file and the seed say what it is: --first 123 --files 1 is the file 123 once more.
"""

import argparse
import contextlib
import io
import json
import os
import random
import select
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import eventspace as es
from benchmarks.tables import RESULTS, ROOT, publish
from eventspace.base.errors import EventspaceError
from eventspace.cli import main as command
from eventspace.events import isolated
from eventspace.events.formats.registry import FORMATS

SECONDS = 120  # without a sign of life: a hang
READER_SECONDS = 10  # of computing for a reader in its child process; a minute for users, which would take long here
LARGEST_BLOCK = 300
GOOD, REFUSED, DIED = "done", "refused", "refused, the reader having died"
BAD = ("traceback", "unclear message", "crash", "hang")


@dataclass(frozen=True)
class Target:
    """Something that eventspace reads.

    Attributes:
        make: write the good files into an empty folder; returns the one to damage.
        use: read them there: the words of a command, or a call.
        weight: how often it is taken, beside the others.
    """

    make: Callable[[], Path]
    use: Callable[[Path, random.Random], list[str] | Callable[[], object]]
    weight: int = 2


def foreign(name: str) -> Target:
    """A file of a format, converted, in half the cases with the name of the format."""
    from events.formats.examples import EXAMPLES

    options: dict[str, Any] = {}

    def make() -> Path:
        path, found = EXAMPLES[name](Path())
        options.update(found)
        return path

    def use(path: Path, rng: random.Random) -> list[str]:
        words = ["convert", str(path), "out.h5", "--format", name][: rng.choice((3, 5))]
        for option, value in options.items():
            values = value if isinstance(value, tuple) else (value,)
            words += [f"--{option.replace('_', '-')}", *map(str, values)]
        return words

    return Target(make, use, 3)


def hepmc2() -> Target:
    """The older text of HepMC, whose reader is another one."""

    def make() -> Path:
        import pyhepmc

        from events.formats.examples import EXAMPLES

        path, _ = EXAMPLES["hepmc"](Path())
        with pyhepmc.open(path) as events, pyhepmc.open("events.hepmc2", "w", format="hepmc2") as file:
            for event in events:
                file.write(event)
        return Path("events.hepmc2")

    return Target(make, lambda path, rng: ["convert", str(path), "out.h5"], 3)


def native(events: Callable[[], Any], metric: str) -> Target:
    """A file of eventspace's own, described or compared."""

    def make() -> Path:
        es.write("events.h5", events())
        return Path("events.h5")

    def use(path: Path, rng: random.Random) -> list[str]:
        compare = ["distances", str(path), "--metric", metric, "--out", "d.h5", "--threads", "1"]
        return rng.choice((["inspect", str(path)], compare))

    return Target(make, use)


def points() -> es.Points:
    return es.Points(
        values=np.random.default_rng(1).normal(size=(30, 2)), per_event={"label": np.array(["a", "b"] * 15)}
    )


def jets() -> es.ParticleClouds:
    rng = np.random.default_rng(2)
    rows = [np.column_stack([rng.exponential(5, 6), rng.normal(0, 0.2, (6, 2))]) for _ in range(20)]
    return es.ParticleClouds.from_lists(rows, seed=1)


def showers() -> es.Showers:
    cells = np.random.default_rng(3).exponential(size=(12, 4, 4, 5))
    energies = {"incident_energy": np.linspace(50, 100, 12)}
    return es.Showers.from_dense(cells, per_event=energies, units={"energy": "GeV", "incident_energy": "GeV"})


def finished_run(file: str) -> Target:
    """A file of a finished run, which becomes a page."""

    def make() -> Path:
        es.write("points.h5", points())
        quietly(["dimension", "points.h5", "--out", "run", "--threads", "1"])
        return Path("run", file)

    return Target(make, lambda path, rng: ["report", "run", "--out", "page.html"], 3)


def unfinished_matrix(file: str) -> Target:
    """A file of a matrix of distances that was interrupted, which the same command continues."""

    def make() -> Path:
        from eventspace.distances.engine.matrix_file import MatrixFile
        from eventspace.distances.engine.tiles import Tile

        es.write("points.h5", points())
        with contextlib.suppress(KeyboardInterrupt), MatrixFile("d.h5", es.Euclidean(), points(), None, 64) as matrix:
            matrix.write(Tile(0, 30, 0, 30, True), es.matrix(es.Euclidean(), points()))
            raise KeyboardInterrupt
        return Path(file)

    words = ["distances", "points.h5", "--metric", "euclidean", "--out", "d.h5", "--threads", "1"]
    return Target(make, lambda path, rng: words)


def checkpoint() -> Target:
    """The kept state of a calculation of distances."""

    def use(path: Path, rng: random.Random) -> Callable[[], object]:
        return lambda: es.counts(es.Euclidean(), points(), [0.1, 1.0], checkpoint=path, threads=1)

    def make() -> Path:
        es.counts(es.Euclidean(), points(), [0.1, 1.0], checkpoint=Path("counts.npz"), threads=1)
        return Path("counts.npz")

    return Target(make, use, 3)


def generator() -> Target:
    """A trained generator, which makes a shower."""

    def make() -> Path:
        import torch

        from eventspace.models.file import save
        from eventspace.models.registry import model

        torch.manual_seed(1)
        recipe = model("shower-gan")
        sizes: dict[str, Any] = {"grid": (8, 8, 8), "window": (6, 6, 8), "latent": 4}
        known: dict[str, Any] = {
            "model": recipe.name,
            "showers": 1,
            "data": "",
            "steps": 0,
            "batch": 1,
            "seed": 1,
            "command": (),
            "versions": {},
        }
        card = recipe.card(**sizes, **known, cell_unit=0.02, threshold=0.0, energy_range=(50.0, 150.0))
        save("model.safetensors", recipe.network(card), card)
        return Path("model.safetensors")

    words = ["generate", "shower-gan", "-n", "1", "--energy", "100", "--device", "cpu", "out.h5", "--model"]
    return Target(make, lambda path, rng: [*words, str(path)])


def training_state(file: str) -> Target:
    """What a training keeps, with which it goes on."""

    def run() -> None:
        from eventspace.models.point_vae import train_point_vaes
        from eventspace.models.processes import processes

        with processes("cpu", 1) as group:
            train_point_vaes(points().values[None], seed=1, processes=group, folder=Path("kept"), steps=2)

    def make() -> Path:
        Path("kept").mkdir()
        run()
        return next(Path("kept").glob(file))

    return Target(make, lambda path, rng: run)


def targets() -> dict[str, Target]:
    images = lambda: es.Images(values=np.random.default_rng(4).exponential(size=(10, 5, 5)), half_width=1.0)  # noqa: E731
    return {
        **{name: foreign(name) for name in FORMATS},
        "hepmc (2)": hepmc2(),
        "eventspace points": native(points, "euclidean"),
        "eventspace jets": native(jets, "transport"),
        "eventspace showers": native(showers, "energy"),
        "eventspace images": native(images, "mse"),
        **{f"run: {name}": finished_run(name) for name in ("results.json", "config.json", "figures/figures.json")},
        **{f"unfinished matrix: {name[5:]}": unfinished_matrix(name) for name in (".d.h5.part", ".d.h5.journal")},
        "checkpoint of distances": checkpoint(),
        "generator": generator(),
        "training: state": training_state("*.safetensors"),
        "training: losses": training_state("*.jsonl"),
    }


def damaged(good: bytes, rng: random.Random) -> tuple[str, bytes]:
    """A name for what was done, and the bytes after it; some files are damaged at several places."""
    data, done = bytearray(good), ""
    for _ in range(rng.choice((1, 1, 2, 5))):
        start = rng.randrange(max(1, len(data)))
        length = rng.choice((1, 2, 8, rng.randrange(1, LARGEST_BLOCK)))
        block = data[start : start + length]
        done = rng.choice(("truncated", "flipped", "random", "deleted", "copied", "zeroed", "filled", "inserted"))
        match done:
            case "truncated":
                del data[0 if rng.random() < 0.05 else start :]
            case "flipped":
                for place in range(start, min(len(data), start + rng.choice((1, 3)))):
                    data[place] ^= 1 << rng.randrange(8)
            case "random":
                data[start : start + length] = rng.randbytes(len(block))
            case "deleted":
                del data[start : start + length]
            case "copied":
                place = rng.randrange(max(1, len(data)))
                data[place:place] = block
            case "zeroed":
                data[start : start + length] = bytes(len(block))
            case "filled":
                data[start : start + length] = b"\xff" * len(block)
            case "inserted":
                data[start:start] = rng.randbytes(length)
    return done, bytes(data)


def quietly(words: list[str]) -> tuple[int, str]:
    """Run a command of eventspace in this process; its code and what it says on the error stream."""
    said = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
        return command(words), said.getvalue()


def outcome(use: list[str] | Callable[[], object]) -> tuple[str, str]:
    """How it ends, and what is said."""
    try:
        if callable(use):
            use()
            return GOOD, ""
        code, said = quietly(use)
    except EventspaceError as error:
        return REFUSED, str(error)
    except Exception:
        return "traceback", traceback.format_exc()
    if code == 0:
        return GOOD, said
    if code != 2 or not said.startswith("eventspace: ") or said.count("\n") != 1:
        return "unclear message", said
    return (DIED if "(its reader" in said else REFUSED), said


def work(first: int, last: int, seed: int) -> None:
    """Damage and read the files from the first to the last; a line of JSON before and after each."""
    warnings.simplefilter("ignore")
    isolated._SECONDS = READER_SECONDS
    known = targets()
    names = [name for name, target in known.items() for _ in range(target.weight)]
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print is no answer
    with tempfile.TemporaryDirectory() as place:
        good: dict[str, tuple[Path, Path, bytes]] = {}
        for number in range(first, last):
            rng = random.Random(f"{seed} {number}")
            name = rng.choice(names)
            answers.write(json.dumps({"number": number, "target": name}) + "\n")
            if name not in good:
                folder = Path(place, f"good-{len(good)}")
                folder.mkdir()
                os.chdir(folder)
                path = known[name].make()
                good[name] = folder, path, path.read_bytes()
            folder, path, whole = good[name]
            copy = Path(place, "copy")
            shutil.copytree(folder, copy)
            os.chdir(copy)
            damage, data = damaged(whole, rng)
            path.write_bytes(data)
            start = time.perf_counter()
            ended, said = outcome(known[name].use(path, rng))
            seconds = time.perf_counter() - start
            answers.write(json.dumps({"damage": damage, "outcome": ended, "said": said, "seconds": seconds}) + "\n")
            os.chdir(place)
            shutil.rmtree(copy)


def lines(process: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    """What a worker says, as long as it lives and says something."""
    assert process.stdout
    while select.select([process.stdout], [], [], SECONDS)[0]:
        line = process.stdout.readline()
        if not line:
            return
        yield json.loads(line)


def fuzz(first: int, last: int, seed: int) -> list[dict[str, Any]]:
    """The outcome of every file."""
    found: list[dict[str, Any]] = []
    while first < last:
        words = [sys.executable, "-m", "benchmarks.validation.fuzz", "--worker", "--seed", str(seed)]
        part = ["--first", str(first), "--files", str(last - first)]
        process = subprocess.Popen([*words, *part], stdout=subprocess.PIPE, bufsize=0, cwd=ROOT)
        current: dict[str, Any] = {}
        for line in lines(process):
            current |= line
            if "outcome" in line:
                found.append(current)
                first, current = current["number"] + 1, {}
        if first < last:  # it died, or stands still
            try:
                ended, said = "crash", f"code {process.wait(1)}"
            except subprocess.TimeoutExpired:
                ended, said = "hang", f"no sign of life for {SECONDS} s"
                process.kill()
            found.append({"number": first, "target": "?", "damage": "?", "seconds": 0.0} | current)
            found[-1] |= {"outcome": ended, "said": said}
            first += 1
        process.wait()
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS / "fuzz")
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first file")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker:
        work(asked.first, asked.first + asked.files, asked.seed)
        return 0

    start = time.perf_counter()
    found = fuzz(asked.first, asked.first + asked.files, asked.seed)
    bad = [case for case in found if case["outcome"] in BAD]
    for case in bad:
        print(f"--- file {case['number']}, {case['target']}, {case['damage']}: {case['outcome']}\n{case['said']}")
    outcomes = (GOOD, REFUSED, DIED, *BAD)
    rows = []
    for name in (*dict.fromkeys(sorted(case["target"] for case in found)), "all"):
        cases = [case for case in found if name in ("all", case["target"])]
        counts = Counter(case["outcome"] for case in cases)
        slowest = max(case["seconds"] for case in cases)
        rows.append([name, str(len(cases)), *(str(counts[each]) for each in outcomes), f"{slowest:.1f}"])
    text = f"""
Damaged files of everything that eventspace reads, in {time.perf_counter() - start:.0f} s. "Done": the damage did not
matter, or changed a number that no reader can know. "The reader having died": of a crash in a library in C or C++, or
for computing without end; the command itself goes on and says so. The four columns behind it have to hold zeros.
"""
    command_line = f"python -m benchmarks.validation.fuzz --files {asked.files} --seed {asked.seed}"
    headings = ["what", "files", *outcomes, "slowest [s]"]
    publish(asked.out, "Damaged files", text, headings, rows, command=command_line, bad=bad)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "tests"))  # for the examples of formats
    sys.exit(main())

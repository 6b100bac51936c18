"""Make the recorded runs of runs.toml again.

Usage: python docs/results/record.py [--in recorded] [RUN ...]
"""

import argparse
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

RESULTS = Path(__file__).resolve().parent
TABLE = tomllib.loads((RESULTS / "runs.toml").read_text())
KEPT = ("results.json", "config.json")
NETWORK = ".safetensors"
FILES = (".h5", NETWORK)


def eventspace(*words: str) -> None:
    """Run one command."""
    subprocess.run([sys.executable, "-m", "eventspace.cli", *words], check=True)


def need(name: str) -> None:
    """Make a file, and before it those that its command reads."""
    path = Path(name)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if code := TABLE["python"].get(name):
        for other in TABLE["files"]:
            if f'"{other}"' in code:
                need(other)
        subprocess.run([sys.executable, "-c", code.replace("OUT", repr(name))], check=True)
        return
    words = command_of(name)
    for word in words:
        if word.endswith(FILES):
            need(word)
    eventspace(*words, str(path.parent) if name.endswith(NETWORK) else name)


def command_of(name: str) -> list[str]:
    """The command that makes a file, without the name of the file behind it."""
    for pattern, command in TABLE["files"].items():
        before, star, after = pattern.partition("*")
        if name == pattern or (star and name.startswith(before) and name.endswith(after)):
            return command.replace("*", name[len(before) : len(name) - len(after)]).split()
    raise SystemExit(f"{name} is not in {RESULTS / 'runs.toml'}")


def record(name: str) -> None:
    """Make a run, and copy what the documents show of it."""
    run = TABLE["runs"][name]
    words = run["command"].split()
    for word in words:
        if word.endswith(FILES):
            need(word)
    out = Path("runs", name.replace("/", "-"))
    eventspace(*words, "--resume", "--out", str(out))
    figures = [f"figures/{figure}.png" for figure in run.get("figures", ())]
    for file in (*KEPT, *figures):
        target = RESULTS / name / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(out / file, target)


def main() -> None:
    """Make the runs that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="*", metavar="RUN", help=", ".join(TABLE["runs"]))
    parser.add_argument("--in", dest="folder", type=Path, default=Path("recorded"), help="where to work")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.runs if name not in TABLE["runs"]]
    if unknown:
        parser.error(f"there is no run {', '.join(unknown)}")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    os.chdir(arguments.folder)
    for name in arguments.runs or TABLE["runs"]:
        record(name)


if __name__ == "__main__":
    main()

"""Peers in a process and an environment of their own, asked in JSON: one request, one answer a line."""

import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tables import ROOT

ENVIRONMENT = ROOT / ".bench-venv"
SCRIPTS = Path(__file__).resolve().parent
PACKAGES = (
    "torch==2.13.0",
    "scikit-image==0.26.0",
    "pytorch-msssim==1.0.0",
    "geomloss==0.3.1",
    "POT==0.9.7.post1",
    "scipy==1.17.1",
    "numpy<2",
)


class Peers:
    """A running script of peers.

    Attributes:
        versions: of its packages.
    """

    def __init__(self, process: subprocess.Popen[str]):
        self._process = process
        self.versions: dict[str, str] = self._read()

    def run(self, solver: str, sample: str, threads: int, *, values: bool = False, **options: Any) -> Any:
        """The seconds that a solver took, or its values."""
        request = {"solver": solver, "sample": sample, "threads": threads, "values": values, "options": options}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = self._read()
        return np.array(answer["values"]) if values else answer["seconds"]

    def _read(self) -> dict[str, Any]:
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("the peers have ended; what went wrong stands above")
        return json.loads(line)


@contextmanager
def peers(
    samples: Mapping[str, tuple[np.ndarray, np.ndarray]],
    script: str = "shower_peer.py",
    environment: Path = ENVIRONMENT,
) -> Iterator[Peers]:
    """The peers of a script with these samples, each the left and the right events."""
    python = environment / "bin" / "python"
    if not python.exists():
        print(f"making {environment.name} for the peers ...", file=sys.stderr)
        venv.create(environment, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES], check=True)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "samples.npz"
        np.savez(file, **{f"{name}/{side}": events for name, pair in samples.items() for side, events in _sides(pair)})
        process = subprocess.Popen(
            [python, SCRIPTS / script, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            yield Peers(process)
        finally:
            process.communicate()


def _sides(pair: tuple[np.ndarray, np.ndarray]) -> Iterator[tuple[str, np.ndarray]]:
    return zip(("left", "right"), pair, strict=True)

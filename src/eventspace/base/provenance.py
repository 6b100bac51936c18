"""Where a number comes from: versions, hardware, inputs."""

import os
import platform
from collections.abc import Iterable
from contextvars import ContextVar
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from eventspace.base.files import sha256

__all__ = ["command", "environment", "input_record"]

command: ContextVar[tuple[str, ...]] = ContextVar("command", default=("python",))
"""The command that is being run, for the record; whoever calls from Python is ``python``."""

_PACKAGES = (
    "numpy",
    "scipy",
    "numba",
    "llvmlite",
    "h5py",
    "awkward",
    "matplotlib",
    "fastjet",
    "pythia8mc",
    "calzone",
    "torch",
    "zuko",
    "gudhi",
    "kmapper",
)


def environment() -> dict[str, Any]:
    """Date, versions and hardware of this process, as plain values for a JSON file."""
    from eventspace import __version__

    versions = {"eventspace": __version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": versions,
        "hardware": {"processor": _processor(), "cores": os.cpu_count(), "system": platform.platform()},
    }


def input_record(paths: Iterable[str | Path]) -> list[dict[str, str]]:
    """Name and SHA-256 digest of each input file."""
    return [{"file": Path(path).name, "sha256": sha256(path)} for path in paths]


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()

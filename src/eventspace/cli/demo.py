"""The command ``demo``: the whole way from a simulated collision to a page with an answer."""

import json
import shlex
import time
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from eventspace.base.errors import EventspaceError, InputError

__all__ = ["demo"]


def demo(
    *,
    out: Path,
    n: Annotated[int, Parameter(name=["-n", "--events"])] = 1000,
    seed: int = 1,
    threads: int | None = None,
) -> None:
    """Simulate QCD, W and top jets, search the tops, measure dimensions, and make one page.

    Every step is an ordinary command and is printed before it runs, so that you can repeat it with options of your own.

    Args:
        out: A new directory for all files of the demo.
        n: Jets of each kind.
        seed: Seed of all random numbers.
        threads: Worker threads; all cores by default.
    """
    from eventspace.cli import main

    if out.exists() and any(out.iterdir()):
        raise InputError("the directory is not empty", file=out, remedy="name another, or remove it first")
    out.mkdir(parents=True, exist_ok=True)
    sample = {name: str(out / f"{name}.h5") for name in ("qcd", "w", "top")}
    how = [] if threads is None else ["--threads", str(threads)]
    medoids = [str(k) for k in (1, 2, 5, 10, 20, 50) if k <= n // 4]
    runs = {name: str(out / name) for name in ("anomaly", "dimension")}
    steps = [
        *(["simulate", f"{name}-jets", "-n", str(n), "--seed", str(seed), path] for name, path in sample.items()),
        ["anomaly", sample["qcd"], sample["top"], "--out", runs["anomaly"], "--medoids", *medoids, *how],
        ["dimension", *sample.values(), "--out", runs["dimension"], *how],
        ["report", *runs.values(), "--out", str(out / "page.html")],
    ]
    for step in steps:
        print(f"\n$ {shlex.join(['eventspace', *step])}", flush=True)
        start = time.perf_counter()
        if main(step) != 0:
            raise EventspaceError("the demo stopped at the step above")
        print(f"({time.perf_counter() - start:.0f} s)", flush=True)
    print()
    for run in runs.values():
        print(json.loads(Path(run, "results.json").read_text())["answer"])
    print(f"page: {out / 'page.html'}")

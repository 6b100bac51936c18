"""The command ``demo``: the whole way from a simulated collision to a page with an answer."""

import json
import shlex
import time
from importlib.util import find_spec
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
    """Simulate jets and showers, search top jets, measure dimensions, judge a shower generator, and make one page.

    Every step is an ordinary command and is printed before it runs, so that you can repeat it with options of your own.

    Args:
        out: A new directory for all files of the demo.
        n: Jets of each kind, and showers.
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
    runs = {name: str(out / name) for name in ("anomaly", "dimension", "support")}
    steps = [
        *(["simulate", f"{name}-jets", "-n", str(n), "--seed", str(seed), path] for name, path in sample.items()),
        ["anomaly", sample["qcd"], sample["top"], "--out", runs["anomaly"], "--medoids", *medoids, *how],
        ["dimension", *sample.values(), "--out", runs["dimension"], *how],
    ]
    if find_spec("torch"):
        showers, generated = str(out / "showers.h5"), str(out / "gan.h5")
        steps += [
            ["simulate", "showers", "-n", str(n), "--energy", "100", "--seed", str(seed), showers],
            ["generate", "shower-gan", "-n", str(n), "--seed", str(seed), generated],
            [
                *("support", showers, generated, "--threshold", "1e-4", "--sampled-pairs", "4000"),
                *("--out", runs["support"], *how),
            ],
        ]
    else:
        del runs["support"]
        print("Without torch there are no generated showers: pip install 'eventspace[torch]'")
    steps.append(["report", *runs.values(), "--out", str(out / "page.html")])
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

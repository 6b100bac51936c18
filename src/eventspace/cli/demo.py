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

_SHORT = ["--splits", "3", "--neighbours", "0", "--correlated", "150"]


def demo(
    *,
    out: Path,
    n: Annotated[int, Parameter(name=["-n", "--events"])] = 1000,
    seed: int = 1,
    threads: int | None = None,
) -> None:
    """Every study once, small: jets, showers, points and e+e- events simulated, questions answered, and one page made.

    Every step is an ordinary command and is printed before it runs, so that you can repeat it with options of your own.

    Args:
        out: A new directory for all files of the demo.
        n: Jets of each kind, showers, and a fifth of the points on two circles.
        seed: Seed of all random numbers.
        threads: Worker threads; all cores by default.
    """
    from eventspace.cli import main

    if out.exists() and any(out.iterdir()):
        raise InputError("the directory is not empty", file=out, remedy="name another, or remove it first")
    out.mkdir(parents=True, exist_ok=True)
    how = [] if threads is None else ["--threads", str(threads)]
    steps = [
        *_jets(out, n, seed, how),
        *_showers(out, n, seed, how),
        _amplification(out, seed),
        *_circles(out, n, seed, how),
        *_collisions(out, n, seed),
    ]
    runs = [step[step.index("--out") + 1] for step in steps if "--out" in step]
    steps.append(["report", *runs, "--out", str(out / "page.html")])
    for step in steps:
        print(f"\n$ {shlex.join(['eventspace', *step])}", flush=True)
        start = time.perf_counter()
        if main(step) != 0:
            raise EventspaceError("the demo stopped at the step above")
        print(f"({time.perf_counter() - start:.0f} s)", flush=True)
    print()
    for run in runs:
        print(json.loads(Path(run, "results.json").read_text())["answer"])
    print(f"page: {out / 'page.html'}")


def _jets(out: Path, n: int, seed: int, how: list[str]) -> list[list[str]]:
    """Search top jets among QCD jets, and measure dimensions; also with networks."""
    sample = {name: str(out / f"{name}.h5") for name in ("qcd", "w", "top")}
    search = [sample["qcd"], sample["top"], "--out", str(out / "anomaly")]
    medoids = [str(k) for k in (1, 2, 5, 10, 20, 50) if k <= n // 4]
    return [
        *(["simulate", f"{name}-jets", "-n", str(n), "--seed", str(seed), path] for name, path in sample.items()),
        # One power of the angle, three splits, no search of neighbours: about a minute.
        ["anomaly", *search, "--p", "1", "--medoids", *medoids, *_SHORT, *_autoencoders(), *how],
        ["dimension", *sample.values(), "--out", str(out / "dimension"), *how],
        *_representation(sample["w"], out, how),
    ]


def _autoencoders() -> list[str]:
    """Those that come with eventspace, beside the distances."""
    if not find_spec("torch"):
        print("Without torch there are no autoencoders: pip install 'eventspace[torch]'")
        return []
    return ["--networks", "qcd-jets", "--inverse-networks", "top-jets"]


def _representation(jets: str, out: Path, how: list[str]) -> list[list[str]]:
    """Count the dimensions of W jets with autoencoders that come with eventspace, trained at seven resolutions."""
    if not find_spec("torch"):
        return []
    options = ["--networks", "w-jets", "--compared", "300", "--out", str(out / "representation")]
    return [["representation", jets, *options, *how]]


def _showers(out: Path, n: int, seed: int, how: list[str]) -> list[list[str]]:
    """Judge the generator that comes with eventspace."""
    if not find_spec("torch"):
        print("Without torch there are no generated showers: pip install 'eventspace[torch]'")
        return []
    showers, generated = str(out / "showers.h5"), str(out / "gan.h5")
    options = ["--threshold", "1e-4", "--sampled-pairs", "4000", "--out", str(out / "support")]
    return [
        ["simulate", "showers", "-n", str(n), "--energy", "100", "--seed", str(seed), showers],
        ["generate", "shower-gan", "-n", str(n), "--seed", str(seed), generated],
        ["support", showers, generated, *options, *how],
    ]


def _amplification(out: Path, seed: int) -> list[str]:
    """Measure how far a fit amplifies its sample. The networks take minutes and are left out."""
    options = ["--truth", "camelback", "--generators", "fit", "--trainings", "20", "--sampled", "100000"]
    return ["amplification", *options, "--seed", str(seed), "--out", str(out / "amplification")]


def _collisions(out: Path, n: int, seed: int) -> list[list[str]]:
    """Cluster the jets of e+e- -> ZHH with the network that comes with eventspace, and compare with Durham's."""
    if not find_spec("torch"):
        print("Without torch there is no network that clusters: pip install 'eventspace[torch]'")
        return []
    events, jets = str(out / "zhh.h5"), str(out / "jets.root")
    return [
        ["simulate", "zhh", "-n", str(max(n // 4, 20)), "--seed", str(seed), events],
        ["cluster", events, jets, "--model", "ranker-zhh"],
        ["colorization", events, "--changed", "100", "--out", str(out / "colorization")],
    ]


def _circles(out: Path, n: int, seed: int, how: list[str]) -> list[list[str]]:
    """Find the connected components and loops of two circles."""
    if not find_spec("gudhi"):
        print("Without gudhi there is no topology: pip install 'eventspace[topology]'")
        return []
    circles = str(out / "circles.h5")
    return [
        ["simulate", "circles", "-n", str(5 * n), "--seed", str(seed), circles],
        ["topology", circles, "--seed", str(seed), "--out", str(out / "topology"), *how],
    ]

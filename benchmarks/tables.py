"""What the benchmarks share: timing in turn, and the record of a run as a table, in Markdown and in JSON."""

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from eventspace.base.provenance import environment

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def in_turn(work: Mapping[str, Callable[[], Any]], repeat: int) -> dict[str, list[float]]:
    """Seconds of each, ``repeat`` times: every repetition times all of them, so that all meet the same disturbances."""
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(repeat):
        for name, do in work.items():
            times[name].append(timed(do)[0])
    return times


def summary(kernel: str, size: str, unit: str, ours: float, peers: Mapping[str, float], target: str) -> dict[str, Any]:
    """A row of the table of all kernels.

    Arguments:
        unit: of the numbers; those "a pair" are times, those "/s" are rates.
        target: what was promised, in words.
    """
    faster = {name: value / ours if not unit.endswith("/s") else ours / value for name, value in peers.items()}
    return {
        "kernel": kernel,
        "size": size,
        "unit": unit,
        "ours": ours,
        "peers": dict(peers),
        "faster": faster,
        "target": target,
    }


def middle(times: Iterable[float], pairs: int = 1) -> dict[str, float]:
    """Median and least microseconds a pair."""
    taken = [1e6 * seconds / pairs for seconds in times]
    return {"median": median(taken), "min": min(taken)}


def both(entry: Mapping[str, float] | None, digits: int = 0) -> str:
    """Median (minimum), or a dash."""
    return "-" if entry is None else f"{entry['median']:.{digits}f} ({entry['min']:.{digits}f})"


def publish(
    out: Path,
    title: str,
    text: str,
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    command: str,
    peers: Mapping[str, str] | None = None,
    **record: Any,
) -> None:
    """The table on the screen and, with the rest of the record, in ``out``.md and ``out``.json."""
    table = Table(*headings, title=title)
    for row in rows:
        table.add_row(*row)
    Console(width=180).print(table)

    record = {"command": command, "peers": dict(peers or {}), **environment(), **record}
    hardware = record["hardware"]
    versions = ", ".join(f"{name} {number}" for name, number in (record["versions"] | record["peers"]).items())
    lines = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    page = f"""# {title}

{text.strip()}

| {" | ".join(headings)} |
|{"---|" * len(headings)}
{lines}

`{command}`, {record["date"]}.
{hardware["processor"]}, {hardware["cores"]} cores, {hardware["system"]}.
{versions}.
"""
    out.parent.mkdir(parents=True, exist_ok=True)
    out.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n")
    out.with_suffix(".md").write_text(page)

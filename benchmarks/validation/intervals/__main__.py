"""How often does each interval that eventspace prints hold the truth? Toys of known truth, at the sizes users have.

Usage: python -m benchmarks.validation.intervals [--only WORD ...] [--toys 400] [--seconds 90] [--processes 2]
    [--out FILE]

Cases that were measured before are kept, so that a stopped run goes on and ``--only`` measures some of them again.
"""

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(variable, "1")  # the toys share the cores, one process each

from benchmarks.tables import RESULTS, publish  # noqa: E402
from benchmarks.validation.intervals.case import Case, Toy  # noqa: E402

MODULES = sorted(path.stem for path in Path(__file__).parent.glob("of_*.py"))
FEWEST = 0.93  # coverage of 95% intervals that needs no word
BLOCK = 20  # toys at once


def cases() -> dict[str, Case]:
    """All cases by name: those of the modules ``of_*.py`` beside this file."""
    return {case.name: case for module in MODULES for case in import_module(f"{__package__}.{module}").CASES}


def toys(name: str, first: int, count: int) -> list[dict[str, Any]]:
    """What some of the toys of a case found."""
    case = cases()[name]
    return [judged(case.toy(number)) for number in range(first, first + count)]


def judged(toy: Toy) -> dict[str, Any]:
    number, truth = toy
    if number is None:
        return {
            "held": True,
            "kind": "nothing",
            "value": None,
            "width": None,
            "truth": truth,
            "level": None,
            "noted": False,
        }
    low, high = (-math.inf if number.low is None else number.low), (math.inf if number.high is None else number.high)
    sides = (number.low is not None) + (number.high is not None)
    return {
        # Closed at both ends, up to rounding: a truth on the end is held.
        "held": bool(low <= truth + 1e-12 * abs(truth) and truth - 1e-12 * abs(truth) <= high),
        "kind": ("nothing", "limit", "interval")[sides],
        "value": float(number.value),
        "width": high - low if sides == 2 else None,
        "truth": float(truth),
        "level": float(number.level),
        "noted": bool(number.note),
    }


def measured(case: Case, pool: ProcessPoolExecutor, most: int, seconds: float) -> dict[str, Any]:
    """Ask the toys of a case until there are enough, or the time is over."""
    start, found = time.perf_counter(), []
    blocks = list(range(0, most, BLOCK))
    width = pool._max_workers
    for place in range(0, len(blocks), width):
        jobs = [pool.submit(toys, case.name, at, min(BLOCK, most - at)) for at in blocks[place : place + width]]
        for job in jobs:
            found += job.result()
        if time.perf_counter() - start > seconds:
            break
    held, asked = sum(toy["held"] for toy in found), len(found)
    coverage = held / asked
    widths = sorted(toy["width"] / abs(toy["value"]) for toy in found if toy["width"] is not None and toy["value"])
    return {
        "interval": case.interval,
        "source": case.source,
        "size": case.size,
        "level": next((toy["level"] for toy in found if toy["level"]), None),
        "toys": asked,
        "coverage": coverage,
        # Of Agresti and Coull, which is not 0 where all or none are held.
        "error": math.sqrt((p := (held + 2) / (asked + 4)) * (1 - p) / (asked + 4)),
        "limits": sum(toy["kind"] == "limit" for toy in found) / asked,
        "nothing": sum(toy["kind"] == "nothing" for toy in found) / asked,
        "zero width": sum(toy["width"] == 0 for toy in found) / asked,
        "noted": sum(toy["noted"] for toy in found) / asked,
        "relative width": widths[len(widths) // 2] if widths else None,
        "mean": sum(values) / len(values)
        if (values := [t["value"] for t in found if t["value"] is not None])
        else None,
        "truth": sum(toy["truth"] for toy in found) / asked,
        "seconds": round(time.perf_counter() - start, 1),
    }


def rows(results: list[dict[str, Any]]) -> Iterator[list[str]]:
    for found in results:
        low = found["coverage"] + 2 * found["error"] < FEWEST or found["coverage"] < FEWEST
        coverage = f"{found['coverage']:.1%} +- {found['error']:.1%}"
        yield [
            f"`{found['interval']}`",
            found["source"],
            f"{found['size']:,}",
            f"{found['toys']:,}",
            f"**{coverage}**" if low else coverage,
            *(f"{found[name]:.0%}" if found.get(name) else "" for name in ("limits", "nothing", "zero width", "noted")),
            "" if found["relative width"] is None else f"{found['relative width']:.2g}",
            "" if found["mean"] is None else f"{found['mean']:.4g}",
            f"{found['truth']:.4g}",
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", default=[], help="measure the cases whose names hold one of these words")
    parser.add_argument("--toys", type=int, default=400)
    parser.add_argument("--seconds", type=float, default=90.0, help="for one case; at least 40 toys are asked")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--out", type=Path, default=RESULTS / "intervals")
    arguments = parser.parse_args()

    record = arguments.out.with_suffix(".json")
    before = {entry["name"]: entry for entry in json.loads(record.read_text())["results"]} if record.exists() else {}
    known, kept = cases(), {}
    with ProcessPoolExecutor(arguments.processes, mp_context=get_context("fork")) as pool:
        for name, case in known.items():
            chosen = any(word in name for word in arguments.only) if arguments.only else name not in before
            if chosen:
                kept[name] = {"name": name, **measured(case, pool, arguments.toys, arguments.seconds)}
                print(f"{name}: {kept[name]['coverage']:.3f} of {kept[name]['toys']}", file=sys.stderr, flush=True)
                before[name] = kept[name]
                # So that a stopped run goes on; the table is written at the end.
                record.write_text(json.dumps({"results": list(before.values())}))
            elif name in before:
                kept[name] = before[name]
    command = f"python -m benchmarks.validation.intervals --toys {arguments.toys} --seconds {arguments.seconds:g}"
    write(arguments.out, list(kept.values()), command)


def write(out: Path, results: list[dict[str, Any]], command: str) -> None:
    publish(
        out,
        "Coverage of the intervals",
        """
How often the intervals that the studies print hold the truth, on toys where it is known. An interval of 95% should
hold it in 95%, a limit at least as often; **bold**: in less than 93%. Errors are binomial. "Limits": the share of toys
with a bound on one side only; "nothing": without a claim; "zero width": with an interval of one point; "noted": with a
note beside the number, which says what the interval may miss (empty too where the case was measured before this was
counted). The width is the median, relative to the value; the mean is that of the values.
""",
        (
            "number",
            "toys drawn from",
            "events",
            "toys",
            "coverage",
            "limits",
            "nothing",
            "zero width",
            "noted",
            "width",
            "mean",
            "truth",
        ),
        list(rows(results)),
        command=command,
        results=results,
    )


if __name__ == "__main__":
    main()

"""One table of all kernels, from the records that the other benchmarks of the same run have left.

Usage: python -m benchmarks.summary [--results benchmarks/results]

The table is written into docs/performance.md too. A record that was made on another machine or with another version of
a package that both name is refused: one table, one environment.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks.tables import RESULTS, ROOT

BEGIN, END = "<!-- summary: written by benchmarks/summary.py -->", "<!-- /summary -->"

HEADINGS = ("kernel", "size", "unit", "ours", "peers", "ours is faster by", "target")


def number(value: float) -> str:
    return f"{value:.2e}" if value >= 1e5 else f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def line(row: dict[str, Any]) -> str:
    cells = (
        row["kernel"],
        row["size"],
        row["unit"],
        number(row["ours"]),
        ", ".join(f"{name} {number(value)}" for name, value in row["peers"].items()) or "-",
        ", ".join(f"{name} {value:.1f}x" for name, value in row["faster"].items()) or "-",
        row["target"],
    )
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=RESULTS)
    results = parser.parse_args().results

    records = {path.stem: json.loads(path.read_text()) for path in sorted(results.glob("*.json"))}
    records = {name: record for name, record in records.items() if record.get("summary")}
    if not records:
        raise SystemExit(f"no records in {results}; run the benchmarks first")
    first = next(iter(records.values()))
    for name, record in records.items():
        if record["hardware"] != first["hardware"]:
            raise SystemExit(f"{name}.json is from another machine than the first record; run `make bench` as a whole")
        for package in record["versions"].keys() & first["versions"].keys():
            if record["versions"][package] != first["versions"][package]:
                raise SystemExit(
                    f"{name}.json has another {package} than the first record; run `make bench` as a whole"
                )

    dates = sorted(record["date"] for record in records.values())
    versions = first["versions"] | {k: v for record in records.values() for k, v in record["peers"].items()}
    hardware = first["hardware"]
    body = "\n".join(line(row) for record in records.values() for row in record["summary"])
    text = f"""# All kernels

Medians. Times are microseconds or milliseconds a pair and smaller is better; rates are pairs a second. Every peer was
timed in the same run as ours, on the same events and with as many threads; the table of each benchmark, beside this
file, says how.

| {" | ".join(HEADINGS)} |
|{"---|" * len(HEADINGS)}
{body}

`make bench`, from {dates[0]} to {dates[-1]}.
{hardware["processor"]}, {hardware["cores"]} cores, {hardware["system"]}.
{", ".join(f"{name} {version}" for name, version in versions.items())}.

{chr(10).join(f"- {name}: `{record['command']}`" for name, record in records.items())}
"""
    (results / "summary.md").write_text(text)
    print(text)
    if results == RESULTS:
        page = ROOT / "docs" / "performance.md"
        before, begin, rest = page.read_text().partition(BEGIN)
        _, end, after = rest.partition(END)
        if not begin or not end:
            raise SystemExit(f"{page.name} has no place for the table: {BEGIN} ... {END}")
        page.write_text(f"{before}{begin}\n{text.partition(chr(10))[2]}\n{end}{after}")


if __name__ == "__main__":
    main()

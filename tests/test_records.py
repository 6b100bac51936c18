"""The table of recorded runs and what stands in the documents are the same."""

import importlib.util
import json
import re
from pathlib import Path

import pytest

from eventspace.studies.registry import study

RESULTS = Path(__file__).parents[1] / "docs" / "results"

_spec = importlib.util.spec_from_file_location("record", RESULTS / "record.py")
record = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(record)
RUNS = record.TABLE["runs"]


def named(words: list[str]) -> list[str]:
    """What a command computes, without the folders of its files."""
    kept, words = [], list(words)
    while words:
        word = words.pop(0)
        if word in ("--out", "--threads"):
            words.pop(0)
        elif word != "--resume":
            kept.append(word.rpartition("/")[2] if word.endswith(".h5") else word)
    return kept


def test_every_recorded_run_is_in_the_table() -> None:
    recorded = {path.parent.relative_to(RESULTS).as_posix() for path in RESULTS.rglob("results.json")}
    assert recorded == set(RUNS)


@pytest.mark.parametrize("name", RUNS)
def test_it_was_made_by_the_command_of_the_table(name: str) -> None:
    command = json.loads((RESULTS / name / "results.json").read_text())["provenance"]["command"]
    run = RUNS[name]
    assert named(command[1:]) == named(run.get("recorded", run["command"]).split())


@pytest.mark.parametrize("name", RUNS)
def test_it_has_the_names_of_today(name: str) -> None:
    found, config = (json.loads((RESULTS / name / f"{kind}.json").read_text()) for kind in ("results", "config"))
    assert found["study"] == config["study"] == RUNS[name]["command"].split()[0]
    entry = study(found["study"])
    assert found["question"] == entry.question
    assert set(config["config"]) <= set(entry.config.model_fields)
    for key, number in found["numbers"].items():
        assert not {"worth", "band", "pieces", "reach", "train"} & set(re.split(r"[.-]", key))
        assert number.get("note") or number["low"] is not None or number["high"] is not None


@pytest.mark.parametrize("name", RUNS)
def test_it_shows_the_figures_of_the_table(name: str) -> None:
    figures = {path.stem for path in (RESULTS / name / "figures").glob("*.png")}
    assert figures == set(RUNS[name].get("figures", ()))


def test_every_file_that_is_needed_can_be_made() -> None:
    needed = {word for run in RUNS.values() for word in run["command"].split() if word.endswith(record.FILES)}
    while needed:
        name = needed.pop()
        if name not in record.TABLE["python"]:
            needed |= {word for word in record.command_of(name) if word.endswith(record.FILES)}
    with pytest.raises(SystemExit, match=r"other\.h5 is not in"):
        record.command_of("other.h5")
    assert record.command_of("geant4/1007.h5")[-1] == "1007"
    assert "701" in record.command_of("geant4/1019.h5")
    assert "701" not in record.command_of("geant4/1007.h5")

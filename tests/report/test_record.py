"""Damaged, renamed and nested files of a run directory: one message that names the run."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eventspace.base.errors import InputError
from eventspace.report import record
from eventspace.report.page import write_page
from eventspace.report.run import run_directory
from eventspace.report.style import Picture, panels
from eventspace.statistics.number import Number
from eventspace.studies.study import Result, StudyConfig


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A finished run."""
    numbers = {"x": Number(1.0, 0.9, 1.1, 0.95)}
    with run_directory(tmp_path / "run", "toy", StudyConfig(), [], ["eventspace"], resume=False) as directory:
        picture = Picture("figure", "A caption.", panels(1, 1, 2, 2)[0])
        directory.finish(Result("toy", "What?", "That.", numbers, {}, StudyConfig()), [picture])
    return tmp_path / "run"


def edited(change: Callable[[Any], Any]) -> Callable[[Path], object]:
    return lambda path: path.write_text(json.dumps(change(json.loads(path.read_text()))))


def without(name: str) -> Callable[[Path], object]:
    return edited(lambda values: {key: value for key, value in values.items() if key != name})


def number(**other: Any) -> Callable[[Path], object]:
    one = {"value": 1.0, "low": 0.9, "high": 1.1, "level": 0.95} | other
    return edited(lambda values: values | {"numbers": {"x": one}})


DAMAGES = {
    "empty": ("results.json", lambda path: path.write_text("")),
    "no text": ("results.json", lambda path: path.write_bytes(b"\xff\xfe\x00")),
    "nested": ("results.json", lambda path: path.write_text('{"a":' + "[" * 50_000 + "]" * 50_000 + "}")),
    "a list": ("results.json", lambda path: path.write_text("[1, 2]")),
    "no answer": ("results.json", without("answer")),
    "no provenance": ("results.json", without("provenance")),
    "numbers a list": ("results.json", edited(lambda values: values | {"numbers": [1]})),
    "number a text": ("results.json", number(value="one")),
    "number infinite": ("results.json", number(value=float("inf"))),
    "number backwards": ("results.json", number(low=2.0)),
    "provenance empty": ("results.json", edited(lambda values: values | {"provenance": {}})),
    "hardware a list": (
        "results.json",
        edited(lambda values: values | {"provenance": values["provenance"] | {"hardware": []}}),
    ),
    "config a list": ("config.json", edited(lambda values: values | {"config": [1]})),
    "config missing": ("config.json", without("config")),
    "inputs numbers": ("config.json", edited(lambda values: values | {"inputs": [1]})),
    "figures an object": ("figures/figures.json", lambda path: path.write_text("{}")),
    "figures gone": ("figures/figures.json", lambda path: path.unlink()),
    "figure elsewhere": ("figures/figures.json", edited(lambda values: [values[0] | {"name": "../../secret"}])),
    "figure gone": ("figures/figure.svg", lambda path: path.unlink()),
    "page gone": ("figures/figures.json", edited(lambda values: [values[0] | {"page": True}])),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_run_is_refused(run: Path, tmp_path: Path, damage: str) -> None:
    write_page([run], tmp_path / "good.html")
    name, change = DAMAGES[damage]
    change(run / name)
    with pytest.raises(InputError, match=r"run\S*: the run is damaged \(") as error:
        write_page([run], tmp_path / "page.html")
    assert len(str(error.value)) < 500
    assert not (tmp_path / "page.html").exists()


def test_a_run_of_any_length_is_not_read_into_memory(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "_MOST_BYTES", 100)
    with pytest.raises(InputError, match=r"results\.json: it has more than 100 bytes"):
        write_page([run], run.with_name("page.html"))


@pytest.mark.parametrize("damage", ["config a list", "config missing", "inputs numbers"])
def test_a_damaged_run_is_not_continued(run: Path, damage: str) -> None:
    name, change = DAMAGES[damage]
    change(run / name)
    with (
        pytest.raises(InputError, match="the run is damaged"),
        run_directory(run, "toy", StudyConfig(), [], [], resume=True),
    ):
        pytest.fail("the block must not be entered")

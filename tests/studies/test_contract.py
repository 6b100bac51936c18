"""What every study of the dictionary promises: Python and the command agree, a kill changes nothing, errors name files.

A new study gives its example here: the files of its roles, and options that make it small.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from functools import cache
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eventspace as es
from eventspace.cli import main
from eventspace.events.native import write
from eventspace.report.answer import Answer
from eventspace.report.style import _STYLE
from eventspace.studies.registry import STUDIES, study

DOCS = Path(__file__).parents[2] / "docs" / "studies"


def points(n: int, seed: int) -> es.Points:
    return es.Points(values=np.random.default_rng(seed).normal(size=(n, 2)))


def jets(n: int, seed: int) -> es.ParticleClouds:
    rng = np.random.default_rng(seed)
    return es.ParticleClouds.from_lists(
        [np.column_stack([rng.exponential(5, 6), rng.normal(0, 0.2, (6, 2))]) for _ in range(n)], seed=seed
    )


def showers(n: int, seed: int) -> es.Showers:
    return es.Showers.from_dense(np.random.default_rng(seed).gamma(2, 1, (n, 4, 4, 5)))


def collisions(n: int, seed: int) -> es.Collisions:
    return next(es.simulate("zz", n, seed=seed, processes=1))


@dataclass(frozen=True)
class Example:
    """How a study is asked here.

    Attributes:
        make: events of the kind that it takes.
        sizes: how many of each of its files.
        options: that make it small.
    """

    make: Callable[[int, int], es.Points | es.ParticleClouds | es.Showers | es.Collisions]
    sizes: tuple[int, ...]
    options: dict[str, Any]

    @property
    def files(self) -> list[str]:
        return [f"sample{k}.h5" for k in range(len(self.sizes))]


EXAMPLES = {
    "anomaly": Example(jets, (24, 20), {"medoids": (1, 3), "pixels": 8, "splits": 2, "p": (1.0,)}),
    "support": Example(showers, (30, 25), {"features": ("profiles", "total"), "alpha": (0.3,), "replications": 100}),
    "validation": Example(showers, (30, 25), {"replicas": 20, "cells_above": (1.0,)}),
    "amplification": Example(points, (), {"generators": ("fit",), "trainings": 6, "sampled": 1000, "quantiles": (5,)}),
    "equivalent-size": Example(points, (300, 60, 200), {"quantiles": (8,)}),
    "dimension": Example(points, (60, 50), {"thresholds": 7, "at": (0.5,)}),
    "representation": Example(
        jets,
        (100,),
        {
            "latent": ("R2",),
            "beta": (0.1, 0.3),
            "repetitions": 1,
            "steps": 2,
            "batch": 8,
            "width": 4,
            "particles": 3,
            "hardest": 4,
        },
    ),
    "topology": Example(points, (60, 60), {"neighbours": 8, "landmarks": 20, "replicas": 20, "permutations": 19}),
    "colorization": Example(collisions, (20,), {"models": ("ranker-two-bosons",), "replicas": 20, "changed": 5}),
    "mapper": Example(points, (80,), {"intervals": 4, "scanned_intervals": (4, 5), "scanned_overlaps": (0.3,)}),
}
# Study by study: what one test has computed the next ones use, also where two processes share the tests.
EACH = pytest.mark.parametrize("name", STUDIES, scope="module")
LONG = ("anomaly", "representation", "support", "validation")  # studies of many figures
EACH_ASKED = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in LONG else name for name in STUDIES], scope="module"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def example(name: str) -> tuple[list[str], dict[str, Any]]:
    """The files of a study, written to the working directory, and its options."""
    assert name in EXAMPLES, f"give an example of {name} here"
    files = EXAMPLES[name].files
    for k, (file, size) in enumerate(zip(files, EXAMPLES[name].sizes, strict=True)):
        write(file, EXAMPLES[name].make(size, k + 1))
    return files, EXAMPLES[name].options


def words(name: str, files: list[str], options: dict[str, Any], out: str) -> list[str]:
    """The command of a study."""
    found = [name, *files, "--out", out]
    for option, value in options.items():
        found += [f"--{option.replace('_', '-')}", *map(str, value if isinstance(value, tuple) else (value,))]
    return found


def asked(name: str) -> Callable[..., Any]:
    """The study as a function of eventspace."""
    found: Callable[..., Any] = getattr(es, name.replace("-", "_"))
    return found


@contextmanager
def not_laid_out() -> Iterator[None]:
    """Figures whose axes stand anywhere, twice as fast; a result that shows itself lays them out as users see them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(_STYLE, "figure.constrained_layout.use", False)
        yield


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A directory with the files of a study's example and the run ``whole`` of its command, made once."""

    @cache
    def made(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name)
        with chdir(folder), not_laid_out():
            assert main(words(name, *example(name), "whole")) == 0
        return folder

    return made


@pytest.fixture(scope="module")
def answered(whole_run: Callable[[str], Path]) -> Callable[[str], Answer]:
    """What Python answers for the same, asked once: of a file first, and of events in the place of the others."""

    @cache
    def made(name: str) -> Answer:
        files, options = EXAMPLES[name].files, EXAMPLES[name].options
        with chdir(whole_run(name)):
            answer: Answer = asked(name)(*files[:1], *(es.read(file) for file in files[1:]), **options)
            return answer

    return made


def numbers(run: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(run, "results.json").read_text())["numbers"]
    return found


@pytest.mark.slow
@EACH_ASKED
def test_python_and_the_command_give_the_same(
    name: str,
    whole_run: Callable[[str], Path],
    answered: Callable[[str], Answer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(whole_run(name))
    answer = answered(name)
    assert {key: number.as_dict() for key, number in answer.numbers.items()} == numbers("whole")
    results = json.loads(Path("whole/results.json").read_text())
    assert (results["study"], results["question"], results["answer"]) == (name, STUDIES[name], answer.answer)
    # The run has drawn these figures; here only their names are asked for.
    monkeypatch.setattr("eventspace.report.run.svg_and_png", lambda figure: {".svg": b"<svg/>", ".png": b""})
    page = answer.save("saved")
    assert page.is_file()
    for file in ("arrays.npz", "config.json"):
        assert Path("saved", file).read_bytes() == Path("whole", file).read_bytes()
    drawn = sorted(path.name for path in Path("whole/figures").iterdir())
    assert sorted(path.name for path in Path("saved/figures").iterdir()) == drawn


@pytest.mark.slow
@EACH_ASKED
def test_a_result_shows_itself_and_every_number_has_an_interval_or_says_why_not(
    name: str, answered: Callable[[str], Answer]
) -> None:
    answer = answered(name)
    assert repr(answer).startswith(f"<{name}: ")
    assert "\n" not in repr(answer)
    assert answer.answer.endswith(".")
    assert "<table>" in answer._repr_html_()
    assert list(answer.numbers.to_pandas().index) == list(answer.numbers)
    for key, number in answer.numbers.items():
        assert number.note or number.low is not None or number.high is not None, f"{key} has neither interval nor note"
        assert 0 < number.level < 1
    pictures = answer.figures()
    assert pictures
    assert len({picture.name for picture in pictures}) == len(pictures)
    assert all(picture.caption.endswith(".") for picture in pictures)
    for axes in (axes for picture in pictures for axes in picture.figure.axes):
        assert "$" not in f"{axes.get_title()}{axes.get_xlabel()}{axes.get_ylabel()}", "formulas are not drawn as such"


@pytest.mark.slow
@EACH_ASKED
def test_a_kill_and_a_resume_change_nothing(
    name: str, whole_run: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed when the first file after the request has been written: a step that is kept, or the first of the end."""
    monkeypatch.chdir(whole_run(name))
    killed = words(name, *example(name), "killed")

    replaced = Path.replace

    def dies(self: Path, target: Path) -> Path:
        done = replaced(self, target)
        if Path(target).name != "config.json":
            raise KeyboardInterrupt
        return done

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", dies)
        assert main(killed) == 130
    assert not Path("killed/results.json").exists()
    assert main(killed) == 2, "without --resume nothing is overwritten"
    with not_laid_out():
        assert main([*killed, "--resume"]) == 0
    assert numbers("killed") == numbers("whole")
    for file in ("arrays.npz", *(f"figures/{path.name}" for path in Path("whole/figures").iterdir())):
        assert Path("killed", file).read_bytes() == Path("whole", file).read_bytes()
    assert not Path("killed/checkpoints").exists()


@EACH
def test_an_unknown_option_is_refused(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files, options = example(name)
    with pytest.raises(TypeError, match="did you mean 'level'"):
        asked(name)(*files, levle=0.9)
    with pytest.raises(es.InputError, match="level"):
        asked(name)(*files, level=2)
    assert main([*words(name, files, options, "run"), "--levle", "0.9"]) == 2
    assert "--levle" in capsys.readouterr().err
    assert not Path("run").exists()


@pytest.mark.slow
@EACH
def test_wrong_events_name_their_file(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files, options = example(name)
    write("few.h5", EXAMPLES[name].make(2, 9))
    others = jets if EXAMPLES[name].make is not jets else points
    write("others.h5", others(60, 9))
    for place in range(len(files)):
        wrong = "few.h5" if place == 0 else "others.h5"
        given = [*files[:place], wrong, *files[place + 1 :]]
        with pytest.raises(es.InputError) as error:
            asked(name)(*given, **options)
        assert str(error.value.file) == wrong
        assert main(words(name, given, options, "run")) == 2
        assert f"{wrong}: " in capsys.readouterr().err
        assert not Path("run").exists()


@EACH
def test_it_can_be_asked_and_read_about(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = study(name)
    assert STUDIES[name].endswith("?")
    assert name.replace("-", "_") in dir(es)
    assert "For example: eventspace " + name in found.description
    arguments = signature(asked(name)).parameters
    assert {*found.config.model_fields, *found.options, *(role.name for role in found.roles)} <= set(arguments)
    assert all(field.description for field in found.config.model_fields.values())
    assert all(role.description.endswith(".") for role in found.roles)
    assert (DOCS / f"{name}.md").is_file()
    assert f"[{name}]({name}.md)" in (DOCS / "README.md").read_text()
    assert main([name, "--help"]) == 0
    page = capsys.readouterr().out
    assert all(f"--{option.replace('_', '-')}" in page for option in (*found.options, "out", "resume", "seed"))

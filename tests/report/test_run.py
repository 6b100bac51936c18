"""Run directories: complete, refused when in use, resumable, empty after wrong input; pages that open offline."""

import json
import re
from contextlib import AbstractContextManager
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from eventspace.base.errors import InputError
from eventspace.report.drawing import svg, svg_and_png
from eventspace.report.page import write_page
from eventspace.report.pictures import literal
from eventspace.report.run import RunDirectory, run_directory
from eventspace.report.style import Picture, panels, style
from eventspace.statistics.number import Number
from eventspace.studies.registry import study
from eventspace.studies.study import Result, StudyConfig


def result(answer: str = "It is <3> & more.") -> Result:
    numbers = {"a.b": Number(1.0, 0.9, 1.1, 0.95, "GeV"), "limit": Number(5.0, 5.0, None, 0.95, "")}
    return Result("toy", "What is it?", answer, numbers, {"x": np.arange(3.0)}, StudyConfig())


def picture() -> Picture:
    figure, ((axis,),) = panels(1, 1, 2, 2)
    axis.plot([0, 1])
    return Picture("line", "A line.", figure)


def open_run(path: Path) -> AbstractContextManager[RunDirectory]:
    return run_directory(path, "toy", StudyConfig(), [], ["eventspace", "toy"], resume=False)


def finish(path: Path, *, resume: bool = False, config: StudyConfig | None = None, **options: str) -> None:
    with run_directory(path, "toy", config or StudyConfig(), [], ["eventspace", "toy"], resume=resume) as directory:
        if not directory.finished:
            directory.finish(result(**options), [picture()])


@pytest.mark.pngs
def test_run_directory_is_complete_and_plain_json(tmp_path: Path) -> None:
    finish(tmp_path / "run")
    names = {str(path.relative_to(tmp_path / "run")) for path in (tmp_path / "run").rglob("*") if path.is_file()}
    expected = {"config.json", "results.json", "arrays.npz", "log.jsonl"}
    assert names == expected | {f"figures/{name}" for name in ("line.svg", "line.png", "figures.json")}
    assert (tmp_path / "run" / "figures" / "line.png").read_bytes().startswith(b"\x89PNG")
    results = json.loads((tmp_path / "run" / "results.json").read_text())
    assert set(results) == {"study", "question", "answer", "numbers", "provenance"}
    whole = {"value": 1.0, "low": 0.9, "high": 1.1, "level": 0.95, "unit": "GeV", "note": ""}
    assert results["numbers"]["a.b"] == whole
    assert {"command", "seed", "inputs", "versions", "hardware", "date"} <= set(results["provenance"])


def test_a_late_error_leaves_trained_networks(tmp_path: Path) -> None:
    for name in ("state.safetensors", "checkpoints/up-01/model.safetensors"):
        run = tmp_path / name.partition(".")[0].replace("/", "-")
        with pytest.raises(InputError), open_run(run):
            (run / name).parent.mkdir(parents=True, exist_ok=True)
            (run / name).write_bytes(b"hours of work")
            raise InputError("the numbers cannot be computed")
        assert (run / name).read_bytes() == b"hours of work"
        with run_directory(run, "toy", StudyConfig(), [], ["eventspace", "toy"], resume=True) as again:
            assert not again.finished


def test_options_without_effect_stand_in_no_record(tmp_path: Path) -> None:
    config = study("representation").config(networks=Path("w-jets"))
    with run_directory(tmp_path / "run", "representation", config, [], ["eventspace"], resume=False):
        pass
    kept = json.loads((tmp_path / "run" / "config.json").read_text())["config"]
    assert set(kept) == {"seed", "level", "networks", "shown", "compared"}


def test_networks_of_the_study_stay_when_its_unfinished_work_goes(tmp_path: Path) -> None:
    with open_run(tmp_path / "run") as directory:
        folder = directory.checkpoints / "up-01"
        folder.mkdir(parents=True)
        (folder / "model.safetensors").write_bytes(b"weights")
        (folder / "state.safetensors").write_bytes(b"state")
        directory.finish(result(), [])
    assert not (tmp_path / "run" / "checkpoints").exists()
    [kept] = (tmp_path / "run" / "networks").iterdir()
    assert (kept.name, kept.read_bytes()) == ("up-01.safetensors", b"weights")


def test_figures_have_the_same_bytes_again(tmp_path: Path) -> None:
    for name in ("a", "b"):
        finish(tmp_path / name)
    for file in ("figures/line.svg", "arrays.npz"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


@pytest.mark.pngs
def test_figures_are_drawn_as_matplotlib_does_and_stay_as_they_are() -> None:
    figure, expected, file = picture().figure, picture().figure, BytesIO()
    before = (figure.dpi, figure.canvas, type(figure.get_layout_engine()))
    drawn = svg_and_png(figure)
    assert (figure.dpi, figure.canvas, type(figure.get_layout_engine())) == before
    assert svg_and_png(figure) == drawn
    with style():
        expected.savefig(file, format="svg", metadata={"Date": None})
    assert drawn[".svg"] == file.getvalue()
    assert imread(BytesIO(drawn[".png"])).shape == (320, 320, 4)


def test_directory_in_use_is_refused_without_resume(tmp_path: Path) -> None:
    finish(tmp_path)
    with pytest.raises(InputError, match="--resume"):
        finish(tmp_path)


def test_resume_of_a_finished_run_changes_nothing(tmp_path: Path) -> None:
    finish(tmp_path)
    before = (tmp_path / "results.json").read_bytes()
    finish(tmp_path, resume=True, answer="Another.")
    assert (tmp_path / "results.json").read_bytes() == before


def test_resume_with_other_options_is_refused(tmp_path: Path) -> None:
    finish(tmp_path)
    with pytest.raises(InputError, match="differing: config"):
        finish(tmp_path, resume=True, config=StudyConfig(seed=2))


def test_foreign_directory_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    for resume in (False, True):
        with pytest.raises(InputError):
            finish(tmp_path, resume=resume)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("existed", [False, True, "link", "here"])
def test_wrong_input_leaves_nothing_behind(
    tmp_path: Path, existed: bool | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run"
    if existed:
        path.mkdir()
    if existed == "link":
        path = tmp_path / "link"
        path.symlink_to("run")
    elif existed == "here":
        monkeypatch.chdir(path)
        path = Path()
    with (
        pytest.raises(InputError, match="too few"),
        run_directory(path, "toy", StudyConfig(), [], [], resume=False),
    ):
        raise InputError("too few events")
    assert path.exists() == bool(existed)
    assert not existed or not any(path.iterdir())


def test_interrupted_run_keeps_its_checkpoints_and_resumes(tmp_path: Path) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        run_directory(tmp_path, "toy", StudyConfig(), [], [], resume=False) as directory,
    ):
        (directory.checkpoints / "half.npz").write_text("x")
        raise KeyboardInterrupt
    with run_directory(tmp_path, "toy", StudyConfig(), [], [], resume=True) as directory:
        assert (directory.checkpoints / "half.npz").exists()
        directory.finish(result(), [picture()])
    assert not (tmp_path / "checkpoints").exists()


def test_page_shows_answer_numbers_and_figures_and_needs_nothing_else(tmp_path: Path) -> None:
    finish(tmp_path / "a")
    finish(tmp_path / "b")
    page = write_page([tmp_path / "a", tmp_path / "b"], tmp_path / "page.html").read_text()
    assert page.count("It is &lt;3&gt; &amp; more.") == 2
    assert page.index("It is") < page.index("<figure>") < page.index("How it was computed")
    assert "1.00 [0.90, 1.10] GeV (95%)" in page
    assert page.count("data:image/svg+xml;base64,") == 2
    assert not re.search(r"""(src|href)=["'](?!data:|#)""", page)


def test_page_of_an_unfinished_or_foreign_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a run directory"):
        write_page([tmp_path], tmp_path / "page.html")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(InputError, match="not finished"):
        write_page([tmp_path], tmp_path / "page.html")
    (tmp_path / "results.json").write_text("{")
    with pytest.raises(InputError, match="damaged"):
        write_page([tmp_path], tmp_path / "page.html")
    with pytest.raises(InputError, match="at least one"):
        write_page([], tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


def test_nothing_of_a_wrong_request_is_left_not_even_the_folders_above(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="wrong"), open_run(tmp_path / "a" / "b"):
        raise InputError("wrong")
    with pytest.raises(MemoryError), open_run(tmp_path / "a" / "b"):
        raise MemoryError
    assert not list(tmp_path.iterdir())


def test_what_was_kept_before_a_fault_of_ours_stays(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), open_run(tmp_path / "run") as directory:
        (directory.checkpoints / "step.npz").write_bytes(b"worth hours")
        raise ZeroDivisionError
    assert (tmp_path / "run/checkpoints/step.npz").exists()


def test_a_run_that_was_killed_before_its_request_was_written_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "run" / "checkpoints").mkdir(parents=True)
    finish(tmp_path / "run", resume=True)
    assert (tmp_path / "run/results.json").exists()


def test_a_file_is_not_a_run_directory(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("mine")
    with pytest.raises(InputError, match="there is a file of this name"), open_run(tmp_path / "run"):
        pass


def test_a_dollar_sign_in_a_name_does_not_begin_a_formula(tmp_path: Path) -> None:
    figure, ((axis,),) = panels(1, 1, 2, 2)
    axis.plot([1, 10], label="x$_{$")
    axis.set(title="$a$ of x$_{$", yscale="log")
    axis.set_xticks([0, 1], ["a$_{$", "b"])
    axis.legend()
    literal(figure)
    drawn = svg(figure).decode()
    assert "$a$ of x$_{$" in drawn

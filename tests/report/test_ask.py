"""The studies as functions: events or files, names of samples, keywords, and what is refused."""

import inspect
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import eventspace as es
from eventspace.events.native import write
from eventspace.report.ask import function, labelled
from eventspace.studies.registry import STUDIES

QUICK = {"thresholds": 5, "at": (0.5,), "gride_events": 0}


def square(seed: int) -> es.Points:
    return es.Points(values=np.random.default_rng(seed).uniform(size=(60, 2)))


def test_samples_are_events_or_files_and_named_by_these(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("two", 2)):
        write(tmp_path / f"{name}.h5", square(seed))
    of_files = es.dimension(tmp_path / "one.h5", str(tmp_path / "two.h5"), **QUICK)
    assert list(of_files.numbers) == ["dimension.q0.5.one", "dimension.q0.5.two", "pairs.one", "pairs.two"]
    assert [path.name for path in of_files.inputs] == ["one.h5", "two.h5"]
    read = es.dimension(es.read(tmp_path / "one.h5"), es.read(tmp_path / "two.h5"), **QUICK)
    assert read.numbers == of_files.numbers
    named = es.dimension({"A": square(1), "B": square(2)}, **QUICK)
    assert [number.value for number in named.numbers.values()] == [n.value for n in of_files.numbers.values()]
    assert list(named.numbers) == ["dimension.q0.5.A", "dimension.q0.5.B", "pairs.A", "pairs.B"]
    assert list(es.dimension(square(1), square(2), **QUICK).numbers)[1] == "dimension.q0.5.sample 2"
    assert list(es.dimension(square(1), **QUICK).numbers) == ["dimension.q0.5", "pairs"]


def test_two_files_of_one_name_are_refused() -> None:
    with pytest.raises(es.InputError, match="same file name"):
        labelled(["a/x.h5", "b/x.h5"])


def test_what_is_asked_wrongly_is_refused() -> None:
    with pytest.raises(TypeError, match="missing a required argument: 'signal'"):
        es.anomaly(square(1))
    with pytest.raises(TypeError, match=r"no keyword 'thread' \(did you mean 'threads'\?\)"):
        es.dimension(square(1), thread=1)
    for ask in (es.mapper, es.dimension):
        with pytest.raises(TypeError, match="sample is a ndarray, not a set of events; give a file, or make one"):
            ask(np.zeros((50, 2)))
    for threads in (0, 1.5, float("nan"), "2"):
        with pytest.raises(es.InputError, match="threads cannot compute; give a whole number from 1"):
            es.dimension(square(1), threads=threads)
    for name in ("", "a\0b", "\udcff"):
        with pytest.raises(es.InputError, match="cannot be printed"):
            es.dimension({name: square(1)})
    with pytest.raises(es.InputError, match="topology was given 3 samples; give 1 to 2"):
        es.topology(square(1), square(2), square(3))
    with pytest.raises(es.InputError, match="dimension was given 0 samples; give at least 1"):
        es.dimension()
    with pytest.raises(es.InputError, match="no such file"):
        es.dimension("nothing.h5")
    with pytest.raises(TypeError, match="no keyword 'device'"):
        es.dimension(square(1), device="cuda")


def test_one_value_stands_for_itself_and_folders_are_texts(tmp_path: Path) -> None:
    answer = es.dimension(replace(square(1), file=str(tmp_path / "$a.h5")), at=0.5, thresholds=5, folder=str(tmp_path))
    assert answer.config.at == (0.5,)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["counts-0.npz", "neighbours-0.npz"]
    with pytest.raises(es.InputError, match="the file of the events is 3; give a path"):
        replace(square(1), file=3)


@pytest.mark.slow
def test_an_answer_without_measured_numbers_and_a_directory_in_use(tmp_path: Path) -> None:
    answer = es.dimension(square(1), at=1e-9, q_min=1e-10, q_max=1e-8, thresholds=5)
    assert list(answer.numbers.to_pandas().index) == ["pairs", "gride.events"]
    answer.save(tmp_path / "run")
    with pytest.raises(es.InputError, match=r"not empty; name another$"):
        answer.save(tmp_path / "run")


@pytest.mark.parametrize("name", STUDIES)
def test_help_says_what_each_keyword_means(name: str) -> None:
    ask = function(name)
    text = inspect.getdoc(ask)
    assert text is not None
    assert text.startswith(STUDIES[name])
    for keyword in inspect.signature(ask).parameters:
        assert keyword in text
    assert max(map(len, text.splitlines())) <= 120

"""The shape of a study: roles are checked, errors name files, and nothing depends on the threads of BLAS."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

import eventspace as es
from eventspace.base.work import Work
from eventspace.statistics.number import Number
from eventspace.studies.samples import place
from eventspace.studies.study import Outcome, Role, Study, StudyConfig


def product(samples: Any, config: StudyConfig, work: Work) -> Outcome:
    """A sum of so many products that BLAS cuts it into a part for each thread."""
    values = next(iter(samples.values())).values[:, 0]
    if work.watch:
        work.watch(Outcome("So far.", {}, {}))
    return Outcome("It is.", {"sum": Number(float(values @ values), None, None, config.level)}, {})


STUDY = Study((Role("sample", "Points."),), StudyConfig, product, "A product.", name="product", question="How much?")
POINTS = es.Points(values=np.random.default_rng(1).normal(size=(200_001, 1)))


def test_numbers_do_not_depend_on_the_threads_of_blas() -> None:
    found = []
    for threads in (1, 2, 3):
        with threadpool_limits(threads, "blas"):
            found.append(STUDY.ask({"sample": POINTS}).numbers["sum"].value)
    assert len(set(found)) == 1


def test_what_is_watched_is_a_result() -> None:
    seen: list[Any] = []
    STUDY.ask({"sample": POINTS}, work=Work(watch=seen.append))
    assert [(result.study, result.question, result.answer) for result in seen] == [("product", "How much?", "So far.")]


def test_samples_in_other_roles_are_refused() -> None:
    with pytest.raises(es.InputError, match="product was given reference; give sample"):
        STUDY.ask({"reference": POINTS})
    with pytest.raises(es.InputError, match="product was given no sample; give sample"):
        STUDY.ask({})


def test_an_error_about_a_sample_names_its_file_if_it_has_one() -> None:
    def refuses(samples: Any, config: StudyConfig, work: Work) -> Outcome:
        raise es.InputError("it is blue", file=place("sample"), event=3)

    study = replace(STUDY, run=refuses)
    with pytest.raises(es.InputError, match=r"^sample, event 3: it is blue$"):
        study.ask({"sample": POINTS})
    with pytest.raises(es.InputError, match=r"^blue\.h5, event 3: it is blue$"):
        study.ask({"sample": replace(POINTS, file=Path("blue.h5"))})


def test_what_a_metric_warns_of_stands_in_the_answer() -> None:
    jets = es.ParticleClouds.from_lists([[(1.0, 0.0, 0.0), (2.0 + k, 1.0, 1.0 + k / 9)] for k in range(8)])
    with pytest.warns(es.TriangleInequalityWarning):
        answer = es.dimension(jets, metric="transport", R=0.2, normalise=False, at=(2.0,)).answer
    assert answer.count("the triangle inequality may fail; the distances are right") == 1
    assert answer.endswith(".")

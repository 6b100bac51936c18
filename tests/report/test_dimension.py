"""The picture of the study ``dimension``."""

import numpy as np

import eventspace as es
from eventspace.report.answer import Answer


def square(n: int) -> es.Points:
    return es.Points(values=np.random.default_rng(1).uniform(size=(n, 2)))


def legend_of(answer: Answer) -> list[str]:
    [picture] = answer.figures()
    return [text.get_text() for text in picture.figure.axes[0].get_legend().get_texts()]


def test_both_dimensions_are_drawn_on_one_axis_and_told_apart() -> None:
    answer = es.dimension({"one": square(200), "other": square(150)}, thresholds=9)
    assert legend_of(answer) == ["one", "other", "correlation dimension", "Gride"]
    [picture] = answer.figures()
    dashed = [line for line in picture.figure.axes[0].lines if line.get_linestyle() == "--"]
    assert len(dashed) == 2
    np.testing.assert_array_equal(dashed[0].get_ydata(), answer.arrays["one.gride"])
    assert "neighbours n/2 and n" in picture.caption
    assert "random part" not in picture.caption


def test_without_gride_there_is_no_word_of_it() -> None:
    answer = es.dimension(square(100), thresholds=9, gride_events=0, pairs=1000)
    assert legend_of(answer) == ["sample"]
    [picture] = answer.figures()
    assert "Gride" not in picture.caption
    assert "in a random part of all pairs" in picture.caption

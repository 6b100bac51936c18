import numpy as np
import pytest

from eventspace.base.errors import InputError
from eventspace.events import native
from eventspace.events.choice import Choice
from eventspace.events.convert import convert
from eventspace.events.particles import ParticleClouds
from eventspace.events.points import Points


@pytest.fixture
def mixed(tmp_path):
    """An eventspace file of 25 jets with three labels."""
    jets = [[(float(number + 1), 0.0, 0.0)] for number in range(25)]
    labels = np.array(["qcd", "top", "w"])[np.arange(25) % 3]
    events = ParticleClouds.from_lists(jets, per_event={"label": labels}, seed=7, origin="made up")
    native.write(tmp_path / "mixed.h5", events)
    return tmp_path / "mixed.h5"


@pytest.mark.parametrize("text", ["", "top,", "=1", "top=", ","])
def test_what_chooses_nothing_is_refused(text):
    with pytest.raises(InputError, match=r"chooses no label; give .*--label top=1"):
        Choice.parse(text)


def test_a_label_is_chosen_once():
    with pytest.raises(InputError, match="the label 1 is chosen twice"):
        Choice.parse("top=1,w=1")


def test_two_labels_may_become_one():
    points = Points(values=np.zeros((3, 1)), per_event={"label": np.array(["1", "2", "0"])})
    assert Choice.parse("signal=1, signal=2,qcd=0").named(points).labels.tolist() == ["signal", "signal", "qcd"]


def test_a_mixed_file_of_eventspace_is_split(tmp_path, mixed):
    summary = convert(mixed, tmp_path / "top.h5", label="top")
    assert (summary.format, summary.written, summary.unchosen) == ("eventspace", 8, 17)
    top = native.read(tmp_path / "top.h5")
    assert top.flat("pt").tolist() == list(range(2, 26, 3))
    assert (top.seed, top.origin) == (7, "made up, chosen from mixed.h5, labels top")
    assert convert(mixed, tmp_path / "some.h5", label="top,jet=qcd", limit=10).written == 7
    assert set(native.read(tmp_path / "some.h5").labels) == {"top", "jet"}


def test_a_file_without_labels_or_without_the_label_makes_no_file(tmp_path, mixed):
    with pytest.raises(InputError, match=r"mixed\.h5: no event has the label 'z'; it has qcd, top, w"):
        convert(mixed, tmp_path / "out.h5", label="top,z")
    native.write(tmp_path / "points.h5", Points(values=np.zeros((2, 1))))
    with pytest.raises(InputError, match=r"points\.h5: the events have no labels; leave out --label"):
        convert(tmp_path / "points.h5", tmp_path / "out.h5", label="top")
    assert not (tmp_path / "out.h5").exists()


def test_what_is_not_chosen_need_not_be_valid(tmp_path):
    np.savez(tmp_path / "x.npz", pt=[[1.0], [-1.0], [2.0]], eta=np.zeros((3, 1)), phi=np.zeros((3, 1)), y=[1, 0, 1])
    columns = "pt=pt,eta=eta,phi=phi,label=y"
    summary = convert(tmp_path / "x.npz", tmp_path / "ours.h5", columns=columns, label="top=1")
    assert (summary.written, summary.unchosen, summary.faults) == (2, 1, {})
    with pytest.raises(InputError, match="event 1: pt is negative"):
        convert(tmp_path / "x.npz", tmp_path / "ours.h5", columns=columns, label="top=1,qcd=0")

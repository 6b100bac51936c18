"""Labels keep their values or are refused, in every format that states what its labels are."""

import warnings

import numpy as np
import pandas as pd
import pytest

from eventspace.base.errors import InputError
from eventspace.events import native
from eventspace.events.convert import convert
from eventspace.events.formats.labels import named, texts

NAMES = {"0": "gluon", "1": "quark"}


@pytest.mark.parametrize(
    "values",
    [[1, 0, 1], [1.0, 0.0, 1.0], [True, False, True], ["1", "0", "1"], [b"1", b"0", b"1"], ["quark", "gluon", "quark"]],
)
def test_known_labels_get_their_names_whatever_they_are_written_as(values):
    labels, problems = named("y", np.array(values), NAMES)
    assert (labels.tolist(), problems) == (["quark", "gluon", "quark"], ())


@pytest.mark.parametrize("values", [[1, 2, 0, -1], [1.0, 0.5, 0.0, np.nan], ["1", "q", "0", ""]])
def test_other_labels_are_a_problem_of_their_events(values):
    _, (problem,) = named("y", np.array(values), NAMES)
    assert problem.events == (1, 3)


def energyflow(path, labels):
    jets = np.zeros((len(labels), 2, 4))
    jets[:, 0] = 10, 0.1, 0.1, 211
    np.savez(path, X=jets, y=labels)


def top_tagging(path, labels):
    frame = pd.DataFrame(np.tile([5.0, 3, 4, 0], (len(labels), 1)), columns=["E_0", "PX_0", "PY_0", "PZ_0"])
    frame["is_signal_new"] = labels
    frame.to_hdf(path, key="table")


def lhc_olympics(path, labels):
    rows = np.zeros((len(labels), 2101))
    rows[:, :3] = 10, 0.1, 0.1
    rows[:, 2100] = labels
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pd.errors.PerformanceWarning)
        pd.DataFrame(rows).to_hdf(path, key="df")


WRITTEN = {"energyflow": energyflow, "top-tagging": top_tagging, "lhc-olympics": lhc_olympics}


@pytest.mark.parametrize("wrong", [np.nan, -1.0, 2.0, 0.5])
@pytest.mark.parametrize("name", WRITTEN)
def test_no_label_becomes_the_other_class(tmp_path, name, wrong):
    path = tmp_path / ("jets.npz" if name == "energyflow" else "jets.h5")
    WRITTEN[name](path, [1.0, 0.0, wrong, 1.0])
    with pytest.raises(
        InputError, match=rf"{path.name}, event 2: .* is neither 0 \(\w+\) nor 1 \(\w+\); .*--drop-invalid"
    ):
        convert(path, tmp_path / "events.h5")
    summary = convert(path, tmp_path / "events.h5", drop_invalid=True)
    assert (summary.format, summary.written, summary.dropped) == (name, 3, 1)
    first, second, third = native.read(tmp_path / "events.h5").labels
    assert first == third != second


@pytest.mark.parametrize(
    ("values", "right"),
    [
        (np.array([2**53 + 1, -1]), ["9007199254740993", "-1"]),
        (np.array([1.0, 0.0, -3.0, 0.1], np.float32), ["1", "0", "-3", "0.1"]),
        (np.array([1e300, np.inf, 0.5]), ["1e+300", "inf", "0.5"]),
        (np.array([True, False]), ["True", "False"]),
        (np.array(["top", "1.0"]), ["top", "1.0"]),
        (np.array(["é".encode()]), ["é"]),
        (np.array([], dtype=np.float64), []),
    ],
)
def test_values_are_kept(values, right):
    assert texts(values).tolist() == right


def test_what_is_missing_stays_missing():
    assert texts(np.array([1.0, np.nan])).tolist() == ["1", None]
    assert texts(np.ma.MaskedArray(["top", ""], [False, True])).tolist() == ["top", None]

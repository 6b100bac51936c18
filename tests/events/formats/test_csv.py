import bz2
import gzip
import lzma

import numpy as np
import pandas as pd
import pytest

from eventspace.base.errors import InputError
from eventspace.events import native
from eventspace.events.convert import convert
from eventspace.events.formats import csv
from eventspace.events.formats.registry import detect

FRAME = pd.DataFrame({"mass": [80, 90, 170], "tau 21": [0.5, 0.25, 0.75], "truth": ["qcd", "qcd", "top"]})


def read(path, points=("mass", "tau 21"), **columns):
    parts = list(csv.FORMAT.read(path, columns, points=points))
    return np.concatenate([part.values for part in parts]), parts


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_columns_become_points(tmp_path, separator, compress):
    path = tmp_path / "features.txt"
    path.write_bytes(compress(FRAME.to_csv(index=False, sep=separator).encode()))
    values, (points,) = read(path, label="truth")
    assert values.tolist() == [[80, 0.5], [90, 0.25], [170, 0.75]]
    assert points.labels.tolist() == ["qcd", "qcd", "top"]
    assert detect(path).name == "csv"
    assert csv.FORMAT.contents(path) == {"mass": "int64", "tau 21": "double", "truth": "string"}


def test_files_of_numpy_have_a_comment_for_header(tmp_path):
    np.savetxt(tmp_path / "x.txt", [[1.0, 2.0], [3.0, 4.0]], header="a b")
    assert read(tmp_path / "x.txt", ("b",))[0].tolist() == [[2.0], [4.0]]
    np.savetxt(tmp_path / "x.csv", [[1.0, 2.0], [3.0, 4.0]], delimiter=",")
    assert read(tmp_path / "x.csv", ("1", "0"))[0].tolist() == [[2.0, 1.0], [4.0, 3.0]]
    assert detect(tmp_path / "x.csv").name == "csv"


def test_whole_numbers_at_the_beginning_are_no_promise(tmp_path):
    rows = "\n".join(["x,n"] + ["1,7"] * 300_000 + ["1.5,8"])  # more than is read at once
    (tmp_path / "x.csv").write_text(rows)
    values, parts = read(tmp_path / "x.csv", ("x",), n="n")
    assert len(parts) > 1
    assert values[-2:].tolist() == [[1.0], [1.5]]
    assert parts[-1].per_event["n"].dtype == np.int64
    assert csv.FORMAT.count(tmp_path / "x.csv", {}, points=("x",)) == 300_001


def test_what_is_missing_is_refused_or_left_out(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("x,truth\n1,qcd\n,top\n3,\n4,top\n")
    with pytest.raises(InputError, match=r"x\.csv, event 1: a coordinate is NaN or infinite"):
        convert(path, tmp_path / "ours.h5", points=["x"], columns="label=truth")
    summary = convert(path, tmp_path / "ours.h5", points=["x"], columns="label=truth", drop_invalid=True)
    assert summary.faults == {"label is missing": 1, "a coordinate is NaN or infinite": 1}
    assert native.read(tmp_path / "ours.h5").labels.tolist() == ["qcd", "top"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a,b\n1,2\n3\n", "Expected 2 columns, got 1"),
        ("a,a\n1,2\n", "two columns are called 'a'"),
        ("a,b\n1,top\n", "b holds 'top', no number; name columns of numbers"),
        ("a,b,c\n1,2\n", "this is not a table of text"),
        ("b,c\n1,2\n", "there is no column 'a'; it has b, c"),
        ("a\0,b\n1,2\n", "this is not a table of text"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, text, problem):
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(InputError, match=rf"x\.csv.*: .*{problem}"):
        convert(tmp_path / "x.csv", tmp_path / "ours.h5", format="csv", points=("a", "b"))


def test_particles_may_stand_side_by_side(tmp_path):
    (tmp_path / "x.csv").write_text("pt_1,eta_1,phi_1,pt_2,eta_2,phi_2\n5,0.1,0.2,3,0.3,0.4\n7,0.5,0.6,0,0,0\n")
    convert(tmp_path / "x.csv", tmp_path / "ours.h5", columns="pt=pt_*,eta=eta_*,phi=phi_*")
    clouds = native.read(tmp_path / "ours.h5")
    assert clouds.flat("pt").tolist() == [5, 3, 7]
    assert clouds.multiplicity.tolist() == [2, 1]


def test_options_of_particles_are_refused_for_points(tmp_path):
    FRAME.to_csv(tmp_path / "x.csv")
    for option in ({"unit": "MeV"}, {"padding": -999.0}):
        with pytest.raises(InputError, match=r"x\.csv: points have no particles; leave out --(unit|padding)"):
            convert(tmp_path / "x.csv", tmp_path / "ours.h5", points=("mass",), **option)
    with pytest.raises(InputError, match="pt is a column of particles, and points have none"):
        convert(tmp_path / "x.csv", tmp_path / "ours.h5", points=("mass",), columns="pt=mass")


def test_particles_that_are_missing_are_padding(tmp_path):
    (tmp_path / "x.csv").write_text("pt_1,eta_1,phi_1,pt_2,eta_2,phi_2\n5,0.1,0.2,3,0.3,0.4\n7,0.5,0.6,,,\n")
    columns = "pt=pt_*,eta=eta_*,phi=phi_*"
    with pytest.raises(InputError, match=r"x\.csv, event 1: the row is filled up with NaN; .*--padding nan"):
        convert(tmp_path / "x.csv", tmp_path / "ours.h5", columns=columns)
    convert(tmp_path / "x.csv", tmp_path / "ours.h5", columns=columns, padding=float("nan"))
    assert native.read(tmp_path / "ours.h5").multiplicity.tolist() == [2, 1]

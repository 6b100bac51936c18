import numpy as np
import pytest

from eventspace.base.errors import InputError
from eventspace.events.convert import convert
from eventspace.events.formats import format as sizes
from eventspace.events.formats import npy
from eventspace.events.formats.columns import parse
from eventspace.events.formats.registry import detect

MOMENTA = "E=array:0,px=array:1,py=array:2,pz=array:3"


@pytest.mark.parametrize("order", ["C", "F"])
def test_momenta_along_the_last_axis(tmp_path, toy_jets, momenta, padded, monkeypatch, order):
    monkeypatch.setattr(sizes, "EVENTS_AT_ONCE", 4)
    jets = toy_jets(9)
    np.save(tmp_path / "x.npy", np.asarray(padded(jets, 15), order=order))
    parts = list(npy.FORMAT.read(tmp_path / "x.npy", parse(MOMENTA)))
    assert [len(part) for part in parts] == [4, 4, 1]
    for name in ("pt", "rapidity", "phi"):
        read = np.concatenate([part.flat(name) for part in parts])
        np.testing.assert_allclose(read, getattr(momenta(np.concatenate(jets)), name), atol=1e-12)
    assert detect(tmp_path / "x.npy").name == "npy"


def test_points(tmp_path):
    values = np.arange(12.0).reshape(4, 3)
    np.save(tmp_path / "x.npy", values)
    (points,) = npy.FORMAT.read(tmp_path / "x.npy", {}, points=("array",))
    np.testing.assert_array_equal(points.values, values)
    (points,) = npy.FORMAT.read(tmp_path / "x.npy", {"label": "array:0"}, points=("array:2", "array:1"))
    np.testing.assert_array_equal(points.values, values[:, [2, 1]])
    assert points.labels.tolist() == ["0", "3", "6", "9"]


def test_records(tmp_path):
    values = np.array([[(1.0, 0.1, 0.2), (0.0, 0.0, 0.0)]], dtype=[("pt", "f4"), ("eta", "f4"), ("phi", "f4")])
    np.save(tmp_path / "x.npy", values)
    (clouds,) = npy.FORMAT.read(tmp_path / "x.npy", parse("pt=array.pt,eta=array.eta,phi=array.phi"))
    assert clouds.flat("phi").tolist() == [float(np.float32(0.2))]


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ("pt=array,eta=array,phi=array", "array has 4 values a particle; say which: array:0 to array:3"),
        ("pt=array:4,eta=array:0,phi=array:1", "array:4 is none of the 4 numbers along the last axis"),
        ("pt=x,eta=array:0,phi=array:1", "there is no column 'x'; it has array"),
        ("pt=array:0,eta=array:0,phi=array:1,label=array:2", "array:2 has more than one value an event"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, columns, problem):
    np.save(tmp_path / "x.npy", np.ones((2, 3, 4)))
    with pytest.raises(InputError, match=rf"x\.npy: {problem}"):
        list(npy.FORMAT.read(tmp_path / "x.npy", parse(columns)))


def test_python_objects_are_never_loaded(tmp_path):
    np.save(tmp_path / "x.npy", np.array([[1], [1, 2]], dtype=object))
    with pytest.raises(InputError, match=r"x\.npy: 'array' holds Python objects, which are not read"):
        convert(tmp_path / "x.npy", tmp_path / "ours.h5", columns=MOMENTA)


@pytest.mark.parametrize("share", [0.3, 0.9, 1.1])
def test_a_file_of_the_wrong_length_is_an_input_error(tmp_path, share):
    np.save(tmp_path / "x.npy", np.ones((20, 3, 4)))
    data = (tmp_path / "x.npy").read_bytes()
    tmp_path.joinpath("x.npy").write_bytes((data + bytes(len(data)))[: int(share * len(data))])
    with pytest.raises(InputError, match=r"x\.npy: 'array' of shape \(20, 3, 4\) does not fit its bytes"):
        list(npy.FORMAT.read(tmp_path / "x.npy", parse(MOMENTA)))

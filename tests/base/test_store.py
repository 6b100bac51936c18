"""Kept arrays come back as they were, or are refused with the name of their file."""

from pathlib import Path

import numpy as np
import pytest

from eventspace.base.errors import InputError
from eventspace.base.store import Store, load_arrays, save_arrays

ARRAYS = {
    "numbers": np.arange(12.0).reshape(3, 4),
    "one": np.array(7),
    "none": np.empty((0, 5)),
    "text": np.array(["a", "bc"]),
    "flags": np.array([True, False]),
}
HEADER = {"seed": 1, "alpha": [0.1, 0.2]}


def changed(path: Path, **other: np.ndarray) -> None:
    with np.load(path) as saved:
        arrays = {name: saved[name] for name in saved.files}
    np.savez(path, **(arrays | other))


DAMAGES = {
    "cut to nothing": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:400]),
    "text": lambda path: path.write_text("not a zip file"),
    "another shape": lambda path: changed(path, numbers=np.zeros((4, 3))),
    "that of one number": lambda path: changed(path, numbers=np.zeros(1)),
    "another type": lambda path: changed(path, numbers=np.zeros((3, 4), np.float32)),
    "another value": lambda path: changed(path, one=np.array(8)),
    "one more": lambda path: changed(path, more=np.zeros(3)),
    "pickle": lambda path: np.savez(path, header=np.array("{}"), digest=np.array(""), x=np.array([{}], dtype=object)),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


def test_arrays_come_back(tmp_path: Path) -> None:
    save_arrays(tmp_path / "a.npz", HEADER, ARRAYS)
    found = load_arrays(tmp_path / "a.npz", HEADER)
    assert list(found) == list(ARRAYS)
    for name, values in ARRAYS.items():
        np.testing.assert_array_equal(found[name], values)
        assert found[name].dtype == values.dtype


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_told(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "a.npz"
    save_arrays(path, HEADER, ARRAYS)
    DAMAGES[damage](path)
    with pytest.raises(InputError, match=r"a\.npz: this checkpoint is damaged; delete it and start again"):
        load_arrays(path, HEADER)


def test_a_file_without_digest_is_of_an_earlier_version(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, header=np.array('{"alpha": [0.1, 0.2], "seed": 1}'), **ARRAYS)
    with pytest.raises(InputError, match=r"a\.npz: .* written by an earlier version .*; delete it and start again"):
        load_arrays(path, HEADER)
    with pytest.raises(InputError, match="another calculation"):
        load_arrays(path, HEADER | {"seed": 2})


def test_arrays_of_another_calculation_are_refused(tmp_path: Path) -> None:
    save_arrays(tmp_path / "a.npz", HEADER, ARRAYS)
    with pytest.raises(InputError, match="another calculation"):
        load_arrays(tmp_path / "a.npz", HEADER | {"seed": 2})


def test_steps_are_computed_once(tmp_path):
    calls = []

    def compute():
        calls.append(1)
        return {"a": np.arange(3), "b": np.array([[np.inf, 1.0]])}

    first, again = (Store(tmp_path, {"seed": 1}).step("some step", compute) for _ in range(2))
    assert len(calls) == 1
    assert list(first) == list(again) == ["a", "b"]
    for name, values in first.items():
        np.testing.assert_array_equal(values, again[name])
        assert values.dtype == again[name].dtype


def test_without_a_folder_nothing_is_kept(tmp_path):
    kept = Store(None, {})
    assert [kept.step("x", lambda k=k: {"k": np.array(k)})["k"].item() for k in range(2)] == [0, 1]


def test_nothing_is_left_of_a_step_that_fails(tmp_path):
    with pytest.raises(ZeroDivisionError):
        Store(tmp_path, {}).step("x", lambda: {"k": np.array(1 // 0)})
    assert not list(tmp_path.iterdir())


def test_step_of_another_calculation_is_refused(tmp_path):
    Store(tmp_path, {"seed": 1}).step("x", lambda: {"k": np.array(1)})
    with pytest.raises(InputError, match="another calculation"):
        Store(tmp_path, {"seed": 2}).step("x", lambda: {"k": np.array(1)})


@pytest.mark.parametrize("damage", ["cut", "text", "pickle", "no header"])
def test_damaged_step_is_refused(tmp_path, damage):
    path = tmp_path / "x.npz"
    kept = Store(tmp_path, {})
    kept.step("x", lambda: {"k": np.arange(100)})
    match damage:
        case "cut":
            path.write_bytes(path.read_bytes()[:300])
        case "text":
            path.write_text("not a zip file")
        case "pickle":
            np.savez(path, header=np.array("{}"), k=np.array([{}], dtype=object))
        case "no header":
            np.savez(path, k=np.arange(3))
    with pytest.raises(InputError, match="damaged"):
        kept.step("x", lambda: {"k": np.arange(100)})

"""Kept steps: computed once, refused where they belong to something else, never unpickled."""

import numpy as np
import pytest

from eventspace import InputError
from eventspace.studies.kept import Kept


def test_steps_are_computed_once(tmp_path):
    calls = []

    def compute():
        calls.append(1)
        return {"a": np.arange(3), "b": np.array([[np.inf, 1.0]])}

    first, again = (Kept(tmp_path, {"seed": 1}).step("some step", compute) for _ in range(2))
    assert len(calls) == 1
    assert list(first) == list(again) == ["a", "b"]
    for name, values in first.items():
        np.testing.assert_array_equal(values, again[name])
        assert values.dtype == again[name].dtype


def test_without_a_folder_nothing_is_kept(tmp_path):
    kept = Kept(None, {})
    assert [kept.step("x", lambda k=k: {"k": np.array(k)})["k"].item() for k in range(2)] == [0, 1]


def test_nothing_is_left_of_a_step_that_fails(tmp_path):
    with pytest.raises(ZeroDivisionError):
        Kept(tmp_path, {}).step("x", lambda: {"k": np.array(1 // 0)})
    assert not list(tmp_path.iterdir())


def test_step_of_another_calculation_is_refused(tmp_path):
    Kept(tmp_path, {"seed": 1}).step("x", lambda: {"k": np.array(1)})
    with pytest.raises(InputError, match="another calculation"):
        Kept(tmp_path, {"seed": 2}).step("x", lambda: {"k": np.array(1)})


@pytest.mark.parametrize("damage", ["cut", "text", "pickle", "no header"])
def test_damaged_step_is_refused(tmp_path, damage):
    path = tmp_path / "x.npz"
    kept = Kept(tmp_path, {})
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
